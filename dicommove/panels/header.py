"""The header of an instance as rows of a table, private elements named by their creator, patient data hidden unless asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import RawDataElement
from pydicom.multival import MultiValue

from .. import markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import DataElement, Dataset
    from pydicom.tag import BaseTag

    Row = list[Any]

__all__ = ["HIDDEN", "header_rows", "is_personal"]

HIDDEN = "(hidden)"
_MOST_ROWS, _DEEPEST, _LONGEST = 5_000, 8, 200
_LARGEST = 1 << 22  # bytes of a sequence, or of what may be one, that is looked into: it may hold millions of items
_PERSONAL_GROUPS = (0x0010, 0x0038)
"""Patient and visit."""
_PERSONAL_VRS = ("PN", "DA", "DT", "LT", "ST", "UT")
"""Names, dates, and free text, where people write names."""
_PERSONAL = frozenset(
    """AccessionNumber StudyID InstitutionName InstitutionAddress InstitutionalDepartmentName StationName StudyDescription
    RequestedProcedureDescription RequestedProcedureID PerformedProcedureStepID ScheduledProcedureStepID CurrentPatientLocation
    DeviceSerialNumber OperatorsName FillerOrderNumberImagingServiceRequest PlacerOrderNumberImagingServiceRequest AdmissionID
    IssuerOfPatientID ClinicalTrialSubjectID ClinicalTrialSubjectReadingID ImageComments TextValue AdmittingDiagnosesDescription
    ReasonForTheRequestedProcedure ReasonForRequestedProcedure ReasonForVisit PersonTelephoneNumbers SpecimenIdentifier
    ContainerIdentifier PerformedStationName ScheduledStationName""".split()  # noqa: SIM905 - one name a line is no better to read
)


def header_rows(header: Dataset, *, private: bool) -> list[Row]:
    """List the elements: ``[tag, keyword or creator, VR, value as text, depth, whether private]``.

    Parameters
    ----------
    header : Dataset
    private : bool
        True shows everything; False hides what tells who the patient is: groups 0010 and 0038, names, dates, free text, numbers
        of orders, and the values of private elements, of which nobody knows what they hold.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> header = Dataset()
    >>> header.Modality, header.PatientName = "CT", "Meier^Anna"
    >>> for row in header_rows(header, private=False):
    ...     print(row)
    ['(0008,0060)', 'Modality', 'CS', 'CT', 0, False]
    ['(0010,0010)', 'PatientName', 'PN', '(hidden)', 0, False]
    """
    meta = getattr(header, "file_meta", None)
    rows: list[Row] = []
    for part in (meta, header):
        for row in () if part is None else _rows(part, 0, private=private):
            if len(rows) == _MOST_ROWS:
                return [*rows, ["", "", "", f"only the first {_MOST_ROWS} elements are shown", 0, False]]
            rows.append(row)
    return rows


def _rows(dataset: Dataset, depth: int, *, private: bool) -> Iterator[Row]:
    for tag in sorted(dataset.keys()):
        raw = dataset.get_item(tag)
        if isinstance(raw, RawDataElement) and len(raw.value or b"") > _LARGEST and raw.VR in ("SQ", "UN", None):
            yield [_tag(tag), keyword_for_tag(tag), raw.VR or "", f"{raw.length} bytes, not looked into", depth, tag.is_private]
            continue
        try:
            element = dataset[tag]
        except Exception:  # noqa: BLE001 - pydicom raises nearly anything for values that do not fit their VR
            yield [_tag(tag), keyword_for_tag(tag), "", "(cannot be read)", depth, tag.is_private]
            continue
        yield [_tag(tag), _named(dataset, element), str(element.VR), _shown(element, private=private), depth, tag.is_private]
        if element.VR == "SQ" and depth < _DEEPEST:
            for item in element.value:
                yield from _rows(item, depth + 1, private=private)


def _tag(tag: BaseTag) -> str:
    return f"({tag.group:04X},{tag.element:04X})"


def _named(dataset: Dataset, element: DataElement) -> str:
    """Keyword; of a private element its name, where it is known, and its creator (PS3.5 7.8.1)."""
    if not element.tag.is_private:
        return element.keyword or element.name
    if element.tag.is_private_creator:
        return "Private Creator"
    block = (element.tag.group << 16) | (element.tag.element >> 8)
    creator = markup.visible(dataset[block].value, 64) if block in dataset else "no creator"
    name = element.name.strip("[]")
    return f"{name} [{creator}]" if element.name.startswith("[") else f"[{creator}]"


def is_personal(element: DataElement) -> bool:
    """Whether an element may tell who the patient is.

    Examples
    --------
    >>> from pydicom import DataElement
    >>> is_personal(DataElement(0x00080090, "PN", "X")), is_personal(DataElement(0x00180050, "DS", "1.5"))
    (True, False)
    """
    if element.tag.is_private:
        return not element.tag.is_private_creator
    return element.tag.group in _PERSONAL_GROUPS or element.VR in _PERSONAL_VRS or element.keyword in _PERSONAL


def _shown(element: DataElement, *, private: bool) -> str:
    value = element.value
    if element.VR == "SQ":
        return f"{len(value)} item{'s' * (len(value) != 1)}"
    if value is None or value in ("", b""):
        return ""
    if not private and is_personal(element):
        return HIDDEN
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    parts = [str(one) for one in value[: _LONGEST + 1]] if isinstance(value, (MultiValue, list)) else [str(value)[:2_000]]
    return markup.visible("\\".join(parts), _LONGEST)
