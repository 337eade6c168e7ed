"""A preview that grows: instances of a running move are added as they arrive, by looking at the folder's journal now and then."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

from ..errors import DicomMoveError
from ..store import SqliteJournal, instance_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..retrieve import MoveOperation
    from .series import Gallery

__all__ = ["Growth"]

_PAUSE_S = 0.5
_SHARE = 10
"""Looking takes at most one part in so many of the time, however large the folder is."""


class Growth:
    """Watches a running move and adds what has arrived.

    Parameters
    ----------
    operation : MoveOperation
    gallery : Gallery
        Grows.
    grown : callable
        Told the numbers of the series that have grown; from a thread.
    failed : callable
        Told why, when the folder cannot be looked at, or the move ended with an exception.
    ended : callable
        Told when the move has ended and everything was added.
    """

    def __init__(
        self,
        operation: MoveOperation,
        gallery: Gallery,
        *,
        grown: Callable[[list[int]], object],
        failed: Callable[[BaseException], object],
        ended: Callable[[], object],
    ) -> None:
        self._operation, self._gallery = operation, gallery
        self._grown, self._failed, self._ended = grown, failed, ended
        self._studies = {request.study for request in operation.plan.requests}
        self._seen: set[str] = set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="dicommove preview growth", daemon=True)

    def start(self) -> None:
        """Begin to watch, until the move has ended."""
        self._thread.start()

    def close(self) -> None:
        """Watch no longer."""
        self._closed.set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end of watching; whether it has come."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _watch(self) -> None:
        received, pause, ended = -1, 0.0, False
        while not (ended or self._closed.is_set()):
            ended = self._operation.wait(pause)
            now = self._operation.progress.received
            if now != received or ended:
                began = time.monotonic()
                self._look()
                received, pause = now, max(_PAUSE_S, _SHARE * (time.monotonic() - began))
        if ended:
            self._ended()
            fault = self._operation.exception()
            if fault is not None:
                self._failed(fault)

    def _look(self) -> None:
        """Add what is in the folder and was not there at the last look."""
        try:
            rows = self._new_rows()
        except (DicomMoveError, OSError) as error:
            self._failed(error)
            return
        grown = self._gallery.take(row for row in rows if row.get("StudyInstanceUID") in self._studies)
        if grown:
            self._grown(grown)

    def _new_rows(self) -> list[Mapping[str, object]]:
        folder = self._operation.plan.folder
        with closing(SqliteJournal(folder)) as journal:
            files = [str(folder / relative) for _, relative, _ in journal.files()]
        new = [path for path in dict.fromkeys(files) if path not in self._seen]
        self._seen.update(new)
        return list(instance_rows(new))
