"""Which key belongs to which level, and which keys every archive must match on (PS3.4 C.6.1.1 and C.6.2.1).

A keyword that is in no table here belongs to the level at which it is asked: archives differ in what they keep where.
"""

from __future__ import annotations

from ..errors import QueryError
from ..terms import Level

__all__ = ["NOT_A_KEY", "REQUIRED_KEYS", "key_level", "level_of"]

_KEYWORDS = {
    Level.PATIENT: """
        PatientName PatientID IssuerOfPatientID IssuerOfPatientIDQualifiersSequence TypeOfPatientID
        ReferencedPatientSequence PatientBirthDate PatientBirthTime PatientSex OtherPatientIDs OtherPatientIDsSequence
        OtherPatientNames PatientBirthName PatientMotherBirthName PatientAddress PatientTelephoneNumbers EthnicGroup
        PatientComments PatientSpeciesDescription PatientSpeciesCodeSequence PatientBreedDescription
        PatientBreedCodeSequence StrainDescription ResponsiblePerson ResponsibleOrganization MilitaryRank
        BranchOfService PatientReligiousPreference PatientIdentityRemoved QualityControlSubject
        NumberOfPatientRelatedStudies NumberOfPatientRelatedSeries NumberOfPatientRelatedInstances
        """,
    Level.STUDY: """
        StudyInstanceUID StudyDate StudyTime AccessionNumber IssuerOfAccessionNumberSequence StudyID StudyDescription
        ModalitiesInStudy SOPClassesInStudy AnatomicRegionsInStudyCodeSequence ReferringPhysicianName
        ReferringPhysicianIdentificationSequence ConsultingPhysicianName PhysiciansOfRecord
        NameOfPhysiciansReadingStudy ProcedureCodeSequence AdmittingDiagnosesDescription
        AdmittingDiagnosesCodeSequence ReferencedStudySequence PatientAge PatientSize PatientWeight Occupation
        AdditionalPatientHistory MedicalAlerts Allergies PregnancyStatus SmokingStatus AdmissionID VisitComments
        OtherStudyNumbers StudyStatusID StudyPriorityID StudyComments StudyVerifiedDate StudyReadDate
        StudyArrivalDate StudyCompletionDate RequestedProcedurePriority NumberOfStudyRelatedSeries
        NumberOfStudyRelatedInstances
        """,
    Level.SERIES: """
        SeriesInstanceUID SeriesNumber SeriesDate SeriesTime SeriesDescription SeriesDescriptionCodeSequence Modality
        BodyPartExamined Laterality PatientPosition ProtocolName OperatorsName PerformingPhysicianName
        PerformedProcedureStepStartDate PerformedProcedureStepStartTime PerformedProcedureStepEndDate
        PerformedProcedureStepEndTime PerformedProcedureStepID PerformedProcedureStepDescription
        PerformedProcedureTypeDescription PerformedProtocolCodeSequence RequestAttributesSequence
        ReferencedPerformedProcedureStepSequence FrameOfReferenceUID
        PositionReferenceIndicator TreatmentSessionUID PresentationIntentType NumberOfSeriesRelatedInstances
        """,
    Level.IMAGE: """
        SOPInstanceUID SOPClassUID InstanceNumber InstanceCreationDate InstanceCreationTime InstanceCreatorUID ImageType
        AcquisitionNumber ContentDate ContentTime ContentLabel ContentDescription ContentCreatorName NumberOfFrames
        Rows Columns BitsAllocated BitsStored PixelSpacing SamplesPerPixel PhotometricInterpretation SliceLocation
        ImagePositionPatient ImageOrientationPatient ImageComments WindowCenter WindowWidth PixelData
        ConceptNameCodeSequence CompletionFlag VerificationFlag VerificationDateTime VerifyingObserverSequence
        ContentTemplateSequence ReferencedRequestSequence DocumentTitle AvailableTransferSyntaxUID
        RelatedGeneralSOPClassUID
        """,
}
_LEVEL_OF = {keyword: level for level, keywords in _KEYWORDS.items() for keyword in keywords.split()}
_ASK_ABOVE = {"Modality": "ModalitiesInStudy", "SOPClassUID": "SOPClassesInStudy"}

REQUIRED_KEYS = frozenset(
    {
        "PatientID",
        "PatientName",
        "StudyInstanceUID",
        "StudyDate",
        "StudyTime",
        "AccessionNumber",
        "StudyID",
        "SeriesInstanceUID",
        "SeriesNumber",
        "Modality",
        "SOPInstanceUID",
        "InstanceNumber",
    }
)
"""Unique and required keys: every archive matches on them; on any other key it may, or may answer as if it were empty."""

NOT_A_KEY = {
    "QueryRetrieveLevel": "the level is said by patients(), studies(), series() or images()",
    "SpecificCharacterSet": "the character set is chosen from the values, so that none is lost",
}
"""Attributes of an Identifier that the builder sets by itself, and how."""


def level_of(keyword: str) -> Level | None:
    """Level that a keyword belongs to; None when it is in no table.

    Examples
    --------
    >>> level_of("StudyDate"), level_of("KVP")
    (<Level.STUDY: 'STUDY'>, None)
    """
    return _LEVEL_OF.get(keyword)


def key_level(keyword: str, current: Level) -> Level:
    """Level at which a key is asked in a query that stands at ``current`` (PS3.4 C.4.1.2).

    Raises
    ------
    QueryError
        The builder sets the attribute itself, or it belongs to a deeper level; the verb to call is named.

    Examples
    --------
    >>> key_level("PatientName", Level.SERIES), key_level("KVP", Level.SERIES)
    (<Level.PATIENT: 'PATIENT'>, <Level.SERIES: 'SERIES'>)
    """
    if keyword in NOT_A_KEY:
        raise QueryError(f"{keyword} is no key: {NOT_A_KEY[keyword]}")
    level = _LEVEL_OF.get(keyword, current)
    if level > current:
        raise QueryError(
            f"{keyword} is a key of {level} level and this query is at {current}: {_way_out(keyword, level, current)}"
        )
    return level


def _way_out(keyword: str, level: Level, current: Level) -> str:
    verb = {Level.STUDY: "studies", Level.SERIES: "series", Level.IMAGE: "images"}[level]
    other = _ASK_ABOVE.get(keyword)
    if other and current is Level.STUDY:
        return f"call .{verb}() first, or ask for {other}"
    return f"call .{verb}() first"
