"""The header of one instance or Identifier: its elements read as Unicode text, by its own Specific Character Set."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from pydicom.charset import CODES_TO_ENCODINGS, python_encoding

if TYPE_CHECKING:
    from .elements import Element, Elements

__all__ = ["SPECIFIC_CHARACTER_SET", "Header", "text_of"]

SPECIFIC_CHARACTER_SET = 0x00080005

_WORDS = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d", "UV": "Q", "SV": "q"}
_CHARSET_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_UNSPLIT_VRS = frozenset({"LT", "ST", "UR", "UT"})


class Header:
    r"""Elements and the character set that their text is in; never changed.

    Parameters
    ----------
    elements : Elements
        Data elements by tag.
    inherited : tuple of str, optional
        Python encodings of the data set around, used when these elements name none (PS3.3 C.12.1.1.2).

    Examples
    --------
    >>> from .elements import Element
    >>> Header({0x00080005: Element("CS", b"ISO_IR 100"), 0x00100010: Element("PN", b"M\xfcller ")}).values(0x00100010)
    ('Müller',)
    """

    __slots__ = ("elements", "encodings")

    def __init__(self, elements: Elements, inherited: tuple[str, ...] = ("latin-1",)) -> None:
        self.elements = elements
        named = elements.get(SPECIFIC_CHARACTER_SET)
        self.encodings = _encodings(named) if named else inherited

    def values(self, tag: int) -> tuple[str, ...]:
        """Values of one element as text, padding stripped; empty when it is absent, empty or a sequence."""
        element = self.elements.get(tag)
        return text_of(element, self.encodings) if element else ()

    def text(self, tag: int) -> str:
        r"""All values of one element, joined by ``\``; empty when there is none."""
        return "\\".join(self.values(tag))

    def items(self, tag: int) -> tuple[Header, ...]:
        """Items of one sequence; empty when it is absent or no sequence."""
        element = self.elements.get(tag)
        if element is None or isinstance(element.value, bytes):
            return ()
        return tuple(Header(item, self.encodings) for item in element.value)


def text_of(element: Element, encodings: tuple[str, ...]) -> tuple[str, ...]:
    r"""Values of an element as text (PS3.5 6.2); numbers in binary are written as numbers.

    Examples
    --------
    >>> from .elements import Element
    >>> text_of(Element("US", b"\x02\x00\x10\x00"), ("ascii",))
    ('2', '16')
    """
    vr, value = element
    if not isinstance(value, bytes) or not value.strip(b"\0 "):
        return ()
    if vr in _WORDS:
        size = struct.calcsize("<" + _WORDS[vr])
        return tuple(str(n) for (n,) in struct.iter_unpack("<" + _WORDS[vr], value[: len(value) // size * size]))
    text = _decode(value, encodings if vr in _CHARSET_VRS else ("latin-1",))
    if vr in _UNSPLIT_VRS:
        return (text.rstrip("\0 "),)
    return tuple(part.strip("\0 ") for part in text.split("\\"))


def _encodings(element: Element) -> tuple[str, ...]:
    """Python encodings of a Specific Character Set; an unknown term is read as Latin-1, which takes every byte."""
    value = element.value if isinstance(element.value, bytes) else b""
    terms = [term.strip("\0 ") for term in value.decode("latin-1").split("\\")]
    return tuple("latin-1" if term == "" else python_encoding.get(term, "latin-1") for term in terms)


def _decode(value: bytes, encodings: tuple[str, ...]) -> str:
    """Decode with code extensions (PS3.5 6.1.2.5); unlike pydicom's own reading it neither raises nor warns."""
    plain, *escaped = value.split(b"\x1b")
    return plain.decode(encodings[0], "replace") + "".join(_decode_escaped(b"\x1b" + part, encodings[0]) for part in escaped)


def _decode_escaped(part: bytes, first: str) -> str:
    length = 4 if part.startswith((b"\x1b$(", b"\x1b$)")) else 3
    encoding = CODES_TO_ENCODINGS.get(part[:length], first)
    if encoding.startswith("iso2022"):
        return part.decode(encoding, "replace")
    found = _DELIMITER.search(part, length)
    end = found.start() if found else len(part)
    return part[length:end].decode(encoding, "replace") + part[end:].decode(first, "replace")


_DELIMITER = re.compile(rb"[\\^=\r\n\f\t]")
"""What ends a code extension: the first character set is in force again (PS3.5 6.1.2.5.3)."""
