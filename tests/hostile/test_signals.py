"""Signals and crashes on the command line: what is acknowledged is whole, nothing half has a final name, a second start mends."""

from __future__ import annotations

import contextlib
import signal

import pytest

from . import wire
from .cases import Cases
from .connection import EndedError

cases = Cases()
PROGRAM = {"subjects": ("movescu",)}
KILLED = -signal.SIGKILL


def half(one):
    """The first half of the bytes of a C-STORE."""
    whole = wire.p_data(1, wire.c_store(one.uid), command=True) + wire.p_data(1, one.data, size=500)
    return whole[: len(whole) // 2]


def until_gone(talk):
    """Nothing more is said; the program ends by itself."""
    with contextlib.suppress(EndedError):
        talk.gone()


def _obedient(number):
    def script(talk):
        talk.send_instances(1)
        talk.story.signal(number)
        talk.cancelled()
        talk.end(0xFE00, completed=1, remaining=2)

    script.__name__ = f"obedient_after_{signal.Signals(number).name.lower()}"
    return script


for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    cases("obeys the C-CANCEL that a signal causes", "cancelled", kept=1, **PROGRAM)(_obedient(each))


@cases("does not obey C-CANCEL after a signal: aborted after the grace", "cancelled", kept=1, **PROGRAM)
def deaf(talk):
    """Says nothing more."""
    talk.send_instances(1)
    talk.story.signal(signal.SIGINT)
    talk.cancelled()
    until_gone(talk)


@cases("pends on and on after a signal", "cancelled", kept=1, **PROGRAM)
def pending_on(talk):
    """Responses that ignore the C-CANCEL."""
    talk.send_instances(1)
    talk.story.signal(signal.SIGTERM)
    talk.cancelled()
    with contextlib.suppress(EndedError):
        while True:
            talk.pending(2, 1)


@cases("is interrupted twice: the second signal waits for nothing", "cancelled", kept=1, **PROGRAM)
def twice(talk):
    """The user has no patience."""
    talk.send_instances(1)
    talk.story.signal(signal.SIGINT)
    talk.cancelled()
    talk.story.signal(signal.SIGINT)
    until_gone(talk)


@cases("is silent at the connection when the signal comes", "cancelled", "no_association", at="connection", **PROGRAM)
def before_the_association(talk):
    """The A-ASSOCIATE-RQ is read and not answered."""
    talk.pdu()
    talk.story.signal(signal.SIGINT)
    until_gone(talk)


@cases("is in the middle of an instance when the signal comes, and stops there", "cancelled", kept=1, **PROGRAM)
def in_the_middle_of_an_instance(talk):
    """What is half is not kept."""
    talk.send_instances(1)
    with talk.story.sender().associate() as sender:
        sender.send(half(wire.instance(2)))
        talk.story.signal(signal.SIGINT)
        talk.cancelled()
        talk.end(0xFE00, completed=1)
        until_gone(sender)


@cases("sends the rest of an instance after the signal", "cancelled", **PROGRAM)
def goes_on_after_the_signal(talk):
    """It is answered truthfully, whatever the answer is."""
    with talk.story.sender().associate() as sender:
        one = wire.instance(1)
        whole = wire.p_data(1, wire.c_store(one.uid), command=True) + wire.p_data(1, one.data)
        sender.send(whole[:1000])
        talk.story.signal(signal.SIGINT)
        talk.cancelled()
        with contextlib.suppress(EndedError):
            sender.send(whole[1000:])
            talk.story.sent.append(one)
            if sender.status() == 0:
                talk.story.acknowledged.append(one)
        talk.end(0xFE00, completed=1)


@cases("has the program stopped and continued in the middle", "complete", kept=3, **PROGRAM)
def stopped_and_continued(talk):
    """A laptop that sleeps for a moment."""
    talk.send_instances(1)
    with talk.story.sender().associate() as sender:
        talk.story.signal(signal.SIGSTOP)
        sender.offer(wire.instance(2))
        talk.story.signal(signal.SIGCONT)
        assert sender.status() == 0
        assert sender.store(wire.instance(3)) == 0
        sender.release()
    talk.end(completed=3)


@cases(
    "sends while nobody reads what the program says",
    "complete",
    kept=3,
    wrapper=("bash", "-c", '"$@" 2>&1 | true; exit ${PIPESTATUS[0]}', "-"),
    **PROGRAM,
)
def nobody_reads_its_lines(talk):
    """A pipe whose reader is gone."""
    honest(talk)


@cases("sends while its outputs are closed", "complete", kept=3, wrapper=("bash", "-c", 'exec "$@" >&- 2>&-', "-"), **PROGRAM)
def outputs_closed(talk):
    """As under some job schedulers."""
    honest(talk)


def honest(talk):
    """All three, and the truth about them."""
    for number in (1, 2, 3):
        talk.send_instances(number)
        talk.pending(3 - number, number)
    talk.end(completed=3)


def _killed(name, sentence, die):
    """A first run that is killed, and a second one that completes: into the same folder, by the same archive."""

    def script(talk):
        if talk.story.run == 2:
            return honest(talk)
        die(talk)
        return until_gone(talk)

    script.__name__ = name
    cases(sentence, "complete", kept=3, runs=2, **PROGRAM)(script)


def _at_once(talk):
    talk.story.signal(signal.SIGKILL)


def _after_one(talk):
    talk.send_instances(1)
    talk.story.signal(signal.SIGKILL)


def _in_the_middle(talk):
    talk.send_instances(1)
    with talk.story.sender().associate() as sender:
        sender.send(half(wire.instance(2, pixels=bytes(600_000))))
        talk.story.signal(signal.SIGKILL)
        until_gone(sender)


def _before_the_answer(talk):
    with talk.story.sender().associate() as sender:
        one = wire.instance(1)
        talk.story.signal(signal.SIGSTOP)
        sender.offer(one)
        talk.story.signal(signal.SIGKILL)
        until_gone(sender)


def _while_others_arrive(talk):
    with talk.story.sender().associate() as first, talk.story.sender().associate() as second:
        first.offer(wire.instance(1))
        second.send(half(wire.instance(2)))
        with contextlib.suppress(EndedError):
            if first.status() == 0:
                talk.story.acknowledged.append(wire.instance(1))
        talk.story.signal(signal.SIGKILL)
        until_gone(second)


_killed("killed_at_once", "has the program killed before anything came; it is started again", _at_once)
_killed("killed_after_one", "has the program killed after an instance was acknowledged; it is started again", _after_one)
_killed("killed_in_the_middle", "has the program killed in the middle of an instance; it is started again", _in_the_middle)
_killed("killed_before_the_answer", "has the program killed before it answers; it is started again", _before_the_answer)
_killed("killed_while_others_arrive", "has the program killed with two associations; it is started again", _while_others_arrive)


@cases("has the program killed, and nobody starts it again", kept=1, signalled=(KILLED,), **PROGRAM)
def killed_for_good(talk):
    """What is half has no final name."""
    _in_the_middle(talk)
    until_gone(talk)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_signals_and_crashes(case, subject, faults):
    """Interrupting is safe."""
    assert faults(case, subject) == []
