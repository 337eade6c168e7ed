"""A-ASSOCIATE PDUs as bytes: the request is read, the answers are written (PS3.8 9.3.2 to 9.3.4, PS3.7 D.3.3).

Not by pynetdicom's classes: pydicom's UID type warns about, or refuses, every UID that breaks PS3.5 9.1, and real senders have
such UIDs for their implementations and private classes.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from ..terms import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, IMPLICIT_VR_LITTLE_ENDIAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["NegotiationError", "Proposed", "Request", "accept_pdu", "read_request", "reject_pdu"]

_APPLICATION_CONTEXT, _CONTEXT_RQ, _CONTEXT_AC, _USER_INFORMATION = 0x10, 0x20, 0x21, 0x50
_ABSTRACT_SYNTAX, _TRANSFER_SYNTAX = 0x30, 0x40
_MAXIMUM_LENGTH, _IMPLEMENTATION_CLASS, _WINDOW, _IMPLEMENTATION_VERSION = 0x51, 0x52, 0x53, 0x55
_APPLICATION_CONTEXT_NAME = b"1.2.840.10008.3.1.1.1"
_FIXED = 74  # bytes before the first item
_fixed_fields = Struct(">6xH2x16s16s").unpack_from
_item_header = Struct(">BxH").unpack_from
_item = Struct(">BxH").pack
_pdu = Struct(">BxI").pack


class NegotiationError(ValueError):
    """The A-ASSOCIATE-RQ cannot be read: A-ABORT is due."""


class Proposed(NamedTuple):
    """A presentation context as proposed: its ID, abstract syntax, and transfer syntaxes in the proposer's order."""

    context_id: int
    abstract_syntax: str
    offered: tuple[str, ...]


class Request(NamedTuple):
    """An A-ASSOCIATE-RQ as it is written.

    Attributes
    ----------
    protocol_version : int
        Bit 0 is version 1, the only one.
    called_ae_title, calling_ae_title : str
        Padding stripped.
    titles : bytes
        Both and the reserved bytes after them, as the answer has to repeat them.
    application_context : str
    contexts : tuple of Proposed
    max_length : int
        The longest P-DATA-TF that the proposer takes, in bytes; 0 means no limit.
    windowed : bool
        An asynchronous operations window was proposed.
    implementation_class_uid, implementation_version : str
        What the proposer says that it is (PS3.7 D.3.3.2); empty where it does not.
    """

    protocol_version: int
    called_ae_title: str
    calling_ae_title: str
    titles: bytes
    application_context: str
    contexts: tuple[Proposed, ...]
    max_length: int
    windowed: bool
    implementation_class_uid: str = ""
    implementation_version: str = ""

    @property
    def is_dicom(self) -> bool:
        """The application context is the one of DICOM (PS3.7 A.2.1)."""
        return self.application_context == _APPLICATION_CONTEXT_NAME.decode()


def read_request(pdu: bytes) -> Request:
    """Read an A-ASSOCIATE-RQ PDU, header included; items that nobody knows are stepped over (PS3.8 9.3.1).

    Raises
    ------
    NegotiationError
        A length does not fit, or a context ID is even or there twice.
    """
    if len(pdu) < _FIXED:
        raise NegotiationError("an A-ASSOCIATE-RQ that is cut off")
    version, called, calling = _fixed_fields(pdu)
    application_context, contexts, user = "", [], b""
    for kind, body in _items(pdu[_FIXED:]):
        if kind == _APPLICATION_CONTEXT:
            application_context = _text(body)
        elif kind == _CONTEXT_RQ:
            contexts.append(_context(body))
        elif kind == _USER_INFORMATION:
            user = body
    ids = [context.context_id for context in contexts]
    if len(set(ids)) != len(ids) or not all(number & 1 for number in ids):
        raise NegotiationError("presentation context IDs that are even or there twice")
    titles = pdu[10:_FIXED]
    return Request(version, _text(called), _text(calling), titles, application_context, tuple(contexts), *_user(user))


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data):
        if len(data) - position < 4:
            raise NegotiationError("an item of A-ASSOCIATE-RQ that is cut off")
        kind, length = _item_header(data, position)
        position += 4 + length
        if position > len(data):
            raise NegotiationError("an item of A-ASSOCIATE-RQ that is longer than what holds it")
        yield kind, data[position - length : position]


def _context(body: bytes) -> Proposed:
    if len(body) < 4:
        raise NegotiationError("a presentation context without ID")
    items = list(_items(body[4:]))
    abstract = next((_text(value) for kind, value in items if kind == _ABSTRACT_SYNTAX), "")
    return Proposed(body[0], abstract, tuple(_text(value) for kind, value in items if kind == _TRANSFER_SYNTAX))


def _user(body: bytes) -> tuple[int, bool, str, str]:
    items = dict(_items(body))
    max_length = int.from_bytes(items.get(_MAXIMUM_LENGTH, b"")[:4], "big")
    uid, version = (_text(items.get(kind, b"")) for kind in (_IMPLEMENTATION_CLASS, _IMPLEMENTATION_VERSION))
    return max_length, _WINDOW in items, uid, version


def _text(value: bytes) -> str:
    return value.decode("latin-1").strip("\0 ")


def accept_pdu(request: Request, answers: Iterable[tuple[int, int, str | None]], max_length: int) -> bytes:
    """Encode an A-ASSOCIATE-AC PDU (PS3.8 9.3.3); a window is answered 1,1 (PS3.7 D.3.3.3).

    Parameters
    ----------
    answers : iterable of (int, int, str or None)
        Context ID, result, and the chosen transfer syntax.
    max_length : int
        The longest P-DATA-TF that we take, in bytes; 0 means no limit (PS3.8 D.1).
    """
    user = _encoded(_MAXIMUM_LENGTH, max_length.to_bytes(4, "big")) + _encoded(
        _IMPLEMENTATION_CLASS, IMPLEMENTATION_CLASS_UID.encode()
    )
    if request.windowed:
        user += _encoded(_WINDOW, b"\x00\x01\x00\x01")
    user += _encoded(_IMPLEMENTATION_VERSION, IMPLEMENTATION_VERSION_NAME.encode())
    items = _encoded(_APPLICATION_CONTEXT, _APPLICATION_CONTEXT_NAME)
    for context_id, result, chosen in answers:
        # The syntax is not significant where nothing was accepted (PS3.8 9.3.3.2), but some peers look for it.
        syntax = _encoded(_TRANSFER_SYNTAX, (chosen or IMPLICIT_VR_LITTLE_ENDIAN).encode("latin-1"))
        items += _encoded(_CONTEXT_AC, bytes((context_id, 0, result, 0)) + syntax)
    body = b"\x00\x01\x00\x00" + request.titles + items + _encoded(_USER_INFORMATION, user)
    return _pdu(2, len(body)) + body


def reject_pdu(result: int, source: int, reason: int) -> bytes:
    r"""Encode an A-ASSOCIATE-RJ PDU (PS3.8 9.3.4).

    Examples
    --------
    >>> reject_pdu(2, 3, 2)
    b'\x03\x00\x00\x00\x00\x04\x00\x02\x03\x02'
    """
    return _pdu(3, 4) + bytes((0, result, source, reason))


def _encoded(kind: int, body: bytes) -> bytes:
    return _item(kind, len(body)) + body
