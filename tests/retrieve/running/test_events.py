"""Snapshots: plain values, and one line of text."""

from __future__ import annotations

import pickle

import pytest

from dicommove.retrieve.running.events import Event, Snapshot


@pytest.mark.parametrize(
    ("received", "expected", "fraction"), [(0, None, None), (0, 0, None), (0, 4, 0.0), (1, 4, 0.25), (4, 4, 1.0), (5, 4, 1.0)]
)
def test_fraction(received, expected, fraction):
    """A part of what is expected; unknown where nobody said how much it is, and never more than all."""
    assert Snapshot(received=received, expected=expected).fraction == fraction


@pytest.mark.parametrize(
    ("snapshot", "text"),
    [
        (Snapshot(), "waiting: 0 instances, 0.0 MB, C-MOVE 0 of 0"),
        (Snapshot(expected=0, requests_total=1), "waiting: 0 of 0 instances, 0.0 MB, C-MOVE 1 of 1"),
        (Snapshot("done", 2, 2, 5, 5, size_bytes=2_500_000), "done: 5 of 5 instances, 2.5 MB, C-MOVE 2 of 2"),
        (
            Snapshot("transferring", 0, 1, 5, 20, bytes_per_s=1_500_000, remaining_s=12.3),
            "transferring: 5 of 20 instances, 0.0 MB, C-MOVE 1 of 1, 1.5 MB/s, 12 s left",
        ),
    ],
)
def test_one_line(snapshot, text):
    """The line says what is known and leaves out what is not."""
    assert str(snapshot) == text


def test_a_snapshot_goes_to_another_process():
    """Frozen values of plain parts: hashable, equal by value, picklable."""
    snapshot = Snapshot(received=3, events=(Event(1.0, "arrival", "CT"),))

    assert pickle.loads(pickle.dumps(snapshot)) == snapshot
    assert hash(snapshot) == hash(Snapshot(received=3, events=(Event(1.0, "arrival", "CT"),)))
