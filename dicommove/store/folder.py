"""The data folder as a whole: made ready, opened for instances, asked what it holds."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from .. import platform
from ..errors import StoreError
from .drafts import HOME, INCOMING, Drafts
from .faults import as_store_error
from .holdings import Holdings
from .incoming import Delivery, Desk, Incoming
from .journal import NoJournal
from .layout import DEFAULT_LAYOUT, Layout
from .opening import open_journal
from .shelf import Shelf
from .tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from .journal import Journal
    from .surroundings import Surroundings

__all__ = ["RESERVE_BYTES", "Store"]

RESERVE_BYTES = 4 << 20
"""Left free on the disk, so that a journal can still say what a full disk refused."""
_PLENTY_BYTES = 4 << 30  # more than any sender fills while the disk is not asked
_ROOM_S = 0.25


class _Opened(NamedTuple):
    drafts: Drafts
    desk: Desk
    journal: Journal
    held: Holdings
    surroundings: Surroundings
    tree: Tree


class Store:
    """The folder that a user's instances go to. Any number of stores, in any number of processes, may share one folder.

    Nothing is touched before `prepare`, which every other method calls when it was not called before.

    Parameters
    ----------
    folder : path-like
        It may be missing, but not its parent.
    layout : Layout or str, optional
        Where instances go in it.
    private : bool
        Readable by this user only: folders 0700, files 0600. Otherwise the umask decides.
    sha256 : bool
        Compute each file's SHA-256 while it streams.
    durability : {"process", "power"}
        What was answered with 0x0000 outlives a killed process, or a power cut as well (slower: each file is synchronised).
    journal : bool
        Keep one. Without it nothing but instances is left in the folder, other bytes of an instance are kept beside it
        (``name~2``), and what the folder held before is noticed only where a name is taken.

    Raises
    ------
    QueryError
        The layout cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> with Store(Path(tempfile.mkdtemp()) / "data") as store:
    ...     store.holds("1.2.3"), store.journal.operations()
    (None, [])
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        layout: Layout | str | None = None,
        private: bool = True,
        sha256: bool = False,
        durability: Literal["process", "power"] = "process",
        journal: bool = True,
    ) -> None:
        self.folder = Path(platform.long_path(os.path.abspath(folder)))  # noqa: PTH100 - resolve() would undo a name the user chose
        self.layout = layout if isinstance(layout, Layout) else Layout(DEFAULT_LAYOUT if layout is None else layout)
        self._private = private
        self._sha256 = sha256
        self._durability = durability
        self._keeps_journal = journal
        self._lock = threading.Lock()
        self._room_until = 0.0  # monotonic seconds: so long the disk is not asked again whether it is nearly full
        self._opened: _Opened | None = None

    def __enter__(self) -> Self:
        self.prepare()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def prepare(self) -> Self:
        """Make the folder, see that it can be written, sweep away what dead processes left, and learn what it holds.

        Raises
        ------
        StoreError
            It is a file, its parent is missing, it cannot be written, or its journal cannot be used; the text says what to do.
        """
        self._ready()
        return self

    @property
    def journal(self) -> Journal:
        """The folder's journal."""
        return self._ready().journal

    @property
    def surroundings(self) -> Surroundings:
        """What the folder's file system can do."""
        return self._ready().surroundings

    def incoming(
        self,
        *,
        sop_class_uid: str,
        sop_instance_uid: str,
        transfer_syntax_uid: str,
        source_ae_title: str,
        row: Mapping[str, str] | None = None,
        operation: int | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> Incoming:
        """Open the place where one instance goes.

        Parameters
        ----------
        sop_class_uid, sop_instance_uid : str
            As its C-STORE request has them (PS3.7 9.3.1.1), checked by `terms.uid_problem`.
        transfer_syntax_uid : str
            As negotiated.
        source_ae_title : str
            AE title of the sender.
        row : Mapping, optional
            The row of the input table that asked for it, for ``{row.column}`` of the layout.
        operation : int, optional
            Record the arrival in the journal as one of this operation, before it is answered. None: nothing is recorded.
        facts : Mapping, optional
            What else that record holds: ``request``, ``row``, ...; plain values.

        Raises
        ------
        StoreError
            The folder takes no file.
        """
        drafts, desk, journal, *_ = self._ready()
        delivery = Delivery(sop_class_uid, sop_instance_uid, transfer_syntax_uid, source_ae_title, row)
        try:
            self._check_room()
            draft = drafts.open()
        except OSError as error:
            raise as_store_error(error, self.folder) from error
        return Incoming(desk, draft, delivery, None if operation is None else _recorder(journal, operation, facts or {}))

    def holds(self, sop_instance_uid: str) -> Path | None:
        """Path of an instance that is in the tree with the size that it had when it came; None when it is not."""
        known = self._ready().held.index.find(sop_instance_uid)
        if known is None:
            return None
        path = self.folder / known[0]
        try:
            status = path.lstat()
        except OSError:
            return None
        return path if stat.S_ISREG(status.st_mode) and status.st_size == known[1] else None

    def free_bytes(self) -> int:
        """Bytes that this user may still write to the disk; the folder need not be there yet.

        Raises
        ------
        StoreError
            Neither the folder nor its parent is there.
        """
        try:
            return shutil.disk_usage(self.folder if self.folder.exists() else self.folder.parent).free
        except FileNotFoundError:
            raise self._parent_is_missing() from None
        except OSError as error:
            raise as_store_error(error, self.folder) from error

    def _check_room(self) -> None:
        now = time.monotonic()
        if now < self._room_until:
            return
        disk = shutil.disk_usage(self.folder)
        if disk.free < min(RESERVE_BYTES, disk.total // 16):
            raise OSError(errno.ENOSPC, "nearly full")
        if disk.free > _PLENTY_BYTES:
            self._room_until = now + _ROOM_S

    def close(self) -> None:
        """Close the journal and let go of the folder. Closing twice does nothing; a closed store opens itself again when used."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.journal.close()
            opened.held.leave(self)
            opened.drafts.close()
            if not self._keeps_journal:
                _remove_home(opened.tree)
            opened.tree.release()

    def _ready(self) -> _Opened:
        with self._lock:
            if self._opened is None:
                try:
                    self._opened = self._open()
                except OSError as error:
                    raise as_store_error(error, self.folder) from error
            return self._opened

    def _open(self) -> _Opened:
        self._make_folder()
        tree = Tree(self.folder, 0o700 if self._private else 0o777)
        tree.hold()
        try:
            return self._open_in(tree)
        except BaseException:
            tree.release()
            raise

    def _open_in(self, tree: Tree) -> _Opened:
        if self._keeps_journal:
            tree.enter((HOME,)).close()
        held, drafts = Holdings.join(self.folder, self, journal=self._keeps_journal), None
        try:
            drafts = Drafts(tree, 0o600 if self._private else 0o666, held.surroundings(tree))
            journal = self._open_journal(tree, drafts, held)
        except BaseException:
            held.leave(self)
            if drafts is not None:
                drafts.close()
            raise
        surroundings = held.surroundings(tree)
        durable = self._durability == "power"
        shelf = Shelf(tree, held, beside=not self._keeps_journal, durable=durable, remote=surroundings.network)
        root = os.path.join(self.folder, "")  # noqa: PTH118 - the separator at its end is wanted
        desk = Desk(self.folder, root, self.layout, shelf, self._sha256)
        return _Opened(drafts, desk, journal, held, surroundings, tree)

    def _open_journal(self, tree: Tree, drafts: Drafts, held: Holdings) -> Journal:
        if not self._keeps_journal:
            drafts.sweep()
            return NoJournal()
        drafts.announce()  # before others' claims and files are looked at: from now on they know of ours
        drafts.sweep()
        held.agree(tree, 0o600 if self._private else 0o666)
        return open_journal(self.folder, tree, held, private=self._private)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700 if self._private else 0o777)
        except FileNotFoundError:
            raise self._parent_is_missing() from None
        except FileExistsError:
            if not self.folder.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, "not a folder") from None

    def _parent_is_missing(self) -> StoreError:
        return StoreError(f"the folder {self.folder.parent} does not exist: make it first, or give another folder")


def _recorder(journal: Journal, operation: int, facts: Mapping[str, object]) -> Callable[[dict[str, object]], None]:
    return lambda arrival: journal.append("arrivals", operation, {**facts, **arrival})


def _remove_home(tree: Tree) -> None:
    """Leave nothing but instances: our own folder goes, unless another process has its drafts there; no link is followed."""
    with contextlib.suppress(OSError), tree.top() as top:
        with contextlib.suppress(FileNotFoundError), top.enter(HOME) as home:
            with home.enter(INCOMING[-1]) as incoming:
                names = incoming.names()
                for name in () if any(name.endswith(".alive") for name in names) else names:
                    incoming.remove(name)
            home.remove_folder(INCOMING[-1])
        top.remove_folder(HOME)
