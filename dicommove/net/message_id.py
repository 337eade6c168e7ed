"""Message IDs: distinct among the requests that run in this process, from a random start (PS3.7 9.1)."""

from __future__ import annotations

import os
import random
import threading

__all__ = ["new_message_id", "release_message_id"]

_LOCK = threading.Lock()
_HIGHEST = 0xFFFF


class _Numbers:
    """Hands out 1 to 65535 in a circle and skips what is in use."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.last = random.randint(1, _HIGHEST)
        self.used: set[int] = set()

    def take(self) -> int:
        if len(self.used) >= _HIGHEST:
            raise RuntimeError("65,535 requests are running: every Message ID is taken")
        while True:
            self.last = self.last % _HIGHEST + 1
            if self.last not in self.used:
                self.used.add(self.last)
                return self.last


_numbers = _Numbers()
if hasattr(os, "register_at_fork"):  # not on Windows; parent and child must not use the same numbers towards one archive
    os.register_at_fork(after_in_child=_numbers.restart)


def new_message_id() -> int:
    """Take a Message ID that no running request of this process has; give it back with :func:`release_message_id`.

    Examples
    --------
    >>> first, second = new_message_id(), new_message_id()
    >>> first != second and 1 <= first <= 0xFFFF
    True
    >>> release_message_id(first), release_message_id(second)
    (None, None)
    """
    with _LOCK:
        return _numbers.take()


def release_message_id(message_id: int) -> None:
    """Give a Message ID back; giving back one that is not in use does nothing."""
    with _LOCK:
        _numbers.used.discard(message_id)
