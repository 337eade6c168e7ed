"""Before the first move: probes of the way to the archive and of the way back, as a table that names the first fault."""

from __future__ import annotations

from .check import Check
from .probe import Probe
from .run import check

__all__ = ["Check", "Probe", "check"]
