"""The scanner: bytes of a data set in, in pieces of any size; the wanted top-level elements out (PS3.5 7).

It never decodes a value, holds at most one wanted value and what it keeps, and steps over everything else, sequences of undefined
length at any depth included.
"""

from __future__ import annotations

from ..terms import DEFLATED_TRANSFER_SYNTAXES, EXPLICIT_VR_BIG_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN
from .encoding import (
    SHORT_HEADERS,
    SHORT_VRS,
    UNDEFINED,
    Data,
    EncodingError,
    Header,
    Nesting,
    explicit_big,
    explicit_little,
    guess_header,
    implicit_little,
)
from .inflating import Inflating
from .values import Head

__all__ = ["PLACING", "HeadScanner"]

PLACING = frozenset(
    {
        0x00080005,  # Specific Character Set
        0x00080016,  # SOP Class UID
        0x00080018,  # SOP Instance UID
        0x00080060,  # Modality
        0x00100020,  # Patient ID
        0x0020000D,  # Study Instance UID
        0x0020000E,  # Series Instance UID
        0x00200011,  # Series Number
        0x00200013,  # Instance Number
    }
)
"""Tags that admission, the default layout and the UID check need."""

_BY_SYNTAX = {IMPLICIT_VR_LITTLE_ENDIAN: implicit_little, EXPLICIT_VR_BIG_ENDIAN: explicit_big}
_CHARACTER_SET = 0x00080005
_LAST_TAG = 0x00280011  # Columns: the last one that a layout may name
_LIMIT = 65_536
_LONGEST_VALUE = 16_384  # no attribute of a head that anybody asks for is longer; longer ones are stepped over
_FIRST_GROUP = 0x00080000
_DELIMITERS = 0xFFFE  # group of items and of the ends of items and sequences


class HeadScanner:
    r"""Reads the wanted top-level elements of a data set while it streams by.

    Parameters
    ----------
    transfer_syntax_uid : str
        As negotiated or as in File Meta Information; any that is not native counts as Explicit VR Little Endian (PS3.5 A.4).
    wanted : frozenset of int or None
        Tags to keep, Specific Character Set always among them; None keeps every element up to `last_tag`.
    last_tag : int
        The scan ends at the first element above it.
    limit : int
        Bytes: how much all kept values may hold together, and how much of a deflated data set is inflated.

    Examples
    --------
    >>> scanner = HeadScanner("1.2.840.10008.1.2.1", PLACING)
    >>> scanner.feed(b"\x08\0\x60\0CS\x02\0CT")
    >>> scanner.head(ended=True).text("Modality"), scanner.done
    ('CT', False)
    """

    def __init__(
        self, transfer_syntax_uid: str, wanted: frozenset[int] | None, last_tag: int = _LAST_TAG, limit: int = _LIMIT
    ) -> None:
        self.done = False
        self._syntax = transfer_syntax_uid
        self._wanted = wanted if wanted is None or _CHARACTER_SET in wanted else wanted | {_CHARACTER_SET}
        self._last_tag = last_tag
        self._room = limit
        self._inflating = Inflating(limit) if transfer_syntax_uid in DEFLATED_TRANSFER_SYNTAXES else None
        self._header = _BY_SYNTAX.get(transfer_syntax_uid, explicit_little)
        self._nesting = Nesting()
        self._values: dict[int, tuple[str, bytes]] = {}
        self._contested: set[int] = set()
        self._tail = bytearray()
        self._offset = 0  # of the tail's first byte (or of the next fragment's) in the data set
        self._skip = 0
        self._start: int | None = None
        self._leading = False
        self._fault = ""
        self._past_last = False

    def feed(self, data: Data) -> None:
        """Take the next bytes; whatever they are, nothing is raised."""
        if self.done:
            return
        inflating = self._inflating
        try:
            self._take(data if inflating is None else inflating.take(data))
        except EncodingError as fault:
            self._fault = str(fault)
            self.done = True
        if inflating is not None and not self.done:
            self._fault = "not a deflated stream (PS3.5 A.5)" if inflating.damaged else self._fault
            self.done = inflating.damaged or inflating.room == 0

    def head(self, *, ended: bool = False) -> Head:
        """Return what was found so far.

        Parameters
        ----------
        ended : bool
            The data set is at its end: one that ends inside an element is not readable.
        """
        torn = ended and not self.done and bool(self._tail or self._skip or self._nesting.depth)
        fault = self._fault or ("the data set ends inside an element" if torn else "")
        deflated = self._inflating is not None
        return Head(
            transfer_syntax_uid=self._syntax,
            raw=dict(self._values),
            start=0 if deflated or not self._leading else self._offset if self._start is None else self._start,
            dropped_leading=self._leading,
            readable=not fault,
            complete=self._past_last or (ended and not fault and not self.done),
            fault=fault,
            contested=frozenset(self._contested),
        )

    def _take(self, data: Data) -> None:
        if self._skip:
            stepped = min(self._skip, len(data))
            self._skip -= stepped
            self._offset += stepped
            data = memoryview(data)[stepped:]
        if not len(data):
            return
        if self._tail:
            self._tail += data
            data = bytes(self._tail)
        consumed = self._walk(data)
        self._skip = max(0, consumed - len(data))
        self._offset += min(consumed, len(data))
        self._tail = bytearray(memoryview(data)[consumed:]) if not self.done else bytearray()

    def _walk(self, data: Data) -> int:
        """Step from element to element; return how far: beyond the data where an element goes on there."""
        position, size = 0, len(data)
        if self._start is None and not self._leading and size >= 8:
            self._header, surprise = guess_header(self._header, data)
            self._fault = self._fault or surprise
        while not self.done:
            if self._start is not None and not self._nesting.depth:
                position = self._skim(data, position, size)
            header = self._nesting.header(self._header)(data, position, size)
            if header is None:
                break
            if self._nesting.depth:
                position = self._nesting.step(*header)
                continue
            following = self._element(data, position, header)
            if following is None:
                break
            position = following
        return position

    def _skim(self, data: Data, position: int, size: int) -> int:
        """Go on over plain elements of the top level, up to the first that needs a second look: the hot loop of the scan."""
        unpack, wanted, last, values = SHORT_HEADERS.get(self._header), self._wanted, self._last_tag, self._values
        if unpack is None or wanted is None:
            return position
        vr_of, last_header = SHORT_VRS.get, size - 8
        while position <= last_header:
            group, element, written, length = unpack(data, position)
            tag = group << 16 | element
            vr = vr_of(written)
            if vr is None or tag > last:
                break
            following = position + 8 + length
            if tag in wanted:
                if following > size or tag in values or length > self._room or length > _LONGEST_VALUE:
                    break
                values[tag] = (vr, bytes(data[position + 8 : following]))
                self._room -= length
            position = following
        return position

    def _element(self, data: Data, position: int, header: Header) -> int | None:
        """Where the next element begins; None when this one is wanted and not whole yet."""
        tag, vr, body, length = header
        if tag > self._last_tag:
            if tag >> 16 == _DELIMITERS:
                raise EncodingError("an item or delimiter where none may be (PS3.5 7.5)")
            self.done = self._past_last = True
            self._start = self._offset + position if self._start is None else self._start
            return position
        if self._start is None:
            if tag < _FIRST_GROUP:
                self._leading = True
            else:
                self._start = self._offset + position
        if length == UNDEFINED:
            self._nesting.enter(vr)
            return body
        if tag < _FIRST_GROUP or length > _LONGEST_VALUE or not (self._wanted is None or tag in self._wanted):
            return body + length
        if body + length > len(data):
            return None
        self._keep(tag, vr, bytes(data[body : body + length]))
        return body + length

    def _keep(self, tag: int, vr: bytes, value: bytes) -> None:
        if tag in self._values:
            # Readers differ in which of the two they take; here as in pydicom the last one counts.
            self._fault = self._fault or f"({tag >> 16:04X},{tag & 0xFFFF:04X}) stands there twice (PS3.5 7.1)"
            if self._values[tag][1].strip(b"\0 ") != value.strip(b"\0 "):
                self._contested.add(tag)
        if len(value) <= self._room:
            self._room -= len(value)
            self._values[tag] = (vr.decode("ascii"), value)
