"""The cast of the demo archive: its patients, their studies, and what each series is made of.

All of it is made up. The names sound like names so that wildcards, character sets and component groups have something to match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .documents import code, ecg, encapsulated_pdf, raw_data, text_report
from .people import Patient, Series, Study
from .phantom_chest import CHEST_GRID, chest_ct, chest_radiograph
from .phantom_head import HEAD_GRID, head_ct, head_mr
from .phantom_ultrasound import beating_heart, colour_map
from .pictures import colour_picture, grey_picture, slices_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .composing import Attributes
    from .elements import Elements

__all__ = [
    "CINE",
    "COMPRESSED_STUDY",
    "CT",
    "DIGITAL",
    "DX",
    "HOUNSFIELD",
    "MAGNET",
    "MR",
    "PRIVATE",
    "PROJECTION",
    "SC",
    "US_CINE",
    "demo_instances",
]

_STORAGE = "1.2.840.10008.5.1.4.1.1"
CR, DX, CT, MR = f"{_STORAGE}.1", f"{_STORAGE}.1.1", f"{_STORAGE}.2", f"{_STORAGE}.4"
US_CINE, SC, _ECG = f"{_STORAGE}.3.1", f"{_STORAGE}.7", f"{_STORAGE}.9.1.1"
_SR, _PDF = f"{_STORAGE}.88.11", f"{_STORAGE}.104.1"
_RETIRED_US = f"{_STORAGE}.6"
PRIVATE = "2.25.329800735698586629295641978511506172918.1"
"""A SOP Class that no list knows, as vendors have them (PS3.4 B.3.1)."""

_ANNA = Patient("000123", "MEIER^ANNA", "F", "19610412")
_JOERG = Patient("0004711", "MEIERHÖFER^JÖRG^^Dr.", "M", "19550923", "ISO_IR 100")
_TARO = Patient("JP-0042", "Yamada^Tarou=山田^太郎=やまだ^たろう", "M", "19720830", "\\ISO 2022 IR 87")
_MARIA = Patient("007001", "ИВАНОВА^МАРИЯ", "F", "19880219", "ISO_IR 144")
_LUCIA = Patient("000456", "GARCÍA^LUCÍA", "F", "19930605", "ISO_IR 100")
_JANE = Patient("ANON7", "DOE^JANE")
_KLAUS = Patient("000789", "MÜLLER^KLAUS", "M", "19490101", "ISO_IR 192")

COMPRESSED_STUDY = Study(_KLAUS, "20240422", "101500", "A20240150", "Compressed samples", "HAUSER^EVA")
"""The study whose instances are compressed: they are files of the package."""

HOUNSFIELD: Attributes = {"RescaleIntercept": -1024, "RescaleSlope": 1, "RescaleType": "HU", "KVP": 120}
"""Attributes of a computed tomography image: stored values are Hounsfield units + 1024."""
_SPIN_ECHO: Attributes = {
    "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"],
    "ScanningSequence": "SE",
    "SequenceVariant": "NONE",
    "ScanOptions": None,
    "MRAcquisitionType": "2D",
    "EchoTrainLength": None,
    "MagneticFieldStrength": 1.5,
}
MAGNET: dict[str, Attributes] = {
    "T1": {**_SPIN_ECHO, "RepetitionTime": 500, "EchoTime": 12, "WindowCenter": 350, "WindowWidth": 700},
    "T2": {**_SPIN_ECHO, "RepetitionTime": 4200, "EchoTime": 98, "WindowCenter": 480, "WindowWidth": 960},
}
"""Attributes of a magnetic resonance image, by its weighting."""
PROJECTION: Attributes = {
    "BitsStored": 12,
    "HighBit": 11,
    "WindowCenter": 2048,
    "WindowWidth": 4096,
    "PatientOrientation": ["L", "F"],
}
"""Attributes of every radiograph."""
DIGITAL: Attributes = {
    **PROJECTION,
    "ViewPosition": "PA",
    "ImagerPixelSpacing": [0.6, 0.6],
    "PresentationIntentType": "FOR PRESENTATION",
    "ImageLaterality": "U",
    "AnatomicRegionSequence": [code("51185008", "SCT", "Chest")],
    "PixelIntensityRelationship": "LOG",
    "PixelIntensityRelationshipSign": -1,
    "RescaleIntercept": 0,
    "RescaleSlope": 1,
    "RescaleType": "US",
    "PresentationLUTShape": "IDENTITY",
    "LossyImageCompression": "00",
    "BurnedInAnnotation": "NO",
    "DetectorType": "SCINTILLATOR",
    "PositionerType": "COLUMN",
    "AcquisitionContextSequence": [],
}
"""Attributes of a radiograph of the class DX."""
CINE: Attributes = {"FrameTime": 42.5, "FrameIncrementPointer": b"\x18\x00\x63\x10", "CineRate": 24}
"""Attributes of a cine: the pointer is to Frame Time (0018,1063)."""


def demo_instances() -> Iterator[Elements]:
    """Every native instance, patient by patient; two studies share the accession number ``A20230900``."""
    for tell in (_anna, _joerg, _taro, _maria, _lucia, _jane):
        yield from tell()


def _anna() -> Iterator[Elements]:
    head = Study(_ANNA, "20240117", "081500", "A20240001", "CT head", "HAUSER^EVA")
    ct = Series(head, 2, "CT", "Head 2.5 soft", CT, "HEAD")
    hounsfield = head_ct()
    window: Attributes = {"WindowCenter": 40, "WindowWidth": 90, "ConvolutionKernel": "H31s"}
    yield from slices_of(ct, hounsfield + 1024, HEAD_GRID, extra={**HOUNSFIELD, **window})
    yield colour_picture(
        Series(head, 900, "CT", "Perfusion map", SC, "HEAD"), 1, colour_map(hounsfield[44]), {"ConversionType": "WSD"}
    )
    report = Series(head, 901, "SR", "Report", _SR)
    yield text_report(
        report, ["A round lesion with oedema in the left parietal lobe.", "No haemorrhage. Ventricles of normal width."]
    )
    control = Study(_ANNA, "20240305", "134210", "A20240107", "MR head", "HAUSER^EVA")
    for number, weighting in ((1, "T1"), (2, "T2")):
        mr = Series(control, number, "MR", f"{weighting} axial", MR, "HEAD")
        yield from slices_of(mr, head_mr(weighting), HEAD_GRID, step=2, extra=MAGNET[weighting])


def _joerg() -> Iterator[Elements]:
    chest = Study(_JOERG, "20240220", "093000", "A20240061", "CT Thorax", "GRÜN^PAUL")
    ct = Series(chest, 3, "CT", "Thorax 4.5 nativ", CT, "CHEST")
    window: Attributes = {"WindowCenter": [40, -600], "WindowWidth": [400, 1500], "ConvolutionKernel": "B40f"}
    yield from slices_of(ct, chest_ct() + 1024, CHEST_GRID, extra={**HOUNSFIELD, **window})
    plain = Study(_JOERG, "20240219", "160500", "A20240058", "Röntgen Thorax p.a.", "GRÜN^PAUL")
    yield grey_picture(Series(plain, 1, "DX", "Thorax p.a.", DX, "CHEST"), 1, chest_radiograph(), DIGITAL)


def _taro() -> Iterator[Elements]:
    heart = Study(_TARO, "20231102", "110000", "A20230812", "心臓超音波検査", "Sato^Ken=佐藤^健")
    yield colour_picture(Series(heart, 1, "US", "Four chamber view", US_CINE, "HEART"), 1, beating_heart(), CINE)
    tracing = Study(_TARO, "20231103", "084500", "A20230815", "安静時心電図", "Sato^Ken=佐藤^健")
    yield ecg(Series(tracing, 1, "ECG", "12 leads at rest", _ECG))


def _maria() -> Iterator[Elements]:
    lateral = chest_radiograph(560, 480, lateral=True)
    first = Study(_MARIA, "20230609", "120000", "A20230900", "Рентген грудной клетки", "ПЕТРОВ^ИВАН")
    again = Study(_MARIA, "20240513", "091500", "A20240188", "Рентген грудной клетки", "ПЕТРОВ^ИВАН")
    view: Attributes = {**PROJECTION, "ViewPosition": "LL"}
    for study in (first, again):
        yield grey_picture(Series(study, 1, "CR", "Lateral", CR, "CHEST"), 1, lateral, view)
    yield grey_picture(
        Series(again, 2, "CR", "p.a.", CR, "CHEST"), 1, chest_radiograph(560, 480), {**PROJECTION, "ViewPosition": "PA"}
    )


def _lucia() -> Iterator[Elements]:
    letter = Study(_LUCIA, "20230914", "153000", "A20230900", "Informe clínico", "NÚÑEZ^PILAR")
    yield encapsulated_pdf(Series(letter, 1, "DOC", "Informe", _PDF), "Synthetic clinical letter")
    head = Study(_LUCIA, "20230920", "100000", "A20230655", "RM cráneo", "NÚÑEZ^PILAR")
    yield from slices_of(Series(head, 1, "MR", "T2 axial", MR, "HEAD"), head_mr("T2", 4), HEAD_GRID, step=4, extra=MAGNET["T2"])


def _jane() -> Iterator[Elements]:
    """Much is missing here, as in old or carelessly anonymised data; and two classes that many receivers refuse."""
    study = Study(_JANE, "20230301", "000000")
    retired = Series(study, 1, "US", "Retired class", _RETIRED_US)
    yield colour_picture(retired, 1, beating_heart(2)[0], {"BodyPartExamined": None})
    for number in (1, 2):
        yield raw_data(Series(study, 2, "OT", "Private class", PRIVATE), number, b"RAW" + bytes(509))
