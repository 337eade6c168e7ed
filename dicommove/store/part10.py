"""The beginning of a DICOM file: preamble and File Meta Information, made of what the sender said, and read back (PS3.10 7.1)."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from functools import lru_cache

from ..terms import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

__all__ = ["FileMeta", "begins_like_dicom", "file_start", "read_file_meta"]

_PREAMBLE = b"\0" * 128 + b"DICM"
_GROUP = b"\x02\x00"
_LONG = frozenset((b"OB", b"OW", b"OF", b"SQ", b"UN", b"UT", b"OD", b"OL", b"UC", b"UR", b"OV", b"SV", b"UV"))
_FIRST_LOOK = 1024  # bytes: ours take some 400
_LONGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class FileMeta:
    """What File Meta Information says of a file.

    Attributes
    ----------
    sop_class_uid, sop_instance_uid, transfer_syntax_uid : str
        Padding stripped; empty when absent.
    data_start : int
        Offset in bytes of the data set.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_start: int


def file_start(*, sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str, source_ae_title: str) -> bytes:
    r"""Preamble and File Meta Information of a received instance, ready to be followed by its data set as it came.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid : str
        As the C-STORE request had them.
    transfer_syntax_uid : str
        As negotiated.
    source_ae_title : str
        AE title of the sender; left out when empty.

    Examples
    --------
    >>> start = file_start(sop_class_uid="1.2", sop_instance_uid="1.3", transfer_syntax_uid="1.4", source_ae_title="PACS")
    >>> start[128:140]
    b'DICM\x02\x00\x00\x00UL\x04\x00'
    """
    instance = _element(0x0003, "UI", sop_instance_uid)
    before, after = _around(len(instance), sop_class_uid, transfer_syntax_uid, source_ae_title)
    return before + instance + after


@lru_cache(maxsize=256)
def _around(instance_bytes: int, sop_class_uid: str, transfer_syntax_uid: str, source_ae_title: str) -> tuple[bytes, bytes]:
    """What stands before the SOP Instance UID and after it: the same for most instances of an association."""
    before = b"\x02\x00\x01\x00OB\0\0\x02\x00\x00\x00\x00\x01" + _element(0x0002, "UI", sop_class_uid)
    after = b"".join(
        (
            _element(0x0010, "UI", transfer_syntax_uid),
            _element(0x0012, "UI", IMPLEMENTATION_CLASS_UID),
            _element(0x0013, "SH", IMPLEMENTATION_VERSION_NAME),
            _element(0x0016, "AE", source_ae_title) if source_ae_title else b"",
        )
    )
    group_length = struct.pack("<I", len(before) + instance_bytes + len(after))
    return _PREAMBLE + b"\x02\x00\x00\x00UL\x04\x00" + group_length + before, after


def _element(element: int, vr: str, text: str) -> bytes:
    value = text.encode("ascii", "replace")
    value += (b"\0" if vr == "UI" else b" ") * (len(value) % 2)
    return struct.pack("<HH2sH", 0x0002, element, vr.encode("ascii"), len(value)) + value


def read_file_meta(descriptor: int) -> FileMeta | None:
    """Read File Meta Information; None when it is no DICOM file, or has no data set.

    Parameters
    ----------
    descriptor : int
        An open file; its position is changed.
    """
    os.lseek(descriptor, 0, os.SEEK_SET)
    data = os.read(descriptor, _FIRST_LOOK)
    if data[128:132] != b"DICM":
        return None
    values: dict[int, str] = {}
    position = 132
    while data[position : position + 2] == _GROUP or len(data) < position + 2:
        header = _header(data, position)
        if header is None:
            more = os.read(descriptor, len(data)) if len(data) < _LONGEST else b""
            if not more:
                return None
            data += more
            continue
        element, start, position = header
        values[element] = data[start:position].decode("latin-1").strip("\0 ")
    return FileMeta(values.get(2, ""), values.get(3, ""), values.get(0x10, ""), position)


def begins_like_dicom(descriptor: int) -> bool:
    """Tell whether a file, however little is left of it, begins as our files do; its position is changed."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    data = os.read(descriptor, len(_PREAMBLE))
    return _PREAMBLE.startswith(data)


def _header(data: bytes, position: int) -> tuple[int, int, int] | None:
    """Element number and where its value starts and ends; None when it is not all there."""
    is_long = data[position + 4 : position + 6] in _LONG
    start = position + (12 if is_long else 8)
    length = int.from_bytes(data[position + 8 : start] if is_long else data[position + 6 : start], "little")
    if start + length > len(data):
        return None
    return int.from_bytes(data[position + 2 : position + 4], "little"), start, start + length
