"""The parser of the Upper Layer protocol, acceptor's side, without I/O: bytes in, events out (PS3.8 9.2, 9.3).

Everything that decides what a PDU may be in which state stands in this file. Data of a message is never copied and never kept: an
event holds views of the bytes that were fed. Negotiation PDUs alone are collected whole, up to a limit.
"""

from __future__ import annotations

from enum import Enum
from struct import Struct
from typing import TYPE_CHECKING

from .events import Aborted, AssociateRequest, Event, Fragment, ProtocolFault, ReleaseRequest
from .limits import LONGEST_REQUEST

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

__all__ = ["RELEASE_REPLY", "PduStream", "State", "abort_pdu", "data_pdus"]

RELEASE_REPLY = b"\x06\x00\x00\x00\x00\x04\x00\x00\x00\x00"
"""A-RELEASE-RP (PS3.8 9.3.7)."""

_SERVICE_PROVIDER = 2
_UNRECOGNIZED, _UNEXPECTED, _INVALID_VALUE = 1, 2, 6  # reasons of A-ABORT (PS3.8 9.3.8)
_ASSOCIATE_RQ, _P_DATA, _RELEASE_RQ, _ABORT = 1, 4, 5, 7
_HEADER = 6  # bytes, of a PDU as of a presentation data value item
_pdu_header = Struct(">BxI").unpack_from
_value_header = Struct(">IBB").unpack_from
_both_headers = Struct(">BxIIBB").unpack_from


class State(Enum):
    """States of an acceptor (PS3.8 9.2.1); those between request and answer are passed within one call."""

    AWAITING_REQUEST = "Sta2"
    ESTABLISHED = "Sta6"
    AWAITING_CLOSE = "Sta13"


_ALLOWED = {
    State.AWAITING_REQUEST: frozenset({_ASSOCIATE_RQ, _ABORT}),
    State.ESTABLISHED: frozenset({_P_DATA, _RELEASE_RQ, _ABORT}),
    State.AWAITING_CLOSE: frozenset({_ASSOCIATE_RQ, 2, 3, _P_DATA, _RELEASE_RQ, 6, _ABORT}),
}
"""PDU types that each state takes (PS3.8 table 9-10); any other gets A-ABORT."""
_KNOWN = range(1, 8)
_LONGEST_BODY = {_ASSOCIATE_RQ: LONGEST_REQUEST, _RELEASE_RQ: 4, _ABORT: 4}


def abort_pdu(source: int, reason: int) -> bytes:
    r"""Encode an A-ABORT PDU (PS3.8 9.3.8).

    Examples
    --------
    >>> abort_pdu(2, 6)
    b'\x07\x00\x00\x00\x00\x04\x00\x00\x02\x06'
    """
    return b"\x07\x00\x00\x00\x00\x04\x00\x00" + bytes((source, reason))


def data_pdus(context_id: int, command: bytes, max_length: int = 0) -> bytes:
    r"""Encode a command set as P-DATA-TF PDUs no longer than the peer takes (PS3.8 9.3.5, D.1).

    Parameters
    ----------
    max_length : int
        The peer's Maximum Length in bytes; 0 means no limit.

    Examples
    --------
    >>> data_pdus(1, b"abcd").hex(" ")
    '04 00 00 00 00 0a 00 00 00 06 01 03 61 62 63 64'
    """
    size = len(command) if max_length == 0 else max(1, max_length - _HEADER)
    pdus = []
    for start in range(0, len(command), size):
        piece = command[start : start + size]
        control = 0x03 if start + size >= len(command) else 0x01
        pdus.append(Struct(">BxIIBB").pack(_P_DATA, len(piece) + _HEADER, len(piece) + 2, context_id, control) + piece)
    return b"".join(pdus)


class PduStream:
    """Parses what a requestor sends; one per association.

    After an `AssociateRequest` the caller sets `state` (established, or awaiting the close) before it takes the next event. After
    a `ProtocolFault` nothing more comes.

    Attributes
    ----------
    state : State
    in_pdu : bool
        The bytes so far end inside a PDU, an unfinished fragment or an unfinished command set.

    Examples
    --------
    >>> stream = PduStream()
    >>> list(stream.feed(memoryview(abort_pdu(0, 0))))
    [Aborted(source=0, reason=0)]
    """

    def __init__(self) -> None:
        self.state = State.AWAITING_REQUEST
        self._header = bytearray()  # a header that came in parts
        self._pdu_left = 0  # bytes of the P-DATA-TF at hand
        self._value_left = 0  # bytes of the presentation data value at hand
        self._context_id = 0
        self._control = 0
        self._body = bytearray()  # a PDU other than P-DATA-TF
        self._body_left = 0
        self._faulty = False

    @property
    def in_pdu(self) -> bool:
        """The bytes so far end inside a PDU, or inside a command set (whose fragments may all be empty)."""
        return bool(self._header or self._pdu_left or self._value_left or self._body_left or self._control & 1)

    def feed(self, data: memoryview) -> Iterator[Event]:
        """Take the next bytes and yield what they say; the events are to be taken one by one, in order."""
        position, size = 0, len(data)
        pieces: list[memoryview] = []
        while position < size and not self._faulty:
            if self._value_left:
                end = min(position + self._value_left, size)
                pieces.append(data[position:end])
                self._value_left -= end - position
                position = end
            elif self._begin_whole(data, position, pieces):
                position += 2 * _HEADER
            else:
                position = yield from self._step(data, position, pieces)
            if self._control & 2 and not self._value_left:
                yield self._fragment(pieces, is_last=True)
                pieces, self._control = [], 0
        if pieces:
            yield self._fragment(pieces, is_last=False)

    def _step(self, data: memoryview, position: int, pieces: list[memoryview]) -> Generator[Event, None, int]:
        """Take the next header, or more of a negotiation PDU; return what follows it."""
        if self._body_left:
            position = self._collect(data, position)
            if not self._body_left:
                yield from self._finished()
            return position
        header, start, position = self._next_header(data, position)
        if header is not None:
            begin = self._begin_value if self._pdu_left else self._begin_pdu
            yield from begin(header, start, pieces)
        return position

    def _begin_whole(self, data: memoryview, position: int, pieces: list[memoryview]) -> bool:
        """Take both headers of a P-DATA-TF with a single value at once: what nearly every sender sends."""
        if self._header or self._pdu_left or self._body_left or len(data) - position < 2 * _HEADER:
            return False
        pdu_type, length, value_length, context_id, control = _both_headers(data, position)
        if pdu_type != _P_DATA or value_length + 4 != length or value_length < 2 or self.state is not State.ESTABLISHED:
            return False
        if pieces and (context_id, control & 1) != (self._context_id, self._control & 1):
            return False
        self._context_id, self._control, self._value_left = context_id, control, value_length - 2
        return True

    def _next_header(self, data: memoryview, position: int) -> tuple[bytes | memoryview | None, int, int]:
        """Six bytes, where they begin, and where what follows them begins."""
        if not self._header and len(data) - position >= _HEADER:
            return data, position, position + _HEADER
        end = min(position + _HEADER - len(self._header), len(data))
        self._header += data[position:end]
        if len(self._header) < _HEADER:
            return None, 0, end
        header = bytes(self._header)
        self._header.clear()
        return header, 0, end

    def _fragment(self, pieces: list[memoryview], *, is_last: bool) -> Fragment:
        return Fragment(self._context_id, bool(self._control & 1), is_last, pieces)

    def _begin_value(self, header: bytes | memoryview, start: int, pieces: list[memoryview]) -> Iterator[Event]:
        """Begin a presentation data value (PS3.8 9.3.5.1); what it interrupts is said first."""
        length, context_id, control = _value_header(header, start)
        if not 2 <= length <= self._pdu_left - 4:
            yield from self._flushed(pieces)
            yield self._fault(_INVALID_VALUE, "a presentation data value longer than its PDU")
            return
        if (context_id, control & 1) != (self._context_id, self._control & 1):
            yield from self._flushed(pieces)
        self._context_id, self._control = context_id, control
        self._pdu_left -= length + 4
        self._value_left = length - 2

    def _flushed(self, pieces: list[memoryview]) -> list[Event]:
        if not pieces:
            return []
        fragment = self._fragment(pieces.copy(), is_last=False)
        pieces.clear()
        return [fragment]

    def _begin_pdu(self, header: bytes | memoryview, start: int, pieces: list[memoryview]) -> Iterator[Event]:
        pdu_type, length = _pdu_header(header, start)
        if pdu_type == _P_DATA and self.state is State.ESTABLISHED and length >= _HEADER:
            # As long as it likes: values are passed on as they come, so a PDU longer than announced costs nothing.
            self._pdu_left = length
            return
        yield from self._flushed(pieces)
        if pdu_type not in _ALLOWED[self.state]:
            reason = _UNEXPECTED if pdu_type in _KNOWN else _UNRECOGNIZED
            yield self._fault(reason, f"PDU type 0x{pdu_type:02X} in state {self.state.value}")
        elif self.state is State.AWAITING_CLOSE:
            self._faulty = True  # whatever still comes is not read any more (PS3.8 AA-6, AR-5)
        elif not 4 <= length <= _LONGEST_BODY.get(pdu_type, 0):
            yield self._fault(_INVALID_VALUE, f"PDU type 0x{pdu_type:02X} of {length} bytes")
        else:
            self._body = bytearray(header[start : start + _HEADER])
            self._body_left = length

    def _collect(self, data: memoryview, position: int) -> int:
        end = min(position + self._body_left, len(data))
        self._body += data[position:end]
        self._body_left -= end - position
        return end

    def _finished(self) -> Iterator[Event]:
        """Tell of a PDU other than P-DATA-TF that is whole now."""
        pdu, self._body = bytes(self._body), bytearray()
        if pdu[0] == _ASSOCIATE_RQ:
            yield AssociateRequest(pdu)
            return
        self.state = State.AWAITING_CLOSE
        yield Aborted(pdu[8], pdu[9]) if pdu[0] == _ABORT else ReleaseRequest()

    def _fault(self, reason: int, text: str) -> ProtocolFault:
        self._faulty = True
        return ProtocolFault(_SERVICE_PROVIDER, reason, text)
