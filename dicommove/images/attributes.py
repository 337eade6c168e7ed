"""Values of a data set that somebody else wrote: read so that no odd value raises, and absent is an empty tuple or text.

What belongs here: access to attributes. What they mean for a picture stands in `grey`, `colour` and `pictures`.
"""

from __future__ import annotations

import math
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

from ..head import CUSTOMIZABLE, decode_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import Dataset

__all__ = ["functional_group", "items", "number", "numbers", "quietly", "text", "texts", "value"]

_PLAIN = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"})
"""VRs of text whose characters Specific Character Set leaves as they are (PS3.5 6.2)."""


@contextmanager
def quietly() -> Iterator[None]:
    """Keep pydicom's remarks on odd values, which hold the values themselves, off the screen.

    Warning filters belong to the whole process, so they are touched in the main thread only; elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning)
        yield


def value(dataset: Dataset, keyword: str) -> object:
    """Return what pydicom makes of an attribute; None when absent or when it can make nothing of it."""
    try:
        return dataset[keyword].value if keyword in dataset else None
    except Exception:  # noqa: BLE001 - pydicom raises nearly anything for values that do not fit their VR
        return None


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """Every value of an attribute as a finite number; empty when absent or when one of them is none.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> dataset = Dataset()
    >>> dataset.PixelSpacing = [0.5, 0.25]
    >>> numbers(dataset, "PixelSpacing"), numbers(dataset, "Rows")
    ((0.5, 0.25), ())
    """
    try:
        numeric = tuple(float(one) for one in texts(dataset, keyword))
    except ValueError:
        return ()
    return numeric if all(math.isfinite(one) for one in numeric) else ()


def number(dataset: Dataset, keyword: str, default: int) -> int:
    """Return the first value of an attribute as an integer, else `default`.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> number(Dataset(), "NumberOfFrames", 1)
    1
    """
    found = numbers(dataset, keyword)
    return int(found[0]) if found else default


def text(dataset: Dataset, keyword: str) -> str:
    """Return the first value of an attribute as text without padding; empty when absent.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> dataset = Dataset()
    >>> dataset.Modality = "CT"
    >>> text(dataset, "Modality"), text(dataset, "SeriesDescription")
    ('CT', '')
    """
    return next(iter(texts(dataset, keyword)), "")


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """Every value of an attribute as text without padding; empty when absent.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> dataset = Dataset()
    >>> dataset.PatientOrientation = ["L", "F"]
    >>> texts(dataset, "PatientOrientation")
    ('L', 'F')
    """
    unread = _unread(dataset, keyword)
    if unread is not None:
        return unread
    found = value(dataset, keyword)
    values = found if isinstance(found, (MultiValue, list, tuple)) else [] if found in (None, "") else [found]
    return tuple(str(one).strip("\0 ") for one in values)


def _unread(dataset: Dataset, keyword: str) -> tuple[str, ...] | None:
    """Read text that pydicom has not converted yet; None where it has, or where the VR is none of text.

    pydicom remarks on every odd value, in threads too, and a remark holds the value.
    """
    raw = dataset.get_item(keyword, keep_deferred=True)
    if not isinstance(raw, RawDataElement) or not isinstance(raw.value, bytes):
        return None
    vr = raw.VR if raw.VR not in (None, "UN") else dictionary_VR(raw.tag)
    own = _unread(dataset, "SpecificCharacterSet") if vr in CUSTOMIZABLE else ()
    if vr not in _PLAIN and not (vr in CUSTOMIZABLE and (own or (raw.value.isascii() and b"\x1b" not in raw.value))):
        return None
    found = decode_text(raw.value, vr, "\\".join(own or ()))
    return () if not found else (found,) if vr in ("LT", "ST", "UT", "UR") else tuple(found.split("\\"))


def items(dataset: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """Return the items of a sequence; empty when absent or no sequence."""
    found = value(dataset, keyword)
    return tuple(found) if isinstance(found, Sequence) else ()


def functional_group(dataset: Dataset, macro: str, index: int) -> Dataset:
    """Where a macro of an enhanced multi-frame stands for one frame; the data set itself when it has none (PS3.3 C.7.6.16).

    Parameters
    ----------
    dataset : Dataset
    macro : str
        Keyword of the macro's sequence, such as ``"FrameVOILUTSequence"``.
    index : int
        The frame, from 0.
    """
    frames = items(dataset, "PerFrameFunctionalGroupsSequence")
    for group in (*frames[index : index + 1], *items(dataset, "SharedFunctionalGroupsSequence")[:1]):
        for found in items(group, macro)[:1]:
            return found
    return dataset
