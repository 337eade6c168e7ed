"""Studies removed from a data folder: their files, what was kept apart, and all that the journal tells of them.

Files go first, then rows in one transaction with the receipt, then the bytes of the rows. A purge that was killed on the way is
finished by the next one: what has not gone yet is still told by the journal.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .. import platform
from ..errors import StoreError
from .catalogue import fill
from .database import in_words, reading
from .drafts import HOME, INCOMING, LOCK
from .facts import encode, stays_below
from .faults import as_store_error
from .folder import Store
from .log import has_living_logs
from .purge_files import CONFLICTS, conflict_names, remove_files, set_aside
from .purge_rows import PURGE, connected, delete, note, scour, unfinished
from .purge_scope import scope_of, studies_of
from .purged import OUT_OF_REACH, Purge
from .tree import Tree
from .whereabouts import journal_folder

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from .purge_scope import Scope
    from .tree import Directory

__all__ = ["purge"]


def purge(
    folder: Path,
    facts: Mapping[str, object],
    *,
    studies: Collection[str] = (),
    patients: Collection[str] = (),
    confirm: bool = False,
) -> Purge:
    """Remove studies from a data folder, or look what that would be.

    Parameters
    ----------
    folder : Path
        A data folder that has a journal.
    facts : Mapping
        What the receipt shall say: who, where, what for.
    studies : Collection of str
        Study Instance UIDs.
    patients : Collection of str
        Patient IDs: every study in which one of them was asked for or came.
    confirm : bool
        Do it.

    Raises
    ------
    StoreError
        A move into the folder is under way, or the folder or its journal cannot be written.
    """
    with Store(folder, private=not folder.stat().st_mode & 0o077) as store:
        fill(store.journal)
    try:
        place = journal_folder(folder)
        journal = place / "journal.sqlite"
        with in_words(journal), reading(journal), connected(journal) as db:
            work = _Work(folder, place, db)
            wanted = work.studies(studies, patients)
            return work.done(wanted, facts) if confirm else work.looked(wanted)
    except OSError as error:
        raise as_store_error(error, folder) from error


class _Work:
    """One purge, while the database is open."""

    def __init__(self, folder: Path, place: Path, db: sqlite3.Connection) -> None:
        self._folder, self._place, self._db = folder, place, db
        self._root = os.path.join(folder, "")  # noqa: PTH118 - the separator at its end is wanted
        self._tree = Tree(folder, 0o700)

    def studies(self, studies: Collection[str], patients: Collection[str]) -> tuple[str, ...]:
        """Study Instance UIDs, those of patients among them."""
        found = {study for patient in patients for study in studies_of(self._db, self._root, patient)}
        return tuple(sorted({*studies, *found}))

    def looked(self, studies: tuple[str, ...]) -> Purge:
        """Say what would be removed."""
        return self._found(studies, scope_of(self._db, self._root, studies))

    def done(self, studies: tuple[str, ...], facts: Mapping[str, object]) -> Purge:
        """Remove it, while no other process can begin to use the folder."""
        with self._alone():
            scope = scope_of(self._db, self._root, studies)
            found, open_ones = self._found(studies, scope), unfinished(self._db)
            if not found and not open_ones:
                return replace(found, confirmed=True)
            operation = self._begin(facts) if found else None
            removed, kept = remove_files(self._tree, self._files(scope))
            if operation is not None:
                delete(self._db, scope, operation, _receipt(found, scope, removed))
            self._clear()
            scour(self._db)
            for number in (*open_ones, *filter(None, (operation,))):
                note(self._db, number, [{"kind": "ended", "at": _now()}])
        told = tuple(f"{path}: {why}" for path, why in (kept | self._elsewhere(scope)).items())
        return replace(found, files=removed, confirmed=True, operation=operation, kept=told)

    def _found(self, studies: tuple[str, ...], scope: Scope) -> Purge:
        sizes = [size for path in self._files(scope) if (size := _size(self._folder.joinpath(*path.split("/")))) is not None]
        return Purge(
            folder=self._folder,
            studies=studies,
            instances=len(scope.instances),
            files=len(sizes),
            size_bytes=sum(sizes),
            rows=sum(map(len, scope.rows.values())),
            journals=len(set_aside(str(self._place))),
            kept=tuple(f"{path}: {why}" for path, why in self._elsewhere(scope).items()),
            out_of_reach=(*OUT_OF_REACH, *self._other_hosts()),
        )

    def _files(self, scope: Scope) -> dict[str, str]:
        """SOP Instance UID of each file below the folder, by relative path; of what is kept apart by name it is left open."""
        inside = {path[len(self._root) :]: uid for path, uid in scope.paths.items() if self._is_inside(path)}
        names = conflict_names(os.path.join(self._folder, *CONFLICTS), scope.instances, scope.studies)  # noqa: PTH118 - as the tree
        return {path.replace(os.sep, "/"): uid for path, uid in inside.items()} | dict.fromkeys(
            ("/".join((*CONFLICTS, name)) for name in names), ""
        )

    def _is_inside(self, path: str) -> bool:
        return path.startswith(self._root) and stays_below(path[len(self._root) :])

    def _elsewhere(self, scope: Scope) -> dict[str, str]:
        outside = [path for path in scope.paths if not self._is_inside(path)]
        return dict.fromkeys(outside, "the journal names it, and it is not in this folder; remove it by hand")

    def _other_hosts(self) -> list[str]:
        """Journals on network file systems: each host has one of its own."""
        pointers = sorted((self._folder / HOME).glob("journal-*.pointer"))
        hosts = [one.stem.removeprefix("journal-") for one in pointers if _text(one) != self._place.name]
        return [f"the journal that the host {host} keeps of this folder: purge there too" for host in hosts]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock that every process takes that begins to use the folder; refuse where one does already."""
        with self._tree.enter(INCOMING) as folder:
            descriptor = folder.open(LOCK, os.O_RDWR | os.O_CREAT)
            try:
                if not platform.wait_for_lock(descriptor) or self._is_used(folder) or has_living_logs(self._place):
                    raise StoreError(
                        f"data folder {self._folder}: a move into it is under way; wait until it has ended, or cancel it, and "
                        "purge again. Nothing was removed"
                    )
                yield
            finally:
                os.close(descriptor)

    def _begin(self, facts: Mapping[str, object]) -> int:
        from_now = (_now(), PURGE, encode(dict(facts)))
        number = self._db.execute("INSERT INTO operations (began_at, kind, facts) VALUES (?, ?, ?)", from_now).lastrowid
        assert number is not None
        return number

    def _clear(self) -> None:
        """Remove what dead processes left, which may tell of anything: drafts, claims, damaged journals."""
        with self._tree.enter(INCOMING) as folder:
            for name in folder.names():
                if name != LOCK:
                    folder.remove(name)
        for name in set_aside(str(self._place)):
            (self._place / name).unlink(missing_ok=True)

    def _is_used(self, folder: Directory) -> bool:
        """Whether a store, of this process or another, has the folder open; where no lock holds, whether one says so."""
        if has_living_logs(self._place):
            return True
        signs = [name for name in folder.names() if name.endswith(".alive")]
        return bool(signs) and (not platform.has_locks(self._root) or any(_is_held(folder, name) for name in signs))


def _is_held(folder: Directory, name: str) -> bool:
    try:
        descriptor = folder.open(name, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not platform.try_lock(descriptor)
    finally:
        os.close(descriptor)


def _receipt(found: Purge, scope: Scope, removed: int) -> list[dict[str, object]]:
    """Proof of what was removed that names nobody: SHA-256 of UIDs, and numbers."""
    studies: dict[str, object] = {"studies": sorted(map(_digest, found.studies))}
    counted = {"instances": found.instances, "files": removed, "size_bytes": found.size_bytes, "rows": found.rows}
    instances: list[dict[str, object]] = [{"instance": one} for one in sorted(map(_digest, scope.instances))]
    return [{**studies, **counted, "at": _now()}, *instances]


def _digest(uid: str) -> str:
    return hashlib.sha256(uid.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _size(path: Path) -> int | None:
    try:
        return path.lstat().st_size
    except OSError:
        return None


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii", errors="replace").strip()
