"""check() on the embedded archive, on its faults, and where there is nothing at all; its text, its HTML and its table."""

from __future__ import annotations

import html
import re
import socket
from dataclasses import replace

import pytest

import dicommove as dm
from dicommove import frames
from dicommove.net import FindAnswer
from dicommove.retrieve import Check, Probe
from dicommove.retrieve.checking import querying
from dicommove.retrieve.running.turns import Turn

ALL_IS_WELL = {"ok", "absent"}


def _verdicts(check) -> dict[str, str]:
    return dict(zip(check.table["probe"], check.table["verdict"], strict=True))


def test_all_is_well_on_the_embedded_archive(pacs):
    """Every row is right, and an instance was moved to prove it; nothing is left behind."""
    check = pacs.check()
    assert (check.ready, check.fault) == (True, None)
    assert set(_verdicts(check).values()) == ALL_IS_WELL, check
    found = check.table.set_index("probe")["found"]
    assert found["extended negotiation, C-FIND"] == "granted: relational queries"
    assert "removed again" in found["way back"]
    assert "ready" in check.summary


@pytest.mark.parametrize(
    ("fault", "probe", "words"),
    [
        ("unknown-destination", "move destination", "does not know NOTEBOOK"),
        ("refuse", "way back", ""),
        ("drop:1", "way back", ""),
        ("abort:0", "way back", ""),
    ],
)
def test_faults_of_the_archive_are_named(demo, fault, probe, words):
    """The first probe that failed is the cause."""
    check = demo(fault=fault).check()
    assert check.ready is False
    assert check.fault.name == probe, check
    assert words in check.fault.found
    assert check.fault.what_to_do


def test_advice_is_that_of_a_check(demo):
    """What a move may be told, and a check not, is not advised."""
    assert demo(fault="drop:1").check().fault.what_to_do == "Check again."


def test_an_archive_that_moves_whole_studies_only_is_not_at_fault(demo):
    """One instance cannot be asked for, so that nothing is proved; a move asks for whole studies by itself."""
    check = demo(fault="study-only").check()
    assert (check.fault, check.ready, _verdicts(check)["way back"]) == (None, None, "unknown")
    assert "whole studies only" in str(check)


def test_a_limit_of_the_site_forbids_no_check(pacs):
    """One instance is within any limit."""
    held = replace(pacs, limit_studies=2, limit_instances=100, fixed=("limit_studies", "limit_instances"))
    assert held.check().ready


def test_useful_when_nothing_is_there():
    """Nothing listens: that is said first, and what is on our side is looked at all the same."""
    check = dm.Peer("127.0.0.1", 1, listener=dm.Listener(port=0)).check()
    assert (check.fault.name, check.ready) == ("TCP", False)
    assert "nothing listens" in check.fault.found
    verdicts = _verdicts(check)
    assert (verdicts["association"], verdicts["way back"]) == ("not tried", "not tried")
    assert verdicts["our address"] == "ok"
    assert verdicts["our port"] == "failed"  # another one each time: no archive but the embedded one can know it


def test_a_name_that_leads_nowhere():
    """A host that is none is named, and our listener cannot know where to listen."""
    check = dm.Peer("no.such.host.invalid", 104).check()
    assert "leads to no address" in check.fault.found
    assert {"our port", "our address"} <= {probe.name for probe in check.probes if probe.verdict == "failed"}


def test_something_that_does_not_answer():
    """A server that takes connections and says nothing: the association is what fails."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        check = dm.Peer("127.0.0.1", server.getsockname()[1]).check(timeout=0.3)
    assert check.fault.name == "association"
    assert check.fault.found.startswith("no answer: ")


def test_our_port_is_taken(pacs):
    """Who has it is said, and no instance is asked for."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = replace(pacs, listener=dm.Listener(port=other.getsockname()[1]))
        check = taken.check()
    assert check.fault.name == "our port"
    assert "in use" in check.fault.found
    assert _verdicts(check)["way back"] == "not tried"


def test_our_address_is_a_guess(pacs, monkeypatch):
    """What nobody told the archive is marked; a way that is probably closed too; what was told is taken."""
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.address_towards", lambda _: "10.0.0.77")
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.hidden_by", lambda _: "WSL")
    check = pacs.check()
    row = check.table.set_index("probe").loc["our address"]
    assert row["verdict"] == "unknown"
    assert "probably not reachable" in row["found"]
    assert "advertise" in row["what_to_do"]
    told = replace(pacs, listener=dm.Listener(port=0, advertise="ws7")).check()
    assert _verdicts(told)["our address"] == "ok"


def test_a_listener_for_this_computer_only(monkeypatch):
    """An archive elsewhere cannot reach a listener on loopback."""
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.address_towards", lambda _: "10.0.0.77")
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.hidden_by", lambda _: "")
    check = dm.Peer("127.0.0.1", 1, listener=dm.Listener(bind="127.0.0.1")).check()
    assert _verdicts(check)["our address"] == "failed"


def test_hours_are_kept(pacs):
    """Outside the hours of the archive no C-MOVE is sent, not even this one."""
    from datetime import datetime, timedelta  # noqa: PLC0415 - of this test only

    later = datetime.now().astimezone() + timedelta(hours=2)
    check = replace(pacs, hours=f"{later:%H:%M}-{later + timedelta(hours=1):%H:%M}").check()
    assert (check.ready, _verdicts(check)["way back"]) == (None, "not tried")
    assert "within these hours" in check.table["what_to_do"].iloc[-1]


def test_another_kernel_that_moves_is_left_in_peace(pacs, monkeypatch):
    """One C-MOVE at a time holds for a check too."""
    monkeypatch.setattr(Turn, "take", lambda _: False)
    check = pacs.check()
    assert _verdicts(check)["move destination"] == "not tried"
    assert "another process" in check.table["found"].iloc[-1]


@pytest.mark.parametrize("study", ["", "1.2.*", "1.2\\1.3", "not a uid"])
def test_a_study_that_is_no_uid(study):
    """It is refused before anything is sent."""
    with pytest.raises(dm.EntityError, match="study="):
        dm.Peer("127.0.0.1", 1).check(study=study)


def test_a_study_that_is_not_there(pacs):
    """Nothing is known of the way back then."""
    check = pacs.check(study="1.2.3.4.5.6")
    assert (check.ready, _verdicts(check)["way back"]) == (None, "unknown")


def test_a_search_that_is_refused_is_a_fault(pacs, monkeypatch):
    """Accepted is not answered: the status is said, and the way back is tried all the same."""
    monkeypatch.setattr(querying, "find", lambda *_, **__: FindAnswer((), 0xA700))
    check = pacs.check()
    assert (check.fault.name, check.fault.found) == ("query", "answered 0xA700 (Out of resources)")
    assert _verdicts(check)["way back"] == "ok"


def test_the_table_has_a_contract(pacs):
    """Names, order and dtypes are those of the contract, for no rows too."""
    table = pacs.check().table
    assert list(table) == list(frames.PROBES)
    assert table.dtypes.equals(Check(pacs, ()).table.dtypes)
    assert list(table["verdict"].cat.categories) == list(frames.VERDICTS)
    assert table["seconds"].dtype == "Float64"


def test_text_and_html_say_the_same(pacs):
    """Every value is in both, escaped, and steers no terminal."""
    hostile = Probe("association", "failed", "<script>\x1b[2J", "do <this>", 0.5)
    check = Check(pacs, (Probe("TCP", "ok", "fine", seconds=0.25), hostile))
    text, shown = repr(check), check._repr_html_().split('class="dm-html"')[1]
    assert "\x1b" not in text + shown
    assert "<script>" not in shown
    plain = html.unescape(re.sub(r"<[^>]+>", " ", shown))
    for words in ("TCP", "ok", "fine", "0.250 s", "failed", "do <this>", "0.500 s", "<script>"):
        assert words in text
        assert words in plain
