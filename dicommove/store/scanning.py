"""Folders that other tools filled: their DICOM files are taken into a journal, and so into the catalogue."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..errors import StoreError
from ..terms import uid_problem
from .catalogue import fill, instance_rows
from .faults import as_store_error
from .hashing import open_file
from .part10 import read_file_meta
from .records import file_records
from .sqlite_journal import SqliteJournal
from .walking import regular_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .journal import Journal

__all__ = ["FOUND", "SCAN", "found_rows", "scan"]

SCAN = "scan"
"""Kind of the operation that took files in."""
FOUND = "found"
"""Disposition of a file that a scan took in: nobody saw it arrive."""


def scan(folder: Path, *, private: bool = True, **facts: object) -> int:
    """Take the DICOM files of a folder into its journal, those that it lacks; the files stay as they are.

    Each file is read up to Pixel Spacing (0028,0030) and no further; of other files the first bytes.

    Parameters
    ----------
    folder : Path
        It gets a journal when it has none.
    private : bool
        The journal is readable by its user only.
    **facts
        What the journal shall say of the scan: who, where.

    Returns
    -------
    int
        How many files were taken in.

    Raises
    ------
    StoreError
        The folder is not there, or the journal cannot be written.
    """
    _check(folder)
    with closing(SqliteJournal(folder, private=private)) as journal:
        known = {hash(name) for name, record in file_records(journal, str(folder)).items() if not record.adopted}
        operation, taken = 0, 0
        for row in _files(folder, known):
            operation = operation or journal.begin(SCAN, **facts)
            journal.append("arrivals", operation, row)
            taken += 1
        _fill(journal, operation)
    return taken


def found_rows(folder: Path) -> Iterator[dict[str, object]]:
    """Yield the row of each DICOM file of a folder, as of `instance_rows`; nothing is written.

    Raises
    ------
    StoreError
        The folder cannot be read.
    """
    _check(folder)
    return instance_rows(_files(folder, set()))


def _fill(journal: Journal, operation: int) -> None:
    if operation:
        fill(journal, operation)


def _check(folder: Path) -> None:
    if not folder.is_dir():
        raise StoreError(f"there is no folder {folder}: give one that holds DICOM files")


def _files(folder: Path, known: set[int]) -> Iterator[dict[str, object]]:
    """What is known of each DICOM file by its first bytes, unless the hash of its name is among the known."""
    try:
        for name in regular_files(str(folder)):
            if hash(name) not in known and (row := _row(folder.joinpath(*name.split("/")))) is not None:
                yield row
    except OSError as error:
        raise as_store_error(error, folder) from error


def _row(path: Path) -> dict[str, object] | None:
    """None for what is no DICOM file, has no SOP Instance UID, or cannot be read."""
    with suppress(OSError):
        descriptor = open_file(path)
        try:
            meta, status = read_file_meta(descriptor), os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if meta is not None and not uid_problem(meta.sop_instance_uid):
            return {
                "SOPInstanceUID": meta.sop_instance_uid,
                "SOPClassUID": meta.sop_class_uid,
                "TransferSyntaxUID": meta.transfer_syntax_uid,
                "path": str(path),
                "size_bytes": status.st_size,
                "received_at": None,
                "modified_at": datetime.fromtimestamp(status.st_mtime, UTC),
                "disposition": FOUND,
            }
    return None
