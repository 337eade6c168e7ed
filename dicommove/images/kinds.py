"""What an instance is, in words: for those that hold no pixels, and for the syntax of those that cannot be decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom.uid import UID

from .attributes import text

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["kind", "syntax_name"]


def kind(header: Dataset) -> str:
    """Say what an instance without pixels is: the name of its SOP Class (PS3.6 A), else its UID.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> header = Dataset()
    >>> header.SOPClassUID = "1.2.840.10008.5.1.4.1.1.104.1"
    >>> kind(header)
    'Encapsulated PDF (no pixels)'
    """
    uid = text(header, "SOPClassUID")
    name = UID(uid).name.removesuffix(" Storage") if uid else "instance without SOP Class"
    return f"{f'SOP Class {uid}' if name == uid else name} (no pixels)"


def syntax_name(uid: str) -> str:
    """Short name of a transfer syntax, else its UID.

    Examples
    --------
    >>> syntax_name("1.2.840.10008.1.2.4.90")
    'JPEG 2000 Image Compression (Lossless Only)'
    >>> syntax_name("1.2.3")
    'transfer syntax 1.2.3'
    """
    name = UID(uid).name
    return f"transfer syntax {uid}" if name == uid else name
