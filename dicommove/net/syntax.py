"""Data sets in the transfer syntaxes that an Identifier can be written in: the four native ones (PS3.5 A.1, A.2, A.3, A.5).

What belongs here: bytes to bytes, and Datasets to bytes; what is read may be hostile and is bounded.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from ..terms import DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN
from .elements import DataSetError, read_elements

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from .elements import Element

__all__ = ["encode_data_set", "encode_identifier", "read_data_set"]

LONGEST_INFLATED = 1 << 24
"""Bytes that a deflated data set may have when it is inflated."""


def encode_identifier(identifier: Dataset, *, explicit: bool, big_endian: bool = False) -> bytes:
    r"""Encode an Identifier, in little endian unless told otherwise.

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> identifier = Dataset()
    >>> identifier.PatientID = "P1"
    >>> encode_identifier(identifier, explicit=True)
    b'\x10\x00 \x00LO\x02\x00P1'
    """
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = not big_endian, not explicit
    write_dataset(buffer, identifier)
    return buffer.getvalue()


def encode_data_set(data_set: Dataset, transfer_syntax: str) -> bytes:
    r"""Encode a data set in one of the native transfer syntaxes; a deflated one has even length (PS3.5 A.5).

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> identifier = Dataset()
    >>> identifier.PatientID = "P1"
    >>> encode_data_set(identifier, "1.2.840.10008.1.2.2")
    b'\x00\x10\x00 LO\x00\x02P1'
    """
    big_endian = transfer_syntax == EXPLICIT_VR_BIG_ENDIAN
    encoded = encode_identifier(data_set, explicit=transfer_syntax != IMPLICIT_VR_LITTLE_ENDIAN, big_endian=big_endian)
    if transfer_syntax != DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN:
        return encoded
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = deflate.compress(encoded) + deflate.flush()
    return deflated + b"\0" * (len(deflated) % 2)


def read_data_set(data: bytes, transfer_syntax: str) -> tuple[Element, ...]:
    """Read the elements of a data set that a peer sent in one of the native transfer syntaxes.

    Raises
    ------
    DataSetError
        It is none, or it is larger than `LONGEST_INFLATED` when it is inflated.
    """
    if transfer_syntax == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN:
        data = _inflated(data)
    explicit, big_endian = transfer_syntax != IMPLICIT_VR_LITTLE_ENDIAN, transfer_syntax == EXPLICIT_VR_BIG_ENDIAN
    return read_elements(data, explicit=explicit, big_endian=big_endian)


def _inflated(data: bytes) -> bytes:
    inflate = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    try:
        inflated = inflate.decompress(data, LONGEST_INFLATED)
    except zlib.error:
        raise DataSetError("no deflated data set") from None
    if inflate.unconsumed_tail:
        raise DataSetError("a deflated data set that is too large")
    return inflated
