r"""Keyword pathing as ``movescu`` has always read it: ``{element[item].}*element=value``.

The product's own paths (`query.parse_path`) are stricter, and refuse what scripts around this program may hold: a missing bracket
of a tag, text after an item, an attribute below one that is no sequence. Here what was accepted stays accepted, with the same
bytes; what was refused says why, or works where there was no reason to refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydicom import config
from pydicom.datadict import get_entry, keyword_dict, keyword_for_tag, repeater_has_keyword, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.valuerep import validate_value

from ...errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["apply"]

MAX_ITEM = 9_999
"""Largest item number taken: a slip of the keyboard must not make a million empty items."""
_TEXT = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"})
_SINGLE = frozenset({"LT", "ST", "UR", "UT"})  # a backslash separates nothing there (PS3.5 6.2)
_NUMBERS: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(("SL", "SS", "SV", "UL", "US", "UV"), int),
    **dict.fromkeys(("FD", "FL"), float),
    "AT": lambda text: Tag(text if text.isalnum() else text.strip("() ").replace(",", "")),
}


@dataclass(frozen=True, slots=True)
class _Step:
    """One component of a path: an element, and one item of it where it is a sequence."""

    text: str
    tag: int
    vr: str
    item: int | None

    @property
    def label(self) -> str:
        return keyword_for_tag(self.tag) or f"({self.tag >> 16:04X},{self.tag & 0xFFFF:04X})"


def apply(dataset: Dataset, path: str) -> tuple[str, ...]:
    """Set in a data set what a path says.

    Parameters
    ----------
    dataset : pydicom.dataset.Dataset
        Changed in place.
    path : str
        The path, with its value.

    Returns
    -------
    tuple of str
        What the Standard has against the value, in words; it is set all the same.

    Raises
    ------
    QueryError
        The path cannot be read, or the value cannot be written in its VR at all.

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> dataset = Dataset()
    >>> apply(dataset, "BeamSequence[1].BeamNumber=2"), len(dataset.BeamSequence)
    ((), 2)
    >>> apply(dataset, "PatientBirthDate=2020-01-01")
    ("PatientBirthDate: Invalid value for VR DA: '2020-01-01'.",)
    """
    before, _, value = path.partition("=")
    for step in map(_step, before.split(".")):
        if step.item is None:  # what stands below an element that is no item is ignored
            return _set(dataset, step, value)
        dataset = _item(dataset, step)
    return ()


def _set(dataset: Dataset, step: _Step, value: str) -> tuple[str, ...]:
    if step.vr == "SQ" and value:
        raise QueryError(
            f"'{step.text}' is a sequence and has no value of its own: say which item, as in {step.label}[0].Keyword="
        )
    vr = dataset[step.tag].VR if step.tag in dataset else step.vr
    try:
        converted = _converted(step.vr, value)
        element = DataElement(Tag(step.tag), vr, converted, validation_mode=config.IGNORE)
    except (ValueError, TypeError, OverflowError, AttributeError):
        raise QueryError(f"'{step.text}': the value cannot be written as VR {step.vr}") from None
    dataset.add(element)
    return tuple(_remarks(step.label, vr, converted))


def _item(dataset: Dataset, step: _Step) -> Dataset:
    if step.vr != "SQ" or (step.tag in dataset and dataset[step.tag].VR != "SQ"):
        raise QueryError(f"Element path contains an invalid component: '{step.text}' ({step.label} is no sequence)")
    if step.tag not in dataset:
        dataset.add(DataElement(Tag(step.tag), "SQ", []))
    items = dataset[step.tag].value
    number = step.item or 0
    items.extend(Dataset() for _ in range(number + 1 - len(items)))
    item: Dataset = items[number]
    return item


def _step(text: str) -> _Step:
    item = _item_number(text)
    tag = _tag(text if item is None else text.partition("[")[0], text)
    try:
        vr = get_entry(tag)[0]
    except KeyError:
        vr = "UN"  # private, or in no dictionary
    return _Step(text, tag, vr, item)


def _item_number(text: str) -> int | None:
    start, end = text.find("["), text.find("]")
    if start < 0 and end < 0:
        return None
    try:
        number = int(text[start + 1 : end]) if 0 <= start < end else -1
    except ValueError:
        number = -1
    if not 0 <= number <= MAX_ITEM:
        raise QueryError(f"Element path contains an invalid component: '{text}' (items are numbered from 0 to {MAX_ITEM})")
    return number


def _tag(name: str, text: str) -> int:
    if "," in name:
        return _written_tag(name, text)
    if repeater_has_keyword(name):
        raise QueryError(f"Repeating group elements must be specified using (gggg,eeee): '{text}'")
    tag = tag_for_keyword(name) if name else None  # the dictionary has entries without a keyword
    if tag is None:
        near = get_close_matches(name, filter(None, keyword_dict), n=1, cutoff=0.7)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise QueryError(f"Unable to parse element path component: '{text}'{hint}")
    return tag


def _written_tag(name: str, text: str) -> int:
    group, _, element = name.partition(",")
    group, element = group.replace("(", ""), element.replace(")", "")
    try:
        if len(group) == len(element) == 4:
            return int(group, 16) << 16 | int(element, 16)
    except ValueError:
        pass
    raise QueryError(f"Unable to parse element path component: '{text}'")


def _converted(vr: str, value: str) -> object:
    if vr == "SQ":
        return []
    if not value or vr in _TEXT:
        return value
    if vr in _NUMBERS:
        values = [_NUMBERS[vr](part) for part in value.split("\\")]
        return values[0] if len(values) == 1 else values
    if len(value) % 2:
        raise ValueError("bytes are pairs of hexadecimal digits")
    return bytes(int(value[place : place + 2], 16) for place in range(0, len(value), 2))


def _remarks(label: str, vr: str, value: object) -> Iterator[str]:
    """What the Standard has against a value, in pydicom's words."""
    if not value:
        return
    if isinstance(value, str) and vr not in _SINGLE:
        value = value.split("\\")
    for part in value if isinstance(value, list) else [value]:
        try:
            validate_value(vr, part, config.RAISE)
        except ValueError as error:
            yield f"{label}: {str(error).partition(' Please see')[0]}"
