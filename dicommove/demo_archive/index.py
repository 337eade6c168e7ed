"""The archive's index in memory: instances below series below studies below patients, read once, never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..terms import Level
from .attributes import UNIQUE_TAGS
from .part10 import read_instance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .header import Header
    from .part10 import Instance

__all__ = ["Index", "Node", "index_folders"]

_STUDY_DATE, _STUDY_TIME, _MODALITY = 0x00080020, 0x00080030, 0x00080060
_SERIES_NUMBER, _INSTANCE_NUMBER = 0x00200011, 0x00200013


@dataclass(eq=False)
class Node:
    """One patient, study, series or instance, with what stands below it.

    Attributes
    ----------
    level : Level
    uid : str
        Value of the level's unique key.
    above : Node or None
    below : dict of str to Node
        By their unique keys; empty at IMAGE.
    instance : Instance or None
        Only at IMAGE.
    """

    level: Level
    uid: str
    above: Node | None = None
    below: dict[str, Node] = field(default_factory=dict)
    instance: Instance | None = None

    def instances(self) -> Iterator[Instance]:
        """Every instance at or below, in the index's order."""
        if self.instance is not None:
            yield self.instance
        for node in self.below.values():
            yield from node.instances()

    @cached_property
    def header(self) -> Header:
        """Header of the first instance, which speaks for the whole at this level."""
        return next(self.instances()).header

    def count(self, level: Level) -> int:
        """How many nodes of a level stand below."""
        if self.level >= level:
            return int(self.level is level)
        return sum(node.count(level) for node in self.below.values())

    def at(self, level: Level) -> Node:
        """The node itself, or the one above it that stands at a level."""
        node = self
        while node.level > level and node.above is not None:
            node = node.above
        return node

    def key(self, level: Level) -> str:
        """Unique key of this node's own level or of one above it."""
        node: Node | None = self
        while node is not None and node.level > level:
            node = node.above
        return node.uid if node is not None else ""

    @cached_property
    def modalities(self) -> tuple[str, ...]:
        """Distinct values of Modality below, sorted."""
        return tuple(sorted({v for instance in self.instances() for v in instance.header.values(_MODALITY)}))

    @cached_property
    def sop_classes(self) -> tuple[str, ...]:
        """Distinct SOP Class UIDs below, sorted."""
        return tuple(sorted({instance.sop_class_uid for instance in self.instances()}))


class Index:
    """All that the archive holds.

    Parameters
    ----------
    instances : iterable of Instance
        Of several with one SOP Instance UID the first counts.
    """

    def __init__(self, instances: Iterable[Instance]) -> None:
        self.patients: dict[str, Node] = {}
        self._at: dict[Level, dict[str, list[Node]]] = {level: {} for level in Level}
        self._known: dict[str, Instance] = {}
        for instance in sorted(instances, key=_order):
            self._add(instance)

    def __len__(self) -> int:
        return len(self._known)

    def nodes(self, level: Level) -> tuple[Node, ...]:
        """Every node of one level, in the index's order."""
        return tuple(node for nodes in self._at[level].values() for node in nodes)

    def named(self, level: Level, uid: str) -> tuple[Node, ...]:
        """The nodes with this unique key: several when, say, two patients share a Study Instance UID."""
        return tuple(self._at[level].get(uid, ()))

    def _add(self, instance: Instance) -> None:
        if self._known.setdefault(instance.sop_instance_uid, instance) is not instance:
            return
        siblings, above = self.patients, None
        for level in Level:
            uid = instance.header.text(UNIQUE_TAGS[level])
            if uid not in siblings:
                siblings[uid] = Node(level, uid, above)
                self._at[level].setdefault(uid, []).append(siblings[uid])
            above = siblings[uid]
            siblings = above.below
        if above is not None:
            above.instance = instance


def _order(instance: Instance) -> tuple[str, str, str, str, int, str, int, str]:
    """By patient, date and time of the study, and the numbers of series and instance; UIDs decide between equals."""
    text = instance.header.text
    patient, study, series, image = (text(UNIQUE_TAGS[level]) for level in Level)
    when, clock = text(_STUDY_DATE), text(_STUDY_TIME)
    return patient, when, clock, study, _number(text(_SERIES_NUMBER)), series, _number(text(_INSTANCE_NUMBER)), image


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def index_folders(*folders: Path) -> Index:
    """Read every file below the folders once; what is no servable instance is passed over.

    Examples
    --------
    >>> from .cache import demo_folders
    >>> index = index_folders(*demo_folders())
    >>> [node.uid for node in index.named(Level.PATIENT, "000123")]
    ['000123']
    """
    paths = (path for folder in folders for path in sorted(Path(folder).rglob("*")) if path.is_file())
    return Index(instance for path in paths if (instance := read_instance(path)) is not None)
