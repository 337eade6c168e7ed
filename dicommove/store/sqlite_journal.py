"""The journal on disk: facts go to a log at once, and from there into SQLite by the batch, in a thread of their own."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .. import platform
from ..errors import StoreError
from ..exhaustion import started
from .database import Database
from .facts import encode, encode_line, files_of, part, part_own
from .faults import as_store_error
from .journal import Having, check_table
from .log import Log, dead_logs, has_living_logs, unfolded_lines
from .outbox import Outbox, clock
from .schema import refuse_planted
from .whereabouts import journal_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .facts import Parted

__all__ = ["SqliteJournal"]

_LOGGER = logging.getLogger("dicommove.store")

MOST_UNFOLDED = 20_000
"""Facts in the log that the database lacks: from here on who appends waits."""
LONGEST_LOG = 16 << 20
"""Bytes: a log that is folded and longer than this gives way to a new one."""
_GATHER_S = 0.25  # a burst without a pause of that length is folded when it is over: Python runs one thread at a time
_LONGEST_GATHER_S = 5.0
_RETRY_S = 1.0
_PATIENCE_S = 60.0


class SqliteJournal:
    """Journal of a data folder in ``.dicommove/journal.sqlite``; of one on a network file system, see `whereabouts`.

    What a killed process had appended is folded when the next one opens the journal; logs of living processes are left alone.

    Parameters
    ----------
    folder : Path
        The data folder.
    private : bool
        Readable by its user only.

    Raises
    ------
    StoreError
        The journal cannot be opened.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> journal = SqliteJournal(pathlib.Path(tempfile.mkdtemp()))
    >>> operation = journal.begin("move", folder="data")
    >>> journal.append("arrivals", operation, {"SOPInstanceUID": "1.2.3", "size_bytes": 514})
    >>> journal.rows("arrivals", operation)
    [{'SOPInstanceUID': '1.2.3', 'size_bytes': 514}]
    >>> journal.close()
    """

    def __init__(self, folder: Path, *, private: bool = True) -> None:
        self._folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would undo a name the user chose
        self._file_mode = 0o600 if private else 0o666
        self._root = root = os.path.join(self._folder, "")  # noqa: PTH118 - the separator at its end is wanted
        try:
            self.place = journal_folder(folder, mode=0o700 if private else 0o777)
            refuse_planted(database := self.place / "journal.sqlite")
            # Made here for its mode, which SQLite gives its companions too; a link planted in its place is refused.
            platform.close(os.open(database, os.O_CREAT | os.O_RDWR | platform.O_NOFOLLOW | platform.O_NONBLOCK, self._file_mode))
        except OSError as error:
            raise as_store_error(error, folder) from error
        self._database = Database(database, root)
        self._room = threading.Condition()
        self._folding = threading.Lock()
        self._wake = threading.Event()
        self._log: Log | None = None
        self._outbox = Outbox(self._open_log, self._folder)
        self._folder_thread: threading.Thread | None = None
        self._folded = 0  # bytes of our log
        self._unfolded = 0  # facts in it that the database lacks
        self._fault: StoreError | None = None
        self._shared: tuple[Mapping[str, object] | None, str] = (None, "")  # the last shared facts, and their text
        self._closed = False
        try:
            self._fold_dead()
        except OSError as error:
            self._database.close()
            raise as_store_error(error, folder) from error

    def begin(self, kind: str = "operation", **facts: object) -> int:
        """Record that an operation begins, and return its number."""
        return self._database.begin(kind, facts, clock())

    def append(self, table: str, operation: int, facts: Mapping[str, object], shared: Mapping[str, object] | None = None) -> None:
        """Append facts to the log: one write; waits while the database is more than `MOST_UNFOLDED` facts behind.

        Raises
        ------
        StoreError
            The disk does not take them (see `forbear`), the database has taken none for a minute, or the journal is closed.
        """
        check_table(table)
        line = encode_line(table, operation, self._parted(facts, shared), clock())
        with self._room:
            self._wait_for_room()
            self._unfolded += self._outbox.put(line)
        if not self._wake.is_set():
            self._wake.set()

    def forbear(self) -> None:
        """From now on what the disk does not take waits in memory until it does."""
        self._outbox.forbears = True

    def flush(self) -> None:
        """Fold what was appended before.

        Raises
        ------
        StoreError
            The database does not take it; it stays in the log.
        """
        if not self._closed:
            with self._room:
                self._unfolded += self._outbox.send()
            self._fold()

    def rows(self, table: str, operation: int | None = None) -> list[dict[str, object]]:
        """Facts of an operation, or of all, in order of arrival; ``path`` is absolute."""
        return list(self.each(table, operation))

    def each(self, table: str, operation: int | None = None, *, having: Having = None) -> Iterator[dict[str, object]]:
        """Facts of an operation, or of all, in order of arrival, one after the other; ``having``: see `Journal`."""
        self.flush()
        return self._database.each(table, operation, having)

    def elapsed(self, table: str, operation: int) -> list[float | None]:
        """Seconds from the begin of an operation to each of its rows, by the monotonic clock."""
        self.flush()
        return self._database.elapsed(table, operation)

    def count(self, table: str, operation: int | None = None) -> int:
        """Count the rows."""
        self.flush()
        return self._database.count(table, operation)

    def operations(self) -> list[dict[str, object]]:
        """All operations, oldest first: ``id``, ``began_at`` (UTC), ``kind``, ``facts``."""
        return self._database.operations()

    def files(self) -> Iterator[tuple[str, str, int]]:
        """UID, relative path and size in bytes of the arrivals in the tree, those in the logs of other living processes too."""
        self.flush()
        yield from self._database.files()
        for lines in unfolded_lines(self.place, self._database.folded):
            yield from files_of(lines)

    def in_use(self) -> bool:
        """Tell whether a move of another opening, in this process or another, is under way."""
        log = self._log
        return has_living_logs(self.place, but=None if log is None else log.name)

    def unfilled(self, operation: int | None = None, limit: int = 500) -> list[tuple[int, dict[str, object]]]:
        """Arrivals, by their number in the journal, that no columns were read for yet."""
        self.flush()
        return self._database.unfilled(operation, limit)

    def fill(self, rows: Iterable[tuple[int, Mapping[str, object]]]) -> None:
        """Replace the facts of arrivals, by their number."""
        self._database.fill(rows)

    def close(self) -> None:
        """Fold everything and let go of the files; what cannot be folded now stays in the log for the next one."""
        with self._room:
            if self._closed:
                return
            self._closed = True
            self._room.notify_all()
        self._wake.set()
        if self._folder_thread is not None:
            self._folder_thread.join()
        try:
            self._outbox.send()
            self._fold()
        except StoreError as error:
            _LOGGER.warning("the journal's log is folded when it is opened next: %s", error)
        if self._log is not None:
            self._end_log(self._log)
        self._database.close()

    def _parted(self, facts: Mapping[str, object], shared: Mapping[str, object] | None) -> Parted:
        if shared is None:
            return part(facts, self._root)
        known, text = self._shared
        if known is not shared:
            self._shared = (shared, text := encode(dict(shared)))
        return part_own(dict(facts), text, self._root)

    def _wait_for_room(self) -> None:
        """Called with the lock held."""
        if self._unfolded >= MOST_UNFOLDED:
            self._room.notify_all()  # no more gathering
            self._room.wait_for(lambda: self._closed or self._fault or self._unfolded < MOST_UNFOLDED, _PATIENCE_S)
            if self._fault is not None:
                raise self._fault
            if self._unfolded >= MOST_UNFOLDED:
                raise StoreError("the journal's database takes nothing; end other processes that use this data folder")
        if self._closed:
            raise StoreError("the journal is closed")

    def _open_log(self) -> Log:
        """Give our log, made with its thread when it is first needed; called with the lock held."""
        if self._log is None:
            self._log = Log.create(self.place, self._file_mode)
            self._folded = 0
        if self._folder_thread is None:
            self._folder_thread = started(threading.Thread(target=self._keep_folding, name="dicommove journal", daemon=True))
        return self._log

    def _keep_folding(self) -> None:
        while True:
            self._wake.wait()
            if self._closed:
                return
            self._wake.clear()
            self._gather()
            with suppress(StoreError):  # who waits for room or flushes is told
                self._fold()
            with self._room:
                if self._fault is not None:
                    self._room.wait_for(lambda: self._closed, _RETRY_S)
                    self._wake.set()

    def _gather(self) -> None:
        """Wait until a burst is over, or the database is half as far behind as it may be."""
        deadline = time.monotonic() + _LONGEST_GATHER_S
        seen = -1
        with self._room:
            while seen != self._unfolded < MOST_UNFOLDED // 2 and not self._closed and time.monotonic() < deadline:
                seen = self._unfolded
                self._room.wait(_GATHER_S)

    def _fold(self) -> None:
        """Fold our log up to its end."""
        with self._folding:
            log = self._log
            lines = [b""]
            while log is not None and lines and self._folded < log.size:
                try:
                    lines, end = log.lines(self._folded)
                    self._database.fold(log.name, lines, end)
                except OSError as error:
                    self._settle(0, told := as_store_error(error, self._folder))
                    raise told from error
                self._folded = end
                self._settle(len(lines), None)
            if log is not None and log.size > LONGEST_LOG:
                self._renew(log)

    def _settle(self, taken: int, fault: StoreError | None) -> None:
        with self._room:
            self._unfolded = max(0, self._unfolded - taken)
            self._fault = fault
            self._room.notify_all()

    def _renew(self, log: Log) -> None:
        """Put a new log in the place of a long one, unless somebody has just written to it."""
        with self._room:
            if self._folded < log.size:
                return
            self._log = None
        self._end_log(log)

    def _end_log(self, log: Log) -> None:
        if self._folded >= log.size:
            log.remove()
            with suppress(StoreError):
                self._database.forget_log(log.name)
        else:
            log.close()

    def _fold_dead(self) -> None:
        """Take in what killed processes have left in their logs."""
        for log in dead_logs(self.place):
            lines, end = log.lines(self._database.folded(log.name))
            while lines:
                self._database.fold(log.name, lines, end)
                lines, end = log.lines(end)
            log.remove()
            self._database.forget_log(log.name)
