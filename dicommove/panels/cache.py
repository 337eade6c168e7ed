"""Frames kept ready: the ones used longest ago go first when they are too many bytes; one cache for all previews of a process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from .encoding import Message

__all__ = ["Cache", "shared_cache"]


class Cache:
    """Messages by key, bounded by the bytes of their buffers; safe to use from many threads.

    Parameters
    ----------
    most_bytes : int
        What is kept never exceeds this.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.size_bytes = 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Message] = OrderedDict()

    def get(self, key: Hashable) -> Message | None:
        """Return what is kept, and count it as used now."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Hashable, message: Message) -> None:
        """Keep a message, unless it alone is too large; others make room."""
        with self._lock:
            self._drop(key)
            if message.size_bytes > self.most_bytes:
                return
            self._kept[key] = message
            self.size_bytes += message.size_bytes
            while self.size_bytes > self.most_bytes:
                self._drop(next(iter(self._kept)))

    def forget(self, owner: Hashable) -> None:
        """Drop everything whose key, a tuple, begins with this."""
        with self._lock:
            for key in [key for key in self._kept if isinstance(key, tuple) and key[:1] == (owner,)]:
                self._drop(key)

    def _drop(self, key: Hashable) -> None:
        if key in self._kept:
            self.size_bytes -= self._kept.pop(key).size_bytes


shared_cache = Cache(256 << 20)
"""Of this process: a cell that is run ten times makes ten previews, and still no more than this is kept."""
