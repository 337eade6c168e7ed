"""Who asks, and with what: facts of this process that the journal keeps with each operation."""

from __future__ import annotations

import platform
from importlib.metadata import version

from ...audit import asked_by
from ...version import __version__

__all__ = ["asked_by", "versions"]


def versions() -> dict[str, str]:
    """Versions of what has a say in what is sent and kept.

    Examples
    --------
    >>> list(versions())
    ['python', 'dicommove', 'pydicom', 'pynetdicom']
    """
    return {
        "python": platform.python_version(),
        "dicommove": __version__,
        **{name: version(name) for name in ("pydicom", "pynetdicom")},
    }
