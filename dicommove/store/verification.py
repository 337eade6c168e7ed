"""Files against the journal: what is missing, cut off, changed or foreign in a data folder; nothing is changed.

Proof of a file's bytes is a hash that was recorded before. Without one there is its size, its File Meta Information, and the time
of its last change, which tells of what happened later than its arrival.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from .hashing import file_sha256, note_hash, open_file
from .part10 import FileMeta, read_file_meta
from .records import Record, file_records
from .walking import regular_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from .journal import Journal

__all__ = ["PROBLEMS", "Finding", "Hashes", "Verification", "examine", "finding_rows", "verify"]

Hashes = Literal["check", "record", "skip"]
PROBLEMS = ("missing", "truncated", "changed", "touched", "unreadable", "foreign")

_COARSE_S = 2.0
"""Seconds by which the time of a file may be later than that of its arrival: some file systems round to two."""
_ADOPTED = "it was found in the folder: no move brought it, and no scan has taken it in"
_FOREIGN = "no move brought it, and no scan has taken it in"


class Finding(NamedTuple):
    """One file that is not what the journal says; path absolute, sizes in bytes, None where there is none."""

    path: str
    uid: str | None
    problem: str
    reason: str
    size_bytes: int | None = None
    recorded_bytes: int | None = None


class _Look(NamedTuple):
    """What a file is now."""

    size_bytes: int
    mtime_s: float
    meta: FileMeta | None


@dataclass
class Verification:
    """What was found, and how much was looked at.

    Attributes
    ----------
    findings : list of Finding
    checked : int
        Files that the journal knows.
    proven : int
        Those of them whose bytes were compared by a hash.
    """

    findings: list[Finding] = field(default_factory=list)
    checked: int = 0
    proven: int = 0


def verify(folder: Path, journal: Journal, *, hashes: Hashes = "check") -> Verification:
    """Compare the files of a data folder with its journal.

    Parameters
    ----------
    folder : Path
        The data folder.
    journal : Journal
    hashes : {"check", "record", "skip"}
        Read the files whose hash is recorded; read the others too, and record theirs; read none.

    Raises
    ------
    OSError, StoreError
        The folder or the journal cannot be read.
    """
    there = set(regular_files(str(folder)))  # before the journal is read: what arrives meanwhile is then known to it
    known = file_records(journal, str(folder))
    arriving = {path.replace(os.sep, "/") for _, path, _ in journal.files()}
    done = Verification()
    for name, record in known.items():
        done.checked += 1
        _note(done, _Case(folder.joinpath(*name.split("/")), record, hashes), journal)
    for name in sorted(there - known.keys() - arriving):
        done.findings.append(_foreign(folder.joinpath(*name.split("/"))))
    return done


def examine(path: Path, record: Record) -> tuple[str, str] | None:
    """Say what is wrong with one file, without reading more than its first bytes: problem and reason; None when nothing is.

    Raises
    ------
    OSError
        It is not there, or cannot be read.
    """
    look, problem = _looked(path, record)
    return problem or _by_time(look, record)


class _Case(NamedTuple):
    path: Path
    record: Record
    hashes: Hashes


def _note(done: Verification, case: _Case, journal: Journal) -> None:
    """Look at one file."""
    path, record, _ = case
    try:
        problem = _problem(done, case, journal)
    except FileNotFoundError:
        problem = ("missing", "it came, and is not there any more")
    except OSError as error:
        problem = ("unreadable", error.strerror or type(error).__name__)
    if problem is not None:
        done.findings.append(Finding(str(path), record.uid, *problem, _size(path), record.size_bytes))


def _problem(done: Verification, case: _Case, journal: Journal) -> tuple[str, str] | None:
    look, problem = _looked(case.path, case.record)
    return problem or _by_bytes(done, case, look, journal) or _by_origin(case.record)


def _looked(path: Path, record: Record) -> tuple[_Look, tuple[str, str] | None]:
    """What a file is now, and what size and File Meta Information say; no link is followed."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return _Look(0, 0.0, None), ("changed", "something else than a file has its name")
    look = _look(path)
    return look, _by_size(look, record)


def _by_bytes(done: Verification, case: _Case, look: _Look, journal: Journal) -> tuple[str, str] | None:
    """What the hash says, where there is one; a file whose time speaks against it gets none."""
    path, record, hashes = case
    if record.sha256 is not None and hashes != "skip":
        done.proven += 1
        return None if file_sha256(path) == record.sha256 else ("changed", "its bytes are others: SHA-256")
    problem = _by_time(look, record)
    if problem is None and hashes == "record":
        note_hash(journal, uid=record.uid, path=str(path), size_bytes=look.size_bytes, sha256=file_sha256(path))
    return problem


def _by_size(look: _Look, record: Record) -> tuple[str, str] | None:
    """What size and File Meta Information say."""
    if look.size_bytes < record.size_bytes:
        return "truncated", f"{record.size_bytes - look.size_bytes} bytes of {record.size_bytes} are lacking"
    if look.size_bytes > record.size_bytes:
        return "changed", f"it has {look.size_bytes - record.size_bytes} bytes more than it had"
    if look.meta is None:
        return "changed", "it is no DICOM file any more"
    if look.meta.sop_instance_uid != record.uid:
        return "changed", "it holds another SOP Instance now"
    return None


def _by_time(look: _Look, record: Record) -> tuple[str, str] | None:
    """What the time of the last change says, where there is no hash; a copy of the folder without its times is told as well."""
    if record.written_s is None or look.mtime_s <= record.written_s + _COARSE_S:
        return None
    return "touched", "it was written to after it came, and its bytes were compared with no hash"


def _by_origin(record: Record) -> tuple[str, str] | None:
    return ("foreign", _ADOPTED) if record.adopted else None


def _foreign(path: Path) -> Finding:
    try:
        look = _look(path)
    except OSError:
        return Finding(str(path), None, "foreign", f"{_FOREIGN}; it cannot be read", _size(path))
    uid = None if look.meta is None else look.meta.sop_instance_uid or None
    what = "" if uid else "; it is no DICOM file, or has no SOP Instance UID"
    return Finding(str(path), uid, "foreign", _FOREIGN + what, look.size_bytes)


def _look(path: Path) -> _Look:
    descriptor = open_file(path)
    try:
        status = os.fstat(descriptor)
        return _Look(status.st_size, status.st_mtime, read_file_meta(descriptor))
    finally:
        os.close(descriptor)


def _size(path: Path) -> int | None:
    try:
        return path.lstat().st_size
    except OSError:
        return None


def finding_rows(findings: Iterable[Finding]) -> Iterator[dict[str, object]]:
    """Rows for a table."""
    names = ("path", "SOPInstanceUID", "problem", "reason", "size_bytes", "recorded_size_bytes")
    return (dict(zip(names, one, strict=True)) for one in findings)
