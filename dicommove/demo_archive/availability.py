"""Which studies are at hand and which have to be brought from slower storage (Instance Availability, PS3.3 C.4.23.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..terms import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .index import Index, Node

__all__ = ["Availability"]


class Availability:
    """What is online; with a preparation every second study, the first among them, is not.

    Parameters
    ----------
    index : Index
        What the archive holds.
    preparation_seconds : float or None
        Seconds that it takes to bring nearline studies; None when all are online.
    """

    def __init__(self, index: Index, preparation_seconds: float | None) -> None:
        self._seconds = preparation_seconds or 0.0
        studies = index.nodes(Level.STUDY) if preparation_seconds is not None else ()
        self._nearline = frozenset(studies[::2])

    def of(self, node: Node) -> str:
        """``"ONLINE"`` or ``"NEARLINE"``; of a patient, the slower of its studies."""
        studies = tuple(node.below.values()) if node.level is Level.PATIENT else (node.at(Level.STUDY),)
        return "NEARLINE" if self._nearline.intersection(studies) else "ONLINE"

    def seconds_before(self, nodes: Iterable[Node]) -> float:
        """Seconds of preparation before these can be sent."""
        return self._seconds if any(self.of(node) != "ONLINE" for node in nodes) else 0.0
