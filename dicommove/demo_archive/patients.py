"""The cast of the demo archive: six patients and more, their studies, and what each series is made of.

All of it is made up. The names sound like names so that wildcards, character sets and component groups have something to match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .people import Patient, Series, Study
from .phantom_head import HEAD_GRID, head_ct, head_mr
from .pictures import slices_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .composing import Attributes
    from .elements import Elements

__all__ = ["demo_instances"]

_CT, _MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"

_HOUNSFIELD: Attributes = {"RescaleIntercept": -1024, "RescaleSlope": 1, "RescaleType": "HU", "KVP": 120}

_ANNA = Patient("000123", "MEIER^ANNA", "F", "19610412")


def demo_instances() -> Iterator[Elements]:
    """Every native instance, patient by patient."""
    yield from _anna()


def _anna() -> Iterator[Elements]:
    head = Study(_ANNA, "20240117", "081500", "A20240001", "CT head", "HAUSER^EVA")
    ct = Series(head, 2, "CT", "Head 2.5 soft", _CT, "HEAD")
    window: Attributes = {"WindowCenter": 40, "WindowWidth": 90, "ConvolutionKernel": "H31s"}
    yield from slices_of(ct, head_ct() + 1024, HEAD_GRID, extra={**_HOUNSFIELD, **window})
    control = Study(_ANNA, "20240305", "134210", "A20240107", "MR head", "HAUSER^EVA")
    for number, weighting in ((1, "T1"), (2, "T2")):
        mr = Series(control, number, "MR", f"{weighting} axial", _MR, "HEAD")
        yield from slices_of(mr, head_mr(weighting), HEAD_GRID, step=2, extra=_MAGNET[weighting])


_MAGNET: dict[str, Attributes] = {
    "T1": {"RepetitionTime": 500, "EchoTime": 12, "MagneticFieldStrength": 1.5, "WindowCenter": 350, "WindowWidth": 700},
    "T2": {"RepetitionTime": 4200, "EchoTime": 98, "MagneticFieldStrength": 1.5, "WindowCenter": 480, "WindowWidth": 960},
}
