"""What the file system of a data folder can do, found out once and by trying; what cannot be found out counts as the worse."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import time
from dataclasses import asdict, dataclass
from enum import Enum
from typing import TYPE_CHECKING

from .. import platform

if TYPE_CHECKING:
    from .tree import Directory, Tree

__all__ = ["Surroundings", "Way", "look_round"]


_PROBE = ".dicommove-probe-"  # `platform.has_locks` begins its names so too
_LONGEST_TRY_S = 60.0


class Way(Enum):
    """How a file gets its name."""

    UNNAMED = "linkat"
    LINK = "link and unlink"
    RENAME = "look and rename, under a lock"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The file system of a data folder.

    Attributes
    ----------
    file_system : str
        Its type as the system calls it; empty when nobody could say.
    network : bool
        On another machine's disk, or nobody can say: SQLite must not share memory there, so the journal lies elsewhere.
    locks : bool
        A lock keeps others out. Where it does not, the journal lies elsewhere, and what others left half written is swept away
        only when it is old.
    way : Way
        How a file gets its name there.
    """

    file_system: str
    network: bool
    locks: bool
    way: Way

    def facts(self) -> dict[str, object]:
        """Return plain values for the journal."""
        return {**asdict(self), "way": self.way.value}


def look_round(tree: Tree) -> Surroundings:
    """Try what the file system of a tree can do; nothing of it stays.

    Raises
    ------
    OSError
        The folder cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from dicommove.store.tree import Tree
    >>> look_round(Tree(pathlib.Path(tempfile.mkdtemp()), 0o700)).locks
    True
    """
    _sweep(tree)
    return Surroundings(
        platform.filesystem_type(tree.root),
        platform.is_network_filesystem(tree.root),
        platform.has_locks(tree.root),
        _way(tree),
    )


def _sweep(tree: Tree) -> None:
    """Remove what a killed process had tried: empty files, too old to be of one that is trying now."""
    with tree.top() as top, contextlib.suppress(OSError):
        for name in (name for name in top.names() if name.startswith(_PROBE)):
            status = top.status(name)
            if status is not None and stat.S_ISREG(status.st_mode) and not status.st_size and _age_s(status) > _LONGEST_TRY_S:
                top.remove(name)


def _age_s(status: os.stat_result) -> float:
    return time.time() - status.st_mtime


def _way(tree: Tree) -> Way:
    name = f"{_PROBE}{secrets.token_hex(6)}"
    with tree.top() as top:
        try:
            if _links_unnamed(top, name):
                return Way.UNNAMED
            platform.close(top.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL))
            linked = platform.link(top.at(name), top.at(name + "2"), source_dir_fd=top.descriptor, dir_fd=top.descriptor)
            return Way.LINK if linked else Way.RENAME
        finally:
            with contextlib.suppress(OSError):
                top.remove(name)
                top.remove(name + "2")


def _links_unnamed(top: Directory, name: str) -> bool:
    if top.descriptor is None:
        return False
    descriptor = platform.open_unnamed(".", 0o600, top.descriptor)
    if descriptor is None:
        return False
    try:
        platform.link_descriptor(descriptor, name, top.descriptor)
    except OSError:
        return False  # no /proc, or a file system that lets no unnamed file have a name
    finally:
        platform.close(descriptor)
    return True
