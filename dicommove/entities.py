"""Who talks to whom: the peer and our own listener, as frozen, hashable, picklable values."""

from __future__ import annotations
