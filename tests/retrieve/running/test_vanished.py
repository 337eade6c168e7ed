"""Studies that an archive counted and no longer has: only where it brought nothing and did not say why."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from dicommove.retrieve.accounting.outcome import Ending
from dicommove.retrieve.planning.requests import Request
from dicommove.retrieve.running.vanished import vanished
from dicommove.retrieve.running.worker import Ended
from dicommove.terms import Level

GONE = Ending(status=0xC000, expected=9, expected_by="counts")


def ended(number=1, study="1.2.3.4.5", **facts):
    """How a request ended that brought nothing, unless said otherwise."""
    return Ended(Request(number, Level.STUDY, study), replace(GONE, **facts), "refused", "")


@pytest.fixture
def ask(pacs):
    """Ask the demo archive about requests."""
    return lambda *every: vanished(pacs, every, threading.Event())


def test_a_study_that_is_gone_is_found_out(ask, pacs):
    """One that the archive has is not gone."""
    there = pacs.studies().where(PatientID="JP-0042").find()["StudyInstanceUID"][0]
    assert ask(ended(1), ended(2, there), ended(3, "1.2.3.4.6")) == [1, 3]


@pytest.mark.parametrize(
    "facts",
    [
        {"status": None},
        {"status": 0xA801},
        {"failure": "AssociationLost: aborted"},
        {"expected": None},
        {"received": 1},
        {"completed": 9},
        {"failed": 9},
        {"refusal": "the disk is full"},
    ],
)
def test_what_says_why_is_not_asked_about(ask, facts):
    """A status, a counter or an arrival that says more is no reason to ask."""
    assert ask(ended(**facts)) == []


def test_an_archive_that_does_not_answer_proves_nothing(demo):
    """No association, and a user who has cancelled: nothing is said to be gone."""
    peer = demo()
    cancelled = threading.Event()
    cancelled.set()
    assert vanished(peer, [ended()], cancelled) == []
    peer.stop()
    assert vanished(peer, [ended()], threading.Event()) == []


def test_at_most_five_are_asked_about(ask):
    """An archive that refuses everything is not searched for each study."""
    assert ask(*(ended(number, f"1.2.3.4.{number}") for number in range(1, 20))) == [1, 2, 3, 4, 5]
