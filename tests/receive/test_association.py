"""Associations over real sockets: what is stored and answered, what is dropped, what is aborted."""

from __future__ import annotations

import socket
import threading
import zlib

import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from dicommove.receive.stream import RELEASE_REPLY
from dicommove.terms import DEFLATED_TRANSFER_SYNTAXES

VERIFICATION = "1.2.840.10008.1.1"
RELEASE = b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00"


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_pynetdicom_sends_and_every_byte_is_kept(reception, recorder, wire, syntax):
    """A real sender's data sets arrive byte for byte, large and small, on one association."""
    sent = [wire.data_set(f"1.2.3.{n}", size=size) for n, size in enumerate((0, 10, 70_000, 1_000_000))]
    with wire.pynetdicom_sender(reception.port, [(wire.CT, [syntax])]) as association:
        for ds in sent:
            ds.file_meta = FileMetaDataset()
            ds.file_meta.TransferSyntaxUID = syntax
            assert association.send_c_store(ds).Status == 0
    assert [bytes(sink.data) for sink in recorder.sinks] == [wire.encoded(ds, syntax) for ds in sent]
    assert {sink.request.transfer_syntax_uid for sink in recorder.sinks} == {str(syntax)}
    assert [sink.head.text("SOPInstanceUID") for sink in recorder.sinks] == [ds.SOPInstanceUID for ds in sent]


def test_echo_is_answered_and_noted(reception, recorder, wire):
    """C-ECHO is answered and the operations hear of it."""
    with wire.pynetdicom_sender(reception.port, [(VERIFICATION, [ImplicitVRLittleEndian])]) as association:
        assert association.send_c_echo().Status == 0
    assert recorder.wait_for("echo")["calling_ae_title"] == "SENDER"


def test_release_is_answered_and_noted(associated, recorder):
    """A-RELEASE-RQ gets A-RELEASE-RP, then the connection ends; the note says what was offered and chosen."""
    associated.send(RELEASE)
    assert associated.receive() == (6, RELEASE_REPLY[6:])
    associated.socket.shutdown(socket.SHUT_WR)
    assert associated.receive() == (None, b"")
    assert recorder.wait_for("association", event="ended")["reason"] == "released"
    (context,) = recorder.wait_for("association", event="accepted")["contexts"]
    assert context["chosen"] == ExplicitVRLittleEndian


@pytest.mark.parametrize("pdu_size", [1, 7, 200, 100_000, 3_000_000])
def test_pdus_of_any_length(associated, recorder, wire, pdu_size):
    """Values of one byte and PDUs longer than announced are taken."""
    ds = wire.data_set(size=200 if pdu_size < 10 else 2_000_000)
    associated.send(wire.store_pdus(ds, size=pdu_size))
    assert associated.status() == 0
    assert bytes(recorder.sinks[0].data) == wire.encoded(ds)


def test_pipelined_requests_are_answered_in_order(associated, recorder, wire):
    """A sender that does not wait is answered all the same, one after the other."""
    associated.send(b"".join(wire.store_pdus(wire.data_set(f"1.2.{n}"), f"1.2.{n}", n) for n in range(1, 30)))
    bodies = [associated.receive()[1] for _ in range(1, 30)]
    assert [int.from_bytes(body[body.index(b"\x20\x01\x02\0\0\0") + 6 :][:2], "little") for body in bodies] == list(range(1, 30))
    assert [sink.request.message_id for sink in recorder.sinks] == list(range(1, 30))


def test_move_originator_reaches_the_claim(associated, recorder, wire):
    """Move Originator and Message ID are in the request that claims are asked about."""
    associated.send(wire.store_pdus(wire.data_set(), e1030="US", e1031=4711))
    assert associated.status() == 0
    assert (recorder.sinks[0].request.move_originator, recorder.sinks[0].request.move_originator_message_id) == ("US", 4711)


def test_peer_takes_tiny_pdus_only(raw, wire):
    """A response is cut to the length that the peer announced."""
    assert raw.associate(max_length=40)[0] == 2
    raw.send(wire.store_pdus(wire.data_set()))
    kind, body = raw.receive()
    assert (kind, len(body)) == (4, 40)


STORE_REFUSALS = {
    "no data set": ({"e0800": 0x101}, 0xC000),
    "no instance": ({"e1000": ""}, 0xC000),
    "not a UID": ({"e1000": "../../etc"}, 0xC000),
    "class is none": ({"e0002": "CT image"}, 0xC000),
    "other class": ({"e0002": "1.2.840.10008.5.1.4.1.1.4"}, 0x0122),
}


@pytest.mark.parametrize(("elements", "status"), STORE_REFUSALS.values(), ids=STORE_REFUSALS)
def test_refused_by_its_command(associated, recorder, wire, elements, status):
    """What the command alone forbids is dropped, answered and noted; the association goes on."""
    pdus = wire.value_pdu(1, wire.store_command(**elements), command=True)
    associated.send(pdus if "e0800" in elements else pdus + wire.data_set_pdus(1, wire.encoded(wire.data_set(size=9000))))
    assert associated.status() == status
    assert recorder.sinks == []
    assert recorder.wait_for("refusal", status=status)["reason"]
    associated.send(wire.store_pdus(wire.data_set()))
    assert associated.status() == 0


def _leading(wire):
    return b"\x02\0\x10\0UI\x02\x001\0" + wire.encoded(wire.data_set())


CONTRADICTIONS = {
    "other instance": (lambda wire: wire.encoded(wire.data_set("1.2.9")), 0xA900),
    "other class": (lambda wire: wire.encoded(wire.data_set(sop_class="1.2.840.10008.5.1.4.1.1.4")), 0xA900),
    "two instances": (lambda wire: wire.encoded(wire.data_set("1.2.9")) + wire.encoded(wire.data_set()), 0xA900),
    "noise": (lambda _: b"\xff" * 400, 0xC000),
    "empty": (lambda _: b"", 0xC000),
    "no instance UID": (lambda wire: wire.encoded(wire.data_set(None)), 0xC000),
    "cut off before the UID": (lambda wire: wire.encoded(wire.data_set())[:20], 0xC000),
}


@pytest.mark.parametrize(("build", "status"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_refused_by_its_data_set(associated, recorder, wire, build, status):
    """What contradicts its command, or is no instance, is not kept."""
    associated.send(wire.store_pdus(build(wire)))
    assert associated.status() == status
    assert all(sink.status is None for sink in recorder.sinks)
    recorder.wait_for("refusal", status=status)


def test_contradiction_beyond_the_held_head_abandons_the_sink(associated, recorder, wire):
    """A wrong UID that comes late is found all the same, and what was written is forgotten."""
    late = b"\x08\0\x01\0UN\0\0" + (100_000).to_bytes(4, "little") + bytes(100_000)
    associated.send(wire.store_pdus(late + wire.encoded(wire.data_set("1.2.9"))))
    assert associated.status() == 0xA900
    assert "SOP Instance UID" in recorder.sinks[0].abandoned


def test_leading_groups_are_left_out(associated, recorder, wire):
    """Elements of groups 0000-0007 do not reach the sink, and its head says so."""
    associated.send(wire.store_pdus(_leading(wire), size=11))
    assert associated.status() == 0
    assert bytes(recorder.sinks[0].data) == wire.encoded(wire.data_set())
    assert recorder.sinks[0].head.dropped_leading


@pytest.mark.parametrize("syntax", sorted(DEFLATED_TRANSFER_SYNTAXES))
def test_leading_groups_in_a_deflated_data_set_are_refused(raw, wire, syntax):
    """In a deflated data set they cannot be left out: 0xC000."""
    deflate = zlib.compressobj(wbits=-15)
    data = deflate.compress(_leading(wire)) + deflate.flush()
    assert raw.associate(contexts=[(1, wire.CT, (syntax,))])[0] == 2
    raw.send(wire.store_pdus(data))
    assert raw.status() == 0xC000


@pytest.mark.parametrize("fail", ["open", "write", "finish"])
def test_store_fault_is_out_of_resources(reception, wire, recorder, fail):
    """A sink that cannot keep it makes 0xA700; the association is kept for the next one."""
    recorder._fail = fail
    sender = wire.RawSender(reception.port)
    sender.associate()
    sender.send(wire.store_pdus(wire.data_set(size=300_000)))
    assert sender.status() == 0xA700
    recorder._fail = None
    sender.send(wire.store_pdus(wire.data_set()))
    assert sender.status() == 0
    assert recorder.wait_for("fault", status=0xA700)["reason"]
    sender.close()


@pytest.mark.parametrize(("field", "answer"), [(0x20, 0x8020), (0x21, 0x8021), (0x10, 0x8010), (0x110, 0x8110), (0x140, 0x8140)])
def test_other_operations_are_unrecognized(associated, wire, field, answer):
    """Another request gets its own response type with 0x0211, with or without a data set."""
    for data_set_type, data in ((0x101, b""), (1, wire.value_pdu(1, b"anything"))):
        command = wire.command_set(e0002=wire.CT, e0100=field, e0110=5, e0800=data_set_type)
        associated.send(wire.value_pdu(1, command, command=True) + data)
        body = associated.receive()[1]
        assert answer.to_bytes(2, "little") in body
        assert body[body.index(b"\x00\x00\x00\x09\x02\x00\x00\x00") + 8 :][:2] == b"\x11\x02"


def test_cancel_has_no_response(associated, wire):
    """C-CANCEL is read and ignored; what comes next is answered."""
    associated.send(wire.value_pdu(1, wire.command_set(e0100=0xFFF, e0120=5, e0800=0x101), command=True))
    associated.send(wire.store_pdus(wire.data_set()))
    assert associated.status() == 0


FAULTS = {
    "data set without command": lambda w: w.value_pdu(1, b"data"),
    "command while a data set is due": lambda w: w.value_pdu(1, w.store_command(), command=True) * 2,
    "context not accepted": lambda w: w.value_pdu(99, w.store_command(), command=True),
    "data set on another context": lambda w: w.value_pdu(1, w.store_command(), command=True) + w.value_pdu(3, b"x"),
    "response": lambda w: w.value_pdu(1, w.store_command(e0100=0x8001), command=True),
    "no message id": lambda w: w.value_pdu(1, w.command_set(e0100=1, e0800=1), command=True),
    "noise as command": lambda w: w.value_pdu(1, b"\xff" * 50, command=True),
    "endless command": lambda w: w.value_pdu(1, bytes(9000), command=True, last=False),
    "second request": lambda w: w.request_pdu(),
    "unknown PDU": lambda _: b"\x09\0\0\0\0\0",
}


@pytest.mark.parametrize("build", FAULTS.values(), ids=FAULTS)
def test_protocol_fault_is_aborted(associated, recorder, wire, build):
    """What the state forbids gets A-ABORT, a note, and nothing is kept."""
    associated.send(build(wire))
    associated.abort_reason()
    assert recorder.wait_for("association", event="aborted")["reason"]
    assert all(sink.status is None for sink in recorder.sinks)


@pytest.mark.parametrize("data", [RELEASE, b"GET / HTTP/1.1\r\n\r\n", b"\x04\0\0\0\0\x08\0\0\0\x04\x01\x03ab"])
def test_before_an_association_only_a_request_is_taken(raw, data):
    """Before the A-ASSOCIATE-RQ everything else is aborted (PS3.8 AA-1)."""
    raw.send(data)
    assert raw.abort_reason()[0] == 2


@pytest.mark.parametrize("how", ["close", "abort", "release"])
def test_sender_that_goes_away_in_the_middle(associated, recorder, wire, how):
    """Half a data set is forgotten, and noted with its UID."""
    command, data = wire.value_pdu(1, wire.store_command(), command=True), wire.encoded(wire.data_set(size=500_000))
    associated.send(command + wire.data_set_pdus(1, data)[: 20 * (16384 + 12)])
    if how == "close":
        associated.close()
    else:
        associated.send(b"\x07\0\0\0\0\x04\0\0\0\0" if how == "abort" else RELEASE)
    assert recorder.wait_for("fault", sop_instance_uid="1.2.3.4.5")["status"] is None
    assert recorder.sinks[0].abandoned
    assert recorder.sinks[0].status is None


def test_claim_that_fails_hurts_its_association_only(reception, recorder, wire):
    """An operation's own fault ends that association; the port goes on."""

    def broken(*_):
        raise ZeroDivisionError

    recorder._claim = broken
    sender = wire.RawSender(reception.port)
    sender.associate()
    sender.send(wire.store_pdus(wire.data_set()))
    assert sender.receive()[0] in (None, 7)
    assert "ZeroDivisionError" in recorder.wait_for("association", event="ended")["reason"]
    recorder._claim = 4
    other = wire.RawSender(reception.port)
    other.associate()
    other.send(wire.store_pdus(wire.data_set()))
    assert other.status() == 0
    sender.close()
    other.close()


def test_many_associations_at_once(reception, recorder, wire):
    """64 senders at once, each with several instances, all arrive whole."""
    pdus = [wire.store_pdus(wire.data_set(f"1.2.{n}", size=40_000), f"1.2.{n}") for n in range(64)]
    statuses, started = [], threading.Barrier(64)

    def send(number):
        sender = wire.RawSender(reception.port)
        sender.associate()
        started.wait(10)
        for _ in range(3):
            sender.send(pdus[number])
            statuses.append(sender.status())
        sender.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert statuses == [0] * 192
    expected = {f"1.2.{n}": wire.encoded(wire.data_set(f"1.2.{n}", size=40_000)) for n in range(64)}
    assert len(recorder.sinks) == 192
    assert all(sink.data == expected[sink.request.sop_instance_uid] for sink in recorder.sinks)
