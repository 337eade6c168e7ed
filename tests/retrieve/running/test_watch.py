"""The watchdog: a pure decision about what to do now, and a thread that carries it out by an injected clock."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicommove.retrieve.running.tally import Tally
from dicommove.retrieve.running.watch import Action, Timeouts, Watchdog, decide

LIMITS = Timeouts(silence=300.0, total=1000.0, grace=10.0)
PATIENT = Timeouts(silence=None, total=None)
NEVER = 1e9
DEADLINE_S = 20


@pytest.mark.parametrize(
    ("limits", "silent", "elapsed", "cancelling", "since_cancel", "action"),
    [
        (LIMITS, 0, 0, False, None, Action.WAIT),
        (LIMITS, 299.9, 999.9, False, None, Action.WAIT),
        (LIMITS, 300, 300, False, None, Action.ABORT_SILENCE),
        (LIMITS, 0, 1000, False, None, Action.ABORT_TOTAL),
        (LIMITS, 300, 1000, False, None, Action.ABORT_SILENCE),
        (LIMITS, 0, 0, True, None, Action.CANCEL),
        (LIMITS, 300, 1000, True, None, Action.CANCEL),
        (LIMITS, 0, 0, True, 0.0, Action.WAIT),
        (LIMITS, 300, 1000, True, 9.9, Action.WAIT),
        (LIMITS, 0, 0, True, 10.0, Action.ABORT_GRACE),
        (PATIENT, NEVER, NEVER, False, None, Action.WAIT),
        (PATIENT, NEVER, NEVER, True, 10.0, Action.ABORT_GRACE),
    ],
)
def test_decisions(limits, silent, elapsed, cancelling, since_cancel, action):
    """One table: the user's wish first, then the silence, then the total."""
    assert decide(limits, silent=silent, elapsed=elapsed, cancelling=cancelling, since_cancel=since_cancel) is action


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.booleans(), st.none() | st.floats(0, 1e6))
def test_waiting_always_ends(silent, elapsed, cancelling, since_cancel):
    """Nothing waits beyond its limit, and C-CANCEL is sent once."""
    action = decide(LIMITS, silent=silent, elapsed=elapsed, cancelling=cancelling, since_cancel=since_cancel)

    if action is Action.WAIT:
        limit = since_cancel < LIMITS.grace if since_cancel is not None else silent < LIMITS.silence and elapsed < LIMITS.total
        assert limit
    assert action is not Action.CANCEL or since_cancel is None


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        """Give the time."""
        return self.now


class Scene:
    """A watchdog with an association that only remembers what was done to it."""

    def __init__(self, timeouts=LIMITS, answers=(True,)):
        self.clock = Clock()
        self.tally = Tally(requests_total=1, expected=None, clock=self.clock)
        self.cancelling, self.urgent = threading.Event(), threading.Event()
        self.cancelled, self.aborted = threading.Event(), threading.Event()
        self.answers = list(answers)
        self.tries = 0
        self.dog = Watchdog(timeouts, self.tally, self.cancelling, self.urgent, cancel=self._cancel, abort=self.aborted.set)

    def _cancel(self):
        self.tries += 1
        answer = self.answers.pop(0) if self.answers else True
        if isinstance(answer, Exception):
            raise answer
        if answer:
            self.cancelled.set()
        return answer

    def pass_seconds(self, seconds):
        """Let time go by."""
        self.clock.now += seconds


@pytest.mark.parametrize(
    ("timeouts", "verdict"),
    [(Timeouts(silence=300.0), Action.ABORT_SILENCE), (Timeouts(silence=None, total=300.0), Action.ABORT_TOTAL)],
)
def test_a_silent_archive_is_aborted(timeouts, verdict):
    """After the silence, or the total time, the association is aborted and the verdict says which it was."""
    scene = Scene(timeouts)
    with scene.dog:
        scene.pass_seconds(299)
        scene.pass_seconds(1)
        assert scene.aborted.wait(DEADLINE_S)

    assert scene.dog.verdict is verdict
    assert not scene.dog.cancel_sent


def test_data_keeps_the_archive_alive():
    """A sign of life before the silence is over starts it anew: the total ends it here, not the silence."""
    scene = Scene(Timeouts(silence=300.0, total=5000.0))
    with scene.dog:
        for _ in range(30):
            with scene.tally.changed:
                scene.pass_seconds(200)
                scene.tally.data(1)
        assert scene.aborted.wait(DEADLINE_S)

    assert scene.dog.verdict is Action.ABORT_TOTAL


def test_a_cancel_is_sent_once_and_aborted_after_the_grace():
    """C-CANCEL first; an archive that does not obey is aborted after the grace."""
    scene = Scene()
    with scene.dog:
        scene.cancelling.set()
        assert scene.cancelled.wait(DEADLINE_S)
        assert scene.tally.snapshot().phase == "cancelling"
        assert not scene.aborted.is_set()
        scene.pass_seconds(10)
        assert scene.aborted.wait(DEADLINE_S)

    assert (scene.dog.verdict, scene.dog.cancel_sent, scene.tries) == (Action.ABORT_GRACE, True, 1)


def test_a_second_request_to_stop_ends_the_grace():
    """Who asks twice does not wait."""
    scene = Scene()
    with scene.dog:
        scene.cancelling.set()
        assert scene.cancelled.wait(DEADLINE_S)
        scene.urgent.set()
        assert scene.aborted.wait(DEADLINE_S)

    assert scene.dog.verdict is Action.ABORT_GRACE


def test_an_archive_that_obeys_is_not_aborted():
    """The final response ends the watch: C-CANCEL was sent, and nothing else happened."""
    scene = Scene()
    with scene.dog:
        scene.cancelling.set()
        assert scene.cancelled.wait(DEADLINE_S)

    assert (scene.dog.verdict, scene.dog.cancel_sent) == (Action.WAIT, True)
    assert not scene.aborted.is_set()


def test_a_cancel_before_the_move_is_on_its_way_is_sent_as_soon_as_it_is():
    """Ctrl-C in the instant before the C-MOVE is not lost."""
    scene = Scene(answers=(False, False, True))
    with scene.dog:
        scene.cancelling.set()
        assert scene.cancelled.wait(DEADLINE_S)

    assert (scene.dog.cancel_sent, scene.tries) == (True, 3)


@pytest.mark.parametrize("answer", [False, OSError("broken pipe")])
def test_a_cancel_that_can_never_be_sent_still_ends(answer):
    """On a connection that is broken the grace runs as well, and then the association is aborted."""
    scene = Scene(answers=[answer] * 10_000)
    with scene.dog:
        scene.cancelling.set()
        scene.urgent.set()
        assert scene.aborted.wait(DEADLINE_S)

    assert (scene.dog.verdict, scene.dog.cancel_sent) == (Action.ABORT_GRACE, False)


def test_the_watch_ends_with_its_move():
    """Leaving the context ends the thread; nothing is sent any more."""
    scene = Scene()
    before = threading.active_count()
    with scene.dog:
        pass
    scene.pass_seconds(NEVER)

    assert threading.active_count() == before
    assert not scene.aborted.is_set()
