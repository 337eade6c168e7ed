"""Compressed frames that would keep a decoder busy for ever: found before they are handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydicom.encaps import get_frame
from pydicom.uid import (
    HTJ2K,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000TransferSyntaxes,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
)

from ..errors import PixelError
from .source import LARGEST_SAMPLES

if TYPE_CHECKING:
    from .source import Encoded

__all__ = ["check_frame"]

_JPEG = frozenset(JPEGTransferSyntaxes) | frozenset(JPEGLSTransferSyntaxes)
_LOOKED_AT = _JPEG | frozenset(JPEG2000TransferSyntaxes) | {HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL}
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_SIZE = b"\xff\x4f\xff\x51"  # start of codestream, and the segment that always follows
_SIGNATURE = b"\0\0\0\x0cjP  "


def check_frame(encoded: Encoded, options: dict[str, Any], index: int) -> None:
    """Refuse a frame that is huge by its own word, and a JPEG 2000 frame whose boxes lead nowhere (ISO/IEC 15444-1 I.4).

    Decoders believe what a frame says, whatever Rows and Columns say; boxes are stepped over by pydicom without a limit.

    Raises
    ------
    PixelError
        A box before the codestream has no length, or the frame has more than `LARGEST_SAMPLES` samples.
    """
    if encoded.syntax not in _LOOKED_AT:
        return
    count, offsets = options["number_of_frames"], options.get("extended_offsets")
    frame = get_frame(encoded.data, index, number_of_frames=count, extended_offsets=offsets)
    wavelets = encoded.syntax not in _JPEG
    if wavelets and not _leads_on(frame):
        raise PixelError("cannot be decoded: its JPEG 2000 boxes are damaged")
    columns, rows, samples = (_size_jpeg2000 if wavelets else _size_jpeg)(frame)
    if columns * rows * samples > LARGEST_SAMPLES:
        raise PixelError(f"its frame says that it is {columns} x {rows}, which is too large for a picture")


def _size_jpeg(frame: bytes) -> tuple[int, int, int]:
    r"""Columns, rows and components of the frame header of JPEG and JPEG-LS (ISO/IEC 10918-1 B.2.2); zeros where there is none.

    Examples
    --------
    >>> _size_jpeg(b"\xff\xd8" b"\xff\xe0\0\2" b"\xff\xc0\0\x0b\x08\0\x20\0\x40\1")
    (64, 32, 1)
    """
    at = 2
    while at + 10 <= len(frame) and frame[at] == 0xFF:
        if frame[at + 1] == 0xFF:  # a fill byte
            at += 1
        elif frame[at + 1] in _FRAME_HEADERS:
            rows, columns = int.from_bytes(frame[at + 5 : at + 7], "big"), int.from_bytes(frame[at + 7 : at + 9], "big")
            return columns, rows, frame[at + 9]
        else:
            at += 2 + max(2, int.from_bytes(frame[at + 2 : at + 4], "big"))
    return 0, 0, 0


def _size_jpeg2000(frame: bytes) -> tuple[int, int, int]:
    r"""Columns, rows and components of the SIZ segment (ISO/IEC 15444-1 A.5.1); zeros where there is none.

    Examples
    --------
    >>> _size_jpeg2000(_SIZE + bytes(4) + (64).to_bytes(4, "big") + (32).to_bytes(4, "big") + bytes(24) + b"\0\3")
    (64, 32, 3)
    """
    start = frame.find(_SIZE)
    if start < 0 or len(frame) < start + 42:
        return 0, 0, 0
    fields = frame[start + 8 : start + 42]
    right, lower, left, upper = (int.from_bytes(fields[4 * n : 4 * n + 4], "big") for n in range(4))
    return max(0, right - left), max(0, lower - upper), int.from_bytes(fields[32:34], "big")


def _leads_on(frame: bytes) -> bool:
    """Whether every box up to the codestream has a length.

    Examples
    --------
    >>> _leads_on(_SIGNATURE + bytes(4) + bytes(8)), _leads_on(_SIGNATURE + bytes(4) + bytes(4) + b"jp2c")
    (False, True)
    """
    offset = 12 if frame.startswith(_SIGNATURE) else len(frame)
    while offset < len(frame) and frame[offset + 4 : offset + 8] != b"jp2c":
        length = int.from_bytes(frame[offset : offset + 4], "big")
        if length == 0:
            return False
        offset += length
    return True
