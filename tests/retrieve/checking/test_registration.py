"""The page for the administrator: what it says, what is marked as a guess, and when it is not ready to be sent."""

from __future__ import annotations

import html
import json
import pickle
import re

import pytest

import dicommove as dm

TOLD = dm.Peer(
    "10.0.0.5", 104, ae_title="PACS", calling_ae_title="NOTEBOOK", hours="18:00-06:00", pause=30, limit_studies=20,
    contact="A. Meier, 1234", listener=dm.Listener(advertise="ws7.hospital:11113"),
)  # fmt: skip


def _facts(page) -> dict[str, str]:
    return {name: value for name, value in page.facts if name}


def test_everything_that_an_administrator_asks_is_there():
    """AE title, host, port, role, when open, who may store, TLS, load, hours, contact, test, removal."""
    page = TOLD.registration()
    facts = _facts(page)
    assert (facts["AE title"], facts["Host"], facts["TLS"]) == ("NOTEBOOK", "ws7.hospital", "no")
    assert facts["Port"].startswith("11113, TCP, open from the archive")
    assert "C-MOVE" in facts["Role"]
    assert "only while a retrieval runs" in facts["Port open"]
    assert "0x0124" in facts["May store"]
    assert (
        facts["Load"]
        == "at most 1 C-MOVE at a time, of one study; of one search no more than 20 studies or 20,000 instances; 30 s between two"
    )
    assert facts["Hours"].startswith("18:00-06:00")
    assert facts["Contact"] == "A. Meier, 1234"
    text = str(page)
    assert page.warnings == ()
    assert any(line.endswith("DCMTK:   echoscu -aet PACS -aec NOTEBOOK ws7.hospital 11113") for line in text.splitlines())
    assert "curl -X POST -d '{}' http://localhost:8042/modalities/NOTEBOOK/echo" in text
    assert "Delete the entry of NOTEBOOK" in text
    assert text.startswith("Subject: ")
    assert "as the calling AE title NOTEBOOK" in text
    assert max(map(len, text.splitlines())) <= 120


def test_guesses_are_marked(monkeypatch):
    """Host, our own address and the contact are guesses where nobody said them."""
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.hidden_by", lambda _: "")
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.address_towards", lambda _: "10.0.0.77")
    page = dm.Peer("10.0.0.5", 104).registration()
    assert "10.0.0.77 (a guess" in _facts(page)["Host"]
    assert _facts(page)["Contact"].endswith("(a guess)")
    assert "(a guess)" in str(page).split("calling AE title")[1].splitlines()[0]
    assert "(a guess)" not in str(dm.Peer("10.0.0.5", 104).registration(contact="me").facts[-1])


@pytest.mark.parametrize("where", ["container", "WSL", "VPN"])
def test_an_address_that_is_probably_not_reachable_is_said(where, monkeypatch):
    """In a container, in WSL and behind a VPN the page is not ready without advertise, and is with it."""
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.hidden_by", lambda _: where)
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.address_towards", lambda _: "10.0.0.77")
    page = dm.Peer("10.0.0.5", 104).registration()
    assert "probably not reachable" in page.warnings[0]
    assert where in page.warnings[0]
    assert str(page).startswith("NOT READY TO BE SENT: ")
    assert "probably not reachable" in _facts(page)["Host"]
    assert TOLD.registration().warnings == ()


def test_what_cannot_be_registered_is_said():
    """A port that changes each time, a listener for this computer only, an archive to which there is no way."""
    assert "Listener(port=11113)" in dm.Peer("127.0.0.1", 104, listener=dm.Listener(port=0)).registration().warnings[-1]
    assert "itself" in dm.Peer("10.0.0.5", 104, listener=dm.Listener(bind="127.0.0.1")).registration().warnings[0]
    page = dm.Peer("no.such.host.invalid", 104).registration()
    assert "no way" in page.warnings[0]
    assert page.entries == {}


def test_entries_are_what_the_archives_read():
    """JSON for Orthanc, a line of HostTable for dcmqrscp; a second one where we call under another AE title; TLS where it is."""
    peer = dm.Peer("10.0.0.5", 104, calling_ae_title="ASKS", listener=dm.Listener("TAKES", 4242, advertise="ws7", tls=dm.TLS()))
    entries = peer.registration().entries
    assert json.loads(f"{{{entries['Orthanc']}}}") == {
        title: {"AET": title, "Host": "ws7", "Port": 4242, "UseDicomTls": True} for title in ("TAKES", "ASKS")
    }
    assert entries["DCMTK dcmqrscp"].splitlines() == [
        "dicommove1 = (TAKES, ws7, 4242)", "dicommove2 = (ASKS, ws7, 4242)", "dicommove = dicommove1, dicommove2",
    ]  # fmt: skip
    assert "the entry of TAKES and that of ASKS" in peer.registration().removal
    assert peer.registration().echoes["DCMTK"].startswith("echoscu +tls KEY.pem CERTIFICATE.pem +cf AUTHORITY.pem -aet")


@pytest.mark.parametrize(
    ("admit", "words"),
    [("asked", "anything else is refused"), ("asked", "own address"), ("peer", "own address"), ("any", "whoever")],
)
def test_who_may_store(admit, words):
    """The page says what the listener admits."""
    assert words in _facts(dm.Peer("127.0.0.1", 104, listener=dm.Listener(admit=admit)).registration())["May store"]


def test_text_and_html_say_the_same():
    """Every fact of the text is in the HTML, escaped; what could steer a terminal is shown; the page is a value."""
    page = TOLD.registration(contact="<script>\x1b[2J")
    text, shown = str(page), page._repr_html_().split('class="dm-html"')[1]
    assert "\x1b" not in text + shown
    assert "<script>" not in shown
    plain = html.unescape(re.sub(r"<[^>]+>", " ", shown))
    for value in (*_facts(page).values(), *page.test, page.removal, *page.entries.values(), *page.echoes.values()):
        assert dm_visible(value) in plain
    assert pickle.loads(pickle.dumps(page)) == page
    assert repr(page) == text


def dm_visible(value):
    """The value as it is shown."""
    return value.replace("\x1b", "\\u001b")
