"""What is compared: the workloads, and the programs that receive them."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from native import built


@dataclass(frozen=True)
class Workload:
    """So many instances of so many bytes, over so many associations at once.

    ``only`` names the receivers that it is for, where it is not for all of them.
    """

    name: str
    count: int
    size: int
    associations: int = 1
    only: tuple[str, ...] = ()

    def scaled(self, fraction):
        """Give a workload of fewer instances."""
        return replace(self, count=max(self.associations, round(self.count * fraction)))


@dataclass(frozen=True)
class Receiver:
    """A program; ``{port}``, ``{folder}``, ``{length}`` and ``{archive}`` (a port) in its command are filled in.

    ``share`` is the part of a workload that a slow one is sent: its rate does not depend on the number.
    """

    command: tuple[str, ...]
    nodelay: bool = False
    share: float = 1.0

    @property
    def retrieves(self):
        """Whether it receives only while its own C-MOVE is under way."""
        return "{archive}" in self.command

    @property
    def installed(self):
        """Whether it can be started here."""
        return bool(self.command[0]) and shutil.which(self.command[0]) is not None

    def filled(self, workload, **values):
        """Its command for one run."""
        command = [part.format(**values) for part in self.command]
        if workload.associations > 1 and command[0] == "storescp":
            command.insert(1, "--fork")
        return command


OURS = ("our movescu", "our API with journal")
BARE = ("bare loop in Python", "bare loop in C")
BEST = ("DCMTK movescu at its best", "DCMTK storescp at its best")
_FAST = (*OURS, *BEST, *BARE)

WORKLOADS = {
    "ct": Workload("CT: 400 x 0.5 MB", 400, 524_288),
    "mr": Workload("MR: 3,000 x 20 KB", 3000, 20_480),
    "large": Workload("one patient: 4 x 200 MB", 4, 209_715_200),
    "four": Workload("4 associations, 100 x 0.5 MB each", 400, 524_288, 4),
    "short": Workload("growth: 1,000 x 8 KB", 1000, 8192, only=OURS),
    "long": Workload("growth: 30,000 x 8 KB", 30_000, 8192, only=OURS),
    "huge": Workload("one object of 2 GB", 1, 2_147_483_648, only=_FAST),
}
DISK_WORKLOADS = {
    name: replace(WORKLOADS[name], name=f"{WORKLOADS[name].name}, on disk", only=_FAST) for name in ("ct", "mr", "large")
}

_SERVING = (sys.executable, str(Path(__file__).with_name("serving.py")))
_ASKED = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3")
_STORING = ("-S", "-q", "--store", "--store-port", "{port}", "-od", "{folder}", *_ASKED, "127.0.0.1", "{archive}")
_DCMTK = ("-S", "+P", "{port}", "+B", "-od", "{folder}", *_ASKED, "127.0.0.1", "{archive}")
_MODULE = (sys.executable, "-m")


def receivers():
    """Name every receiver, ours first; those that are not installed as well."""
    return {
        "our movescu": Receiver((*_MODULE, "dicommove", "movescu", *_STORING)),
        "our API with journal": Receiver((*_SERVING, "api", "{port}", "{folder}", "0")),
        "our sockets, plain files": Receiver((*_SERVING, "plain", "{port}", "{folder}", "0")),
        "pynetdicom movescu": Receiver((*_MODULE, "pynetdicom", "movescu", *_STORING), share=0.1),
        "pynetdicom storescp": Receiver((*_MODULE, "pynetdicom", "storescp", "{port}", "-od", "{folder}", "-q"), share=0.1),
        "DCMTK movescu": Receiver(("movescu", *_DCMTK), share=0.02),
        "DCMTK storescp": Receiver(("storescp", "+B", "-od", "{folder}", "{port}"), share=0.02),
        "DCMTK movescu at its best": Receiver(("movescu", "-pdu", "131072", *_DCMTK), nodelay=True),
        "DCMTK storescp at its best": Receiver(("storescp", "+B", "-pdu", "131072", "-od", "{folder}", "{port}"), nodelay=True),
        "bare loop in Python": Receiver((*_SERVING, "bare", "{port}", "{folder}", "{length}")),
        "bare loop in C": Receiver((built("bare") or "", "{port}", "{folder}", "{length}")),
    }
