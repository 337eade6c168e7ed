"""Conflicts: two files of one SOP Instance UID laid side by side, and what differs between them; rows in, rows out."""

from __future__ import annotations

import zlib
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydicom import Dataset, dcmread
from pydicom.datadict import dictionary_has_tag, keyword_for_tag
from pydicom.dataelem import RawDataElement
from pydicom.filereader import read_file_meta_info
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID

from ...terms import DEFLATED_TRANSFER_SYNTAXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydicom.dataset import FileDataset

    Row = Mapping[str, Any]

__all__ = ["compare_files", "conflict_rows", "kept_files"]

_PIXELS = frozenset(map(Tag, (0x7FE00008, 0x7FE00009, 0x7FE00010)))
"""Float Pixel Data, Double Float Pixel Data, Pixel Data (PS3.3 C.7.6.24, C.7.6.25, C.7.6.3)."""

_PIECE = 1 << 20
_LARGEST_INFLATED = 1 << 28
"""Bytes of a deflated data set that are inflated to compare it: none of the pictures that are sent deflated has 256 MB."""


def conflict_rows(arrivals: Iterable[Row], kept: Mapping[str, tuple[str, int]]) -> Iterator[dict[str, object]]:
    """Yield one row per arrival whose bytes differ from those that are in the folder under its UID.

    Parameters
    ----------
    arrivals : iterable of Mapping
        Rows of the journal.
    kept : Mapping
        By SOP Instance UID, path and size in bytes of the file in the user's tree.
    """
    for row in arrivals:
        if row.get("disposition") == "conflict":
            path, size_bytes = kept.get(row["SOPInstanceUID"], (None, None))
            yield {
                **{name: row.get(name) for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")},
                **{name: row.get(name) for name in ("request", "received_at")},
                "path": path,
                "size_bytes": size_bytes,
                "other_path": row.get("path"),
                "other_size_bytes": row.get("size_bytes"),
                **compare_files(path, row.get("path")),
            }


def compare_files(path: str | None, other: str | None) -> dict[str, object]:
    """Say what differs between two files of one instance; what cannot be read is said in ``reason``.

    Parameters
    ----------
    path, other : str or None
        None when it is not known where the file is.

    Returns
    -------
    dict
        ``TransferSyntaxUID`` and ``other_transfer_syntax_uid``; ``differs``, the keywords that differ, joined by a backslash;
        ``pixel_data_same``, None where there is none or its two encodings cannot be compared without decoding.

    Examples
    --------
    >>> compare_files(None, None)["reason"]
    'the file that was kept first is not known'
    """
    if path is None or other is None:
        return {"reason": "the file that was kept first is not known"}
    try:
        return _compared(_read(path), _read(other))
    except Exception as error:  # noqa: BLE001 - hostile bytes make pydicom raise nearly anything, and one file must not hide the table
        return {"reason": f"a file cannot be read: {type(error).__name__}"}


def _read(path: str) -> FileDataset:
    meta = read_file_meta_info(path)
    if meta.get("TransferSyntaxUID") in DEFLATED_TRANSFER_SYNTAXES:
        _check_inflated(path, 144 + meta.FileMetaInformationGroupLength)
    return dcmread(path)


def _check_inflated(path: str, start: int) -> None:
    """Raise `OverflowError` for a deflated data set that is too large to lay beside another: a megabyte may hold gigabytes."""
    stream, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    with Path(path).open("rb") as file:
        file.seek(start)
        while not stream.eof and (data := stream.unconsumed_tail or file.read(_PIECE)):
            size += len(stream.decompress(data, _PIECE))
            if size > _LARGEST_INFLATED:
                raise OverflowError("a deflated data set that is too large to be compared")


def _compared(one: FileDataset, two: FileDataset) -> dict[str, object]:
    syntaxes = _syntax(one), _syntax(two)
    words = [_name(tag) for tag in sorted({*one.keys(), *two.keys()}) if tag not in _PIXELS and not _same(one, two, tag)]
    return {
        "TransferSyntaxUID": syntaxes[0],
        "other_transfer_syntax_uid": syntaxes[1],
        "differs": "\\".join([*(["TransferSyntaxUID"] if syntaxes[0] != syntaxes[1] else []), *words]),
        "pixel_data_same": _same_pixels(one, two),
    }


def _syntax(data_set: FileDataset) -> str:
    return str(data_set.file_meta.get("TransferSyntaxUID", ""))


def _name(tag: BaseTag) -> str:
    """Keyword of an element; group and element of one that the Standard does not name."""
    return keyword_for_tag(tag) if dictionary_has_tag(tag) else str(tag)


def _same(one: Dataset, two: Dataset, tag: BaseTag) -> bool:
    """Whether an element has the same value in both; bytes are compared where they can be, for values may not fit their VR."""
    if tag not in one or tag not in two:
        return False
    a, b = one.get_item(tag), two.get_item(tag)
    if isinstance(a, RawDataElement) and isinstance(b, RawDataElement) and _comparable(a, b):
        return (a.value or b"").rstrip(b"\0 ") == (b.value or b"").rstrip(b"\0 ")
    values = one[tag].value, two[tag].value
    return _same_items(*values) if all(isinstance(value, Sequence) for value in values) else bool(values[0] == values[1])


def _comparable(a: RawDataElement, b: RawDataElement) -> bool:
    """Whether the same value has the same bytes in both encodings."""
    return a.is_little_endian == b.is_little_endian and "SQ" not in (a.VR, b.VR)


def _same_items(one: Sequence, two: Sequence) -> bool:
    """Items of a sequence, element by element: their lengths may be encoded in two ways (PS3.5 7.5)."""
    return all(
        a is not None and b is not None and a.keys() == b.keys() and all(_same(a, b, tag) for tag in a.keys())  # noqa: SIM118 - iterating a data set converts its values
        for a, b in zip_longest(one, two)
    )


def _same_pixels(one: FileDataset, two: FileDataset) -> bool | None:
    tags = _PIXELS & {*one.keys(), *two.keys()}
    if not tags:
        return None
    if any(tag not in one or tag not in two for tag in tags):
        return False
    syntaxes = UID(_syntax(one)), UID(_syntax(two))
    if syntaxes[0] != syntaxes[1] and any(uid.is_compressed or not uid.is_little_endian for uid in syntaxes):
        return None
    return all(one[tag].value == two[tag].value for tag in tags)


def kept_files(files: Iterable[tuple[str, str, int]], folder: Path, wanted: Iterable[str]) -> dict[str, tuple[str, int]]:
    """By UID, absolute path and size in bytes of the wanted files in the tree, the first of each."""
    uids = set(wanted)
    found: dict[str, tuple[str, int]] = {}
    for uid, path, size_bytes in files:
        if uid in uids:
            found.setdefault(uid, (str(folder / path), size_bytes))
    return found
