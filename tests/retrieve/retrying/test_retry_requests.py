"""Requests that ask again, and what the whole comes to: values in, values out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dicommove.retrieve.accounting.outcome import Ending
from dicommove.retrieve.asking.expectation import ExpectedInstance
from dicommove.retrieve.planning.requests import Request
from dicommove.retrieve.retrying.requests import alone, reasons_of, repeated, request_for, standing, unrequested
from dicommove.retrieve.retrying.rounds import batches
from dicommove.retrieve.running.worker import Ended
from dicommove.terms import InformationModel, Level

ORIGIN = Request(4, Level.STUDY, "1.2", "P1", expected=10, expected_by="instances", size_bytes=1000, modalities=("CT",))


def missing(number: int, series: str = "1.2.3", request: int = 4) -> list[ExpectedInstance]:
    """So many missing instances of a series."""
    return [ExpectedInstance(request, "1.2", series, f"{series}.{one}") for one in range(number)]


def gap_requests(gap: list[ExpectedInstance], level: Level = Level.IMAGE) -> list[Request]:
    """The requests for a gap of the study."""
    return [request_for(batch, ORIGIN, number) for number, batch in enumerate(batches(gap, level), 5)]


def now(received: int, lacking: int | None, **more: object) -> dict:
    """What is there now."""
    return {"received": received, "missing": lacking, "spoiled": 0, "refusal": None, **more}


@pytest.mark.parametrize(("level", "sizes"), [(Level.IMAGE, [300, 5, 2]), (Level.SERIES, [307]), (Level.STUDY, [307])])
def test_the_gap_alone_is_asked_for(level, sizes):
    """At each level the Identifier holds unique keys of that level, and the row says how many are wanted."""
    gap = missing(305) + missing(2, "1.2.4")
    made = gap_requests(gap, level)
    assert [request.expected for request in made] == sizes
    assert [request.number for request in made] == list(range(5, 5 + len(sizes)))
    for request in made:
        keys = request.keys(InformationModel.STUDY_ROOT)
        assert list(keys) == [key.unique_key for key in (Level.STUDY, Level.SERIES, Level.IMAGE) if key <= level]
        assert (request.attempt, request.origin, request.patient, request.modalities) == (2, 4, "P1", ("CT",))


def test_a_repeated_request_is_the_same_question():
    """It differs in number and attempt, and knows what it repeats."""
    again = repeated(ORIGIN, 9, 3)
    assert again.keys(InformationModel.STUDY_ROOT) == ORIGIN.keys(InformationModel.STUDY_ROOT)
    assert (again.number, again.attempt, again.origin, again.expected) == (9, 3, 4, 10)


FIRST = Ended(ORIGIN, Ending(0xC000, 0, 0, 0, "instances", 10, 3, 7), "partial", "7 of 10")
LATER = Ended(*gap_requests(missing(1)), Ending(0xC000, None, None, None, "instances", 1, 0, 1), "refused", "said no")


@pytest.mark.parametrize(
    ("ending", "later", "here", "outcome"),
    [
        (FIRST.ending, [LATER], now(10, 0), "complete"),
        (FIRST.ending, [LATER], now(9, 1), "partial"),
        (FIRST.ending, [LATER], now(0, 10), "refused"),
        (FIRST.ending, [], now(3, 7), "partial"),
        (FIRST.ending, [LATER], now(10, 0, spoiled=1), "partial"),
        # A lost association is no news where something came later, and is all there is where nothing did.
        (Ending(failure="AssociationLost: gone", expected_by="instances", expected=10), [LATER], now(9, 1), "partial"),
        (Ending(failure="AssociationLost: gone", expected_by="instances", expected=10), [], now(0, 10), "lost"),
        # Cancelled before, and asked for again since.
        (Ending(cancelled=True, expected_by="instances", expected=10), [LATER], now(10, 0), "complete"),
        # The archive's counters of the first attempt say nothing of the whole.
        (Ending(0xB000, 9, 0, 1, "counts", 10, 9), [LATER], now(10, None), "complete"),
        (Ending(0xB000, 9, 0, 1, "counts", 10, 9), [], now(10, None), "partial"),
    ],
)
def test_the_whole_decides(ending, later, here, outcome):
    """What a request has come to with all attempts, whatever the first one was."""
    assert standing(replace(FIRST, ending=ending), later, here).outcome == outcome


def test_what_was_asked_for_alone_is_told():
    """The reason of the whole says how many objects did not come when asked for alone, and why."""
    assert "1 asked for alone did not come (said no)" in standing(FIRST, [LATER], now(9, 1)).reason
    assert alone([LATER], "said no") == "1 asked for alone did not come: result.ledger names them"


def test_the_reason_of_the_smallest_question_is_the_one_that_counts():
    """An object that was asked for with others first, and then alone, has the reason of the last."""
    rows = [
        {"outcome": "refused", "reason": "no", "asked": {"SOPInstanceUID": ["1", "2"]}},
        {"outcome": "refused", "reason": "never", "asked": {"SOPInstanceUID": ["2"]}},
        {"outcome": "complete", "reason": "there", "asked": {"SOPInstanceUID": ["3"]}},
        {"outcome": "partial", "reason": "first attempt"},
    ]
    assert reasons_of(rows) == {"1": "asked for with 1 more: no", "2": "asked for alone: never"}


def test_surplus_is_what_no_request_of_the_study_asks_for():
    """Another series of a study is surplus; another study is none of this question, nor is what is asked for whole."""
    series = Request(1, Level.SERIES, "1.2", series=("1.2.3",))
    assert unrequested([series], "1.2", "1.2.4", "9")
    assert not unrequested([series], "1.2", "1.2.3", "9")
    assert not unrequested([series], "1.9", "1.9.1", "9")
    assert not unrequested([series, ORIGIN], "1.2", "1.2.4", "9")
