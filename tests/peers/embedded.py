"""The embedded archive, started as the real ones are, so that a test can be said of all of them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from dicommove.demo_archive import DemoArchive

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .archives import RealFile

__all__ = ["Demo"]


class Demo:
    """`DemoArchive` over a folder; it is told its destinations while it runs, as the others are."""

    ae_title = "DEMO"
    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "data"
        self._folder.mkdir(parents=True)
        self._archive = DemoArchive(data=self._folder)

    @property
    def port(self) -> int:
        """TCP port that it listens on."""
        return self._archive.port

    def start(self) -> None:
        """Nothing yet: it reads its folder when it begins to listen."""

    def stop(self) -> None:
        """Stop listening."""
        self._archive.stop()

    def load(self, files: Iterable[RealFile]) -> list[RealFile]:
        """Copy files, and begin to serve them; returns them."""
        loaded = list(files)
        for file in loaded:
            shutil.copy(file.path, self._folder)
        self._archive.start()
        return loaded

    def register(self, ae_title: str, port: int) -> None:
        """Make a move destination known."""
        self._archive.register(ae_title, self.host, port)
