"""One archive, one C-MOVE at a time: a lock that the kernels of a user on this computer take in turn, and the pause between two.

Within a process all its moves hold it together: who starts two there means two. Where no lock file can be written, none is held.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from platformdirs import user_state_path

from ...lockfiles import open_locked

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Turn"]

_lock = threading.Lock()
_held: dict[Path, _Held] = {}


@dataclass
class _Held:
    """What this process holds of one archive."""

    descriptor: int | None
    moves: int
    since_last_s: float | None


class Turn:
    """The right to send C-MOVEs to one archive; taken before each, given back after it, so that another kernel comes in between.

    Parameters
    ----------
    host : str
        Name or address of the archive.
    port : int
        Its TCP port.
    remembered : bool
        Leave word of when the last C-MOVE ended: the lock files stay then.

    Examples
    --------
    >>> turn = Turn("archive.invalid", 104)
    >>> turn.take(), turn.take()
    (True, True)
    >>> turn.give_back()
    """

    def __init__(self, host: str, port: int, *, remembered: bool = False) -> None:
        name = hashlib.sha256(f"{host.lower()}:{port}".encode()).hexdigest()[:16]
        self._path = user_state_path("dicommove") / "turns" / name
        self._remembered = remembered
        self._queue: int | None = None
        self._has = False

    @property
    def since_last_s(self) -> float | None:
        """Seconds from the end of the last C-MOVE of any kernel to when this one got its turn; None when not known."""
        held = _held.get(self._path)
        return held.since_last_s if held is not None and self._has else None

    def take(self) -> bool:
        """Take the turn, if no other kernel has it; whether it is ours now. To be called again until it is."""
        if self._has:
            return True
        with _lock:
            if self._path in _held:
                _held[self._path].moves += 1
                self._has = True
            else:
                self._has = self._taken()
        return self._has

    def _taken(self) -> bool:
        """Two locks: who waits holds the queue, so that the one who had the turn cannot take it again at once."""
        try:
            self._queue = self._queue or _locked(self._path.with_suffix(".queue"))
            turn = None if self._queue is None else _locked(self._path.with_suffix(".turn"))
        except OSError:
            turn, since = None, None
        else:
            if turn is None:
                return False
            since = _seconds_since(turn)
        self._leave_queue()
        _held[self._path] = _Held(turn, 1, since)
        return True

    def _leave_queue(self) -> None:
        queue, self._queue = self._queue, None
        if queue is not None:
            _release(queue, self._path.with_suffix(".queue"))

    def give_back(self) -> None:
        """Let another kernel have it; nothing when it was not ours. Also ends the waiting for it."""
        with _lock:
            self._leave_queue()
            held, had = _held.get(self._path), self._has
            self._has = False
            if held is None or not had:
                return
            held.moves -= 1
            if not held.moves:
                del _held[self._path]
                if held.descriptor is not None:
                    _release(held.descriptor, self._path.with_suffix(".turn"), remembered=self._remembered)


def _locked(path: Path) -> int | None:
    """Descriptor of a lock file that is ours; None when somebody else has it, or has just taken it away."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return open_locked(path)


def _release(descriptor: int, path: Path, *, remembered: bool = False) -> None:
    """Let go of a lock file: taken away while it is ours still, or kept with the time at which it was written."""
    with suppress(OSError):
        if remembered:
            os.write(descriptor, b".")
        else:
            path.unlink()
    os.close(descriptor)


def _seconds_since(descriptor: int) -> float | None:
    """Since the file was written; None when it never was."""
    status = os.fstat(descriptor)
    return max(0.0, time.time() - status.st_mtime) if status.st_size else None


def _after_fork() -> None:
    """A child has the parent's open files, and with them its locks: it must not keep them when the parent lets go."""
    global _lock  # noqa: PLW0603 - the parent's lock may be held by a thread that the child does not have
    _lock = threading.Lock()
    for held in _held.values():
        if held.descriptor is not None:
            os.close(held.descriptor)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
