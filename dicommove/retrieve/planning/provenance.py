"""Who asks, and with what: facts of this process that the journal keeps with each operation."""

from __future__ import annotations

import getpass
import platform
import socket
from importlib.metadata import version

__all__ = ["asked_by", "versions"]


def asked_by() -> dict[str, str | None]:
    """User and host; in a container whose user has no name ``user`` is None.

    Examples
    --------
    >>> list(asked_by())
    ['user', 'host']
    """
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = None
    return {"user": user, "host": socket.gethostname()}


def versions() -> dict[str, str]:
    """Versions of what has a say in what is sent and kept.

    Examples
    --------
    >>> list(versions())
    ['python', 'dicommove', 'pydicom', 'pynetdicom']
    """
    return {"python": platform.python_version(), **{name: version(name) for name in ("dicommove", "pydicom", "pynetdicom")}}
