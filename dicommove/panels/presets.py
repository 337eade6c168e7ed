"""Windows to choose from: the file's own, the customary ones of the modality, and automatic; each with its key."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from ..images import file_windows

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["presets"]

_CT = (
    ("brain", 40.0, 80.0),
    ("lung", -600.0, 1500.0),
    ("bone", 450.0, 1800.0),
    ("abdomen", 50.0, 400.0),
    ("mediastinum", 50.0, 350.0),
)
"""In Hounsfield units: keys 1 to 5."""


def presets(header: Dataset, modality: str) -> list[dict[str, Any]]:
    """List the windows of a series, for the message ``opened``.

    Key ``0`` is the file's first window, ``1`` to ``5`` those of the modality (CT), else the file's others, ``a`` automatic:
    without numbers, because it is computed from the picture that is seen.

    Parameters
    ----------
    header : Dataset
        Of an instance of the series.
    modality : str

    Examples
    --------
    >>> from pydicom import Dataset
    >>> [(one["key"], one["name"], one["center"], one["width"]) for one in presets(Dataset(), "CT")][:2]
    [('1', 'brain', 40.0, 80.0), ('2', 'lung', -600.0, 1500.0)]
    """
    own = file_windows(header)
    named = [(name, window.center, window.width, window.function) for name, window in own]
    first = [("0", (f"file: {named[0][0]}" if named[0][0] else "file", *named[0][1:]))] if named else []
    usual = [(*one, "LINEAR") for one in _CT] if modality == "CT" else [(name or "file", *rest) for name, *rest in named[1:6]]
    numbered = ((str(key), one) for key, one in enumerate(usual, 1))
    found = [
        {"key": key, "name": name, "center": center, "width": width, "function": function}
        for key, (name, center, width, function) in chain(first, numbered)
    ]
    return [*found, {"key": "a", "name": "automatic", "center": None, "width": None, "function": "LINEAR_EXACT"}]
