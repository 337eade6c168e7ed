"""What archives refused, remembered as long as this process lives, so that it is not tried again each time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .rounds import LADDER

if TYPE_CHECKING:
    from ...entities import Remote
    from ...terms import Level

__all__ = ["Refused", "refused_by"]


@dataclass
class Refused:
    """What one archive refused; any thread may use it.

    Examples
    --------
    >>> from dicommove.terms import Level
    >>> refused = Refused()
    >>> refused.level(Level.IMAGE)
    >>> [str(level) for level in refused.ladder()]
    ['SERIES', 'STUDY']
    """

    _levels: set[Level] = field(default_factory=set)
    _objects: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def level(self, level: Level) -> None:
        """Remember that it does not move at this level."""
        with self._lock:
            self._levels.add(level)

    def ladder(self) -> tuple[Level, ...]:
        """Return the levels that it is not known to refuse, the finest first; STUDY is always tried."""
        with self._lock:
            return tuple(level for level in LADDER if level not in self._levels or level is LADDER[-1])

    def instance(self, uid: str, reason: str) -> None:
        """Remember that it refused one object that was asked for alone, and why."""
        with self._lock:
            self._objects[uid] = reason

    def why(self, uid: str) -> str | None:
        """Why an object was refused; None when it was not."""
        with self._lock:
            return self._objects.get(uid)

    def forget(self) -> None:
        """Try everything again."""
        with self._lock:
            self._levels.clear()
            self._objects.clear()


_archives: dict[tuple[str, int, str, str], Refused] = {}
_lock = threading.Lock()


def refused_by(remote: Remote) -> Refused:
    """Return what this archive refused in this process; an archive is a host, a port, its AE title and ours."""
    with _lock:
        return _archives.setdefault((remote.host, remote.port, remote.ae_title, remote.calling_ae_title), Refused())
