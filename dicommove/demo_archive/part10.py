"""Reading a DICOM file's header for the index, and finding where its data set begins (PS3.10 7.1)."""

from __future__ import annotations

import mmap
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..terms import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    uid_problem,
)
from .elements import parse_elements
from .header import SPECIFIC_CHARACTER_SET, Header

if TYPE_CHECKING:
    from pathlib import Path

    from .elements import Element, Elements

__all__ = ["Instance", "read_instance"]

_LONGEST_VALUE = 1024
_TRANSFER_SYNTAX = 0x00020010
_SOP_CLASS, _SOP_INSTANCE = 0x00080016, 0x00080018
_STUDY, _SERIES = 0x0020000D, 0x0020000E


@dataclass(frozen=True, slots=True)
class Instance:
    """One stored SOP Instance: where its bytes are, and its header.

    Attributes
    ----------
    path : Path
        The Part 10 file.
    start : int
        Offset of the data set in the file, in bytes.
    sop_class_uid, sop_instance_uid, transfer_syntax_uid : str
        As stored.
    header : Header
        Elements before the pixels, long values left out.
    """

    path: Path
    start: int
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    header: Header

    def encoded(self) -> bytes:
        """Read the data set exactly as it is stored: nothing decoded, nothing changed."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.read()


def read_instance(path: Path) -> Instance | None:
    """Read one file for the index; None when it is no instance that could be served.

    Junk, files without a Part 10 header and instances without the UIDs of study, series and instance are no error:
    any folder may be served.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            return _instance(path, view)
    except (OSError, ValueError, struct.error, zlib.error):
        return None


def _instance(path: Path, view: mmap.mmap) -> Instance | None:
    if view[128:132] != b"DICM":
        return None
    meta, start = _file_meta(view)
    syntax = meta.text(_TRANSFER_SYNTAX)
    header = Header({tag: e for tag, e in _elements(view, start, syntax).items() if _is_kept(tag, e)})
    uids = [header.text(tag) for tag in (_SOP_CLASS, _SOP_INSTANCE, _STUDY, _SERIES)]
    if not syntax or any(uid_problem(uid) for uid in uids):
        return None
    return Instance(path, start, uids[0], uids[1], syntax, header)


def _file_meta(view: mmap.mmap) -> tuple[Header, int]:
    """Elements of group 0002 and where they end; their own group length is not believed."""
    at = 132
    while at + 12 <= len(view) and struct.unpack_from("<H", view, at)[0] == 2:
        long = view[at + 4 : at + 6] in (b"OB", b"UN", b"UT", b"SQ")
        at += 12 + struct.unpack_from("<L", view, at + 8)[0] if long else 8 + struct.unpack_from("<H", view, at + 6)[0]
    return Header(parse_elements(view[132:at], explicit=True)), at


def _elements(view: mmap.mmap, start: int, syntax: str) -> Elements:
    if syntax == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN:
        return parse_elements(zlib.decompress(view[start:], -zlib.MAX_WBITS), explicit=True, longest=_LONGEST_VALUE)
    little = syntax != EXPLICIT_VR_BIG_ENDIAN
    explicit = syntax != IMPLICIT_VR_LITTLE_ENDIAN
    with memoryview(view) as whole, whole[start:] as data:
        return parse_elements(data, explicit=explicit, little=little, longest=_LONGEST_VALUE)


def _is_kept(tag: int, element: Element) -> bool:
    """Whether a query can ask about it: no group lengths, nothing private, of sequences those of codes and requests."""
    group, number = tag >> 16, tag & 0xFFFF
    if tag == SPECIFIC_CHARACTER_SET:
        return True
    return number != 0 and group % 2 == 0 and group >= 8 and (element.vr != "SQ" or tag in _KEPT_SEQUENCES)


_KEPT_SEQUENCES = frozenset({0x00081032, 0x00081110, 0x00081111, 0x00082218, 0x0040A043, 0x0040A073, 0x00400260, 0x00400275})
