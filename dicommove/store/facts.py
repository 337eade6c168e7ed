"""Facts as text and back: lines of the log, rows of the database. Plain JSON; a moment is ``{"$utc": "..."}``.

What many rows share (patient, study, series) is parted from a row's own, so that 100,000 rows stay small and are read fast. It is
done before the log is written: the text of the shared part is made once for many lines, and folding a line decodes nothing.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "Line",
    "Parted",
    "decode",
    "decode_line",
    "encode",
    "encode_line",
    "files_of",
    "is_sound",
    "join",
    "part",
    "part_own",
    "path_of",
    "stays_below",
]

_END = b"\t."
_NO_PARTS = frozenset(("", ".", ".."))  # a part that is empty stands at the begin of an absolute path
_TEXTS = {str, type(None)}  # a damaged disk turns them into bytes

SHARED = frozenset(
    """request row asked_for status disposition quarantined note
    reason SOPClassUID TransferSyntaxUID PatientID PatientName AccessionNumber
    StudyInstanceUID StudyDate StudyTime StudyDescription SeriesInstanceUID SeriesNumber SeriesDescription Modality ImageType Rows
    Columns NumberOfFrames ImageOrientationPatient PixelSpacing SliceThickness FrameOfReferenceUID ConvolutionKernel""".split()  # noqa: SIM905 - one name a line is no better to read
)
"""Names whose values many rows of one operation have in common."""


class Parted(NamedTuple):
    """A row as the database has it; `shared` and `own` are texts."""

    uid: str | None
    path: str | None
    size_bytes: int | None
    shared: str
    own: str


class Line(NamedTuple):
    """A line of the log; ``clock`` is in microseconds of the monotonic clock, None in the log of an earlier version."""

    table: str
    operation: int
    row: Parted
    clock: int | None = None


def _plain(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return {"$utc": value.astimezone(UTC).isoformat()}
    raise TypeError(f"{type(value).__name__} is no plain value for a journal")


def _moment(found: dict[str, object]) -> object:
    return datetime.fromisoformat(str(found["$utc"])) if len(found) == 1 and "$utc" in found else found


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=_plain)
_DECODER = json.JSONDecoder(object_hook=_moment)
_PLAIN_DECODER = json.JSONDecoder()
_SCAN = _PLAIN_DECODER.scan_once  # type: ignore[attr-defined]  # the scanner itself, which typeshed does not know
_MOMENT = "$utc"  # quick to look for: rows without a moment are decoded without a call of ours for each of their objects


def encode(value: object) -> str:
    r"""Text of a plain value: ASCII, without line breaks, so that half of a pair from a hostile sender survives too.

    Raises
    ------
    TypeError
        It holds something that is no plain value.

    Examples
    --------
    >>> encode({"PatientName": "M\xfcller", "row": None})
    '{"PatientName":"M\\u00fcller","row":null}'
    """
    return _ENCODER.encode(value)


def decode(text: str) -> object:
    """Give the value of a text of `encode`; raises ValueError when it is none."""
    return (_DECODER if _MOMENT in text else _PLAIN_DECODER).decode(text)


def encode_line(table: str, operation: int, parted: Parted, clock: int) -> bytes:
    r"""Encode a row as a line of the log, without its end: fields between tabs, which neither JSON nor `part` lets into a field.

    Examples
    --------
    >>> encode_line("arrivals", 1, part({"SOPInstanceUID": "1.2", "size_bytes": 514, "Modality": "CT"}, "/data/"), 70)
    b'arrivals\t1\t1.2\t\t514\t{"Modality":"CT"}\t\t70\t.'
    """
    uid, path, size_bytes, shared, own = parted
    size = "" if size_bytes is None else size_bytes
    return f"{table}\t{operation}\t{uid or ''}\t{path or ''}\t{size}\t{shared}\t{own}\t{clock}\t.".encode("ascii")


def decode_line(line: bytes) -> Line | None:
    """Table, operation, row and clock of a line; None for what a full disk has torn, and for a path that leads elsewhere."""
    if not line.endswith(_END):
        return None
    try:
        table, operation, uid, path, size, shared, own, *clock, _ = line.decode("ascii").split("\t")
        if path:
            path_of(path)
        row = Parted(uid or None, path or None, int(size) if size else None, shared, own)
        return Line(table, int(operation), row, int(clock[0]) if clock else None)
    except ValueError:
        return None


def files_of(lines: Iterable[bytes]) -> Iterator[tuple[str, str, int]]:
    """UID, relative path and size in bytes of the arrivals among lines of a log."""
    for entry in map(decode_line, lines):
        if entry is not None and entry.table == "arrivals":
            uid, path, size_bytes = entry.row[:3]
            if uid is not None and path is not None and size_bytes is not None:
                yield uid, path_of(path), size_bytes


def part(facts: Mapping[str, object], root: str) -> Parted:
    """Part facts for the database.

    Parameters
    ----------
    facts : Mapping
    root : str
        The data folder with its separator; a path below it is kept without it, so that the folder may be moved.
    """
    own = dict(facts)
    shared = {name: own.pop(name) for name in facts if name in SHARED}
    return part_own(own, _ENCODER.encode(shared) if shared else "", root)


def part_own(own: dict[str, object], shared: str, root: str) -> Parted:
    """Part a row's own facts, which are used up; the text of the shared ones is there already."""
    uid, path, size = own.get("SOPInstanceUID"), own.get("path"), own.get("size_bytes")
    columns = (
        own.pop("SOPInstanceUID") if _is_plain(uid) else None,
        path_field(str(own.pop("path"))[len(root) :]) if isinstance(path, str) and _is_below(path, root) else None,
        own.pop("size_bytes") if type(size) is int and 0 <= size < 1 << 62 else None,
    )
    return Parted(*columns, shared, _ENCODER.encode(own) if own else "")  # type: ignore[arg-type]  # checked above


def path_field(path: str) -> str:
    r"""Text of a relative path that can stand in a field: as it is, or, in other scripts than ours, as JSON with its quotes.

    Examples
    --------
    >>> path_field("study/1.dcm"), path_field("M\xfcller/1.dcm")
    ('study/1.dcm', '"M\\u00fcller/1.dcm"')
    """
    return path if _is_plain(path) and not path.startswith('"') else encode(path)


def path_of(field: str) -> str:
    """Give the relative path again that `path_field` was given.

    Raises
    ------
    ValueError
        A damaged disk has left something else of it, or somebody has written one that leads out of the folder.
    """
    path = str(decode(field)) if field.startswith('"') else field
    if not stays_below(path):
        raise ValueError("no path below the folder")
    return path


def stays_below(path: str) -> bool:
    """Tell whether a relative path leads to something below its folder, whoever wrote it.

    Examples
    --------
    >>> stays_below("study/1.dcm"), stays_below("study/../../1.dcm"), stays_below("/etc/passwd")
    (True, False, False)
    """
    parts = path.replace(os.sep, "/").split("/")
    return "\0" not in path and _NO_PARTS.isdisjoint(parts) and not os.path.splitdrive(path)[0]


def _is_below(path: str, root: str) -> bool:
    return path.startswith(root) and len(path) > len(root) and (".." not in path or stays_below(path[len(root) :]))


def _is_plain(value: object) -> bool:
    """Tell whether a text can stand in a field of a line as it is."""
    return isinstance(value, str) and value != "" and value.isascii() and value.isprintable()


def join(row: tuple[str | None, str | None, int | None, str], shared: Mapping[str, object], root: str) -> dict[str, object]:
    """Put a row together again: the facts that `part` was given.

    Examples
    --------
    >>> parted = part({"SOPInstanceUID": "1.2", "path": "/data/a.dcm", "Modality": "CT", "seconds": 0.5}, "/data/")
    >>> join((*parted[:3], parted.own), {"Modality": "CT"}, "/data/")
    {'Modality': 'CT', 'SOPInstanceUID': '1.2', 'path': '/data/a.dcm', 'seconds': 0.5}
    """
    uid, path, size_bytes, own = row
    if {type(uid), type(path), type(own)} - _TEXTS:
        raise ValueError("no row that was written here")
    facts = dict(shared)
    if uid is not None:
        facts["SOPInstanceUID"] = uid
    if path is not None:
        facts["path"] = root + path_of(path)
    if size_bytes is not None:
        facts["size_bytes"] = size_bytes
    if own:
        facts |= _rest(own)
    return facts


def _rest(own: str) -> dict[str, object]:
    """Own facts of a row, which `part` wrote; read without a look for blanks, which it never writes."""
    rest: dict[str, object] = _SCAN(own, 0)[0] if _MOMENT not in own else _DECODER.decode(own)
    return rest


_NUMBERS = frozenset(("id", "operation", "size_bytes", "shared", "filled", "clock", "folded"))
_FACTS = frozenset(("facts", "own"))


def is_sound(column: str, value: object) -> bool:
    """Tell whether a column of the database holds something that is written there; a damaged disk leaves other things.

    Examples
    --------
    >>> is_sound("own", '{"seconds":0.5}'), is_sound("own", '{"sec'), is_sound("path", b"study/1.dcm")
    (True, False, False)
    """
    if value is None or column in _NUMBERS:
        return value is None or type(value) is int
    if not (isinstance(value, str) and value.isascii() and value.isprintable()):
        return False
    try:
        if column == "began_at":
            datetime.fromisoformat(value)
        if column == "path":
            path_of(value)
        return column not in _FACTS or value == "" or isinstance(decode(value), dict)
    except ValueError:
        return False
