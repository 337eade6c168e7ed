"""check() on what does not answer: at each step the silence is named as what it is, and nothing is waited for twice."""

from __future__ import annotations

import socket
import threading

import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelMove, Verification

import dicommove as dm
from dicommove.retrieve.checking import calling

BRIEF_S = 0.3


def _verdicts(check) -> dict[str, str]:
    return dict(zip(check.table["probe"], check.table["verdict"], strict=True))


@pytest.fixture
def dumb():
    """Port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_question_for_tls_is_a_short_one(dumb, monkeypatch):
    """A port that does not answer is asked for TLS too, and no longer than somebody at a desk waits."""
    asked = []
    monkeypatch.setattr(calling, "speaks_tls", lambda _, seconds: asked.append(seconds))
    assert dm.Peer("127.0.0.1", dumb).check(timeout=BRIEF_S).fault.name == "association"
    assert asked
    assert asked[0] + 3.0 < 5


def test_tls_that_is_not_answered_is_no_network_fault(dumb):
    """The connection came about: it is TLS that is not answered, and not the host."""
    fault = dm.Peer("127.0.0.1", dumb, tls=dm.TLS(verify=False)).check(timeout=BRIEF_S).fault
    assert (fault.name, fault.found) == ("TLS", "the beginning of TLS was not answered within 0.3 s")
    assert "the port of the archive that has TLS" in fault.what_to_do


@pytest.fixture
def mute():
    """Port of an archive that associates and then answers nothing; what it was asked."""
    over, asked = threading.Event(), []

    def wait(event):
        asked.append(type(event.request).__name__)
        over.wait(30)
        return 0x0000

    entity = AE("PACS")
    entity.add_supported_context(Verification)
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelMove)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, wait)])
    yield server.server_address[1], asked
    over.set()
    server.shutdown()


def test_an_archive_that_falls_silent_is_not_asked_again(mute):
    """After a C-ECHO without an answer nothing more is tried: the first fault is the cause, and nobody waits for the others."""
    port, asked = mute
    check = dm.Peer("127.0.0.1", port, ae_title="PACS").check(study="1.2.3", timeout=BRIEF_S)
    assert check.fault.name == "C-ECHO"
    assert {_verdicts(check)[name] for name in ("move destination", "way back", "throughput")} == {"not tried"}
    assert asked == ["C_ECHO"]


def test_an_archive_that_is_silent_and_never_connects(demo, tmp_path):
    """A firewall that drops what the archive sends, or a tape: check() and explain() name both first, and whom to ask."""
    pacs = demo(fault="nearline:60")
    study = pacs.studies().where(PatientID="000123").find()["StudyInstanceUID"][0]
    fault = pacs.check(study=study, timeout=BRIEF_S).fault
    explained = pacs.move(study, tmp_path / "data", silence=BRIEF_S, stragglers=0.1, progress=False).explain()
    assert fault.name == "way back"
    assert "nothing came within 0.3 s, and the archive never connected to us" in fault.found
    assert "administrator" in fault.what_to_do
    assert "silence=" not in fault.what_to_do
    assert explained.causes[0].name == "blocked"
    assert "firewall" in explained.causes[0].why
    assert explained.letter
