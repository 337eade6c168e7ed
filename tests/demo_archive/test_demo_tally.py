"""The counters of a C-MOVE and what its final response says."""

import pytest

from dicommove.demo_archive.exchange import COMPLETED, FAILED, REMAINING, WARNING
from dicommove.demo_archive.tally import Tally


@pytest.mark.parametrize(
    ("outcomes", "lies", "status", "counted"),
    [
        ((), False, 0x0000, (0, 0, 0)),
        ((COMPLETED, COMPLETED), False, 0x0000, (2, 0, 0)),
        ((COMPLETED, WARNING), False, 0x0000, (1, 0, 1)),
        ((COMPLETED, FAILED), False, 0xB000, (1, 1, 0)),
        ((FAILED, FAILED), False, 0xA702, (0, 2, 0)),
        ((COMPLETED, COMPLETED, COMPLETED), True, 0xB000, (1, 2, 0)),
        ((COMPLETED,), True, 0xB000, (0, 1, 0)),
        ((FAILED, WARNING), True, 0xB000, (0, 1, 1)),
    ],
)
def test_final_status_follows_what_became_of_them(outcomes, lies, status, counted):
    """0x0000 without failures, 0xA702 when nothing was delivered, else 0xB000; failed ones are listed."""
    tally = Tally(len(outcomes), lies=lies)
    for number, outcome in enumerate(outcomes):
        tally.add(f"1.{number}", outcome)
    final = tally.final(cancelled=False)
    assert final.status == status
    assert final.counters == dict(zip((COMPLETED, FAILED, WARNING), counted, strict=True))
    assert (final.identifier is None) == (counted[1] == 0)


def test_cancelled_move_says_what_remains():
    """After a C-CANCEL Remaining is told; one that came too late changes nothing."""
    tally = Tally(2)
    tally.add("1.1", COMPLETED)
    assert tally.final(cancelled=True).counters == {REMAINING: 1, COMPLETED: 1, FAILED: 0, WARNING: 0}
    assert tally.final(cancelled=True).status == 0xFE00
    tally.add("1.2", COMPLETED)
    assert tally.final(cancelled=True).status == 0x0000
