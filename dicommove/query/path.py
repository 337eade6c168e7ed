r"""The keyword pathing grammar of the DICOM command line tools: ``{element[item].}*element=value``.

An element is a keyword or ``(gggg,eeee)``; items count from 0; an empty value means universal matching; a backslash separates
values; values of byte VRs are hexadecimal digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset

from ..errors import QueryError
from .attributes import Attribute, attribute_of_keyword, attribute_of_tag
from .elements import element_of
from .literals import BYTES_VRS

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement

__all__ = ["Path", "PathElement", "apply_path", "parse_path"]

_TAG = r"\(?(?P<group>[0-9A-Fa-f]{4}),(?P<element>[0-9A-Fa-f]{4})\)?"
_COMPONENT = re.compile(rf"(?:(?P<keyword>\w+)|{_TAG})(?:\[(?P<item>[0-9]+)\])?", re.ASCII)
MAX_ITEM = 9_999
"""Largest item number taken: a slip of the keyboard must not make a million empty items."""


@dataclass(frozen=True, slots=True)
class PathElement:
    """One step of a path.

    Attributes
    ----------
    attribute : Attribute
        Which attribute.
    item : int or None
        Item of the sequence, from 0; None where no ``[item]`` was written.
    """

    attribute: Attribute
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path.

    Attributes
    ----------
    elements : tuple of PathElement
        From the outermost in; never empty.
    value : str
        The text after ``=``, verbatim; empty when there was none.
    """

    elements: tuple[PathElement, ...]
    value: str = ""

    @property
    def tags(self) -> tuple[int, ...]:
        """The tags from the outermost in."""
        return tuple(element.attribute.tag for element in self.elements)

    @property
    def leaf(self) -> PathElement:
        """The last step: what the value belongs to."""
        return self.elements[-1]


def parse_path(text: str) -> Path:
    """Read a path.

    Raises
    ------
    QueryError
        It does not follow the grammar, or a keyword is in no dictionary.

    Examples
    --------
    >>> path = parse_path("ProcedureCodeSequence[0].CodeValue=P5-09051")
    >>> [(step.attribute.label, step.item) for step in path.elements], path.value
    ([('ProcedureCodeSequence', 0), ('CodeValue', None)], 'P5-09051')
    """
    before, _, value = text.partition("=")
    elements = tuple(_element(component) for component in before.strip().split("."))
    for parent in elements[:-1]:
        if parent.item is None:
            label = parent.attribute.label
            raise QueryError(f"{label} has a part below it, so its item must be said: {label}[0].…")
    return Path(elements, value)


def _element(component: str) -> PathElement:
    match = _COMPONENT.fullmatch(component)
    if match is None:
        raise QueryError(f"{component!r} is no element of a path; write Keyword, (gggg,eeee), Keyword[0].Keyword=value")
    found = match.groupdict()
    by_keyword = found["keyword"]
    attribute = attribute_of_keyword(by_keyword) if by_keyword else attribute_of_tag(int(found["group"] + found["element"], 16))
    if found["item"] is None:
        return PathElement(attribute)
    if attribute.vr not in {"SQ", "UN"}:
        raise QueryError(f"{attribute.label} is no sequence (VR {attribute.vr}) and has no items")
    if len(found["item"]) > 4:
        raise QueryError(f"{attribute.label}: item numbers go up to {MAX_ITEM}")
    return PathElement(attribute, int(found["item"]))


def apply_path(dataset: Dataset, text: str) -> None:
    """Set in a data set what a path says, as given: values are converted to what the VR needs, not judged.

    Missing items before the one that is named are made, empty.

    Parameters
    ----------
    dataset : pydicom.dataset.Dataset
        Changed in place.
    text : str
        The path, with its value.

    Raises
    ------
    QueryError
        The path does not follow the grammar, or its value cannot be converted at all.

    Examples
    --------
    >>> dataset = Dataset()
    >>> apply_path(dataset, "QueryRetrieveLevel=PATIENT")
    >>> apply_path(dataset, "BeamSequence[1].BeamNumber=2")
    >>> dataset.QueryRetrieveLevel, len(dataset.BeamSequence)
    ('PATIENT', 2)
    """
    path = parse_path(text)
    for step in path.elements[:-1]:
        dataset = _item(dataset, step)
    if path.leaf.item is not None:
        _item(dataset, path.leaf)
        return
    leaf = path.leaf.attribute
    dataset[leaf.tag] = _leaf(leaf, path.value)


def _leaf(attribute: Attribute, value: str) -> DataElement:
    if attribute.vr in BYTES_VRS:
        value = re.sub(r"\s", "", value)
    try:
        return element_of(attribute.tag, attribute.vr, value)
    except (ValueError, OverflowError) as error:
        raise QueryError(f"{attribute.label}: the value cannot be written as VR {attribute.vr}") from error


def _item(dataset: Dataset, step: PathElement) -> Dataset:
    tag, number = step.attribute.tag, step.item or 0
    if tag not in dataset or dataset[tag].VR != "SQ":
        dataset[tag] = element_of(tag, "SQ", "")
    items = dataset[tag].value
    items.extend(Dataset() for _ in range(number + 1 - len(items)))
    item: Dataset = items[number]
    return item
