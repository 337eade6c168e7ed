"""Keys into Identifiers: the data sets that a C-FIND or a C-MOVE sends (PS3.4 C.4.1.1.3, C.4.2.1.4)."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset

from .attributes import attribute_of_keyword
from .charset import AFFECTED_VRS, specific_character_set
from .elements import element_of
from .keys import Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..terms import Level

__all__ = ["MAX_UIDS", "Asked", "Question", "asked", "build", "chunks", "combinations", "unique"]

MAX_UIDS = 300
"""Most UIDs in one list: within what archives take, and some 20 KB on the wire."""

Asked = tuple[Key, str]
"""A key, and the one text that is sent for it; empty for universal matching."""
Question = tuple[Asked, ...]
"""All that one Identifier asks, apart from its level."""


def build(level: Level, parts: Iterable[Asked]) -> Dataset:
    """Build one Identifier, with the Specific Character Set that its values need and no more.

    Examples
    --------
    >>> from dicommove.query.keys import return_key
    >>> from dicommove.terms import Level
    >>> list(build(Level.STUDY, [(return_key("StudyDate", Level.STUDY), "20240131")]).keys())
    [(0008,0020), (0008,0052)]
    """
    dataset = Dataset()
    texts = []
    for key, text in parts:
        _place(dataset, key, text)
        if key.vr in AFFECTED_VRS:
            texts.append(text)
    dataset[0x00080052] = element_of(0x00080052, "CS", level.value)
    character_set = specific_character_set(texts)
    if character_set:
        dataset[0x00080005] = element_of(0x00080005, "CS", character_set)
    return dataset


def _place(dataset: Dataset, key: Key, text: str) -> None:
    for tag in key.path[:-1]:
        dataset = _item(dataset, tag)
    leaf = key.path[-1]
    if key.has_item:
        _item(dataset, leaf)
    elif key.vr != "SQ" or leaf not in dataset:
        dataset[leaf] = element_of(leaf, key.vr, text)


def _item(dataset: Dataset, tag: int) -> Dataset:
    if tag not in dataset:
        dataset[tag] = element_of(tag, "SQ", "")
    items = dataset[tag].value
    if not items:
        items.append(Dataset())
    first: Dataset = items[0]
    return first


def combinations(keys: Sequence[Key]) -> list[tuple[Asked, ...]]:
    """List what is sent for keys that have several values: UIDs in lists, of other values one each.

    Examples
    --------
    >>> from dicommove.query.keys import keys_of
    >>> from dicommove.terms import Level
    >>> [[text for _, text in asked] for asked in combinations(list(keys_of("ModalitiesInStudy", ["CT", "MR"], Level.STUDY)))]
    [['CT'], ['MR']]
    """
    return list(product(*([(key, text) for text in _texts(key)] for key in keys)))


def _texts(key: Key) -> Iterable[str]:
    if key.vr != "UI":
        return key.values
    return ("\\".join(some) for some in chunks(key.values))


def chunks(values: Sequence[str], size: int = MAX_UIDS) -> Iterator[tuple[str, ...]]:
    """Cut a list of UIDs into lists that one Identifier may hold.

    Parameters
    ----------
    values : sequence of str
        The UIDs, in order.
    size : int
        Most of them in one list.

    Examples
    --------
    >>> list(chunks(["1", "2", "3"], 2))
    [('1', '2'), ('3',)]
    """
    return (tuple(values[start : start + size]) for start in range(0, len(values), size))


def unique(level: Level) -> Key:
    """Make the unique key of a level without a value: asked back."""
    attribute = attribute_of_keyword(level.unique_key)
    return Key(level, (attribute.tag,), attribute.vr)


def asked(keys: Iterable[Key]) -> tuple[Asked, ...]:
    """Pair keys that are only asked back with the empty text."""
    return tuple((key, "") for key in keys)
