"""An archive that lies in what it sends, and in what it says has failed: kept as it came, and told apart."""

from __future__ import annotations

import threading

import pytest

from . import wire
from .cases import Cases

cases = Cases()
OTHER = "9.8.7"


def other_bytes(number, filler=b"\1"):
    """The same SOP Instance UID with other pixels."""
    return wire.instance(number, pixels=filler * 2000)


def side_by_side(*works):
    """Run them at the same time; what one of them raises is raised."""
    raised = []

    def run(work):
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again where the case hears it
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


@cases("delivers each instance over two associations at the same time", "complete", kept=3)
def two_senders_with_the_same(talk):
    """Two of a cluster's nodes; both are told that it is kept, and it is there once."""
    side_by_side(*[lambda: talk.send_instances(1, 2, 3)] * 2)
    talk.end(completed=3)


@cases("delivers two versions of each instance at the same time", "complete", "partial", api=("partial",))
def two_senders_with_two_versions(talk):
    """Whichever comes second is kept apart; nothing acknowledged is overwritten."""
    versions = [tuple(other_bytes(n, filler) for n in (1, 2, 3)) for filler in (b"\1", b"\2")]
    side_by_side(*[lambda v=v: talk.send_instances(*v) for v in versions])
    talk.end(completed=3)


@cases("delivers everything three times", "complete", kept=3, subjects=("api",))
def everything_three_times(talk):
    """The same bytes under the same UID are one instance."""
    for _ in range(3):
        talk.send_instances(1, 2, 3)
    talk.end(completed=3)


@cases("counts the second delivery of an instance as the third instance", "partial", kept=2)
def counts_a_repetition(talk):
    """Distinct SOP Instances count."""
    talk.send_instances(1, 2, 2)
    talk.end(completed=3)


@cases("sends one again with other bytes", "complete", api=("partial",))
def other_bytes_later(talk):
    """Both are kept; for the API it is a conflict that somebody must decide."""
    talk.send_instances(1, 2, 3, other_bytes(2))
    talk.end(completed=3)


@cases("sends one again shorter by its last element", "complete", api=("partial",), subjects=("api",))
def shorter_later(talk):
    """A beginning of what is there is other content too."""
    whole = wire.instance(2)
    talk.send_instances(1, whole, 3, wire.Instance(whole.uid, whole.data[: -(2000 + 12)]))
    talk.end(completed=3)


@cases("sends one again under another SOP Class", "complete", api=("partial",))
def other_class_later(talk):
    """The same UID for another kind of object."""
    talk.send_instances(1, 2, 3, wire.instance(2, sop_class=wire.MR))
    talk.end(completed=3)


@cases("sends an instance of a study that nobody asked for", "partial", api=("complete",), kept=4)
def a_stranger(talk):
    """Kept and told of; `movescu` ends with 3, the API has a row for it and all that it expects."""
    talk.send_instances(1, 2, 3, wire.instance(f"{OTHER}.1.1", study=OTHER))
    talk.end(completed=4)


@cases("sends another study in the place of the one that was asked for", "partial", kept=3)
def only_strangers(talk):
    """As many as it counts, and none of them asked for."""
    talk.send_instances(*(wire.instance(f"{OTHER}.1.{n}", study=OTHER) for n in (1, 2, 3)))
    talk.end(completed=3)


@cases("sends a foreign instance in the place of the third", "partial", kept=3, subjects=("api",))
def one_exchanged(talk):
    """The count is right, the UIDs are not."""
    talk.send_instances(1, 2, wire.instance(f"{OTHER}.1.1", study=OTHER))
    talk.end(completed=3)


@cases("sends UIDs that differ in the case of a letter only", "complete")
def letter_case(talk):
    """Not one of them takes another's place."""
    names = [f"{wire.SERIES}.{name}" for name in ("a", "A", "aB", "Ab")]
    assert talk.send_instances(1, 2, 3, *(wire.instance(uid) for uid in names)) == [0] * 7
    talk.end(completed=7)


@cases("sends UIDs that differ in zeros, dots and dashes only", "complete")
def nearly_equal_names(talk):
    """The same with characters that file names treat alike."""
    names = [f"{wire.SERIES}.{name}" for name in ("7", "07", "7.", "7-", "7_", "007")]
    assert talk.send_instances(1, 2, 3, *(wire.instance(uid) for uid in names)) == [0] * 9
    talk.end(completed=9)


@cases("sends each instance over an association of its own, all at once", "complete", kept=3, subjects=("api",))
def three_associations(talk):
    """Any number of associations, in any order."""
    side_by_side(*[lambda n=n: talk.send_instances(n) for n in (3, 2, 1)])
    talk.end(completed=3)


@cases("holds an association open over the end, and sends the last instance on it", "complete", kept=3)
def late_on_an_open_association(talk):
    """A straggler whose association was there before the final response."""
    with talk.story.sender().associate() as sender:
        sender.store(wire.instance(1))
        talk.end(completed=3)
        talk.released()
        sender.store(wire.instance(2), message_id=2)
        sender.store(wire.instance(3), message_id=3)
        sender.release()


@cases("is in the middle of an instance when it says that it has ended", "complete", kept=3)
def ends_while_it_sends(talk):
    """The final response overtakes the data."""
    talk.send_instances(1, 2)
    one = wire.instance(3)
    with talk.story.sender().associate() as sender:
        sender.send(wire.p_data(1, wire.c_store(one.uid), command=True) + wire.p_data(1, one.data)[:500])
        talk.end(completed=3)
        talk.released()
        sender.send(wire.p_data(1, one.data)[500:])
        talk.story.sent.append(one)
        assert sender.status() == 0
        talk.story.acknowledged.append(one)
        sender.release()


@cases("names a Move Originator and a Message ID that are not ours", "complete", kept=3, subjects=("api",))
def foreign_originator(talk):
    """What the sender says of its reason is evidence at most; the UIDs were asked for."""
    with talk.story.sender().associate() as sender:
        for n in (1, 2, 3):
            fields = {0x1030: "SOMEBODY", 0x1031: 4711}
            assert sender.store(wire.instance(n), message_id=n, fields=fields) == 0
        sender.release()
    talk.end(completed=3)


@cases("wraps its Message IDs and uses one twice", "complete", kept=3, subjects=("api",))
def message_ids_wrap(talk):
    """Only requests that run at the same time need distinct ones (PS3.7 9.1.1.1.1)."""
    with talk.story.sender().associate() as sender:
        for n, message_id in ((1, 65535), (2, 0), (3, 0)):
            assert sender.store(wire.instance(n), message_id=message_id) == 0
        sender.release()
    talk.end(completed=3)


def uid_list(value, vr=None):
    """An Identifier with a Failed SOP Instance UID List; with a VR as Explicit VR would write it."""
    return wire.element(0x00080058, vr, value) if vr else wire.implicit({0x00080058: value})


LISTS = {
    "the_right": (uid_list("1.2.3.1.3"), "the instance that lacks"),
    "the_wrong": (uid_list("1.2.3.1.1\\1.2.3.1.2"), "instances that came"),
    "an_empty": (uid_list(b""), "nothing"),
    "a_foreign": (uid_list("9.9.9.9\\9.9.9.10"), "what nobody asked for"),
    "a_repeating": (uid_list("\\".join(["1.2.3.1.1"] * 3)), "the first one, again and again"),
    "a_huge": (uid_list("\\".join(f"1.2.3.1.{n}" for n in range(100_000))), "100,000 instances"),
    "a_hostile": (uid_list(b"../../etc/passwd\\\x1b[2J\\1.2.3\0\\\\\\" + b"9" * 70_000), "paths and control characters"),
    "a_wrongly_encoded": (uid_list("1.2.3.1.3", "UI"), "Explicit VR where Implicit was agreed on"),
    "a_torn": (uid_list("1.2.3.1.3\\1.2.3.1.2")[:-6], "less than its length says"),
    "a_random": (bytes((n * 89 + 7) % 256 for n in range(5000)), "random bytes"),
}
for name, (data, what) in LISTS.items():

    def fails_one(talk, data=data):
        """Two came, and of the third it says that it has failed."""
        talk.send_instances(1, 2)
        talk.end(0xB000, completed=2, failed=1, data=data)

    fails_one.__name__ = f"{name}_list"
    program = {"subjects": ("movescu", "api") if name in {"the_right", "a_huge", "a_hostile", "a_random"} else ("api",)}
    cases(f"lists as failed: {what}", "partial", kept=2, **program)(fails_one)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_deliveries_that_lie(case, subject, faults):
    """Kept as it came, and told apart."""
    assert faults(case, subject) == []
