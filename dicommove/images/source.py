"""Where the encoded pixels of an instance stand: a file or a Dataset, opened without reading what is not needed."""

from __future__ import annotations

import os
import stat
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from struct import unpack
from typing import TYPE_CHECKING, BinaryIO

from pydicom import Dataset
from pydicom.filereader import read_dataset, read_partial
from pydicom.uid import UID

from .. import platform
from ..errors import PixelError
from ..terms import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)
from .attributes import text, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pydicom.tag import BaseTag

__all__ = ["LARGEST_BYTES", "LARGEST_SAMPLES", "MOST_ELEMENTS", "Encoded", "opened", "read_header"]

LARGEST_BYTES = 1 << 28
"""A frame, or a deflated data set, is looked at up to this size: a file of some kilobytes may claim any."""

LARGEST_SAMPLES = 1 << 26
"""Samples of a frame that is decoded: windowing takes 16 bytes and more for each, and no detector has more than 8000 x 8000."""
MOST_ELEMENTS = 100_000
"""Elements before the pixels, those within sequences aside: a file of some megabytes may hold millions, and each takes time."""

_KEYWORDS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}


@dataclass(frozen=True)
class Encoded:
    """An instance whose pixels are still encoded.

    Attributes
    ----------
    header : Dataset
        What stands before the pixels.
    syntax : UID
        Transfer Syntax.
    keyword : str
        ``"PixelData"``, ``"FloatPixelData"``, ``"DoubleFloatPixelData"``; empty when there are no pixels.
    vr : str
        Value Representation of that element.
    data : BinaryIO
        Positioned at the first byte of its value.
    """

    header: Dataset
    syntax: UID
    keyword: str
    vr: str
    data: BinaryIO


@contextmanager
def opened(source: Path | str | Dataset) -> Iterator[Encoded]:
    """Open an instance as far as its pixels.

    Raises
    ------
    OSError
        The file cannot be read.
    PixelError
        It is no DICOM instance.
    """
    if isinstance(source, Dataset):
        yield _from_dataset(source)
        return
    with open(source, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise PixelError("it is no file")
        yield _from_file(file)


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe in its place is nothing to wait for."""
    return os.open(path, flags | platform.O_NONBLOCK)


def read_header(source: Path | str | Dataset) -> Dataset:
    """Read what stands before the pixels of an instance.

    Raises
    ------
    OSError
        The file cannot be read.
    PixelError
        It is no DICOM instance.
    """
    with opened(source) as encoded:
        return encoded.header


def _from_dataset(header: Dataset) -> Encoded:
    syntax = _syntax(header)
    for tag, keyword in _KEYWORDS.items():
        if tag in header:
            content = value(header, keyword)
            return Encoded(header, syntax, keyword, header[tag].VR, BytesIO(content if isinstance(content, bytes) else b""))
    return Encoded(header, syntax, "", "", BytesIO())


def _from_file(file: BinaryIO) -> Encoded:
    plain = _inflated(file)
    file.seek(0)
    try:
        header = read_partial(file, _at_pixels(), force=True) if plain is None else _read_plain(plain)
    except PixelError:
        raise
    except Exception as error:  # hostile bytes make pydicom raise nearly anything
        raise PixelError(f"no readable DICOM instance ({type(error).__name__})") from error
    if "SOPClassUID" not in header and "Rows" not in header:
        raise PixelError("no DICOM instance")
    syntax = _syntax(header) if plain is None else UID(EXPLICIT_VR_LITTLE_ENDIAN)
    data = file if plain is None else plain
    return Encoded(header, syntax, *_pixel_element(data, syntax), data)


def _inflated(file: BinaryIO) -> BytesIO | None:
    """Return the data set of a deflated instance as it was before (PS3.5 A.5); None for all others."""
    start = file.read(144)
    if len(start) < 144 or start[128:136] != b"DICM\x02\0\0\0":
        return None
    meta = file.read(min(int.from_bytes(start[140:144], "little"), 1 << 16))
    if b"\x02\0\x10\0UI\x16\0" + DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN.encode() not in meta:
        return None
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = inflate.decompress(file.read(LARGEST_BYTES), LARGEST_BYTES)
    except zlib.error as error:
        raise PixelError("the deflated data set is damaged") from error
    if inflate.unconsumed_tail:
        raise PixelError("the deflated data set is too large for a picture")
    return BytesIO(plain)


def _read_plain(plain: BytesIO) -> Dataset:
    return read_dataset(plain, is_implicit_VR=False, is_little_endian=True, stop_when=_at_pixels())


def _at_pixels() -> Callable[[BaseTag, str | None, int], bool]:
    """Tell pydicom where to stop: before the pixels, and with a `PixelError` when too much stands there."""
    seen = count()

    def stops(tag: BaseTag, _vr: str | None, _length: int) -> bool:
        if next(seen) > MOST_ELEMENTS:
            raise PixelError(f"more than {MOST_ELEMENTS} elements stand before its pixels: that is too much for a picture")
        return tag in _KEYWORDS

    return stops


def _syntax(header: Dataset) -> UID:
    """Transfer Syntax as the file says, or as the bytes looked when it does not."""
    named = text(getattr(header, "file_meta", Dataset()), "TransferSyntaxUID")
    if named:
        return UID(named)
    implicit, little = header.original_encoding
    if not little and little is not None:
        return UID(EXPLICIT_VR_BIG_ENDIAN)
    return UID(EXPLICIT_VR_LITTLE_ENDIAN if implicit is False else IMPLICIT_VR_LITTLE_ENDIAN)


def _pixel_element(data: BinaryIO, syntax: UID) -> tuple[str, str]:
    """Keyword and VR of the element that stands next, and step over its length; empty when it holds no pixels (PS3.5 7.1)."""
    order = ">" if syntax == EXPLICIT_VR_BIG_ENDIAN else "<"
    head = data.read(8)
    if len(head) < 8:
        return "", ""
    group, element = unpack(f"{order}HH", head[:4])
    keyword = _KEYWORDS.get(group << 16 | element, "")
    if syntax == IMPLICIT_VR_LITTLE_ENDIAN:
        return keyword, "OW"
    data.read(4)
    return keyword, head[4:6].decode("latin-1")
