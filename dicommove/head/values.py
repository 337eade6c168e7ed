"""What a scan found: a frozen value with the raw elements and their text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydicom.datadict import get_entry, tag_for_keyword

from ..terms import EXPLICIT_VR_BIG_ENDIAN
from .text import CUSTOMIZABLE, decode_numbers, decode_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Head"]

_CHARACTER_SET = 0x00080005
_TEXT = CUSTOMIZABLE | frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"})
_NUMBERS = frozenset({"AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"})
_NO_TEXT = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UN"})


@dataclass(frozen=True, slots=True)
class Head:
    r"""The first elements of a data set, as far as they were wanted.

    Attributes
    ----------
    transfer_syntax_uid : str
    raw : Mapping of int to (str, bytes)
        Tag to VR as written (empty in Implicit VR) and encoded value.
    start : int
        Offset in bytes of the first element of group 0008 or above: leading elements of groups 0000-0007 belong to no data set
        and are left out of a file, where readers would take them for File Meta Information (PS3.10 7.1). 0 in a deflated one.
    dropped_leading : bool
        There were such elements.
    readable : bool
        Nothing contradicted the encoding (PS3.5 7.1) as far as was looked.
    complete : bool
        Every element up to the last wanted one was seen: what is absent here is absent in the data set.
    fault : str
        Why it is not readable; empty when it is. Never a value of the data set.
    data_start : int
        Offset in bytes of the data set in its file; 0 for a stream.
    contested : frozenset of int
        Tags that stand there more than once, with different values; `raw` has the last one.

    Examples
    --------
    >>> head = Head("1.2.840.10008.1.2.1", {0x00280010: ("US", b"\x00\x02"), 0x00080060: ("CS", b"CT")})
    >>> head.text("Rows"), head.text(0x00080060), head.text("PatientID")
    ('512', 'CT', None)
    """

    transfer_syntax_uid: str
    raw: Mapping[int, tuple[str, bytes]] = field(default_factory=dict)
    start: int = 0
    dropped_leading: bool = False
    readable: bool = True
    complete: bool = True
    fault: str = ""
    data_start: int = 0
    contested: frozenset[int] = frozenset()

    def text(self, attribute: str | int) -> str | None:
        r"""Text of an attribute, several values joined by a backslash; None when absent or not text or numbers.

        Parameters
        ----------
        attribute : str or int
            Keyword (PS3.6) or tag.
        """
        tag = tag_for_keyword(attribute) if isinstance(attribute, str) else attribute
        element = None if tag is None else self.raw.get(tag)
        if tag is None or element is None:
            return None
        written, value = element
        vr = written if written in _TEXT else _vr_of(tag, written)
        if vr in _TEXT:
            return decode_text(value, vr, self._character_set if vr in CUSTOMIZABLE else None)
        if vr in _NO_TEXT:
            return None
        if vr in _NUMBERS:
            return decode_numbers(value, vr, little_endian=self.transfer_syntax_uid != EXPLICIT_VR_BIG_ENDIAN)
        return decode_text(value, vr, self._character_set)

    @property
    def _character_set(self) -> str | None:
        element = self.raw.get(_CHARACTER_SET)
        return None if element is None else decode_text(element[1], "CS")


def _vr_of(tag: int, written: str) -> str:
    """Return the VR as written, else the dictionary's first one; LO for private creators, UN for what nobody knows."""
    if written not in ("", "UN"):
        return written
    try:
        return get_entry(tag)[0][:2]
    except KeyError:
        is_creator = tag >> 16 & 1 and 0x0010 <= tag & 0xFFFF <= 0x00FF
        return "LO" if is_creator else "UN"
