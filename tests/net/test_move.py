"""C-MOVE over real associations."""

from __future__ import annotations

import threading
from datetime import UTC

import pytest

from dicommove.errors import AssociationLost
from dicommove.net import move, new_message_id, open_association
from dicommove.net.command import C_MOVE_RQ, RESPONSE, CommandSet
from dicommove.terms import InformationModel, StatusCategory

MODEL = InformationModel.STUDY_ROOT
SERVICES = [(MODEL.move_uid, None)]
DEADLINE = 10.0
MOVE_RSP = C_MOVE_RQ | RESPONSE
FAILED = bytes.fromhex("08005800") + b"\x0c\0\0\0" + b"1.2.3\\1.2.4\0"


def command_of(body):
    """Command set of a P-DATA-TF with one fragment."""
    return CommandSet(body[6:])


def release(line):
    """Answer a release."""
    assert line.read()[0] == 0x05
    line.send(0x06, b"\0\0\0\0")


def test_each_response_is_read_as_it_comes(scripted, identifier):
    """Counters, comment and failed UIDs of pending and final responses come through."""
    seen = {}

    def play(line):
        line.accept()
        _, body = line.read()
        seen["request"] = command_of(body)
        line.read()
        number = seen["request"].number("MessageID")
        common = {"CommandField": MOVE_RSP, "MessageIDBeingRespondedTo": number}
        line.respond(1, **common, Status=0xFF00, NumberOfRemainingSuboperations=2, NumberOfCompletedSuboperations=1)
        line.respond(1, FAILED, **common, Status=0xB000, NumberOfFailedSuboperations=2, ErrorComment="two failed")
        release(line)

    message_id = new_message_id()
    with open_association(scripted.plays(play), services=SERVICES) as association:
        pending, final = move(association, identifier, MODEL, destination="HERE", message_id=message_id, priority=2)
    assert seen["request"].get("MoveDestination") == "HERE"
    assert (seen["request"].number("MessageID"), seen["request"].number("Priority")) == (message_id, 2)
    assert (pending.remaining, pending.completed, pending.failed) == (2, 1, None)
    assert pending.category is StatusCategory.PENDING
    assert (final.failed, final.error_comment, final.failed_uids) == (2, "two failed", ("1.2.3", "1.2.4"))
    assert final.is_final
    assert final.received_at.tzinfo is UTC


def test_a_failed_list_that_cannot_be_read_is_none(scripted, identifier):
    """A broken Identifier in the final response costs the hint, not the response."""

    def play(line):
        line.accept()
        line.command()
        line.respond(1, FAILED[:-4], CommandField=MOVE_RSP, MessageIDBeingRespondedTo=7, Status=0xC000)
        release(line)

    with open_association(scripted.plays(play), services=SERVICES) as association:
        (final,) = move(association, identifier, MODEL, destination="HERE", message_id=7)
    assert (final.status, final.failed_uids) == (0xC000, ())


def test_cancel_from_another_thread_names_the_request(scripted, identifier):
    """C-CANCEL goes out on the context and with the Message ID of the running C-MOVE, and the peer's last word is heard."""
    seen = {}
    asked = threading.Event()

    def play(line):
        line.accept()
        line.command()
        asked.set()
        _, body = line.read()
        seen["context"], seen["cancel"] = body[4], command_of(body)
        line.respond(1, CommandField=MOVE_RSP, MessageIDBeingRespondedTo=7, Status=0xFE00, NumberOfRemainingSuboperations=5)
        release(line)

    with open_association(scripted.plays(play), services=SERVICES) as association:
        responses = move(association, identifier, MODEL, destination="HERE", message_id=7)
        assert asked.wait(DEADLINE)
        assert not association.cancel_move(8, MODEL)
        assert not association.cancel_move(7, InformationModel.PATIENT_ROOT)
        sent = []
        threading.Thread(target=lambda: sent.append(association.cancel_move(7, MODEL))).start()
        (final,) = responses
        assert not association.cancel_move(7, MODEL)
    assert sent == [True]
    assert (final.category, final.remaining) == (StatusCategory.CANCEL, 5)
    assert seen["context"] == 1
    assert (seen["cancel"].number("CommandField"), seen["cancel"].number("MessageIDBeingRespondedTo")) == (0x0FFF, 7)
    assert seen["cancel"].number("CommandDataSetType") == 0x0101


def test_what_came_before_the_loss_is_counted(scripted, identifier):
    """The exception says how many responses had come."""

    def play(line):
        line.accept()
        line.command()
        for remaining in (2, 1):
            line.respond(
                1, CommandField=MOVE_RSP, MessageIDBeingRespondedTo=7, Status=0xFF00, NumberOfRemainingSuboperations=remaining
            )

    association = open_association(scripted.plays(play), services=SERVICES)
    responses = move(association, identifier, MODEL, destination="HERE", message_id=7)
    assert [next(responses).remaining, next(responses).remaining] == [2, 1]
    with pytest.raises(AssociationLost, match="after 2 responses") as caught:
        next(responses)
    assert caught.value.responses == 2
    association.release()


def test_the_last_word_counts_though_the_peer_hangs_up_at_once(scripted, identifier):
    """A final response directly before the end of the connection is not lost."""

    def play(line):
        line.accept()
        line.command()
        line.respond(1, CommandField=MOVE_RSP, MessageIDBeingRespondedTo=7, Status=0)

    with open_association(scripted.plays(play), services=SERVICES) as association:
        (final,) = move(association, identifier, MODEL, destination="HERE", message_id=7)
    assert final.status == 0x0000


def test_late_answers_to_an_earlier_request_are_passed_over(scripted, identifier):
    """What belongs to an earlier Message ID of the association is not taken for an answer."""

    def play(line):
        line.accept()
        line.command()
        line.respond(1, CommandField=MOVE_RSP, MessageIDBeingRespondedTo=7, Status=0)
        line.command()
        line.respond(1, CommandField=MOVE_RSP, MessageIDBeingRespondedTo=7, Status=0xA801)
        line.respond(1, CommandField=MOVE_RSP, MessageIDBeingRespondedTo=8, Status=0)
        release(line)

    with open_association(scripted.plays(play), services=SERVICES) as association:
        first = list(move(association, identifier, MODEL, destination="HERE", message_id=7))
        second = list(move(association, identifier, MODEL, destination="HERE", message_id=8))
    assert [response.status for response in first + second] == [0, 0]
