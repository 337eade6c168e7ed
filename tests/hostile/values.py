"""Values that an archive may send to do harm where they are shown: one list for every place, and files that hold them."""

from __future__ import annotations

import struct
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

UTF8, LATIN, JAPANESE = "ISO_IR 192", "ISO_IR 100", "\\ISO 2022 IR 87"

HOSTILE: dict[str, tuple[bytes, str]] = {
    "script": (b"<script>alert(1)</script>", UTF8),
    "image": (b"<img src=x onerror=alert(1)>", UTF8),
    "attribute": (b'" onmouseover="alert(1)" x=\'', UTF8),
    "closing": (b"</td></table></div></style></textarea><svg/onload=alert(1)>", UTF8),
    "entity": (b"&lt;script&gt;&#60;b&#62;", UTF8),
    "csi": (b"\x1b[2J\x1b[31mred\x1b[0m", UTF8),
    "osc": (b"\x1b]0;owned\x07\x1b]8;;http://evil.test\x1b\\link\x1b]8;;\x1b\\", UTF8),
    "c1": (b"\x9b2J\x9d0;owned\x9c\x90q\x9c", LATIN),
    "c1 as UTF-8": ("\x9b2J\x85".encode(), UTF8),
    "bidi": ("txt.\u202egpj\u2066\u200f".encode(), UTF8),
    "unseen": ("a\u200bb\ufeffc\u2060d\u2028e\u00adf".encode(), UTF8),
    "lines": (b"one\r\ntwo\rthree\nfour\x0b\x0c", UTF8),
    "null": (b"a\0b\0\0c", UTF8),
    "bell": (b"\x07\x08\x08\x08\x7f", UTF8),
    "surrogates": (b"\xed\xa0\x80 \xed\xbf\xbf \xff\xfe", UTF8),
    "formula": (b"=cmd|' /C calc'!A1", UTF8),
    "plus": (b"+1+cmd|' /C calc'!A1", UTF8),
    "minus": (b"-1", UTF8),
    "at": (b"@SUM(1+1)*cmd|' /C calc'!A0", UTF8),
    "tab": (b"\t=1+1", UTF8),
    "full width": ("\uff1d1+1".encode(), UTF8),
    "quotes": (b'","=1+1",";\'', UTF8),
    "mathtext": (b"$\\frac{1}{0$ $x", UTF8),
    "markdown": (b"![x](http://evil.test/x.png) [a](javascript:alert(1)) <http://evil.test> `b` *c* |d| # e", UTF8),
    "markdown line": (b"|---|\r\n\r\n# heading\r\n\r\n```\r\n", UTF8),
    "percent": (b"%s %n %(name)s %d", UTF8),
    "braces": (b"{0} {self.__class__} {{", UTF8),
    "rich": (b"[bold red]x[/] [link=http://evil.test]y[/link] :smile:", UTF8),
    "sql": (b"'; DROP TABLE arrivals; --", UTF8),
    "path": (b"../../../etc/passwd", UTF8),
    "device": (b"CON", UTF8),
    "option": (b"--yes -rf /", UTF8),
    "template": (b"{study}{row.x}", UTF8),
    "nan": (b"NaN", UTF8),
    "escape lies": (b"\x1b$BYamada\x1b(Jx\x1b$B\xff", JAPANESE),
    "unfinished escape": (b"x\x1b$", JAPANESE),
    "unknown set": (b"\xe4\xf6\xfc", "ISO_IR 999\\\x1b[2J"),
    "long": (b"A" * 1_000_000, UTF8),
}
"""By name: the encoded value, and what the data set claims as its Specific Character Set (0008,0005)."""

UNSEEN = frozenset(("Cc", "Cs", "Zl", "Zp"))
TURNING = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad")

CLASS = "1.2.840.10008.5.1.4.1.1.7"
SYNTAX = "1.2.840.10008.1.2"
_TEXTS = {
    0x00080050: "AccessionNumber",
    0x00080060: "Modality",
    0x00080080: "InstitutionName",
    0x00081030: "StudyDescription",
    0x0008103E: "SeriesDescription",
    0x00100010: "PatientName",
    0x00181210: "ConvolutionKernel",
}


def steering(text: str) -> list[str]:
    """Characters of a text, its own line ends aside, that could steer a terminal or turn and hide text."""
    return [c for c in text if (unicodedata.category(c) in UNSEEN and c != "\n") or c in TURNING]


def study_uid(place: int) -> str:
    """Study Instance UID of the value at a place of the list."""
    return f"1.2.826.9.{place}"


def write(folder: Path) -> Path:
    """Write an archive: for each value a study of one small picture whose every text is this value (PS3.10 7.1)."""
    folder.mkdir()
    for place, (value, character_set) in enumerate(HOSTILE.values(), 1):
        (folder / f"{place}.dcm").write_bytes(_file(place, value, character_set))
    return folder


def _file(place: int, value: bytes, character_set: str) -> bytes:
    uid = f"{study_uid(place)}.1.1"
    meta = b"".join(
        (
            _explicit(0x00020002, CLASS),
            _explicit(0x00020003, uid),
            _explicit(0x00020010, SYNTAX),
            _explicit(0x00020012, "1.2.826.9"),
        )
    )
    elements = {
        **dict.fromkeys(_TEXTS, value),
        0x00080005: character_set.encode(),
        0x00080016: CLASS.encode(),
        0x00080018: uid.encode(),
        0x00080020: b"20240131",
        0x00100020: f"HOSTILE-{place}".encode(),
        0x0020000D: study_uid(place).encode(),
        0x0020000E: f"{study_uid(place)}.1".encode(),
        0x00200011: b"1",
        0x00200013: b"1",
        0x00280002: struct.pack("<H", 1),
        0x00280004: b"MONOCHROME2",
        0x00280010: struct.pack("<H", 4),
        0x00280011: struct.pack("<H", 4),
        0x00280100: struct.pack("<H", 8),
        0x00280101: struct.pack("<H", 8),
        0x00280102: struct.pack("<H", 7),
        0x00280103: struct.pack("<H", 0),
        0x7FE00010: bytes(range(16)),
    }
    data = b"".join(_implicit(tag, elements[tag]) for tag in sorted(elements))
    return bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta)) + meta + data


def _explicit(tag: int, text: str) -> bytes:
    value = text.encode() + b"\0" * (len(text) % 2)
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, b"UI", len(value)) + value


def _implicit(tag: int, value: bytes) -> bytes:
    padded = value + b" " * (len(value) % 2)
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(padded)) + padded
