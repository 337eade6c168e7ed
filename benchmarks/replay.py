"""A raw replay sender: a C-STORE encoded once, its UID patched in place, sent with TCP_NODELAY; never the bottleneck."""

from __future__ import annotations

import socket
import struct

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
UID = "1.2.826.0.1.3680043.{:08d}"
PDU = 16384
RELEASE = b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00"


def element(tag, vr, value):
    """Encode an element in Explicit VR Little Endian."""
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    long = vr in (b"OW", b"UN")
    return head + (struct.pack("<HI", 0, len(value)) if long else struct.pack("<H", len(value))) + value


def padded(text):
    """Encode text to an even number of bytes."""
    return (text + "\0" * (len(text) % 2)).encode()


def data_set(size, uid):
    """Encode a data set of about that many bytes."""
    texts = ((0x00080016, b"UI", CT), (0x00080018, b"UI", uid), (0x00080060, b"CS", "CT"), (0x00100020, b"LO", "P1"))
    texts += ((0x0020000D, b"UI", "1.2.3"), (0x0020000E, b"UI", "1.2.3.4"), (0x00200011, b"IS", "1"), (0x00200013, b"IS", "12"))
    data = b"".join(element(tag, vr, padded(text)) for tag, vr, text in texts)
    return data + element(0x00280010, b"US", b"\0\2") + element(0x7FE00010, b"OW", bytes(size - len(data)))


def message(size, uid):
    """Encode a C-STORE as PDUs."""
    command = b"".join(
        struct.pack("<HHI", 0, number, len(value)) + value
        for number, value in (
            (0x0002, padded(CT)),
            (0x0100, b"\x01\0"),
            (0x0110, b"\x01\0"),
            (0x0700, b"\0\0"),
            (0x0800, b"\x01\0"),
            (0x1000, padded(uid)),
        )
    )
    command = struct.pack("<HHII", 0, 0, 4, len(command)) + command
    data = data_set(size, uid)
    step = PDU - 6
    pieces = [data[start : start + step] for start in range(0, len(data), step)]
    values = [(command, 3), *((piece, 2 * (number == len(pieces))) for number, piece in enumerate(pieces, 1))]
    return b"".join(struct.pack(">BxIIBB", 4, len(value) + 6, len(value) + 2, 1, control) + value for value, control in values)


def request_pdu():
    """Encode an A-ASSOCIATE-RQ for CT in Explicit VR Little Endian."""

    def item(kind, body):
        return struct.pack(">BxH", kind, len(body)) + body

    context = item(0x20, b"\1\0\0\0" + item(0x30, CT.encode()) + item(0x40, EXPLICIT.encode()))
    user = item(0x50, item(0x51, struct.pack(">I", PDU)) + item(0x52, b"1.2.3"))
    body = struct.pack(">HH16s16s32x", 1, 0, b"STORESCP".ljust(16), b"BENCH".ljust(16))
    body += item(0x10, b"1.2.840.10008.3.1.1.1") + context + user
    return b"\x01\0" + struct.pack(">I", len(body)) + body


def read_pdu(connection):
    """Read one PDU; return its type."""
    data = b""
    while len(data) < 6 or len(data) < 6 + int.from_bytes(data[2:6], "big"):
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionError("the receiver went away")
        data += piece
    return data[0]


class Template:
    """A C-STORE whose SOP Instance UID is changed in place; made before the clock runs."""

    def __init__(self, size):
        first = UID.format(0).encode()
        self.data = bytearray(message(size, UID.format(0)))
        command = self.data.index(first)
        self._places = [slice(place, place + len(first)) for place in (command, self.data.index(first, command + 1))]

    def name(self, number):
        """Make it another instance."""
        for place in self._places:
            self.data[place] = UID.format(number).encode()


def replay(port, template, numbers):
    """Send instances over one association, each after the response to the one before."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(request_pdu())
        assert read_pdu(connection) == 2
        for number in numbers:
            template.name(number)
            connection.sendall(template.data)
            assert read_pdu(connection) == 4
        connection.sendall(RELEASE)
        read_pdu(connection)
