"""Lines of evidence: each function says in words what one part of the evidence shows, or nothing. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pydicom import config
from pydicom.uid import UID

from ...markup import visible
from ...terms import status_meaning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .evidence import Answer, Evidence

__all__ = [
    "alone",
    "answers",
    "broken_off",
    "callers",
    "cancel",
    "conflicts",
    "contexts",
    "counters",
    "failures",
    "instances",
    "not_kept",
    "prior_count",
    "questions",
    "times",
    "vanished",
]

_SHOWN = 3


def answers(evidence: Evidence) -> Iterator[str]:
    """Say the final statuses of the C-MOVEs that are not complete."""
    counted = Counter(answer.status for answer in evidence.troubled if answer.status is not None)
    for status, number in counted.most_common(_SHOWN):
        yield f"{times(number, 'C-MOVE')} of {len(evidence.answers)} answered 0x{status:04X} ({status_meaning(status)})"


def counters(evidence: Evidence) -> Iterator[str]:
    """Say what the archive counted, over all C-MOVEs that were answered."""
    answered = [answer for answer in evidence.answers if answer.status is not None]
    if not answered:
        return
    if all(answer.reported is answer.failed is None for answer in answered):
        yield "the archive gave no counters"
        return
    texts = [f"{_sum(answer.reported for answer in answered)} sent", f"{_sum(answer.failed for answer in answered)} failed"]
    yield "the archive's own counters: " + ", ".join(texts) + ("" if _agree(answered) else ", which is not what is here")


def _agree(answered: Iterable[Answer]) -> bool:
    """Whether the counters say what came; what they leave out contradicts nothing."""
    return all(answer.reported in (None, answer.received) for answer in answered)


def alone(evidence: Evidence) -> Iterator[str]:
    """Say which objects the archive could not send when it was asked for each alone."""
    named = {one.asked_alone: one for one in evidence.troubled if one.asked_alone}
    for uid, one in list(named.items())[:_SHOWN]:
        status = one.failure or "nothing" if one.status is None else f"0x{one.status:04X} ({status_meaning(one.status)})"
        yield f"SOP Instance {visible(uid, 64)}, asked for alone: {visible(status)}"
    if len(named) > _SHOWN:
        yield f"and {len(named) - _SHOWN} more objects, which result.ledger names"


def prior_count(evidence: Evidence) -> Iterator[str]:
    """Say what was counted before the move."""
    if evidence.expected is not None:
        yield f"a C-FIND before the move counted {times(evidence.expected, 'instance')}"
    elif evidence.answers:
        yield "the archive gave no count before the move"


def instances(evidence: Evidence) -> Iterator[str]:
    """Say how many instances arrived; of what went to another system nobody here knows."""
    if evidence.third_party:
        return
    of = f" of {evidence.expected}" if evidence.expected is not None else ""
    yield f"{evidence.received}{of} instances are here"


def callers(evidence: Evidence) -> Iterator[str]:
    """Say what our own listener saw."""
    if evidence.third_party or not evidence.answers:
        return
    listener = f"our listener ({evidence.way_back.ae_title})"
    if not evidence.callers:
        tried = "; only C-ECHO came" if evidence.connections else ""
        yield f"{listener} was open and saw no connection for C-STORE{tried}"
        return
    seen = Counter((one.address, one.calling, one.called, one.rejected, one.aborted or one.ended) for one in evidence.callers)
    for (address, calling, called, rejected, ended), number in seen.most_common(_SHOWN):
        who = f"{visible(calling or 'somebody', 16)} at {address or 'an unknown address'}{_elsewhere(evidence, address)}"
        said = f"rejected: {rejected}" if rejected else ended or "open to the end"
        yield f"{listener} saw {times(number, 'connection')} from {who}, called as {visible(called, 16)!r}: {visible(said)}"


def _elsewhere(evidence: Evidence, address: str) -> str:
    known = evidence.archive_addresses
    return " (not the archive's own address)" if known and address and address not in known else ""


def contexts(evidence: Evidence) -> Iterator[str]:
    """Say which presentation contexts we did not accept."""
    refused = dict.fromkeys(context for one in evidence.connections for context in one.refused)
    for abstract, offered in list(refused)[:_SHOWN]:
        yield f"not accepted: {_name(abstract)} in {', '.join(map(_name, offered)) or 'no transfer syntax'}"
    if len(refused) > _SHOWN:
        yield f"and {len(refused) - _SHOWN} more presentation contexts"


def not_kept(evidence: Evidence) -> Iterator[str]:
    """Say what we refused, and why."""
    for one in [one for one in evidence.not_kept if one.status is not None][:_SHOWN]:
        meaning = status_meaning(one.status or 0, "C-STORE")
        sender = f" from {one.address}" if one.address else ""
        yield f"{times(one.times, 'instance')}{sender} answered by us with 0x{one.status:04X} ({meaning}): {visible(one.reason)}"


def broken_off(evidence: Evidence) -> Iterator[str]:
    """Say which data sets ended in the middle."""
    for one in [one for one in evidence.not_kept if one.status is None][:_SHOWN]:
        yield f"{times(one.times, 'instance')} broke off on the way from {one.address or 'the sender'}: {visible(one.reason)}"


def failures(evidence: Evidence) -> Iterator[str]:
    """Say which exceptions ended C-MOVEs, and after how many instances."""
    failed = [answer for answer in evidence.answers if answer.failure]
    for text, number in Counter(answer.failure for answer in failed).most_common(_SHOWN):
        yield f"{times(number, 'C-MOVE')} ended by {visible(text, 300)}"
    yield from map(_progress, failed[:_SHOWN])


def _progress(answer: Answer) -> str:
    of = f" of {answer.expected}" if answer.expected is not None else ""
    return f"C-MOVE {answer.request} had brought {answer.received}{of} instances"


def conflicts(evidence: Evidence) -> Iterator[str]:
    """Say how many instances of the ledger are in a state that is no good one."""
    for state in ("conflict", "quarantined", "unexpected", "refused", "failed", "missing"):
        if number := evidence.states.get(state):
            yield f"{times(number, 'instance')} in the ledger: {state}"


def cancel(evidence: Evidence) -> Iterator[str]:
    """Say what ended a cancelled move."""
    if evidence.cancel_worked is not None:
        yield "the archive obeyed C-CANCEL" if evidence.cancel_worked else "C-CANCEL was ignored; the association was aborted"


def vanished(evidence: Evidence) -> Iterator[str]:
    """Say of how many studies the archive has nothing any more."""
    if evidence.vanished:
        yield f"asked again after the move, the archive has nothing of what {times(evidence.vanished, 'C-MOVE')} asked for"


def offline(evidence: Evidence) -> Iterator[str]:
    """Say how many matches the archive cannot give now."""
    for reason, number in Counter(evidence.offline).most_common(_SHOWN):
        yield f"{times(number, 'time')} {visible(reason)}"


def questions(evidence: Evidence) -> Iterator[str]:
    """Say what was doubtful before any C-MOVE: rows without a match, answers that were cut off."""
    for reason, number in Counter(evidence.unmatched).most_common(_SHOWN):
        yield f"{times(number, 'row')} of the table: {visible(reason)}"
    yield from map(visible, evidence.doubts[:_SHOWN])


def times(number: int, what: str) -> str:
    """Count things in words.

    Examples
    --------
    >>> times(1, "instance"), times(3, "C-MOVE")
    ('1 instance', '3 C-MOVEs')
    """
    return f"{number} {what}{'s' * (number != 1)}"


def _sum(counts: Iterable[int | None]) -> str:
    known = [count for count in counts if count is not None]
    return str(sum(known)) if known else "no number"


def _name(uid: str) -> str:
    """Name of a UID where the Standard has one; what comes from the wire is made harmless."""
    return visible(UID(uid, config.IGNORE).name, 64)
