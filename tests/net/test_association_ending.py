"""Associations end in every case: abort, loss, release, and one request at a time."""

from __future__ import annotations

import threading

import pytest

from dicommove.errors import (
    AssociationLost,
)
from dicommove.net import FindOptions, find, move, open_association
from dicommove.terms import VERIFICATION, InformationModel

MODEL = InformationModel.STUDY_ROOT
SERVICES = [(VERIFICATION, None), (MODEL.find_uid, FindOptions(relational=True)), (MODEL.move_uid, None)]
DEADLINE = 10.0


def answer_nothing(line):
    """Read the request and say nothing until our side gives up."""
    while line.read()[0]:
        pass


def test_abort_from_another_thread_ends_a_blocked_iterator(scripted, identifier):
    """Who waits for a response of a silent C-MOVE gets AssociationLost when the association is aborted."""
    asked = threading.Event()

    def silent(line):
        line.accept()
        line.command()
        asked.set()
        answer_nothing(line)

    association = open_association(scripted.plays(silent), services=SERVICES)
    responses = move(association, identifier, MODEL, destination="HERE", message_id=7)
    assert asked.wait(DEADLINE)
    aborting = threading.Thread(target=association.abort)
    aborting.start()
    with pytest.raises(AssociationLost, match="aborted on our side") as caught:
        next(responses)
    aborting.join(DEADLINE)
    assert caught.value.reason == "aborted"
    assert not association.is_open


def test_abort_ends_though_the_peer_stopped_in_the_middle_of_a_pdu(scripted, identifier):
    """A state machine that is stuck in a half PDU is cut loose."""
    asked = threading.Event()

    def stall(line):
        line.accept()
        line.command()
        line.connection.sendall(b"\x04\x00\x00\x00\x10\x00half")
        asked.set()
        answer_nothing(line)

    association = open_association(scripted.plays(stall), services=SERVICES)
    responses = move(association, identifier, MODEL, destination="HERE", message_id=7)
    assert asked.wait(DEADLINE)
    threading.Thread(target=association.abort).start()
    with pytest.raises(AssociationLost):
        next(responses)


def close(line):
    """Close the connection without a word."""
    line.connection.close()


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (lambda line: line.send(0x07, b"\0\0\x02\0"), "aborted"),
        (close, "closed"),
        (lambda line: (line.send(0x05, b"\0\0\0\0"), line.read()), "closed"),
        (lambda line: (line.fragment(1, 0x02, b"data before a command"), line.read()), "aborted"),
        (lambda line: (line.send(0x04, b"\xff\xff"), line.read()), "aborted"),
    ],
    ids=["abort", "close", "release", "no message", "no P-DATA"],
)
def test_an_association_that_ends_while_we_wait_is_lost(scripted, identifier, ending, reason):
    """Abort, close, release and nonsense instead of a response are told apart."""

    def play(line):
        line.accept()
        line.command()
        ending(line)

    association = open_association(scripted.plays(play), services=SERVICES)
    with pytest.raises(AssociationLost, match="before any response") as caught, association:
        list(move(association, identifier, MODEL, destination="HERE", message_id=7))
    assert caught.value.reason == reason
    assert not association.is_open


def test_a_request_after_the_end_fails(archive, identifier):
    """A released association takes no request."""
    with open_association(archive.remote, services=SERVICES) as association:
        pass
    with pytest.raises(AssociationLost):
        find(association, identifier, MODEL)
    assert association.cancel(1) is False


def test_a_peer_that_released_in_between_is_noticed_and_answered(scripted, identifier):
    """A-RELEASE-RQ of the peer between two requests is answered, and the next request fails."""
    released, answered = threading.Event(), threading.Event()

    def release(line):
        line.accept()
        line.send(0x05, b"\0\0\0\0")
        released.set()
        while (kind := line.read()[0]) == 0x04:  # the request may be on its way before the release is seen
            pass
        if kind == 0x06:
            answered.set()

    association = open_association(scripted.plays(release), services=SERVICES)
    assert released.wait(DEADLINE)
    with pytest.raises(AssociationLost):
        find(association, identifier, MODEL)
    assert answered.wait(DEADLINE)


def test_one_request_at_a_time(scripted, identifier):
    """A second request is refused while the first runs; leaving the block then aborts."""

    def silent(line):
        line.accept()
        answer_nothing(line)

    with open_association(scripted.plays(silent), services=SERVICES) as association:
        move(association, identifier, MODEL, destination="HERE", message_id=7)
        with pytest.raises(RuntimeError, match="one request at a time"):
            find(association, identifier, MODEL)
    assert not association.is_open


def test_a_peer_that_does_not_answer_the_release_is_cut_off(scripted, monkeypatch):
    """Leaving the block never waits for a silent peer without end."""
    monkeypatch.setattr("dicommove.net.association.RELEASE_SECONDS", 0.2)

    def silent(line):
        line.accept()
        answer_nothing(line)

    with open_association(scripted.plays(silent), services=SERVICES) as association:
        pass
    assert not association.is_open


def test_a_block_that_raises_aborts(scripted):
    """An exception in the block is not hidden, and the peer hears A-ABORT."""
    seen = []

    def note(line):
        line.accept()
        seen.append(line.read()[0])

    with (
        pytest.raises(ZeroDivisionError),
        open_association(scripted.plays(note), services=SERVICES),
    ):
        _ = 1 / 0
    assert scripted.finished.wait(DEADLINE)
    assert seen == [0x07]
