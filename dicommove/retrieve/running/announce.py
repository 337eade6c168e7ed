"""Tells an archive that runs in this process where our port is; every other archive was told by its administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...entities import Remote

__all__ = ["can_be_told", "port_opened", "register", "unregister"]

_told: dict[tuple[str, int], Callable[[str, str, int], None]] = {}


def register(host: str, port: int, tell: Callable[[str, str, int], None]) -> None:
    """Have ``tell(ae_title, host, port)`` called whenever a port is opened for moves from the archive at ``host:port``."""
    _told[host, port] = tell


def unregister(host: str, port: int) -> None:
    """Forget the archive at ``host:port``."""
    _told.pop((host, port), None)


def port_opened(remote: Remote, ae_title: str, port: int) -> None:
    """Tell the archive, where it can be told."""
    tell = _told.get((remote.host, remote.port))
    if tell is not None:
        tell(ae_title, "127.0.0.1", port)


def can_be_told(remote: Remote) -> bool:
    """Whether the archive runs in this process, so that it learns of any port."""
    return (remote.host, remote.port) in _told
