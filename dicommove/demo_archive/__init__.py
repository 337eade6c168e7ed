"""TRY: the embedded archive, its synthetic patients and its injectable faults."""

from __future__ import annotations

from .archive import DemoArchive
from .faults import FAULTS, describe_faults

__all__ = ["FAULTS", "DemoArchive", "describe_faults"]
