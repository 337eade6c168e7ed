"""The port that is open for a test: C-ECHO answered, callers shown, storing refused unless told, closed in the end."""

from __future__ import annotations

import html
import re
import socket
import threading
import time

import pytest
from pydicom import dcmread
from pynetdicom import AE

import dicommove as dm

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
DEADLINE = 30.0


@pytest.fixture
def port(pacs):
    """An open port of ours under the title NOTEBOOK."""
    with pacs.listening(minutes=5) as listening:
        yield listening


@pytest.fixture
def call(bundled_folder):
    """Associate with a port and send a C-ECHO, and an instance when told so; the statuses, or None when rejected."""

    def sender(listening, *, title="NOTEBOOK", store=False):
        entity = AE("PACS")
        entity.add_requested_context(VERIFICATION)
        entity.add_requested_context(CT)
        association = entity.associate("127.0.0.1", listening.port, ae_title=title)
        if not association.is_established:
            return None
        statuses = [association.send_c_echo().Status]
        if store:
            statuses.append(association.send_c_store(dcmread(bundled_folder / "test_files" / "CT_small.dcm")).Status)
        association.release()
        return statuses

    return sender


def _settled(listening, test):
    """Wait until what was seen passes a test."""
    deadline = time.monotonic() + DEADLINE
    while not test(listening.seen):
        assert time.monotonic() < deadline, listening
        threading.Event().wait(0.02)
    return listening.callers


def test_an_echo_is_answered_and_its_caller_shown(port, call):
    """AE titles, address and what came of it are a row."""
    assert call(port) == [0]
    row = _settled(port, lambda seen: seen and seen[0].state == "released").iloc[0]
    assert (row["calling_ae_title"], row["called_ae_title"], row["address"]) == ("PACS", "NOTEBOOK", "127.0.0.1")
    assert (row["echoes"], row["stored"], row["refused"]) == (1, 0, 0)
    assert "C-ECHO answered" in repr(port)


def test_storing_is_refused_unless_told(pacs, port, call, tmp_path):
    """Without a folder 0x0124, whatever the listener admits; with one the instance is in it."""
    assert call(port, store=True) == [0, 0x0124]
    assert "refused" in repr(port)
    with pacs.listening(minutes=5, store=tmp_path / "data") as told:
        assert call(told, store=True) == [0, 0]
        assert _settled(told, lambda seen: any(one.stored for one in seen))["stored"].sum() == 1
    (file,) = (tmp_path / "data").rglob("*.dcm")
    assert dcmread(file).PatientID == "1CT1"


def test_a_listener_that_admits_anybody_stores_nothing_here(pacs, call):
    """A test of the port is no retrieval."""
    from dataclasses import replace  # noqa: PLC0415 - of this test only

    anybody = replace(pacs, listener=dm.Listener(port=0, admit="any"))
    with anybody.listening(minutes=5) as listening:
        assert call(listening, store=True) == [0, 0x0124]


def test_another_called_ae_title_is_rejected_and_explained(port, call):
    """The row says how we are called there, and what to do."""
    assert call(port, title="NOTBOOK") is None
    row = _settled(port, lambda seen: seen and seen[0].state == "rejected").iloc[0]
    assert "calls us NOTBOOK" in row["what_to_do"]
    assert "NOTEBOOK" in row["what_to_do"]


def test_a_test_of_the_port_alone_is_seen(port):
    """Who connects and leaves without a word has at least a way to us."""
    socket.create_connection(("127.0.0.1", port.port)).close()
    row = _settled(port, lambda seen: seen and seen[0].state == "unheard").iloc[0]
    assert row["calling_ae_title"] is dm_absent(row)
    assert "the way is free" in repr(port)


def dm_absent(row):
    """The value that stands for what is absent."""
    import pandas as pd  # noqa: PLC0415 - of this test only

    assert pd.isna(row["calling_ae_title"])
    return row["calling_ae_title"]


def test_something_that_is_no_dicom_is_named(port):
    """The beginning of TLS, as an archive sends it that has TLS switched on."""
    with socket.create_connection(("127.0.0.1", port.port)) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(600))
        row = _settled(port, lambda seen: seen and seen[0].state == "aborted").iloc[0]
    assert "TLS" in row["what_to_do"]


def test_it_closes_itself(pacs):
    """When its time is over nobody listens any more."""
    listening = pacs.listening(minutes=0.005)
    listening.wait(show=False)
    assert not listening.is_open
    assert listening.left_s == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", listening.port), timeout=5)
    assert "closed" in repr(listening)
    listening.close()


def test_each_caller_is_told_as_it_comes(pacs, call):
    """The wait hands over whoever is new, and ends when the port is closed."""
    told = []
    with pacs.listening(minutes=5) as listening:
        threading.Thread(
            target=lambda: (call(listening), _settled(listening, lambda seen: seen[0].echoes), listening.close())
        ).start()
        listening.wait(show=told.append)
    assert "PACS at 127.0.0.1, calling us NOTEBOOK: 1 C-ECHO answered" in str(told[-1])


def test_lines_go_to_stderr(pacs, call, capsys):
    """Outside a notebook each caller is a line, with what to do where something is wrong."""
    with pacs.listening(minutes=5) as listening:
        call(listening, store=True)
        call(listening, title="OTHER")
        _settled(listening, lambda seen: len(seen) == 2 and seen[0].refused and seen[1].state == "rejected")
        listening.close()
        listening.wait()
    first, second = capsys.readouterr().err.splitlines()
    assert "1 C-ECHO answered; 1 instance refused (0x0124)" in first
    assert "have it spelt NOTEBOOK there" in second


def test_a_move_shares_the_port(pacs, anna, data, call):
    """What a move asked for is stored in its folder while the port is open for a test too."""
    with pacs.listening(minutes=5) as listening:
        result = anna(pacs).move(data, progress=False)
        assert result.outcome == "complete"
        assert call(listening) == [0]


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), 24 * 60 + 1, "10", True])
def test_minutes_that_are_none(pacs, minutes):
    """Up to a day; anything else is refused before the port is opened."""
    with pytest.raises(dm.EntityError, match="minutes="):
        pacs.listening(minutes=minutes)


def test_text_and_html_say_the_same(port, call):
    """Whatever the wire brought is escaped, and stands in both."""
    call(port, title="<b>X</b>")
    _settled(port, lambda seen: seen and seen[0].state == "rejected")
    text, shown = repr(port), port._repr_html_().split('class="dm-html"')[1]
    assert "<b>X" not in shown
    plain = html.unescape(re.sub(r"<[^>]+>", " ", shown))
    assert "calls us <b>X</b>" in text
    assert "calls us <b>X</b>" in plain
    assert port.title.partition(": open")[0] in plain


def test_an_address_that_is_probably_not_reachable_is_said(port, monkeypatch):
    """As on the page for the administrator."""
    assert port.warning == ""
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.hidden_by", lambda _: "VPN")
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.address_towards", lambda _: "10.8.0.2")
    assert "probably not reachable" in port.warning
    assert "probably not reachable" in repr(port)
