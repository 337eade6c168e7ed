"""The synthetic patients and their studies as values: nobody of them exists."""

from __future__ import annotations

from dataclasses import dataclass

from .composing import Attributes, uid_of

__all__ = ["Patient", "Series", "Study"]


@dataclass(frozen=True)
class Patient:
    """One patient; None is an attribute that the archive does not have.

    Attributes
    ----------
    patient_id, name : str
        PatientID and PatientName, component groups and all.
    sex, birth_date : str or None
    charset : str
        Specific Character Set of all its instances; empty is ASCII.
    """

    patient_id: str
    name: str
    sex: str | None = None
    birth_date: str | None = None
    charset: str = ""

    def attributes(self) -> dict[str, object]:
        """Patient module (PS3.3 C.7.1.1); what is not known is absent."""
        known = {
            "PatientName": self.name,
            "PatientID": self.patient_id,
            "PatientSex": self.sex,
            "PatientBirthDate": self.birth_date,
            "SpecificCharacterSet": self.charset or None,
        }
        return {keyword: value for keyword, value in known.items() if value is not None}


@dataclass(frozen=True)
class Study:
    """One study of a patient; None is an attribute that the archive does not have.

    Attributes
    ----------
    patient : Patient
    date, time : str
        DA and TM.
    accession, description, referring : str or None
    """

    patient: Patient
    date: str
    time: str
    accession: str | None = None
    description: str | None = None
    referring: str | None = None

    @property
    def uid(self) -> str:
        """Study Instance UID."""
        return uid_of("study", self.patient.patient_id, self.date, self.time)

    def attributes(self) -> dict[str, object]:
        """Patient and General Study modules (PS3.3 C.7.2.1)."""
        known = {
            "StudyInstanceUID": self.uid,
            "StudyDate": self.date,
            "StudyTime": self.time,
            "AccessionNumber": self.accession,
            "StudyDescription": self.description,
            "ReferringPhysicianName": self.referring,
            "StudyID": self.uid[-4:],
        }
        return self.patient.attributes() | {keyword: value for keyword, value in known.items() if value is not None}


@dataclass(frozen=True)
class Series:
    """One series of a study.

    Attributes
    ----------
    study : Study
    number : int
        Series Number.
    modality, description, sop_class_uid : str
    body_part : str or None
    """

    study: Study
    number: int
    modality: str
    description: str
    sop_class_uid: str
    body_part: str | None = None

    @property
    def uid(self) -> str:
        """Series Instance UID."""
        return uid_of("series", self.study.uid, self.number)

    @property
    def frame_of_reference_uid(self) -> str:
        """Frame of Reference UID: one for the study."""
        return uid_of("frame", self.study.uid)

    def attributes(self, number: int) -> Attributes:
        """Everything that an instance says of patient, study, series and itself, by its Instance Number."""
        own: dict[str, object] = {
            "Modality": self.modality,
            "SeriesInstanceUID": self.uid,
            "SeriesNumber": self.number,
            "SeriesDescription": self.description,
            "SeriesDate": self.study.date,
            "SeriesTime": self.study.time,
            "Manufacturer": "dicommove demo",
            "ManufacturerModelName": "Synthetic phantom",
            "SOPClassUID": self.sop_class_uid,
            "SOPInstanceUID": uid_of("instance", self.uid, number),
            "InstanceNumber": number,
            "ContentDate": self.study.date,
            "ContentTime": self.study.time,
        }
        if self.body_part is not None:
            own["BodyPartExamined"] = self.body_part
        return self.study.attributes() | own  # type: ignore[return-value]  # plain values of the kinds that `compose` takes
