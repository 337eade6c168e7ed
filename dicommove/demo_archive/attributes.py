"""Which attribute belongs to which level of the archive's hierarchy, and which are counted, not stored (PS3.4 C.3.4, C.6.1.1)."""

from __future__ import annotations

from pydicom.datadict import keyword_for_tag, tag_for_keyword

from ..terms import InformationModel, Level

__all__ = ["COMPUTED", "INSTANCE_AVAILABILITY", "LEVEL_TAG", "RETRIEVE_AE_TITLE", "UNIQUE_TAGS", "level_of", "name_of"]

LEVEL_TAG = 0x00080052
RETRIEVE_AE_TITLE = 0x00080054
INSTANCE_AVAILABILITY = 0x00080056

_PATIENT = """
    PatientName PatientID IssuerOfPatientID PatientBirthDate PatientBirthTime PatientSex OtherPatientIDs OtherPatientNames
    EthnicGroup PatientComments NumberOfPatientRelatedStudies NumberOfPatientRelatedSeries NumberOfPatientRelatedInstances
"""
_STUDY = """
    StudyDate StudyTime AccessionNumber StudyID StudyInstanceUID StudyDescription ReferringPhysicianName
    NameOfPhysiciansReadingStudy AdmittingDiagnosesDescription ProcedureCodeSequence PatientAge PatientSize PatientWeight
    Occupation AdditionalPatientHistory InstitutionName ModalitiesInStudy SOPClassesInStudy NumberOfStudyRelatedSeries
    NumberOfStudyRelatedInstances
"""
_SERIES = """
    Modality SeriesNumber SeriesInstanceUID SeriesDescription SeriesDate SeriesTime BodyPartExamined Laterality ProtocolName
    PatientPosition PerformingPhysicianName OperatorsName Manufacturer ManufacturerModelName StationName FrameOfReferenceUID
    RequestAttributesSequence PerformedProcedureStepStartDate PerformedProcedureStepStartTime PerformedProcedureStepID
    PerformedProcedureStepDescription NumberOfSeriesRelatedInstances
"""
_COMPUTED = """
    ModalitiesInStudy SOPClassesInStudy NumberOfPatientRelatedStudies NumberOfPatientRelatedSeries
    NumberOfPatientRelatedInstances NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances NumberOfSeriesRelatedInstances
"""


def _by_tag(keywords: str) -> dict[int, str]:
    return {tag: keyword for keyword in keywords.split() if (tag := tag_for_keyword(keyword)) is not None}


COMPUTED = _by_tag(_COMPUTED)
"""Attributes that the archive counts over what stands below, by tag (PS3.4 C.3.4)."""
UNIQUE_TAGS = {level: tag for level in Level for tag in _by_tag(level.unique_key)}
"""Tag of each level's unique key."""

_LEVEL_OF = {
    **dict.fromkeys(_by_tag(_PATIENT), Level.PATIENT),
    **dict.fromkeys(_by_tag(_STUDY), Level.STUDY),
    **dict.fromkeys(_by_tag(_SERIES), Level.SERIES),
}


def level_of(tag: int, model: InformationModel) -> Level:
    """Level that an attribute is a key of; in Study Root the patient's attributes are keys of STUDY (PS3.4 C.6.2.1).

    Examples
    --------
    >>> level_of(0x00100010, InformationModel.STUDY_ROOT)
    <Level.STUDY: 'STUDY'>
    """
    level = _LEVEL_OF.get(tag, Level.IMAGE)
    return Level.STUDY if model is InformationModel.STUDY_ROOT and level is Level.PATIENT else level


def name_of(tag: int) -> str:
    """Keyword of an attribute, or its tag in hexadecimal; never a value.

    Examples
    --------
    >>> name_of(0x0020000D), name_of(0x00091001)
    ('StudyInstanceUID', '(0009,1001)')
    """
    return keyword_for_tag(tag) or f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
