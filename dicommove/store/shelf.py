"""Which instance gets which name: what was seen before is recognised here, and nothing is ever replaced."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, NamedTuple

from .. import platform
from ..errors import StoreError
from .comparison import Candidate, compare, data_digest
from .drafts import HOME
from .naming import digest, with_suffix

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .holdings import Holdings
    from .tree import Directory, Tree

__all__ = ["Candidate", "Disposition", "Settled", "Shelf"]

Disposition = Literal["new", "duplicate", "conflict"]

_CONFLICTS = (HOME, "conflicts")
_MOST_NAMES = 9
_MOST_BESIDE = 1000


class Settled(NamedTuple):
    """Where it is now: the relative path of the file that holds its bytes, separated by ``/``; and what is odd about it."""

    path: str
    size_bytes: int
    disposition: Disposition
    note: str = ""


class Shelf:
    """Publishes drafts in one tree; two shelves on one folder, in one process or two, do each other no harm.

    Parameters
    ----------
    tree : Tree
    held : Holdings
        What this process knows of the tree; kept up to date.
    beside : bool
        Other bytes of an instance that is there are kept beside it (``name~2``), not apart in ``.dicommove/conflicts``.
    durable : bool
        Names and bytes last a power cut.
    remote : bool
        The disk is another machine's: that it is full is told when bytes are synchronised, which is done before they get a name.
    """

    def __init__(self, tree: Tree, held: Holdings, *, beside: bool, durable: bool, remote: bool = False) -> None:
        self._tree = tree
        self._held = held
        self._index = held.index
        self._beside = beside
        self._durable = durable
        self._syncs = durable or remote

    def settle(self, candidate: Candidate, place: Sequence[str]) -> Settled:
        """Publish a candidate, or find that it is there; its draft is left to be discarded.

        Parameters
        ----------
        candidate : Candidate
        place : sequence of str
            Folders and file name that the layout gives it.

        Raises
        ------
        StoreError, OSError
            Something that is no instance stands in the way, or the disk does not take it.
        """
        uid = candidate.sop_instance_uid
        with self._held.lock_of(uid):
            if self._syncs:
                candidate.draft.sync()
            claims = self._held.claims
            return self._beside_earlier(candidate) or self._publish(candidate, claims.place_for(uid, place) if claims else place)

    def _beside_earlier(self, candidate: Candidate) -> Settled | None:
        """Settle by the index; None when it knows nothing, or what it knew is gone."""
        known = self._index.find(candidate.sop_instance_uid)
        if known is None:
            return None
        *folders, name = known[0].split("/")
        try:
            with self._tree.enter(folders, make=False) as folder:
                found = self._compare(candidate, folder, folders, name, known[1])
        except FileNotFoundError:
            found = None
        if found is None:
            self._index.forget(candidate.sop_instance_uid)
        return found

    def _publish(self, candidate: Candidate, place: Sequence[str]) -> Settled:
        *folders, name = place
        try:
            return self._publish_in(self._tree.visit(folders), folders, name, candidate)
        except FileNotFoundError:  # somebody has removed the folder that was kept open
            self._tree.leave()
            return self._publish_in(self._tree.visit(folders), folders, name, candidate)

    def _publish_in(self, folder: Directory, folders: Sequence[str], name: str, candidate: Candidate) -> Settled:
        for attempt in _names(name, candidate.sop_instance_uid):
            settled = self._try(candidate, folder, folders, attempt)
            if settled is not None:
                self._index.add(candidate.sop_instance_uid, "/".join((*folders, attempt)), settled.size_bytes)
                return self._kept_apart(candidate, folder, folders, attempt) if settled.disposition == "conflict" else settled
        raise StoreError("all names for this instance are taken by other files; give another layout or folder")

    def _try(self, candidate: Candidate, folder: Directory, folders: Sequence[str], name: str) -> Settled | None:
        """Publish under a name; None when another instance has it."""
        try:
            candidate.draft.publish(folder, name)
        except FileExistsError:
            return self._look(candidate, folder, folders, name)
        self._make_last(folder, folders)
        return Settled("/".join((*folders, name)), candidate.size_bytes, "new")

    def _compare(
        self, candidate: Candidate, folder: Directory, folders: Sequence[str], name: str, known_bytes: int
    ) -> Settled | None:
        """As `_look`, and other bytes are kept apart at once."""
        found = self._look(candidate, folder, folders, name, known_bytes)
        if found is None:
            return None
        if found.disposition == "conflict":
            return self._kept_apart(candidate, folder, folders, name)
        self._index.add(candidate.sop_instance_uid, found.path, found.size_bytes)  # whose size may be another now
        return found

    def _look(
        self, candidate: Candidate, folder: Directory, folders: Sequence[str], name: str, known_bytes: int | None = None
    ) -> Settled | None:
        """Settle by the file that has a name: duplicate, conflict, new in place of a damaged one; None when it is another's."""
        descriptor = folder.open(name)
        try:
            likeness, size_bytes = compare(candidate, descriptor, known_bytes)
            if self._durable and likeness == "duplicate":
                os.fsync(descriptor)  # who put it there may have been told to leave that to the system
        finally:
            platform.close(descriptor)
        if likeness == "damaged" and not self._beside:
            return self._heal(candidate, folder, folders, name)
        if likeness in ("duplicate", "conflict"):
            self._make_last(folder, folders)
            return Settled("/".join((*folders, name)), size_bytes, likeness)
        return None

    def _heal(self, candidate: Candidate, folder: Directory, folders: Sequence[str], name: str) -> Settled | None:
        """Set a damaged file aside and publish under its name."""
        with self._tree.enter(_CONFLICTS) as conflicts:
            own = _free_name(conflicts, f"{digest(candidate.sop_instance_uid)}.torn")
            os.rename(folder.at(name), conflicts.at(own), src_dir_fd=folder.descriptor, dst_dir_fd=conflicts.descriptor)
        settled = self._try(candidate, folder, folders, name)
        if settled is None or settled.disposition != "new":
            return settled  # another process was faster
        return settled._replace(note=f"a damaged file was replaced; it lies in {'/'.join((*_CONFLICTS, own))}")

    def _kept_apart(self, candidate: Candidate, folder: Directory, folders: Sequence[str], name: str) -> Settled:
        """Keep other bytes of an instance that is there; the same other bytes are kept once."""
        if self._beside:
            for number in range(2, _MOST_BESIDE):
                settled = self._try(candidate, folder, folders, with_suffix(name, f"~{number}"))
                if settled is not None and settled.disposition != "conflict":
                    return Settled(settled.path, settled.size_bytes, "conflict")
            raise StoreError("a thousand different files claim to be one instance; give another folder")
        own = f"{digest(candidate.sop_instance_uid)}-{data_digest(candidate)}.dcm"
        with self._tree.enter(_CONFLICTS) as conflicts:
            for attempt in (own, *(with_suffix(own, f"~{number}") for number in range(2, _MOST_NAMES + 1))):
                size_bytes = self._apart(candidate, conflicts, attempt)
                if size_bytes is not None:
                    return Settled("/".join((*_CONFLICTS, attempt)), size_bytes, "conflict")
        raise StoreError("all names for other bytes of this instance are taken by damaged files; look after the disk")

    def _apart(self, candidate: Candidate, conflicts: Directory, name: str) -> int | None:
        """Publish under a name among the conflicts and return the size there in bytes; None when other bytes have the name."""
        size_bytes = candidate.size_bytes
        try:
            candidate.draft.publish(conflicts, name)
        except FileExistsError:
            descriptor = conflicts.open(name)
            try:  # the name says what was put there, not what a power cut or a user has left of it
                likeness, size_bytes = compare(candidate, descriptor, None)
                if likeness != "duplicate":
                    return None
                if self._durable:
                    os.fsync(descriptor)
            finally:
                platform.close(descriptor)
        self._make_last(conflicts, _CONFLICTS)
        return size_bytes

    def _make_last(self, folder: Directory, folders: Sequence[str]) -> None:
        """Make the names in a folder last a power cut, and those of new folders above it once each time that it is entered."""
        if not self._durable:
            return
        folder.sync()
        for depth in range(0 if folder.lasting else len(folders)):
            with self._tree.enter(folders[:depth], make=False) as above:
                above.sync()
        folder.lasting = True


def _names(name: str, uid: str) -> Iterator[str]:
    """Yield the name itself, then with the instance's digest: a template may give two instances one name."""
    yield name
    instance = digest(uid)
    yield with_suffix(name, f"~{instance}")
    for number in range(2, _MOST_NAMES + 1):
        yield with_suffix(name, f"~{instance}~{number}")


def _free_name(folder: Directory, name: str) -> str:
    """Give the name, or the first with a number, that nothing has."""
    names = (name, *(with_suffix(name, f"~{number}") for number in range(2, 1000)))
    for free in names:
        if folder.status(free) is None:
            return free
    raise StoreError("a thousand damaged files of one instance were set aside; look after the disk")
