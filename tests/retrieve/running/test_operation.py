"""Operations: like a Future, but watched and cancelled while they run; Ctrl-C leaves a readable result."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from dataclasses import replace

import pytest

import dicommove as dm


@pytest.fixture
def slow(demo, anna):
    """A query whose instances come one in 20 ms."""
    return anna(demo(fault="slow:0.02"))


def test_it_is_started_and_waited_for(slow, data, until):
    """A result that is not there yet is a TimeoutError, and the move goes on."""
    operation = slow.start_move(data)
    until(operation, lambda progress: progress.received >= 1)
    with pytest.raises(TimeoutError):
        operation.result(timeout=0.01)
    assert not operation.done()
    operation.cancel()
    operation.cancel()
    assert operation.result(30).outcome == "cancelled"


def test_cancel_is_obeyed_and_keeps_what_came(slow, data, until):
    """C-CANCEL ends it; the ledger tells what came and what did not, and the next study is not asked for."""
    operation = slow.start_move(data)
    until(operation, lambda progress: progress.received >= 3)
    assert operation.cancel()
    result = operation.result(30)
    assert (result.outcome, result.cancel_worked, operation.cancelled()) == ("cancelled", True, True)
    states = result.ledger["state"].value_counts()
    assert 3 <= states["received"] < 130
    assert states["received"] + states["missing"] == 130
    assert list(result.requests["Status"].dropna()) == [0xFE00]
    assert not operation.cancel()


def test_what_was_cancelled_goes_on_where_it_stopped(slow, pacs, anna, data, until):
    """After a cancel the same query asks for the rest only."""
    operation = slow.start_move(data)
    until(operation, lambda progress: progress.received >= 3)
    operation.cancel()
    kept = len(operation.result(30).instances)
    result = anna(pacs).move(data)
    assert result.outcome == "complete"
    assert len(result.ledger) == 130
    assert result.progress["NumberOfCompletedSuboperations"].groupby(result.progress["request"]).max().sum() == 130 - kept


def test_callbacks_are_called_once(pacs, anna, data):
    """Callbacks get the operation; one that is added after the end is called at once."""
    ended = threading.Event()
    operation = anna(pacs).start_move(data)
    operation.add_done_callback(lambda one: ended.set() if one is operation else None)
    operation.result(60)
    assert ended.wait(5)
    late = []
    operation.add_done_callback(late.append)
    assert late == [operation]


def test_it_can_be_awaited(pacs, anna, data):
    """``await op`` gives the result without blocking the event loop."""

    async def main():
        return await anna(pacs).start_move(data)

    assert asyncio.run(main()).outcome == "complete"


def test_an_interrupted_await_cancels(slow, data, until):
    """A cancelled task cancels the move, as a notebook's stop button does."""

    async def main():
        operation = slow.start_move(data)
        waiting = asyncio.ensure_future(operation)
        await asyncio.to_thread(until, operation, lambda progress: progress.received >= 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return await asyncio.to_thread(operation.result, 30)

    assert asyncio.run(main()).outcome == "cancelled"


def test_ctrl_c_cancels_and_returns_the_result(slow, data):
    """An interrupt while a move blocks sends C-CANCEL and leaves a readable result."""
    interrupted = []

    def interrupt(snapshot):
        if snapshot.received >= 2 and not interrupted:
            interrupted.append(True)
            os.kill(os.getpid(), signal.SIGINT)

    result = slow.move(data, progress=interrupt)
    assert result.outcome == "cancelled"
    assert result.cancel_worked
    assert len(result.instances) >= 2


def test_snapshots_come_to_a_callback(pacs, anna, data):
    """A callback gets frozen snapshots; the last one tells that all is there."""
    seen = []
    anna(pacs).move(data, progress=seen.append)
    assert (seen[-1].phase, seen[-1].received, seen[-1].expected) == ("done", 130, 130)
    assert seen[-1].events


def test_nothing_runs_after_the_end(pacs, anna, data):
    """Threads and port are gone when the result is there."""
    before = {thread.name for thread in threading.enumerate()}
    operation = anna(pacs).start_move(data)
    operation.result(60)
    operation._thread.join(10)
    assert not [t for t in threading.enumerate() if t.name.startswith("dicommove-") and t.name not in before]


def test_a_deaf_archive_is_aborted_after_the_grace(demo, anna, data, until):
    """C-CANCEL is ignored: the association is aborted, and the result says which of the two worked."""
    operation = anna(demo(fault="slow:0.02+deaf")).plan(data, grace=0.2).start_move()
    until(operation, lambda progress: progress.received >= 2)
    operation.cancel()
    result = operation.result(30)
    assert (result.outcome, result.cancel_worked) == ("cancelled", False)
    assert "A-ABORT" in result.reason


def test_a_cancel_is_heard_while_the_association_is_opened(pacs, anna, data):
    """An archive that accepts the connection and never answers: the cancel ends the wait at once."""
    plan = anna(pacs).plan(data)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        peer = replace(pacs, port=silent.getsockname()[1])
        operation = replace(plan, remote=peer).start_move()
        connection, _ = silent.accept()
        with connection:
            operation.cancel()
            assert operation.result(10).outcome == "cancelled"


def test_a_callback_that_raises_harms_nobody(pacs, anna, data, caplog):
    """The others are called all the same, and the fault is logged."""
    called = threading.Event()
    operation = anna(pacs).start_move(data)
    operation.add_done_callback(lambda _: 1 / 0)
    operation.add_done_callback(lambda _: called.set())
    assert operation.result(60).outcome == "complete"
    assert called.wait(5)
    assert "done-callback" in caplog.text


def test_a_drawing_that_raises_does_not_end_the_move(pacs, anna, data):
    """The fault is a warning, and the move goes on without being shown."""
    with pytest.warns(dm.DicomMoveWarning, match="no longer shown: ZeroDivisionError"):
        result = anna(pacs).move(data, progress=lambda _: 1 / 0)
    assert result.outcome == "complete"


def test_a_move_that_ends_by_itself_after_a_cancel_was_not_obeyed(demo, anna, data, until):
    """A final status other than Cancel is no obedience: neither of the two worked, and what arrived is complete."""
    operation = anna(demo(fault="slow:0.3+deaf")).series().where(Modality="SR").start_move(data)
    until(operation, lambda progress: progress.phase == "preparing")
    operation.cancel()
    result = operation.result(30)
    assert (result.outcome, result.cancel_worked) == ("complete", None)
