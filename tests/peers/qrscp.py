"""pynetdicom's own archive as a program; it answers 0xA801 also to a destination that it knows and cannot connect to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pydicom import dcmread
from pynetdicom import AE

from .archives import Program, RealFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["Qrscp"]


class Qrscp(Program):
    """``python -m pynetdicom qrscp``, with its database and its instances in a folder of its own."""

    ae_title = "QRSCP"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.destinations: dict[str, int] = {}

    def command(self) -> Sequence[object]:
        """Write the configuration, which it reads at start only, and name the program."""
        own = {
            "ae_title": self.ae_title, "port": self.port, "bind_address": self.host, "max_pdu": 16382,
            "acse_timeout": 30, "dimse_timeout": 30, "network_timeout": 30, "log_identifier": False,
            "instance_location": self.folder / "instances", "database_location": self.folder / "instances.sqlite",
        }  # fmt: skip
        lines = ["[DEFAULT]", *(f"{key}: {value}" for key, value in own.items())]
        for title, port in self.destinations.items():
            lines += [f"[{title}]", f"address: {self.host}", f"port: {port}"]
        (self.folder / "qrscp.ini").write_text("\n".join(lines), encoding="utf-8")
        return [sys.executable, "-m", "pynetdicom", "qrscp", "-c", self.folder / "qrscp.ini"]

    def load(self, files: Iterable[RealFile]) -> list[RealFile]:
        """Send files by C-STORE, each in its own transfer syntax; returns those that it keeps."""
        wanted = list(files)
        sender = AE("LOADER")
        for sop_class, syntax in dict.fromkeys((file.SOPClassUID, file.syntax) for file in wanted):
            sender.add_requested_context(sop_class, [syntax])
        association = sender.associate(self.host, self.port, ae_title=self.ae_title)
        assert association.is_established
        kept = [file for file in wanted if association.send_c_store(dcmread(file.path)).Status == 0]
        association.release()
        return kept

    def register(self, ae_title: str, port: int) -> None:
        """Make a move destination known."""
        self.destinations[ae_title] = port
        self.stop()
        self.start()
