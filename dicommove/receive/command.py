"""Command sets: a reader for requests and a writer for responses (PS3.7 6.3, 9.3, E; always Implicit VR Little Endian)."""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

__all__ = ["C_CANCEL_RQ", "C_ECHO_RQ", "C_STORE_RQ", "Command", "CommandError", "read_command", "response"]

C_STORE_RQ = 0x0001
C_ECHO_RQ = 0x0030
C_CANCEL_RQ = 0x0FFF
_NO_DATA_SET = 0x0101
_RESPONSE = 0x8000
_REQUESTED = frozenset({0x0110, 0x0120, 0x0130, 0x0150})  # N-GET, N-SET, N-ACTION, N-DELETE name their SOP as requested

_AFFECTED_CLASS, _REQUESTED_CLASS, _COMMAND_FIELD = 0x0002, 0x0003, 0x0100
_MESSAGE_ID, _RESPONDED_TO, _PRIORITY, _DATA_SET_TYPE, _STATUS = 0x0110, 0x0120, 0x0700, 0x0800, 0x0900
_AFFECTED_INSTANCE, _REQUESTED_INSTANCE = 0x1000, 0x1001
_MOVE_ORIGINATOR, _MOVE_ORIGINATOR_MESSAGE_ID = 0x1030, 0x1031

_header = Struct("<HHI").unpack_from
_text_element = Struct("<HHI").pack
_number_element = Struct("<HHIH").pack
_group_length = Struct("<HHII").pack


class CommandError(ValueError):
    """The bytes are no command set that may come here: the association is to be aborted."""


class Command(NamedTuple):
    """A request as its command set says it.

    Attributes
    ----------
    field : int
        Command Field: 0x0001 C-STORE-RQ, 0x0030 C-ECHO-RQ, ... (PS3.7 E.1).
    message_id : int or None
        None only for C-CANCEL-RQ.
    sop_class_uid, sop_instance_uid : str
        As written, padding stripped; empty when absent.
    has_data_set : bool
    move_originator : str or None
    move_originator_message_id : int or None
    priority : int
        0 medium, 1 high, 2 low (PS3.7 9.3.1.1); 0 when absent.
    """

    field: int
    message_id: int | None
    sop_class_uid: str
    sop_instance_uid: str
    has_data_set: bool
    move_originator: str | None = None
    move_originator_message_id: int | None = None
    priority: int = 0


def read_command(data: bytes) -> Command:
    """Read the command set of a request.

    Raises
    ------
    CommandError
        It is cut off, holds other groups or two values of one element, lacks Command Field, Message ID or Command Data Set Type,
        or is no request.

    Examples
    --------
    >>> echo = bytes.fromhex("00000001 02000000 3000  00001001 02000000 0700  00000008 02000000 0101")
    >>> command = read_command(echo)
    >>> command.field == C_ECHO_RQ, command.message_id, command.has_data_set
    (True, 7, False)
    """
    elements = _elements(data)
    field = _number(elements, _COMMAND_FIELD)
    message_id = _number(elements, _MESSAGE_ID)
    data_set_type = _number(elements, _DATA_SET_TYPE)
    if field is None or data_set_type is None:
        raise CommandError("a command without Command Field or Command Data Set Type")
    if field & _RESPONSE:
        raise CommandError(f"a response (0x{field:04X}) that nobody waits for")
    if message_id is None and field != C_CANCEL_RQ:
        raise CommandError("a request without Message ID")
    requested = field in _REQUESTED
    return Command(
        field=field,
        message_id=message_id,
        sop_class_uid=_text(elements, _REQUESTED_CLASS if requested else _AFFECTED_CLASS),
        sop_instance_uid=_text(elements, _REQUESTED_INSTANCE if requested else _AFFECTED_INSTANCE),
        has_data_set=data_set_type != _NO_DATA_SET,
        move_originator=_text(elements, _MOVE_ORIGINATOR) or None,
        move_originator_message_id=_number(elements, _MOVE_ORIGINATOR_MESSAGE_ID),
        priority=_number(elements, _PRIORITY) or 0,
    )


def response(command: Command, status: int) -> bytes:
    r"""Encode the response to a request (PS3.7 9.3.1.2, 9.3.5.2): no data set, the request's own response type.

    Examples
    --------
    >>> response(Command(C_ECHO_RQ, 7, "1.2.840.10008.1.1", "", has_data_set=False), 0)[12:30]
    b'\x00\x00\x02\x00\x12\x00\x00\x001.2.840.10'
    """
    elements = b"".join(
        (
            _uid(_AFFECTED_CLASS, command.sop_class_uid),
            _number_element(0, _COMMAND_FIELD, 2, command.field | _RESPONSE),
            _number_element(0, _RESPONDED_TO, 2, command.message_id or 0),
            _number_element(0, _DATA_SET_TYPE, 2, _NO_DATA_SET),
            _number_element(0, _STATUS, 2, status),
            _uid(_AFFECTED_INSTANCE, command.sop_instance_uid),
        )
    )
    return _group_length(0, 0, 4, len(elements)) + elements


def _elements(data: bytes) -> dict[int, bytes]:
    elements: dict[int, bytes] = {}
    position, size = 0, len(data)
    while position < size:
        if size - position < 8:
            raise CommandError("a command set that is cut off")
        group, element, length = _header(data, position)
        position += 8 + length
        if group != 0 or position > size:
            raise CommandError("a command set that is cut off, or elements of another group in it")
        value = data[position - length : position]
        if elements.setdefault(element, value) != value:
            raise CommandError("a command set with two values of one element")
    return elements


def _number(elements: dict[int, bytes], element: int) -> int | None:
    value = elements.get(element, b"")
    return value[0] | value[1] << 8 if len(value) == 2 else None


def _text(elements: dict[int, bytes], element: int) -> str:
    return elements.get(element, b"").decode("latin-1").strip("\0 ")


def _uid(element: int, uid: str) -> bytes:
    """Encode a UID element; none when there is no UID (a request that had none gets none back)."""
    if not uid:
        return b""
    value = uid.encode("latin-1")
    if len(value) & 1:
        value += b"\0"
    return _text_element(0, element, len(value)) + value
