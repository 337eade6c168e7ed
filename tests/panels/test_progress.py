"""What the progress panel draws: states of real moves as plain values, and the choice of C-MOVEs when there are many."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

import dicommove as dm
from dicommove.panels.progress import rows_of, state_of
from dicommove.retrieve.planning.requests import Request
from dicommove.terms import Level

DEADLINE_S = 60


@pytest.fixture
def moved(tmp_path):
    """Start a move of patient 000123, whose two studies have 130 instances; give the operation at its end."""

    def start(fault=None, **options):
        with dm.demo(fault=fault) as pacs:
            operation = pacs.studies().where(PatientID="000123").start_move(tmp_path, **options)
            operation.wait(DEADLINE_S)
        return operation

    return start


def many(running, outcomes=(), total=40):
    """An operation of many C-MOVEs, and its snapshot: those numbered in `outcomes` have ended."""
    requests = tuple(Request(number, Level.STUDY, f"1.2.{number}", expected=5) for number in range(1, total + 1))
    ended = [
        SimpleNamespace(request=requests[number - 1], outcome=outcome, ending=SimpleNamespace(received=4))
        for number, outcome in outcomes
    ]
    operation = SimpleNamespace(plan=SimpleNamespace(requests=requests), ended=ended, done=lambda: False, received_of=lambda _: 0)
    return operation, ended, dm.Snapshot(request=running)


def test_a_complete_move_is_said_with_both_counts(moved):
    """What arrived stands beside what the archive says; both requests have a row."""
    state = state_of(moved())

    assert (state["done"], state["mood"], state["here"]) == (True, "good", {"text": "130 of 130 received", "fraction": 1.0})
    assert state["archive"]["text"] == "130 sent, 0 failed"
    assert [row[-1] for row in state["requests"]] == ["complete", "complete"]


def test_a_refused_move_shows_its_troubles(moved):
    """Each C-MOVE that brought nothing is a trouble, in words, and the outcome says more."""
    state = state_of(moved("refuse", retry=None, stragglers=0))

    assert state["mood"] == "bad"
    assert state["doing"].startswith("refused")
    assert [text.partition(":")[0] for text in state["troubles"]] == ["C-MOVE 1 is refused", "C-MOVE 2 is refused"]


def test_an_exception_is_said(tmp_path):
    """An archive that is not there ends the move: the panel says it in words."""
    with dm.demo() as pacs:
        plan = pacs.studies().where(PatientID="000123").plan(tmp_path)
    operation = plan.start_move()
    operation.wait(DEADLINE_S)

    state = state_of(operation)
    assert (state["mood"], state["done"]) == ("bad", True)
    assert state["doing"].startswith("failed: PeerUnreachable")


def test_what_is_synced_names_nobody(moved):
    """The state is kept in a saved notebook: no names, no UIDs, no pictures, and plain JSON."""
    operation = moved("drop:3", stragglers=0)
    text = json.dumps(state_of(operation))

    uids = {request.study for request in operation.plan.requests}
    assert not [name for name in ("000123", "MEIER", *uids) if name in text]


def test_of_many_requests_those_are_shown_that_say_most():
    """The one that runs, those with troubles, the last ones and the next ones; the others are counted."""
    outcomes = [(number, "partial" if number in (2, 9) else "complete") for number in range(1, 20)]
    rows, others = rows_of(*many(20, outcomes))

    assert [row[0] for row in rows] == ["#2", "#9", "#17", "#18", "#19", "#20", "#21", "#22"]
    assert rows[5] == ["#20", "STUDY", "-", "0", "5", "running"]
    assert others == "and 32 more: 14 complete, 18 waiting"


def test_many_troubles_do_not_hide_the_running_request():
    """However many fail, the table stays short and shows where the move is."""
    rows, _ = rows_of(*many(31, [(number, "refused") for number in range(1, 31)]))

    assert len(rows) == 8
    assert [row[-1] for row in rows].count("refused") == 4
    assert "running" in [row[-1] for row in rows]


def test_one_request_needs_no_table():
    """The bars say it all."""
    assert rows_of(*many(1, total=1)) == ([], "")
