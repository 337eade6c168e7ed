"""DICOM text into data elements, without a judgement and without a warning: judging is done where the user typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom import config
from pydicom.dataelem import DataElement
from pydicom.tag import Tag

from .literals import BYTES_VRS, FLOAT_VRS, INTEGER_RANGES

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["element_of"]

_BINARY_INTEGERS = frozenset(INTEGER_RANGES) - {"IS"}


def element_of(tag: int, vr: str, text: str) -> DataElement:
    r"""Make a data element of DICOM text; ``\`` separates values where the VR allows several.

    Raises
    ------
    ValueError
        A number, tag or hexadecimal value cannot be read.

    Examples
    --------
    >>> element_of(0x00280010, "US", "512").value, element_of(0x00100010, "PN", "MEIER*").value
    (512, 'MEIER*')
    """
    value: object = [] if vr == "SQ" else _converted(vr, text)
    # the wildcards and ranges of a query are no valid values of their VRs, so pydicom is told not to look
    return DataElement(Tag(tag), vr, value, validation_mode=config.IGNORE)


def _converted(vr: str, text: str) -> object:
    if vr in BYTES_VRS:
        return bytes.fromhex(text)
    convert = _CONVERTERS.get(vr)
    if convert is None or not text:
        return text if text or convert is None else None
    values = [convert(part) for part in text.split("\\")]
    return values[0] if len(values) == 1 else values


_CONVERTERS: dict[str, Callable[[str], object]] = {
    "AT": lambda text: Tag(int(text.strip("() ").replace(",", ""), 16)),
    **dict.fromkeys(_BINARY_INTEGERS, int),
    **dict.fromkeys(FLOAT_VRS, float),
}
