"""The sending half of a C-MOVE: an association of our own that puts stored bytes on the wire untouched (PS3.8 9.3, PS3.7 9.3.1).

pynetdicom's association would decode, and sends some hundred small instances a second; this one only frames what the file holds.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..terms import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from .elements import Element, encode_elements, parse_elements, text_element

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .part10 import Instance

__all__ = ["MOST_CONTEXTS", "Originator", "Sending", "SendingError", "p_data_pdus"]

MOST_CONTEXTS = 128
"""Presentation contexts of one association: odd numbers from 1 to 255 (PS3.8 9.3.2.2)."""

_APPLICATION_CONTEXT = b"1.2.840.10008.3.1.1.1"
_LARGEST_RECEIVED = 65536
_LARGEST_SENT = 1 << 20
_ASSOCIATE_AC, _P_DATA, _RELEASE_RQ, _ABORT = 2, 4, 5, 7
_STATUS = 0x00000900
_BROKEN = (OSError, ValueError, LookupError, struct.error)
"""What a destination that closes, or that talks nonsense, ends in."""


class SendingError(ConnectionError):
    """The destination cannot be reached, did not accept, or went away."""


@dataclass(frozen=True, slots=True)
class Originator:
    """Who asked for the move: what a C-STORE-RQ says about it (PS3.7 9.3.1.1).

    Attributes
    ----------
    ae_title : str
        Move Originator Application Entity Title.
    message_id : int
        Message ID of the C-MOVE-RQ.
    """

    ae_title: str
    message_id: int


class Sending:
    """One association to a move destination, one presentation context for each (SOP Class, transfer syntax) as stored.

    Parameters
    ----------
    address : tuple of (str, int)
        Host and port.
    calling, called : str
        AE titles.
    contexts : sequence of (str, str)
        At most `MOST_CONTEXTS` pairs of SOP Class UID and Transfer Syntax UID.
    timeout : float
        Seconds that each step on the network may take.

    Raises
    ------
    SendingError
        Nothing listens, or the association was rejected.
    """

    def __init__(
        self, address: tuple[str, int], *, calling: str, called: str, contexts: Sequence[tuple[str, str]], timeout: float = 30.0
    ) -> None:
        self._ids = {pair: 2 * n + 1 for n, pair in enumerate(contexts)}
        self._message_id = 0
        try:
            self._socket = socket.create_connection(address, timeout=timeout)
        except OSError as error:
            raise SendingError("the move destination cannot be reached") from error
        # Small instances would wait for the peer's delayed acknowledgement, some 40 ms each.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._socket.sendall(_associate_request(calling, called, self._ids))
            self._accepted, largest = _read_accept(self._expect(_ASSOCIATE_AC))
        except _BROKEN as error:
            self._socket.close()
            raise SendingError("the move destination did not accept the association") from error
        self._fragment = min(largest or _LARGEST_SENT, _LARGEST_SENT) - 6

    def accepts(self, instance: Instance) -> bool:
        """Whether the destination takes this SOP Class in the transfer syntax that it is stored in."""
        return self._ids.get((instance.sop_class_uid, instance.transfer_syntax_uid)) in self._accepted

    def store(self, instance: Instance, data: bytes, originator: Originator) -> int:
        """Send one instance and return the C-STORE status.

        Raises
        ------
        SendingError
            The association ended before the response.
        """
        context = self._ids[instance.sop_class_uid, instance.transfer_syntax_uid]
        self._message_id = self._message_id % 0xFFFF + 1
        command = _store_request(instance, self._message_id, originator)
        try:
            self._socket.sendall(b"".join(p_data_pdus(context, 1, command, self._fragment)))
            for pdu in p_data_pdus(context, 0, data, self._fragment):
                self._socket.sendall(pdu)
            return self._status()
        except _BROKEN as error:
            raise SendingError("the move destination went away") from error

    def release(self) -> None:
        """End the association in order; a destination that is gone already is no error."""
        try:
            self._socket.sendall(struct.pack(">BxL4x", _RELEASE_RQ, 4))
            self._read_pdu()
        except OSError:
            pass
        finally:
            self._socket.close()

    def abort(self) -> None:
        """End the association at once (PS3.8 9.3.8)."""
        try:
            self._socket.sendall(struct.pack(">BxL4x", _ABORT, 4))
        except OSError:
            pass
        finally:
            self._socket.close()

    def _status(self) -> int:
        command = b""
        while True:
            for control, fragment in _fragments(self._expect(_P_DATA)):
                command += fragment if control & 1 else b""
                if control & 3 == 3:
                    value = parse_elements(command, explicit=False)[_STATUS].value
                    return int.from_bytes(value, "little") if isinstance(value, bytes) else 0

    def _expect(self, kind: int) -> bytes:
        found, body = self._read_pdu()
        if found != kind:
            raise ConnectionError(f"PDU type {found:#04x} instead of {kind:#04x}")
        return body

    def _read_pdu(self) -> tuple[int, bytes]:
        kind, length = struct.unpack(">BxL", self._read(6))
        if length > _LARGEST_RECEIVED:
            raise ConnectionError("a PDU larger than was agreed")
        return int(kind), self._read(length)

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self._socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the connection was closed")
            data += part
        return data


def _item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(body)) + body


def _associate_request(calling: str, called: str, ids: dict[tuple[str, str], int]) -> bytes:
    """A-ASSOCIATE-RQ PDU (PS3.8 9.3.2)."""
    contexts = (
        _item(0x20, struct.pack("B3x", number) + _item(0x30, sop_class.encode("latin-1")) + _item(0x40, syntax.encode("latin-1")))
        for (sop_class, syntax), number in ids.items()
    )
    user = (
        _item(0x51, struct.pack(">L", _LARGEST_RECEIVED))
        + _item(0x52, IMPLEMENTATION_CLASS_UID.encode())
        + _item(0x55, IMPLEMENTATION_VERSION_NAME.encode())
    )
    titles = called.encode("latin-1").ljust(16) + calling.encode("latin-1").ljust(16)
    body = (
        struct.pack(">H2x", 1) + titles + bytes(32) + _item(0x10, _APPLICATION_CONTEXT) + b"".join(contexts) + _item(0x50, user)
    )
    return struct.pack(">BxL", 1, len(body)) + body


def _read_accept(body: bytes) -> tuple[frozenset[int], int]:
    """Accepted presentation contexts and the largest PDU, 0 for any, of an A-ASSOCIATE-AC (PS3.8 9.3.3)."""
    accepted, largest = set(), 0
    for kind, value in _items(body[68:]):
        if kind == 0x21 and value[2] == 0:
            accepted.add(value[0])
        elif kind == 0x50:
            largest = next((int.from_bytes(v, "big") for k, v in _items(value) if k == 0x51), 0)
    return frozenset(accepted), largest


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from(">BxH", data, at)
        yield int(kind), data[at + 4 : at + 4 + length]
        at += 4 + length


def _store_request(instance: Instance, message_id: int, originator: Originator) -> bytes:
    """Command set of a C-STORE-RQ, in Implicit VR Little Endian (PS3.7 6.3.1, 9.3.1.1)."""
    elements = {
        0x00000002: text_element("UI", instance.sop_class_uid),
        0x00000100: Element("US", struct.pack("<H", 0x0001)),
        0x00000110: Element("US", struct.pack("<H", message_id)),
        0x00000700: Element("US", struct.pack("<H", 0x0000)),
        0x00000800: Element("US", struct.pack("<H", 0x0001)),
        0x00001000: text_element("UI", instance.sop_instance_uid),
        0x00001030: text_element("AE", originator.ae_title, "latin-1"),
        0x00001031: Element("US", struct.pack("<H", originator.message_id)),
    }
    body = encode_elements(elements, explicit=False)
    return encode_elements({0: Element("UL", struct.pack("<L", len(body)))}, explicit=False) + body


def p_data_pdus(context: int, control: int, data: bytes, fragment: int) -> Iterator[bytes]:
    r"""P-DATA-TF PDUs with one fragment each (PS3.8 9.3.5, E.2).

    Parameters
    ----------
    context : int
        Presentation context ID.
    control : int
        1 for a command set, 0 for a data set; the bit of the last fragment is added here.
    data : bytes
        The encoded set.
    fragment : int
        Most bytes of a fragment.

    Examples
    --------
    >>> [pdu[10:] for pdu in p_data_pdus(3, 0, b"abc", 2)]
    [b'\x03\x00ab', b'\x03\x02c']
    """
    for at in range(0, max(len(data), 1), fragment):
        part = data[at : at + fragment]
        last = 2 if at + fragment >= len(data) else 0
        yield struct.pack(">BxLLBB", _P_DATA, len(part) + 6, len(part) + 2, context, control | last) + part


def _fragments(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 6 <= len(body):
        length = int.from_bytes(body[at : at + 4], "big")
        yield body[at + 5], body[at + 6 : at + 4 + length]
        at += 4 + length
