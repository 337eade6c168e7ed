"""The manifest of what a move brought: a SHA-256 for each SOP Instance, and one over them all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...store import examine, file_records, file_sha256, note_hash
from ...store.records import relative_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...store import Journal
    from ...store.records import Record

    Row = Mapping[str, object]

__all__ = ["Entry", "Manifest", "manifest_of"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its SOP Instance UID, path, size in bytes, and the SHA-256 of the whole file."""

    uid: str
    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a move brought, by hash.

    Attributes
    ----------
    entries : tuple of Entry
        Ordered by SOP Instance UID.
    left_out : tuple of (str, str)
        SOP Instance UID and reason, of files that are not there as they came and that nobody hashed in time.
    """

    entries: tuple[Entry, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        r"""The manifest itself: one line per file, ``<SHA-256>  <SOP Instance UID>``, in the order of the UIDs.

        Examples
        --------
        >>> Manifest((Entry("1.2", "a.dcm", 4, "00ff"),)).text
        '00ff  1.2\n'
        """
        return "".join(f"{one.sha256}  {one.uid}\n" for one in self.entries)

    @property
    def sha256(self) -> str:
        """SHA-256 of the text.

        Examples
        --------
        >>> Manifest(()).sha256[:8]
        'e3b0c442'
        """
        return hashlib.sha256(self.text.encode("ascii", "backslashreplace")).hexdigest()


def manifest_of(journal: Journal, folder: Path, ledger: Iterable[Row]) -> Manifest:
    """Make the manifest of the received instances of a ledger; files without a hash are read, and their hash is recorded.

    Parameters
    ----------
    journal : Journal
    folder : Path
        The data folder.
    ledger : iterable of Mapping
        Rows of `MoveResult.ledger`.

    Raises
    ------
    StoreError
        The journal cannot be read or written.
    """
    known, root = file_records(journal, str(folder)), str(folder / "_")[:-1]
    entries: list[Entry] = []
    left_out: list[tuple[str, str]] = []
    for row in ledger:
        if row["received"] and row["path"]:
            uid, path = str(row["SOPInstanceUID"]), str(row["path"])
            found = _entry(journal, path, uid, known.get(relative_name(path, root)))
            if isinstance(found, Entry):
                entries.append(found)
            else:
                left_out.append((uid, found))
    return Manifest(tuple(sorted(entries, key=lambda one: one.uid)), tuple(left_out))


def _entry(journal: Journal, path: str, uid: str, record: Record | None) -> Entry | str:
    """The file with its hash; or why it has none."""
    if record is None:
        return "the journal has no record of the file"
    if record.sha256 is not None:
        return Entry(uid, path, record.size_bytes, record.sha256)
    place = Path(path)
    try:
        problem = examine(place, record)
        sha256 = "" if problem else file_sha256(place)
    except FileNotFoundError:
        return "missing: it came, and is not there any more"
    except OSError as error:
        return error.strerror or type(error).__name__
    if problem:
        return ": ".join(problem)
    note_hash(journal, uid=uid, path=path, size_bytes=record.size_bytes, sha256=sha256)
    return Entry(uid, path, record.size_bytes, sha256)
