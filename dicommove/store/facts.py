"""Facts as text and back: lines of the log, rows of the database. Plain JSON; a moment is ``{"$utc": "..."}``.

What many rows share (patient, study, series) is parted from a row's own, so that 100,000 rows stay small and are read fast.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Parted", "decode", "decode_line", "encode", "encode_line", "join", "part"]

SHARED = frozenset(
    """request row asked_for status disposition reason SOPClassUID TransferSyntaxUID PatientID PatientName AccessionNumber
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


def _plain(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return {"$utc": value.astimezone(UTC).isoformat()}
    raise TypeError(f"{type(value).__name__} is no plain value for a journal")


def _moment(found: dict[str, object]) -> object:
    return datetime.fromisoformat(str(found["$utc"])) if len(found) == 1 and "$utc" in found else found


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=_plain)
_DECODER = json.JSONDecoder(object_hook=_moment)


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
    return _DECODER.decode(text)


def encode_line(table: str, operation: int, facts: Mapping[str, object]) -> bytes:
    """Encode a fact as a line of the log, without its end; raises TypeError as `encode`."""
    return _ENCODER.encode((table, operation, facts)).encode("ascii")


def decode_line(line: bytes) -> tuple[str, int, dict[str, object]] | None:
    """Table, operation and facts of a line; None for what a full disk has torn."""
    try:
        found = decode(line.decode("ascii"))
    except ValueError:
        return None
    return (str(found[0]), int(found[1]), found[2]) if isinstance(found, list) and len(found) == 3 else None


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
    uid, path, size = own.get("SOPInstanceUID"), own.get("path"), own.get("size_bytes")
    columns = (
        own.pop("SOPInstanceUID") if _is_ascii(uid) else None,
        str(own.pop("path"))[len(root) :] if isinstance(path, str) and path.startswith(root) and path.isascii() else None,
        own.pop("size_bytes") if type(size) is int and 0 <= size < 1 << 62 else None,
    )
    return Parted(*columns, encode(shared) if shared else "", encode(own) if own else "")  # type: ignore[arg-type]  # checked above


def _is_ascii(value: object) -> bool:
    return isinstance(value, str) and value.isascii()


def join(row: tuple[str | None, str | None, int | None, str], shared: Mapping[str, object], root: str) -> dict[str, object]:
    """Put a row together again: the facts that `part` was given.

    Examples
    --------
    >>> parted = part({"SOPInstanceUID": "1.2", "path": "/data/a.dcm", "Modality": "CT", "note": ""}, "/data/")
    >>> join((*parted[:3], parted.own), {"Modality": "CT"}, "/data/")
    {'Modality': 'CT', 'SOPInstanceUID': '1.2', 'path': '/data/a.dcm', 'note': ''}
    """
    uid, path, size_bytes, own = row
    facts = dict(shared)
    if uid is not None:
        facts["SOPInstanceUID"] = uid
    if path is not None:
        facts["path"] = root + path
    if size_bytes is not None:
        facts["size_bytes"] = size_bytes
    if own:
        facts.update(decode(own))  # type: ignore[call-overload]  # what `part` wrote is a dict
    return facts
