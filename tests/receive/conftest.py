"""A claimant that keeps data sets in memory, data sets of our own making, and a raw sender that may break every rule."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.pdu_items import (
    ApplicationContextItem,
    AsynchronousOperationsWindowSubItem,
    ImplementationClassUIDSubItem,
    MaximumLengthSubItem,
    PresentationContextItemRQ,
    UserInformationItem,
)
from pynetdicom.presentation import build_context

from dicommove.entities import Listener
from dicommove.errors import StoreError
from dicommove.receive import Claim, join
from dicommove.receive.command import C_STORE_RQ

CT = "1.2.840.10008.5.1.4.1.1.2"
DEADLINE = 10.0


@pytest.fixture(autouse=True)
def _own_state_folder(tmp_path, monkeypatch):
    """Port files go to a folder of the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@dataclass
class Kept:
    """One data set as a sink got it."""

    request: object
    head: object = None
    data: bytearray = field(default_factory=bytearray)
    status: int | None = None
    abandoned: str | None = None
    fail: str | None = None

    def write(self, data):
        """Take bytes, or fail as the test wants it."""
        if self.fail == "write":
            raise StoreError("disk full")
        self.data += data

    def finish(self, head):
        """Keep, or fail as the test wants it."""
        if self.fail == "finish":
            raise StoreError("disk full")
        self.head, self.status = head, 0x0000
        return self.status

    def abandon(self, reason):
        """Note why it was forgotten."""
        self.abandoned = reason


class Recorder:
    """A claimant that keeps everything in memory and lets tests wait for what they expect."""

    def __init__(self, claim=Claim.EXPECTED, fail=None, began=0.0):
        self.began = began
        self.sinks = []
        self.notes = []
        self._claim = claim
        self._fail = fail
        self._changed = threading.Condition()

    def claim(self, request, head):
        """Answer with the claim that the test wants."""
        return self._claim(request, head) if callable(self._claim) else self._claim

    def open(self, request, head):
        """Open a sink in memory."""
        if self._fail == "open":
            raise StoreError("no folder")
        sink = Kept(request, head, fail=self._fail)
        self.sinks.append(sink)
        self.note("open", {"uid": request.sop_instance_uid})
        return sink

    def note(self, kind, facts):
        """Keep the note and wake who waits."""
        with self._changed:
            self.notes.append((kind, facts))
            self._changed.notify_all()

    def of(self, kind, **expected):
        """Return the facts of all notes of a kind that have these facts."""
        return [facts for known, facts in self.notes if known == kind and expected.items() <= facts.items()]

    def wait_for(self, kind, **expected):
        """Wait until a note of that kind with these facts is there."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.of(kind, **expected), DEADLINE), f"no {kind} {expected}: {self.notes}"
            return self.of(kind, **expected)[0]


@pytest.fixture
def recorder():
    """A claimant that wants everything."""
    return Recorder()


@pytest.fixture
def reception(recorder):
    """An open port on loopback, everything for the recorder."""
    with join(Listener(port=0), peer_host="127.0.0.1", claimant=recorder) as membership:
        yield membership


def data_set(uid="1.2.3.4.5", sop_class=CT, size=0, **attributes):
    """Build a small instance, with pixel data of a given size in bytes."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, uid
    ds.PatientID, ds.StudyInstanceUID, ds.SeriesInstanceUID = "P1", "1.2.3", "1.2.3.4"
    ds.Modality, ds.InstanceNumber = "CT", "1"
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    if size:
        ds.add_new(0x7FE00010, "OW", bytes(size))
    return ds


def encoded(ds, syntax=ExplicitVRLittleEndian):
    """Encode a data set as pydicom does."""
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = syntax.is_little_endian, syntax.is_implicit_VR
    write_dataset(buffer, ds)
    return buffer.getvalue()


def request_pdu(contexts=((1, CT, (ExplicitVRLittleEndian,)),), called="ANY", calling="SENDER", windowed=False, max_length=16384):
    """Encode an A-ASSOCIATE-RQ by pynetdicom's classes."""
    request = A_ASSOCIATE_RQ()
    request.called_ae_title, request.calling_ae_title = called, calling
    information, longest, implementation = UserInformationItem(), MaximumLengthSubItem(), ImplementationClassUIDSubItem()
    longest.maximum_length_received, implementation.implementation_class_uid = max_length, "1.2.3"
    information.user_data = [longest, implementation]
    if windowed:
        window = AsynchronousOperationsWindowSubItem()
        window.maximum_number_operations_invoked, window.maximum_number_operations_performed = 0, 5
        information.user_data.append(window)
    items = []
    for number, abstract, syntaxes in contexts:
        item, context = PresentationContextItemRQ(), build_context(abstract, list(syntaxes))
        context.context_id = number
        item.from_primitive(context)
        items.append(item)
    request.variable_items = [ApplicationContextItem(), *items, information]
    return request.encode()


def command_set(**elements):
    """Encode a command set of numbers (US) and texts by element number, written as ``e0100=1``."""
    encoded_elements = b""
    for name, value in sorted(elements.items()):
        data = struct.pack("<H", value) if isinstance(value, int) else value.encode() + b"\0" * (len(value) % 2)
        encoded_elements += struct.pack("<HHI", 0, int(name[1:], 16), len(data)) + data
    return struct.pack("<HHII", 0, 0, 4, len(encoded_elements)) + encoded_elements


def store_command(uid="1.2.3.4.5", sop_class=CT, message_id=1, **more):
    """Encode a C-STORE-RQ."""
    elements = {"e0002": sop_class, "e0100": C_STORE_RQ, "e0110": message_id, "e0700": 0, "e0800": 1, "e1000": uid}
    return command_set(**(elements | more))


def value_pdu(context_id, data, *, command=False, last=True):
    """Encode one P-DATA-TF with one presentation data value."""
    control = command | last << 1
    return struct.pack(">BxIIBB", 4, len(data) + 6, len(data) + 2, context_id, control) + data


def data_set_pdus(context_id, data, size=16384):
    """Encode a data set as P-DATA-TF PDUs of a length."""
    pieces = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
    return b"".join(value_pdu(context_id, piece, last=number == len(pieces)) for number, piece in enumerate(pieces, 1))


def store_pdus(ds, uid="1.2.3.4.5", message_id=1, context_id=1, size=16384, **more):
    """Encode a whole C-STORE."""
    command = value_pdu(context_id, store_command(uid, message_id=message_id, **more), command=True)
    return command + data_set_pdus(context_id, ds if isinstance(ds, bytes) else encoded(ds), size)


class RawSender:
    """A socket that speaks PDUs by hand."""

    def __init__(self, port, host="127.0.0.1"):
        self.socket = socket.create_connection((host, port), timeout=DEADLINE)

    def send(self, data):
        """Send bytes."""
        self.socket.sendall(data)

    def receive(self):
        """Return the next PDU as (type, body); (None, b"") when the connection has ended."""
        header = self._exactly(6)
        if header is None:
            return None, b""
        return header[0], self._exactly(int.from_bytes(header[2:], "big"))

    def _exactly(self, size):
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while len(data) < size and (piece := self.socket.recv(size - len(data))):
                data += piece
        return data if len(data) == size else None

    def associate(self, **how):
        """Ask for an association; return the answer's type and body."""
        self.send(request_pdu(**how))
        return self.receive()

    def status(self):
        """Return the status of the next response."""
        kind, body = self.receive()
        assert kind == 4, (kind, body)
        at = body.index(b"\x00\x00\x00\x09\x02\x00\x00\x00")
        return int.from_bytes(body[at + 8 : at + 10], "little")

    def abort_reason(self):
        """Return source and reason of the A-ABORT that must come next, and check that the connection ends after it."""
        kind, body = self.receive()
        assert kind == 7, (kind, body)
        self.socket.shutdown(socket.SHUT_WR)
        assert self.receive() == (None, b"")
        return body[2], body[3]

    def close(self):
        """Close the socket."""
        self.socket.close()


@pytest.fixture
def raw(reception):
    """A raw sender at the open port."""
    with contextlib.closing(RawSender(reception.port)) as sender:
        yield sender


@pytest.fixture
def associated(raw):
    """A raw sender with CT in Explicit VR Little Endian accepted as context 1."""
    assert raw.associate()[0] == 2
    return raw


@contextlib.contextmanager
def pynetdicom_sender(port, contexts, **options):
    """Associate with pynetdicom, as real applications do."""
    ae = AE(ae_title="SENDER")
    for abstract, syntaxes in contexts:
        ae.add_requested_context(abstract, list(syntaxes))
    association = ae.associate("127.0.0.1", port, **options)
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


@pytest.fixture(scope="session")
def wire():
    """Everything that builds what goes over the wire, and who takes it."""
    return SimpleNamespace(
        CT=CT,
        RawSender=RawSender,
        Recorder=Recorder,
        command_set=command_set,
        data_set=data_set,
        data_set_pdus=data_set_pdus,
        encoded=encoded,
        pynetdicom_sender=pynetdicom_sender,
        request_pdu=request_pdu,
        store_command=store_command,
        store_pdus=store_pdus,
        value_pdu=value_pdu,
    )
