"""How much of what others make us record goes into the journal: a number of bytes for each kind, then it is only counted."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EVENT_BYTES", "REFUSAL_BYTES", "RESPONSE_BYTES", "Ration"]

EVENT_BYTES = 16 << 20
"""Bytes of rows about associations, C-ECHOs and faults at our port, of each operation: some 30,000, also for a port scanner."""
REFUSAL_BYTES = 16 << 20
"""Bytes of rows about refused instances, of each operation: some 30,000; the first of each expected one is always kept."""
RESPONSE_BYTES = 32 << 20
"""Bytes of rows about pending C-MOVE responses, for each operation: some 80,000, also when an archive sends them for ever."""


class Ration:
    """Bytes that may be recorded of one kind; any thread may ask.

    Parameters
    ----------
    limit_bytes : int
        In all.

    Attributes
    ----------
    left_out : int
        How many rows did not fit.

    Examples
    --------
    >>> ration = Ration(60)
    >>> ration.takes({"reason": "a" * 20}), ration.takes({"reason": "a" * 50}), ration.left_out
    (True, False, 1)
    """

    def __init__(self, limit_bytes: int) -> None:
        self.left_out = 0
        self._left = limit_bytes
        self._lock = threading.Lock()

    def takes(self, row: Mapping[str, object]) -> bool:
        """Whether a row is to be recorded; it is counted in either case."""
        size_bytes = len(repr(dict(row)))
        with self._lock:
            if size_bytes > self._left:
                self.left_out += 1
                return False
            self._left -= size_bytes
            return True
