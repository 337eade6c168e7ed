"""What the archive answers: the nodes that an Identifier matches, and the Identifier of each answer.

Pure: index in, elements out.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from ..terms import Level
from .attributes import COMPUTED, INSTANCE_AVAILABILITY, LEVEL_TAG, RETRIEVE_AE_TITLE
from .elements import Element, text_element, vr_of
from .header import SPECIFIC_CHARACTER_SET
from .matching import matches, matches_sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .elements import Elements
    from .identifier import Identifier
    from .index import Index, Node
    from .part10 import Instance

__all__ = ["answer_to", "instances_of", "matching_nodes", "uninvited"]

_MOST_UNINVITED = 3


def matching_nodes(index: Index, identifier: Identifier, *, ignored: int | None = None) -> Iterator[Node]:
    """Nodes of the Identifier's level that match all its keys (PS3.4 C.4.1.3.1), but for the one that is ignored."""
    keys = tuple(tag for tag in identifier.matching_keys() if tag != ignored)
    return (node for node in _candidates(index, identifier) if all(_matches(node, identifier, tag) for tag in keys))


def instances_of(nodes: Iterable[Node]) -> tuple[Instance, ...]:
    """Every instance at or below these nodes: what a C-MOVE sends (PS3.4 C.4.2.3)."""
    return tuple(instance for node in nodes for instance in node.instances())


def uninvited(index: Index, nodes: Iterable[Node]) -> tuple[Instance, ...]:
    """Up to three instances of the index's last study that these nodes, at any level, do not belong to."""
    named = {
        study for node in nodes for study in (node.below.values() if node.level is Level.PATIENT else (node.at(Level.STUDY),))
    }
    others = (study for study in reversed(index.nodes(Level.STUDY)) if named and study not in named)
    return tuple(islice((instance for study in islice(others, 1) for instance in study.instances()), _MOST_UNINVITED))


def answer_to(node: Node, identifier: Identifier, *, ae_title: str, availability: str) -> tuple[Elements, bool]:
    """Make the Identifier of one answer, and say whether every key was supported (PS3.4 C.4.1.1.3.2).

    Text stays in the bytes and the Specific Character Set that the instance has; a key of another level comes back empty.
    """
    answer: Elements = {LEVEL_TAG: text_element("CS", node.level), RETRIEVE_AE_TITLE: text_element("AE", ae_title)}
    if INSTANCE_AVAILABILITY in identifier.header.elements:
        answer[INSTANCE_AVAILABILITY] = text_element("CS", availability)
    if charset := node.header.elements.get(SPECIFIC_CHARACTER_SET):
        answer[SPECIFIC_CHARACTER_SET] = charset
    every_key = True
    for tag in identifier.asked():
        supported = identifier.supports(tag)
        every_key &= supported
        answer[tag] = _returned(node, identifier, tag) if supported else _empty(tag, identifier)
    return answer, every_key


def _candidates(index: Index, identifier: Identifier) -> tuple[Node, ...]:
    """Nodes of the level below what the unique keys above name; all of the level where none are needed."""
    named = identifier.unique(identifier.level)
    if named and not any(set(value) & set("*?") for value in named):
        nodes = tuple(node for value in dict.fromkeys(named) for node in index.named(identifier.level, value))
        return tuple(node for node in nodes if _is_below(node, identifier))
    levels = [level for level in identifier.level.above if level in identifier.model.levels]
    if identifier.relational or not levels:
        return index.nodes(identifier.level)
    parents = index.named(levels[-1], identifier.unique(levels[-1])[0])
    return tuple(child for parent in parents if _is_below(parent, identifier) for child in parent.below.values())


def _is_below(node: Node, identifier: Identifier) -> bool:
    return all(
        node.key(level) in identifier.unique(level)
        for level in node.level.above
        if level in identifier.model.levels and not (identifier.relational or not identifier.unique(level))
    )


def _matches(node: Node, identifier: Identifier, tag: int) -> bool:
    key = identifier.header
    if tag in COMPUTED:
        return matches("CS", key.text(tag), _computed(node, tag))
    if items := key.items(tag):
        return matches_sequence(items[0], node.header.items(tag))
    return matches(vr_of(tag), key.text(tag), node.header.values(tag))


def _returned(node: Node, identifier: Identifier, tag: int) -> Element:
    if tag in COMPUTED:
        return text_element(vr_of(tag), "\\".join(_computed(node, tag)), "utf-8")  # real files hold more than ASCII
    stored = node.header.elements.get(tag)
    return stored if stored is not None else _empty(tag, identifier)


def _empty(tag: int, identifier: Identifier) -> Element:
    vr = vr_of(tag)
    vr = identifier.header.elements[tag].vr if vr == "UN" else vr
    return Element(vr, () if vr == "SQ" else b"")


def _computed(node: Node, tag: int) -> tuple[str, ...]:
    keyword = COMPUTED[tag]
    if keyword == "ModalitiesInStudy":
        return node.at(Level.STUDY).modalities
    if keyword == "SOPClassesInStudy":
        return node.at(Level.STUDY).sop_classes
    above, _, counted = keyword.removeprefix("NumberOf").partition("Related")
    below = {"Studies": Level.STUDY, "Series": Level.SERIES, "Instances": Level.IMAGE}[counted]
    return (str(node.at(Level(above.upper())).count(below)),)
