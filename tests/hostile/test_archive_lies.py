"""An archive that lies: the outcome follows what arrived, and the exit code is never a wrong 0."""

from __future__ import annotations

import pytest

from .cases import Cases

cases = Cases()


@cases("sends all three, says so, and ends", "complete", kept=3)
def honest(talk):
    """Three pending responses and a final one."""
    for number in (1, 2, 3):
        talk.send_instances(number)
        talk.pending(3 - number, number)
    talk.end(completed=3)


@cases("says success for three and has sent two", "partial", kept=2)
def one_too_few(talk):
    """The classic of archives whose cache has lost a file."""
    talk.send_instances(1, 2)
    talk.end(completed=3)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_an_archive_that_lies(case, subject, faults):
    """What arrived decides."""
    assert faults(case, subject) == []
