"""Names that every file system takes: values of a sender made into one component of a path, and digests of UIDs.

What comes from the wire is hostile here: no value can leave its component, name a device, or hide another file.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

from .. import platform

__all__ = ["cut", "digest", "safe_uid", "safe_value", "with_suffix"]

LONGEST_COMPONENT = 120
"""Bytes: file systems take 255, encrypted ones 143; what is added to a name that is taken must fit too."""

_FORBIDDEN = re.compile(r'[<>:"/|?*\\{}]')
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # of Base32 (RFC 4648), in lower case
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(70, -1, -10)
_PLAIN_UID = re.compile(r"[0-9]+(?:\.[0-9]+)*\Z", re.ASCII)
_PLAIN_VALUE = re.compile(r"[0-9A-Za-z]+", re.ASCII).fullmatch
_PLAIN_COMPONENT = re.compile(r"[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*", re.ASCII).fullmatch
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))  # controls, marks that turn text around, halves of pairs


@lru_cache(maxsize=1024)
def digest(text: str) -> str:
    """Short stable digest: 16 characters of a-z and 2-7, the same on every machine and in every letter case.

    Examples
    --------
    >>> digest("1.2.840.10008")
    '3s4bxw7twr5y4lfs'
    """
    number = int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=10).digest(), "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


@lru_cache(maxsize=1024)
def safe_value(text: str) -> str:
    r"""Component of a path for a value; one that had to be changed carries a piece of its digest, so that two never merge.

    Several values, joined by a backslash, are joined by ``+``.

    Examples
    --------
    >>> safe_value("CT"), safe_value("ORIGINAL\\PRIMARY")
    ('CT', 'ORIGINAL+PRIMARY')
    >>> safe_value("../etc")
    '_.._etc-llu5et'
    """
    if _PLAIN_VALUE(text):
        return text
    normal = unicodedata.normalize("NFC", text).strip().replace("\\", "+")
    name = _FORBIDDEN.sub("_", "".join("_" if unicodedata.category(c) in _UNSEEN else c for c in normal))
    name = " ".join(name.split()).rstrip(". ")
    if name.startswith((".", "~", "-")):
        name = "_" + name  # hidden, of a shell's home, or an option of a command
    return name if name == normal else f"{cut(name, LONGEST_COMPONENT // 2)}-{digest(text)[:6]}"


@lru_cache(maxsize=1024)
def safe_uid(uid: str) -> str:
    """Component of a path for a UID; one that is not digits and dots only carries its digest.

    Real archives have UIDs with letters, which file systems without letter case would merge.

    Examples
    --------
    >>> safe_uid("1.2.840.10008"), safe_uid("1.2.A")
    ('1.2.840.10008', '1.2.A-zi6jr4f5wwcp2jmt')
    """
    return uid if _PLAIN_UID.match(uid) else f"{cut(safe_value(uid), LONGEST_COMPONENT // 2)}-{digest(uid)}"


def cut(name: str, longest: int) -> str:
    """Cut a name to a number of bytes of UTF-8, at a whole character.

    Examples
    --------
    >>> cut("Müller", 2), cut("Müller", 3)
    ('M', 'Mü')
    """
    return name.encode("utf-8")[:longest].decode("utf-8", "ignore").rstrip(". ")


def with_suffix(name: str, suffix: str) -> str:
    """Add something to a file name before its ending.

    Examples
    --------
    >>> with_suffix("00001.dcm", "~2"), with_suffix("CT.1.2.3", "~2")
    ('00001~2.dcm', 'CT.1.2.3~2')
    """
    stem, dot, ending = name.rpartition(".")
    is_ending = dot and stem and len(ending) <= 8 and not ending.isdigit()  # digits are the last component of a UID
    return f"{stem}{suffix}.{ending}" if is_ending else name + suffix


@lru_cache(maxsize=1024)
def safe_component(name: str) -> str:
    """Make a whole component, put together of safe values and a template's text, safe as one: length, devices, its end.

    Examples
    --------
    >>> safe_component("con.dcm"), safe_component("a. ")
    ('_con.dcm', 'a')
    """
    if len(name) <= LONGEST_COMPONENT and _PLAIN_COMPONENT(name) and not platform.is_reserved_name(name):
        return name
    trimmed = unicodedata.normalize("NFC", name).rstrip(". ") or "_"
    if platform.is_reserved_name(trimmed):
        trimmed = "_" + trimmed
    if len(trimmed.encode("utf-8")) <= LONGEST_COMPONENT:
        return trimmed
    stem, dot, ending = trimmed.rpartition(".")
    if not dot or len(ending) > 8:
        stem, ending = trimmed, ""
    return f"{cut(stem, LONGEST_COMPONENT - 30)}-{digest(name)}" + (f".{ending}" if ending else "")
