"""Command sets: what a DIMSE message asks or answers, to bytes and back (PS3.7 6.3, E).

Pure. A command set is always Implicit VR Little Endian; a peer's may be hostile, so values are read one by one, when asked for,
without a decoder that could raise or warn.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from ..head import decode_text
from .elements import DataSetError, read_elements

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "C_CANCEL_RQ",
    "C_ECHO_RQ",
    "C_FIND_RQ",
    "C_MOVE_RQ",
    "CommandSet",
    "encode_command",
]

C_FIND_RQ, C_MOVE_RQ, C_ECHO_RQ, C_CANCEL_RQ = 0x0020, 0x0021, 0x0030, 0x0FFF
RESPONSE = 0x8000
"""A response has the Command Field of its request with this bit set (PS3.7 E.1-1)."""
NO_DATA_SET = 0x0101

_TAGS = {
    "AffectedSOPClassUID": 0x00000002,
    "CommandField": 0x00000100,
    "MessageID": 0x00000110,
    "MessageIDBeingRespondedTo": 0x00000120,
    "MoveDestination": 0x00000600,
    "Priority": 0x00000700,
    "CommandDataSetType": 0x00000800,
    "Status": 0x00000900,
    "OffendingElement": 0x00000901,
    "ErrorComment": 0x00000902,
    "ErrorID": 0x00000903,
    "NumberOfRemainingSuboperations": 0x00001020,
    "NumberOfCompletedSuboperations": 0x00001021,
    "NumberOfFailedSuboperations": 0x00001022,
    "NumberOfWarningSuboperations": 0x00001023,
}
_TEXT = {"ErrorComment": "LO", "AffectedSOPClassUID": "UI", "MoveDestination": "AE"}


def encode_command(values: Mapping[str, int | str]) -> bytes:
    """Encode a command set, its group length first (PS3.7 6.3.1).

    Parameters
    ----------
    values : Mapping
        Keyword to value: numbers as 16 bits, text padded to even length (a UID with NUL, else a space).

    Examples
    --------
    >>> CommandSet(encode_command({"CommandField": C_ECHO_RQ, "MessageID": 7})).number("MessageID")
    7
    """
    body = b"".join(
        _element(_TAGS[keyword], _value(keyword, values[keyword])) for keyword in sorted(values, key=_TAGS.__getitem__)
    )
    return _element(0, struct.pack("<L", len(body))) + body


def _value(keyword: str, value: int | str) -> bytes:
    if isinstance(value, int):
        return struct.pack("<H", value)
    encoded = value.encode("ascii")
    return encoded + (b"\0" if keyword.endswith("UID") else b" ") * (len(encoded) % 2)


def _element(tag: int, value: bytes) -> bytes:
    return struct.pack("<HHL", tag >> 16, tag & 0xFFFF, len(value)) + value


class CommandSet:
    """A received command set; absent and unreadable values are None.

    Parameters
    ----------
    data : bytes
        The encoded command set.

    Examples
    --------
    >>> CommandSet(b"").number("Status") is None
    True
    """

    def __init__(self, data: bytes) -> None:
        try:
            elements = read_elements(data, explicit=False)
        except DataSetError as fault:
            elements = fault.elements
        self._values = {element.tag: element.value for element in elements if element.items is None}

    def number(self, keyword: str) -> int | None:
        """Value of a 16-bit attribute; None when it is absent or has no two bytes."""
        value = self._values.get(_TAGS[keyword], b"")
        return int.from_bytes(value[:2], "little") if len(value) >= 2 else None

    def get(self, keyword: str) -> object:
        """Value of an attribute by its keyword: a number, text, or a tuple of tags; None when it is absent."""
        if keyword not in _TAGS or _TAGS[keyword] not in self._values:
            return None
        value = self._values[_TAGS[keyword]]
        if keyword in _TEXT:
            return decode_text(value, _TEXT[keyword])
        if keyword == "OffendingElement":
            whole = value[: len(value) // 4 * 4]
            return tuple(group << 16 | number for group, number in struct.iter_unpack("<HH", whole))
        return self.number(keyword)
