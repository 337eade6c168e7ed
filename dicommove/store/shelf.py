"""Which instance gets which name: what was seen before is recognised here, and nothing is ever replaced."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..errors import StoreError
from .drafts import HOME, Draft
from .naming import digest, with_suffix
from .part10 import read_file_meta

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .index import Index
    from .tree import Directory, Tree

__all__ = ["Candidate", "Disposition", "Settled", "Shelf"]

Disposition = Literal["new", "duplicate", "conflict"]

_CONFLICTS = (HOME, "conflicts")
_PIECE = 1 << 20
_MOST_NAMES = 9
_STRIPES = 64


class Candidate(NamedTuple):
    """A whole file that waits for its name; sizes and offsets in bytes."""

    draft: Draft
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_start: int
    size_bytes: int


class Settled(NamedTuple):
    """Where it is now: the relative path of the file that holds its bytes, separated by ``/``."""

    path: str
    size_bytes: int
    disposition: Disposition


class Shelf:
    """Publishes drafts in one tree; two shelves on one folder, in one process or two, do each other no harm.

    Parameters
    ----------
    tree : Tree
    index : Index
        Of what the tree holds; kept up to date.
    beside : bool
        Other bytes of an instance that is there are kept beside it (``name~2``), not apart in ``.dicommove/conflicts``.
    durable : bool
        Names and bytes last a power cut.
    """

    def __init__(self, tree: Tree, index: Index, *, beside: bool, durable: bool) -> None:
        self._tree = tree
        self._index = index
        self._beside = beside
        self._durable = durable
        # Two deliveries of one instance wait for each other; of two instances hardly ever.
        self._locks = tuple(threading.Lock() for _ in range(_STRIPES))

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
        with self._locks[hash(candidate.sop_instance_uid) % _STRIPES]:
            if self._durable:
                candidate.draft.sync()
            return self._beside_earlier(candidate) or self._publish(candidate, place)

    def _beside_earlier(self, candidate: Candidate) -> Settled | None:
        """Settle by the index; None when it knows nothing, or what it knew is gone."""
        known = self._index.find(candidate.sop_instance_uid)
        if known is None:
            return None
        *folders, name = known[0].split("/")
        try:
            with self._tree.enter(folders, make=False) as folder:
                found = self._compare(candidate, folder, folders, name)
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
        if self._durable:
            folder.sync()
            self._sync_above(folder, folders)
        return Settled("/".join((*folders, name)), candidate.size_bytes, "new")

    def _compare(self, candidate: Candidate, folder: Directory, folders: Sequence[str], name: str) -> Settled | None:
        """As `_look`, and other bytes are kept apart at once."""
        found = self._look(candidate, folder, folders, name)
        if found is not None and found.disposition == "conflict":
            return self._kept_apart(candidate, folder, folders, name)
        return found

    def _look(self, candidate: Candidate, folder: Directory, folders: Sequence[str], name: str) -> Settled | None:
        """Compare with the file that has a name: a duplicate, a conflict, or None when it is no file of this instance."""
        descriptor = folder.open(name)
        try:
            meta = read_file_meta(descriptor)
            if meta is None or meta.sop_instance_uid != candidate.sop_instance_uid:
                return None
            same = meta.transfer_syntax_uid == candidate.transfer_syntax_uid and _same_bytes(
                (candidate.draft.descriptor, candidate.data_start), (descriptor, meta.data_start)
            )
            return Settled("/".join((*folders, name)), os.fstat(descriptor).st_size, "duplicate" if same else "conflict")
        finally:
            os.close(descriptor)

    def _kept_apart(self, candidate: Candidate, folder: Directory, folders: Sequence[str], name: str) -> Settled:
        """Keep other bytes of an instance that is there; the same other bytes are kept once."""
        if self._beside:
            for number in range(2, 1000):
                settled = self._try(candidate, folder, folders, with_suffix(name, f"~{number}"))
                if settled is not None and settled.disposition != "conflict":
                    return Settled(settled.path, settled.size_bytes, "conflict")
            raise StoreError("a thousand different files claim to be one instance; give another folder")
        own = f"{digest(candidate.sop_instance_uid)}-{_hash(candidate)}.dcm"
        with self._tree.enter(_CONFLICTS) as conflicts:
            try:
                candidate.draft.publish(conflicts, own)
            except FileExistsError:
                status = conflicts.status(own)
                return Settled("/".join((*_CONFLICTS, own)), 0 if status is None else status.st_size, "conflict")
        return Settled("/".join((*_CONFLICTS, own)), candidate.size_bytes, "conflict")

    def _sync_above(self, folder: Directory, folders: Sequence[str]) -> None:
        """Make the names of new folders last as well, once each time that it is entered."""
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


def _same_bytes(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Tell whether two data sets, each given by descriptor and offset, have the same bytes."""
    (a, a_start), (b, b_start) = one, other
    if os.fstat(a).st_size - a_start != os.fstat(b).st_size - b_start:
        return False
    os.lseek(a, a_start, os.SEEK_SET)
    os.lseek(b, b_start, os.SEEK_SET)
    while piece := os.read(a, _PIECE):
        if piece != _exactly(b, len(piece)):
            return False
    return True


def _exactly(descriptor: int, size: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < size and (piece := os.read(descriptor, size - len(pieces))):
        pieces += piece
    return bytes(pieces)


def _hash(candidate: Candidate) -> str:
    """Digest of a candidate's transfer syntax and data set, fit for a file name."""
    hashed = hashlib.blake2b(candidate.transfer_syntax_uid.encode(), digest_size=15)
    os.lseek(candidate.draft.descriptor, candidate.data_start, os.SEEK_SET)
    while piece := os.read(candidate.draft.descriptor, _PIECE):
        hashed.update(piece)
    return base64.b32encode(hashed.digest()).decode("ascii").lower()
