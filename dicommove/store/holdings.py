"""What this process knows of one data folder: shared by all its stores there, so that one of them alone decides "seen before"."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING
from weakref import WeakSet, WeakValueDictionary

from .claims import Claims
from .index import Index
from .surroundings import look_round

if TYPE_CHECKING:
    from pathlib import Path

    from .surroundings import Surroundings
    from .tree import Tree

__all__ = ["Holdings"]

_STRIPES = 64

_shared: WeakValueDictionary[tuple[int, int, int, bool], Holdings] = WeakValueDictionary()
_sharing = threading.Lock()


class Holdings:
    """The index of a folder, its locks and its claims; gone when the last store of the process has left.

    Attributes
    ----------
    index : Index
        Of what the tree holds.
    filling : threading.Lock
        Held by who learns what the folder holds.
    claims : Claims or None
        None where our own folder must not stay (no journal): there a name that is taken is all that is noticed.
    """

    def __init__(self) -> None:
        self.index = Index()
        self.filling = threading.Lock()
        self.claims: Claims | None = None
        # Two deliveries of one instance wait for each other; of two instances hardly ever.
        self._locks = tuple(threading.Lock() for _ in range(_STRIPES))
        self._users: WeakSet[object] = WeakSet()
        self._surroundings: Surroundings | None = None

    @staticmethod
    def join(folder: Path, user: object, *, journal: bool) -> Holdings:
        """Give the holdings of a folder, whatever name it goes by; new ones when no store of this process has it open.

        Parameters
        ----------
        folder : Path
            It must be there.
        user : object
            Who uses them until `leave`, or until it is collected.
        journal : bool
            Stores that keep a journal share with each other, and so do those that keep none.
        """
        status = folder.stat()
        key = (os.getpid(), status.st_dev, status.st_ino, journal)  # what was inherited by a fork is the parent's
        with _sharing:
            held = _shared.setdefault(key, Holdings())
            held.enter(user)
        return held

    def enter(self, user: object) -> None:
        """Count a user; called by `join`."""
        self._users.add(user)

    def surroundings(self, tree: Tree) -> Surroundings:
        """What the file system can do: tried when it is first asked for; raises OSError when the folder cannot be written."""
        with self.filling:
            if self._surroundings is None:
                self._surroundings = look_round(tree)
            return self._surroundings

    def agree(self, tree: Tree, file_mode: int) -> None:
        """Open the claims, unless they are; raises OSError or StoreError when that cannot be done."""
        with self.filling:
            if self.claims is None:
                self.claims = Claims(tree, file_mode)

    def leave(self, user: object) -> None:
        """Close the claims when nobody is left."""
        with _sharing:
            self._users.discard(user)
            if self._users:
                return
            for key in [key for key, held in _shared.items() if held is self]:
                del _shared[key]
        if self.claims is not None:
            self.claims.close()

    def lock_of(self, uid: str) -> threading.Lock:
        """Lock to be held by who settles an instance."""
        return self._locks[hash(uid) % _STRIPES]
