"""Text of attributes: Specific Character Set, padding and numbers, from bytes to `str`, whatever the bytes are (PS3.5 6.1, 6.2).

Nothing here raises or warns: what cannot be decoded is shown with replacement characters, for it comes from the wire and a
receiver has no use for an exception about somebody's name.
"""

from __future__ import annotations

import codecs
import re
import struct
from functools import lru_cache

from pydicom.charset import CODES_TO_ENCODINGS, python_encoding

__all__ = ["CUSTOMIZABLE", "decode_numbers", "decode_text"]

_DEFAULT = "latin_1"
CUSTOMIZABLE = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""The VRs that Specific Character Set is about (PS3.5 6.1.2.3)."""
_ONE_VALUE = frozenset({"LT", "ST", "UR", "UT"})
"""Here a backslash is a character, and leading spaces count (PS3.5 6.2)."""
_FRAGMENTS = re.compile(rb"^[^\x1b]+|\x1b[^\x1b]*")
_RESETS = re.compile(rb"[\r\n\t\f\\]")
_RESETS_PN = re.compile(rb"[\r\n\t\f\\^=]")
_KEEPS_ESCAPE = frozenset({"iso2022_jp", "iso2022_jp_2"})
_SHORT = 64  # bytes: longer values hardly ever come again, and what is remembered must stay small
_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}


def decode_text(value: bytes, vr: str, character_set: str | None = None) -> str:
    r"""Text of a string attribute: decoded, padding stripped, several values joined by a backslash.

    Parameters
    ----------
    value : bytes
        The encoded value.
    vr : str
        Its Value Representation, two letters.
    character_set : str, optional
        Specific Character Set (0008,0005), several terms joined by a backslash; an unknown term counts as absent.

    Returns
    -------
    str
        What cannot be decoded becomes U+FFFD; never an exception, never a warning (PS3.5 6.1.2.3 to 6.1.2.5).

    Examples
    --------
    >>> decode_text(b"M\xfcller^Eva ", "PN", "ISO_IR 100"), decode_text(b"1.2.3\0", "UI")
    ('Müller^Eva', '1.2.3')
    """
    return (_again if len(value) <= _SHORT else _decode)(value, vr, character_set)


def _decode(value: bytes, vr: str, character_set: str | None) -> str:
    codec = _first_codec(character_set) if vr in CUSTOMIZABLE else _DEFAULT
    text = _decode_extended(value, codec, vr) if b"\x1b" in value and vr in CUSTOMIZABLE else value.decode(codec, "replace")
    if vr in _ONE_VALUE:
        return text.rstrip(" \0")
    if "\\" not in text:
        return text.strip(" \0")
    return "\\".join(part.strip(" \0") for part in text.split("\\"))


_again = lru_cache(maxsize=512)(_decode)  # patient, study and series are the same from instance to instance


def decode_numbers(value: bytes, vr: str, *, little_endian: bool) -> str | None:
    r"""Numbers of a binary attribute as text, joined by a backslash; None where the VR has none or the length does not fit.

    Examples
    --------
    >>> decode_numbers(b"\x00\x02", "US", little_endian=True)
    '512'
    """
    order = "<" if little_endian else ">"
    if vr == "AT" and len(value) % 4 == 0:
        pairs = struct.iter_unpack(f"{order}HH", value)
        return "\\".join(f"({group:04X},{element:04X})" for group, element in pairs)
    code = _NUMBERS.get(vr)
    if code is None or len(value) % struct.calcsize(order + code):
        return None
    return "\\".join(format(number, "") for (number,) in struct.iter_unpack(order + code, value))


def _first_codec(character_set: str | None) -> str:
    """Python's name for the first term; Latin-1 when it is absent or unknown (a superset of ISO 646)."""
    term = (character_set or "").split("\\", 1)[0].strip(" \0")
    return _known(python_encoding.get(term, _DEFAULT))


def _known(codec: str) -> str:
    try:
        return codecs.lookup(codec).name
    except LookupError:
        return _DEFAULT


def _decode_extended(value: bytes, first: str, vr: str) -> str:
    """Decode a value with code extensions: each fragment after an escape sequence by its own character set (PS3.5 6.1.2.5)."""
    resets = _RESETS_PN if vr == "PN" else _RESETS
    return "".join(_decode_fragment(fragment, first, resets) for fragment in _FRAGMENTS.findall(value))


def _decode_fragment(fragment: bytes, first: str, resets: re.Pattern[bytes]) -> str:
    if not fragment.startswith(b"\x1b"):
        return fragment.decode(first, "replace")
    length = 4 if fragment[1:3] in (b"$(", b"$)") else 3
    codec = CODES_TO_ENCODINGS.get(fragment[:length], _DEFAULT)
    if codec in _KEEPS_ESCAPE:
        return fragment.decode(codec, "replace")
    rest = fragment[length:]
    reset = resets.search(rest)
    if reset is None:
        return rest.decode(_known(codec), "replace")
    return rest[: reset.start()].decode(_known(codec), "replace") + rest[reset.start() :].decode(first, "replace")
