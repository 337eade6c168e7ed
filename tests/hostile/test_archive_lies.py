"""An archive that lies in its counters and statuses: the outcome follows what arrived, the exit code is never a wrong 0."""

from __future__ import annotations

import pytest

from . import wire
from .cases import Cases

cases = Cases()


def delivers(talk, *numbers):
    """Honest deliveries, each told of by a pending response."""
    for place, number in enumerate(numbers, 1):
        talk.send_instances(number)
        talk.pending(3 - place, place)


def delivers_late(talk, *numbers):
    """Over one association, which is closed: who has all that it waits for does not wait for a release."""
    with talk.story.sender().associate() as sender:
        assert [sender.store(wire.instance(number), message_id=number) for number in numbers] == [0] * len(numbers)


@cases("sends all three, says so, and ends", "complete", kept=3)
def honest(talk):
    """Three pending responses and a final one."""
    delivers(talk, 1, 2, 3)
    talk.end(completed=3)


@cases("says success for three and has sent two", "partial", kept=2)
def one_too_few(talk):
    """The classic of archives whose cache has lost a file."""
    talk.send_instances(1, 2)
    talk.end(completed=3)


@cases("says success for three and has sent nothing", "partial", kept=0)
def sends_nothing(talk):
    """What arrived decides, and nothing did."""
    talk.end(completed=3)


@cases("counts nothing and delivers everything", "partial", api=("complete",), kept=3)
def counts_nothing(talk):
    """GE, Synapse and IMPAX end with 0/0/0; only who knows the UIDs can call it complete."""
    talk.send_instances(1, 2, 3)
    talk.end()


@cases("leaves every counter out and delivers everything", "complete", kept=3)
def leaves_counters_out(talk):
    """A counter that is absent contradicts nothing."""
    talk.send_instances(1, 2, 3)
    talk.answer(0x0000)


@cases("leaves every counter out and delivers two", "complete", api=("partial",), kept=2)
def leaves_counters_out_and_one(talk):
    """Without a counter `movescu` has nothing to compare; the API has asked for the UIDs."""
    talk.send_instances(1, 2)
    talk.answer(0x0000)


@cases("leaves every counter out and delivers nothing", "no_match", api=("partial",), kept=0)
def says_only_success(talk):
    """Nothing said and nothing sent."""
    talk.answer(0x0000)


@cases("says success and counts two as sent and one as failed", "partial", kept=2)
def success_with_a_failure(talk):
    """A failure counts whatever the status."""
    talk.send_instances(1, 2)
    talk.end(completed=2, failed=1)


@cases("counts three as sent, three as failed and three with a warning", "partial", api=("complete",), kept=3)
def contradicts_itself(talk):
    """Nine of three."""
    talk.send_instances(1, 2, 3)
    talk.end(completed=3, failed=3, warning=3)


@cases("counts all three with a warning and none as completed", "complete", kept=3)
def counts_warnings_only(talk):
    """Our own statuses were 0x0000, and all are here."""
    talk.send_instances(1, 2, 3)
    talk.end(warning=3)


@cases("ends with success while two remain", "partial", kept=1)
def remaining_left_over(talk):
    """It says itself that it has not done everything."""
    talk.send_instances(1)
    talk.end(completed=1, remaining=2)


@cases("has sent all three and says that two remain", "partial", api=("complete",), kept=3)
def remaining_though_all_came(talk):
    """`movescu` cannot know which of the two is wrong."""
    talk.send_instances(1, 2, 3)
    talk.end(completed=3, remaining=2)


@cases("lets its counters go up, restart and overflow before a true end", "complete", kept=3)
def counters_run_wild(talk):
    """Pending counters prove nothing."""
    for number, (remaining, completed) in enumerate([(65535, 65535), (0, 0), (65535, 1)], 1):
        talk.pending(remaining, completed, failed=number * 1000)
        talk.send_instances(number)
    talk.pending(0, 65535, warning=65535)
    talk.end(completed=3)


@cases("counts 65535 at the end where three came", "partial", api=("complete",), kept=3)
def overflows_at_the_end(talk):
    """An overflow is less than it counted."""
    talk.send_instances(1, 2, 3)
    talk.end(completed=65535, warning=65535)


@cases("counts two where three came", "partial", api=("complete",), kept=3)
def counts_too_few(talk):
    """More than it counted: somebody's count is wrong."""
    talk.send_instances(1, 2, 3)
    talk.end(completed=2)


@cases("writes its counters as texts of six bytes, of one byte, and empty", "partial", "complete", api=("complete",), kept=3)
def counters_of_wrong_length(talk):
    """A counter is of two bytes (PS3.7 E.1); what is none is absent or its first two bytes."""
    talk.send_instances(1, 2, 3)
    talk.answer(0x0000, more={0x1020: b"", 0x1021: b"\3\0\0\0\0\0", 0x1022: b"", 0x1023: b""})


@cases("fails after it has sent everything", "partial", api=("complete",), kept=3)
def fails_after_all(talk):
    """Orthanc ends with 0xC000 and 0/0/0 for many reasons."""
    talk.send_instances(1, 2, 3)
    talk.end(0xC000)


@cases("is cancelled by nobody, after two", "cancelled", api=("partial",), kept=2)
def cancelled_by_nobody(talk):
    """0xFE00 that nobody asked for: `movescu` hands the archive's word on, the API says what is missing."""
    talk.send_instances(1, 2)
    talk.end(0xFE00, remaining=1, completed=2)


@cases("answers without a status", "lost", api=("complete",), kept=3)
def no_status(talk):
    """A response without a status is none (PS3.7 9.3.4.2): the association is aborted; the API has all that it expects."""
    talk.send_instances(1, 2, 3)
    talk.answer(None, completed=3)
    talk.gone()


@cases("answers with a status of one byte", "lost", kept=0)
def short_status(talk):
    """No status either; the kit writes even lengths only, so the length is cut by hand."""
    whole = wire.response(talk.request, 0x0000)
    talk.command(whole[:-8] + b"\0\0\0\11\1\0\0\0\0")
    talk.gone()


@cases("says that nothing matched, and sends all three afterwards", "partial", api=("complete",), kept=3)
def late_after_zero(talk):
    """Stragglers are let in also where none were announced."""
    talk.end()
    talk.released()
    delivers_late(talk, 1, 2, 3)


@cases("counts three, and sends them when the association is over", "complete", kept=3)
def late_as_counted(talk):
    """An archive that queues its sub-operations and answers at once."""
    talk.end(completed=3)
    talk.released()
    delivers_late(talk, 1, 2, 3)


@cases("fails, and sends two afterwards", "partial", kept=2)
def late_after_failure(talk):
    """What was said to fail came, after the association."""
    talk.end(0xC001, failed=3)
    talk.released()
    delivers_late(talk, 1, 2)


FINALS = {
    "warning": (0xB000, "partial"),
    "unusual_warning": (0xB123, "partial"),
    "warning_of_old": (0x0001, "partial"),
    "out_of_resources": (0xA702, "partial"),
    "unknown_destination": (0xA801, "partial"),
    "not_authorized": (0x0124, "partial"),
    "unknown_low": (0x1234, "partial"),
    "unknown_high": (0xFFFF, "partial"),
    "unknown_beside_pending": (0xFF02, "partial"),
}
for name, (status, outcome) in FINALS.items():

    def all_came(talk, status=status):
        """All three, and a status that says something else."""
        talk.send_instances(1, 2, 3)
        talk.end(status, completed=3)

    def none_came(talk, status=status):
        """Nothing, and the status alone; a warning refuses nothing, and nothing came either."""
        talk.end(status, failed=3)

    all_came.__name__, none_came.__name__ = f"{name}_and_all", f"{name}_and_nothing"
    some = ("partial",) if status in {0xB000, 0xB123, 0x0001} else ("refused",)
    program = {"subjects": ("movescu", "api") if status in {0xB000, 0xA801, 0x1234, 0xFFFF} else ("api",)}
    cases(f"sends all three and ends with {status:#06x}", outcome, api=("complete",), kept=3, **program)(all_came)
    if status in {0xB000, 0xA702, 0x1234}:
        cases(f"sends nothing and ends with {status:#06x}", "refused", api=some, kept=0)(none_came)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_an_archive_that_lies(case, subject, faults):
    """What arrived decides."""
    assert faults(case, subject) == []
