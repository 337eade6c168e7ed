"""A raw replay sender: a C-STORE encoded once, its UID patched in place, sent with TCP_NODELAY; never the bottleneck."""

from __future__ import annotations

import socket
import struct
import time

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
UID = "1.2.826.0.1.3680043.{:08d}"
PDU = 16384
RELEASE = b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00"
_BLOCK = 64  # PDUs that are sent in one call, of what is too large to be held
_HELD = 512 * PDU  # bytes: larger ones are not held whole


def element(tag, vr, value):
    """Encode an element in Explicit VR Little Endian."""
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def padded(text):
    """Encode text to an even number of bytes."""
    return (text + "\0" * (len(text) % 2)).encode()


def head(size, uid):
    """Encode a data set of about that many bytes, as far as its pixel data, which is nothing but zeros."""
    texts = ((0x00080016, b"UI", CT), (0x00080018, b"UI", uid), (0x00080060, b"CS", "CT"), (0x00100020, b"LO", "P1"))
    texts += ((0x0020000D, b"UI", "1.2.3"), (0x0020000E, b"UI", "1.2.3.4"), (0x00200011, b"IS", "1"), (0x00200013, b"IS", "12"))
    data = b"".join(element(tag, vr, padded(text)) for tag, vr, text in texts) + element(0x00280010, b"US", b"\0\2")
    return data + b"\xe0\x7f\x10\0OW\0\0" + (size - len(data)).to_bytes(4, "little")


def data_set(size, uid):
    """Encode a data set of about that many bytes."""
    start = head(size, uid)
    return start + bytes(int.from_bytes(start[-4:], "little"))


def command_set(uid):
    """Encode a C-STORE-RQ."""
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
    return struct.pack("<HHII", 0, 0, 4, len(command)) + command


def value_pdu(value, control):
    """Encode a P-DATA-TF of one presentation data value."""
    return struct.pack(">BxIIBB", 4, len(value) + 6, len(value) + 2, 1, control) + value


def message(size, uid):
    """Encode a C-STORE as buffers to be sent one after the other; those of zeros only are one and the same."""
    start, step = head(size, uid), PDU - 6
    zeros = int.from_bytes(start[-4:], "little")
    first = min(zeros, step - len(start))
    whole, rest = divmod(zeros - first, step)
    if whole and not rest:
        whole, rest = whole - 1, step
    begin = value_pdu(command_set(uid), 3) + value_pdu(start + bytes(first), 0 if rest else 2)
    zero_pdu = value_pdu(bytes(step), 0)
    end = value_pdu(bytes(rest), 2) if rest else b""
    if size <= _HELD:
        return [bytearray(begin + zero_pdu * whole + end)]
    blocks, left = divmod(whole, _BLOCK)
    return [bytearray(begin), *[zero_pdu * _BLOCK] * blocks, zero_pdu * left + end]


def wire_length(size):
    """Bytes of one C-STORE on the wire."""
    return sum(map(len, message(size, UID.format(0))))


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
        self.pieces = message(size, UID.format(0))
        begin = self.pieces[0]
        command = begin.index(first)
        self._places = [slice(place, place + len(first)) for place in (command, begin.index(first, command + 1))]

    def name(self, number):
        """Make it another instance."""
        for place in self._places:
            self.pieces[0][place] = UID.format(number).encode()


def replay(port, template, numbers):
    """Send instances over one association, each after the response to the one before.

    Returns
    -------
    tuple of float
        When it was asked for the association, when the first instance began, and when the last response was there.
    """
    asked = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(request_pdu())
        assert read_pdu(connection) == 2
        began = time.perf_counter()
        for number in numbers:
            template.name(number)
            for piece in template.pieces:
                connection.sendall(piece)
            assert read_pdu(connection) == 4
        ended = time.perf_counter()
        connection.sendall(RELEASE)
        read_pdu(connection)
    return asked, began, ended
