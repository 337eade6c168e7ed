"""The worker: how a request ended is decided when the last wait is over, whichever request ran when its instances came."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from dicommove.net import MoveResponse
from dicommove.retrieve.planning.requests import Request
from dicommove.retrieve.running.tally import Tally
from dicommove.retrieve.running.watch import Timeouts
from dicommove.retrieve.running.worker import Worker
from dicommove.store import NoJournal
from dicommove.terms import Level

REQUESTS = tuple(Request(number, Level.STUDY, f"1.{number}", expected=1, expected_by="counts") for number in (1, 2))


class Sending:
    """Stands for the exchange: answers success, and both instances come while the second request runs."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.timeouts = Timeouts(stragglers=0.0)
        self.cancelling = threading.Event()
        self.unopened: list[Exception] = []
        self.sent = 0

    def send(self, request: Request) -> MoveResponse:
        """Answer at once."""
        self.sent += 1
        if request.number == 2:
            for number in (1, 2):
                self.tally.arrived(number, new=True, text="")
        return MoveResponse(0x0000, datetime.now(UTC), completed=1)


@pytest.fixture
def worker():
    """A worker without network: what it counts is real."""
    tally = Tally(requests_total=2, expected=2)
    intake = SimpleNamespace(
        met=lambda request: tally.received_of(request.number) >= 1,
        missing=lambda _: None,
        spoiled=lambda _: 0,
        refusal=lambda _: None,
    )
    return Worker(Sending(tally), intake, tally, NoJournal(), 1)


def test_instances_that_come_during_the_next_request_count_for_their_own(worker):
    """The first request is complete in the end, although nothing had come when its own wait was over."""
    assert [ended.outcome for ended in worker.run(REQUESTS)] == ["complete", "complete"]
