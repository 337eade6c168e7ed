"""Who holds a port: a small file of each holder in the user's state folder, for a message that names the process.

The port itself is the lock; where the file cannot be written, the port is used all the same.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import time
from typing import TYPE_CHECKING

from platformdirs import user_state_path

from ..lockfiles import open_locked, open_own
from ..markup import visible
from ..platform import try_lock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["PortLock", "holder_of"]


_FACT_CHARACTERS = 300  # of what another process wrote


class PortLock:
    """Says that this process holds a port, until it is released or the process ends.

    Parameters
    ----------
    port : int
    folder : str
        The data folder that the instances go to; may be empty.
    """

    def __init__(self, port: int, folder: str = "") -> None:
        self._path = _folder() / f"{port}-{os.getpid()}.json"
        self._descriptor: int | None = None
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # In two containers with one state folder two processes may have one number: the file is who locks it first.
            self._descriptor = open_locked(self._path)
            if self._descriptor is not None:
                os.ftruncate(self._descriptor, 0)
                os.write(self._descriptor, json.dumps(_facts(folder)).encode())

    def release(self) -> None:
        """Take the file away."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
        self.forget()

    def forget(self) -> None:
        """Close the file and leave it: in a forked child it is the parent's."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)


def holder_of(port: int) -> Mapping[str, str]:
    """Facts of a process that holds a port: ``pid``, ``user``, ``folder``, ``since``; empty when unknown.

    Files of processes that have ended are taken away.
    """
    with contextlib.suppress(OSError):  # the folder cannot be listed
        for path in sorted(_folder().glob(f"{port}-*.json")):
            with contextlib.suppress(OSError, ValueError, RecursionError):
                if facts := _read(path):
                    return facts
    return {}


def _read(path: Path) -> dict[str, str]:
    descriptor = open_own(path)
    try:
        if try_lock(descriptor):
            path.unlink()  # nobody has it locked: its process has ended
            return {}
        facts = json.loads(os.read(descriptor, 4096))
        if not isinstance(facts, dict):
            return {}
        return {key: visible(str(facts.get(key, "")), _FACT_CHARACTERS) for key in ("pid", "user", "folder", "since")}
    finally:
        os.close(descriptor)


def _facts(folder: str) -> dict[str, str]:
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime())
    return {"pid": str(os.getpid()), "user": _user(), "folder": folder, "since": since}


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name, as in some containers
        return ""


def _folder() -> Path:
    return user_state_path("dicommove") / "ports"
