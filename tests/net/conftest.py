"""Peers for the tests: a real one over pynetdicom, and one that does with its bytes whatever a test says."""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass, field

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt

from dicommove.entities import Remote
from dicommove.net.command import encode_command
from dicommove.terms import EXPLICIT_VR_LITTLE_ENDIAN, VERIFICATION, InformationModel

MODEL = InformationModel.STUDY_ROOT
DEADLINE = 10.0


@dataclass
class Archive:
    """A pynetdicom SCP on 127.0.0.1 whose answers a test may set before it opens an association."""

    port: int = 0
    find_answers: list = field(default_factory=list)
    requests: list = field(default_factory=list)
    answers_before_cancel: int | None = None
    first_sent: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)
    extended: dict = field(default_factory=dict)
    users: list = field(default_factory=list)

    @property
    def remote(self):
        """The peer as our side describes it."""
        return Remote("127.0.0.1", self.port, ae_title="ARCHIVE", calling_ae_title="TESTER", acse_timeout=5, dimse_timeout=5)

    def find(self, event):
        """Give the prepared answers."""
        self.requests.append((event.message_id, event.identifier))
        for number, (status, identifier) in enumerate(self.find_answers):
            if number == self.answers_before_cancel:
                yield self.await_cancel(event), None
                return
            yield status, identifier
            self.first_sent.set()

    def await_cancel(self, event):
        """Wait for C-CANCEL, and say whether it came."""
        pause = threading.Event()
        for _ in range(int(DEADLINE / 0.01)):
            if event.is_cancelled:
                self.cancelled.set()
                return 0xFE00
            pause.wait(0.01)
        return 0xC000

    def extend(self, event):
        """Grant what was prepared, and nothing else."""
        return {uid: info for uid, info in self.extended.items() if uid in event.app_info}

    def user(self, event):
        """Note who calls, and let them in."""
        self.users.append((event.user_id_type, event.primary_field, event.secondary_field))
        return True, None


@pytest.fixture
def archive():
    """A running archive that offers Verification, FIND and MOVE in Study Root."""
    yield from serve(Archive())


@pytest.fixture
def archive_with():
    """Start an archive with a TLS context; it is stopped at the end."""
    running = []

    def start(ssl_context):
        running.append(serve(Archive(), ssl_context))
        return next(running[-1])

    yield start
    for each in running:
        each.close()


def serve(archive, ssl_context=None):
    """Start the server of an archive, and stop it at the end."""
    ae = AE("ARCHIVE")
    for uid in (VERIFICATION, MODEL.find_uid, MODEL.move_uid):
        ae.add_supported_context(uid, EXPLICIT_VR_LITTLE_ENDIAN)
    handlers = [(evt.EVT_C_FIND, archive.find), (evt.EVT_SOP_EXTENDED, archive.extend), (evt.EVT_USER_ID, archive.user)]
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers, ssl_context=ssl_context)
    archive.port = server.server_address[1]
    try:
        yield archive
    finally:
        server.shutdown()


class Line:
    """One connection of a scripted peer: PDUs in, bytes out."""

    def __init__(self, connection):
        self.connection = connection
        self.contexts = {}

    def read(self):
        """Read one PDU: its type and its body; (0, b"") at the end of the connection."""
        header = self._exactly(6)
        if len(header) < 6:
            return 0, b""
        return header[0], self._exactly(struct.unpack(">L", header[2:])[0])

    def _exactly(self, count):
        data = b""
        while len(data) < count and (piece := self.connection.recv(count - len(data))):
            data += piece
        return data

    def send(self, kind, body):
        """Send one PDU."""
        self.connection.sendall(struct.pack(">BBL", kind, 0, len(body)) + body)

    def accept(self, transfer_syntax=b"1.2.840.10008.1.2"):
        """Read the A-ASSOCIATE-RQ and accept every context that it proposes."""
        _, body = self.read()
        items = body[68:]
        answer = b""
        while items:
            kind, length = items[0], struct.unpack(">H", items[2:4])[0]
            if kind == 0x20:
                answer += item(0x21, items[4:5] + b"\0\0\0" + item(0x40, transfer_syntax))
            items = items[4 + length :]
        user = item(0x50, item(0x51, struct.pack(">L", 16384)) + item(0x52, b"1.2.3"))
        self.send(0x02, body[:68] + item(0x10, b"1.2.840.10008.3.1.1.1") + answer + user)

    def command(self):
        """Read P-DATA until a command set and what belongs to it is there; return the context and all fragments."""
        while True:
            kind, body = self.read()
            if kind != 0x04:
                return kind, b""
            if body[5] == 0x02 or (body[5] == 0x03 and encode_no_data() in body):
                return body[4], body

    def respond(self, context, data=b"", **values):
        """Send a response of these values."""
        command = encode_command({"CommandDataSetType": 1 if data else 0x0101, **values})
        self.fragment(context, 0x03, command)
        if data:
            self.fragment(context, 0x02, data)

    def fragment(self, context, header, data):
        """Send one P-DATA-TF with one fragment."""
        self.send(0x04, struct.pack(">LBB", len(data) + 2, context, header) + data)


def item(kind, value):
    """One item of an association PDU."""
    return struct.pack(">BBH", kind, 0, len(value)) + value


def encode_no_data():
    """The element that says that no data set follows."""
    return bytes.fromhex("0000000802000000") + b"\x01\x01"


class Scripted:
    """A listener on 127.0.0.1 that does with its first connection what a test says, in a thread."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.finished = threading.Event()
        self.faults = []

    @property
    def remote(self):
        """The peer as our side describes it."""
        port = self.listener.getsockname()[1]
        return Remote("127.0.0.1", port, ae_title="SCRIPT", calling_ae_title="TESTER", acse_timeout=5, dimse_timeout=5)

    def plays(self, behaviour):
        """Begin to wait for a connection; ``behaviour(line)`` is called with it, and it is closed afterwards."""

        def run():
            try:
                connection, _ = self.listener.accept()
                connection.settimeout(DEADLINE)
                with connection:
                    behaviour(Line(connection))
            except OSError as fault:
                self.faults.append(fault)  # our side may close first
            finally:
                self.finished.set()

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        return self.remote


@pytest.fixture
def scripted():
    """A peer that a test gives its behaviour."""
    peer = Scripted()
    yield peer
    peer.listener.close()
    assert peer.finished.wait(DEADLINE)
    peer.thread.join(DEADLINE)


@pytest.fixture
def identifier():
    """The Identifier of a query at STUDY level."""
    wanted = Dataset()
    wanted.QueryRetrieveLevel = "STUDY"
    wanted.PatientName = ""
    return wanted


@pytest.fixture(autouse=True)
def no_thread_is_left():
    """Every test ends without a thread of ours."""
    yield
    for thread in threading.enumerate():
        if thread.name == "dicommove-net":
            thread.join(DEADLINE)
            assert not thread.is_alive()
