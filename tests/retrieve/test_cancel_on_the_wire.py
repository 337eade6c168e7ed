"""Cancelling, seen by the archive: which C-CANCEL it gets, when the association is aborted, and that the connection is closed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest
from pynetdicom import AE, QueryRetrievePresentationContexts, evt

import dicommove as dm
from dicommove.retrieve.asking.expectation import ExpectedInstance
from dicommove.retrieve.planning.options import read_options
from dicommove.retrieve.planning.plan import Plan
from dicommove.retrieve.planning.requests import Request
from dicommove.terms import Level

CT = "1.2.840.10008.5.1.4.1.1.2"
DEADLINE_S = 30


@dataclass
class Archive:
    """A C-MOVE SCP that says nothing until it is cancelled, or never; and what it heard."""

    obeys: bool
    heard: list = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def on_move(self, event):
        """Find nothing to send, and wait."""
        self.heard.append(("move", event.request.MessageID, event.context.context_id))
        yield "127.0.0.1", self.destination
        yield 1
        self.asked.set()
        while not self.over.wait(0.02):
            if event.is_cancelled and self.obeys:
                yield 0xFE00, None
                return
        yield 0xFE00, None

    def on_message(self, event):
        """Keep a C-CANCEL."""
        if type(event.message).__name__ == "C_CANCEL_RQ":
            about = event.message.command_set.MessageIDBeingRespondedTo
            self.heard.append(("cancel", about, event.message.context_id))

    def on_pdu(self, event):
        """Keep what ends the association; heard in the thread that reads, for the other one waits."""
        name = type(event.pdu).__name__
        if name in ("A_RELEASE_RQ", "A_ABORT_RQ"):
            self.heard.append((name, None, None))
            self.over.set()


@pytest.fixture
def archive_that():
    """Start an archive that obeys C-CANCEL, or does not; its sub-operations go to a listener that takes nothing."""
    running = []

    def start(*, obeys: bool) -> tuple[Archive, int]:
        archive = Archive(obeys)
        sink = AE("SINK")
        sink.add_supported_context(CT)
        running.append(sink.start_server(("127.0.0.1", 0), block=False))
        archive.destination = running[-1].server_address[1]
        ae = AE("ARCHIVE")
        ae.supported_contexts = QueryRetrievePresentationContexts
        ae.add_requested_context(CT)
        handlers = [
            (evt.EVT_C_MOVE, archive.on_move),
            (evt.EVT_DIMSE_RECV, archive.on_message),
            (evt.EVT_PDU_RECV, archive.on_pdu),
        ]
        running.append(ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers))
        return archive, running[-1].server_address[1]

    yield start
    for server in running:
        server.shutdown()


def plan_for(port, data, **options):
    """A plan of one instance, without asking anybody."""
    peer = dm.Peer("127.0.0.1", port, ae_title="ARCHIVE", listener=dm.Listener(port=0))
    request = Request(1, Level.STUDY, "1.2.3", expected=1, expected_by="instances")
    instances = (ExpectedInstance(1, "1.2.3", "1.2.3.4", "1.2.3.4.5"),)
    return Plan(peer, data, (request,), instances, options=read_options(peer, **options))


@pytest.mark.parametrize(("obeys", "ending"), [(True, "A_RELEASE_RQ"), (False, "A_ABORT_RQ")])
def test_what_a_cancel_looks_like(archive_that, obeys, ending, data):
    """One C-CANCEL for the Message ID of the C-MOVE, in its presentation context; then release, or A-ABORT after the grace."""
    archive, port = archive_that(obeys=obeys)
    operation = plan_for(port, data, grace=0.3).start_move()
    assert archive.asked.wait(DEADLINE_S)
    assert operation.cancel()
    result = operation.result(DEADLINE_S)
    assert archive.over.wait(DEADLINE_S)
    (_, message_id, context_id), *rest = archive.heard
    assert rest == [("cancel", message_id, context_id), (ending, None, None)]
    assert (result.outcome, result.cancel_worked) == ("cancelled", obeys)
    assert ("C-CANCEL ended it" if obeys else "A-ABORT ended it") in result.reason
    assert list(result.ledger["state"]) == ["missing"]
    assert dm.reopen(data).cancel_worked is obeys


def test_asking_twice_does_not_wait_for_the_grace(archive_that, data):
    """A grace of an hour is over at the second request to stop."""
    archive, port = archive_that(obeys=False)
    operation = plan_for(port, data, grace=3600.0).start_move()
    assert archive.asked.wait(DEADLINE_S)
    operation.cancel()
    operation.cancel()
    result = operation.result(DEADLINE_S)
    assert (result.outcome, result.cancel_worked) == ("cancelled", False)


@pytest.mark.parametrize(("limits", "words"), [({"silence": 0.3}, "silent"), ({"silence": None, "total": 0.3}, "total time")])
def test_an_archive_that_says_nothing_is_given_up(archive_that, data, limits, words):
    """After the silence, or the total, A-ABORT: the request is lost, and both say which limit it was."""
    archive, port = archive_that(obeys=True)
    result = plan_for(port, data, stragglers=0.1, **limits).move(progress=False)
    assert archive.over.wait(DEADLINE_S)
    assert [what for what, *_ in archive.heard] == ["move", "A_ABORT_RQ"]
    assert (result.outcome, result.cancel_worked) == ("lost", None)
    assert words in result.reason
    assert result.explain().causes[0].name == {"silent": "blocked", "total time": "total_time"}[words]
