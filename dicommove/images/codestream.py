"""Compressed frames that would keep a decoder busy for ever: found before they are handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydicom.encaps import get_frame
from pydicom.uid import JPEG2000TransferSyntaxes

from ..errors import PixelError

if TYPE_CHECKING:
    from .source import Encoded

__all__ = ["check_frame"]

_SIGNATURE = b"\0\0\0\x0cjP  "


def check_frame(encoded: Encoded, options: dict[str, Any], index: int) -> None:
    """Refuse a JPEG 2000 frame whose boxes lead nowhere (ISO/IEC 15444-1 I.4): pydicom steps over them without a limit.

    Raises
    ------
    PixelError
        A box before the codestream has no length.
    """
    if encoded.syntax not in JPEG2000TransferSyntaxes:
        return
    count, offsets = options["number_of_frames"], options.get("extended_offsets")
    if not _leads_on(get_frame(encoded.data, index, number_of_frames=count, extended_offsets=offsets)):
        raise PixelError("cannot be decoded: its JPEG 2000 boxes are damaged")


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
