"""The head of a DICOM file (PS3.10 7): File Meta Information stepped over, its transfer syntax used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from ..terms import EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN
from .encoding import UNDEFINED, EncodingError, explicit_little
from .scanner import PLACING, HeadScanner
from .values import Head

if TYPE_CHECKING:
    import os

__all__ = ["read_head"]

_PREAMBLE = 132  # 128 bytes of anything, then DICM
_PIECE = 16_384
_LONGEST_META = 1_048_576  # File Meta Information may hold private data; a megabyte of it is no DICOM file
_TRANSFER_SYNTAX = 0x00020010


def read_head(
    path: str | os.PathLike[str], wanted: frozenset[int] | None = PLACING, last_tag: int = 0x00280011, limit: int = 65_536
) -> Head:
    """Read the first elements of a DICOM file, and no more of it than they take.

    Parameters
    ----------
    path : path-like
        A file as PS3.10 has it. Any other is an unreadable `Head` without elements.
    wanted, last_tag, limit
        As of `HeadScanner`.

    Raises
    ------
    OSError
        The file cannot be opened or read.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "no.dcm"
    >>> _ = path.write_bytes(b"no DICOM")
    >>> read_head(path).fault
    'no DICOM file (PS3.10 7.1)'
    """
    with open(path, "rb") as file:  # noqa: PTH123 - takes whatever names a file, a descriptor's path in /proc included
        try:
            syntax, data_start = _file_meta(file)
        except EncodingError as fault:
            return Head(EXPLICIT_VR_LITTLE_ENDIAN, readable=False, complete=False, fault=str(fault))
        file.seek(data_start)
        scanner = HeadScanner(syntax, wanted, last_tag, limit)
        while not scanner.done and (piece := file.read(_PIECE)):
            scanner.feed(piece)
        return replace(scanner.head(ended=True), data_start=data_start)


def _file_meta(file: BinaryIO) -> tuple[str, int]:
    """Transfer syntax and offset of the data set: the first element that is not of group 0002."""
    data = file.read(_PIECE)
    if data[128:_PREAMBLE] != b"DICM":
        raise EncodingError("no DICOM file (PS3.10 7.1)")
    position, syntax = _PREAMBLE, IMPLICIT_VR_LITTLE_ENDIAN
    while data[position : position + 2] == b"\x02\x00":
        header = explicit_little(data, position, len(data))
        end = len(data) + 1 if header is None else header[2] + header[3]
        if end > len(data):
            data = _more(file, data)
            continue
        assert header is not None
        if header[0] == _TRANSFER_SYNTAX:
            syntax = data[header[2] : end].decode("latin_1").strip("\0 ")
        position = end
    return syntax, position


def _more(file: BinaryIO, data: bytes) -> bytes:
    piece = file.read(_PIECE)
    if not piece or len(data) > _LONGEST_META or len(data) >= UNDEFINED:
        raise EncodingError("File Meta Information does not end (PS3.10 7.1)")
    return data + piece
