"""What a report shows without being asked for patient data: numbers, UIDs and series facts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LEFT_OUT", "shown_keys", "shown_question"]

LEFT_OUT = "PATIENT_DATA_LEFT_OUT"
"""Stands for a value that may name a person."""

_SHOWN = frozenset(
    """QueryRetrieveLevel StudyInstanceUID SeriesInstanceUID SOPInstanceUID SOPClassUID SOPClassesInStudy StudyDate StudyTime
    SeriesDate SeriesTime Modality ModalitiesInStudy BodyPartExamined SeriesNumber InstanceNumber NumberOfStudyRelatedSeries
    NumberOfStudyRelatedInstances NumberOfSeriesRelatedInstances InstanceAvailability ImageType Rows Columns""".split()  # noqa: SIM905 - one name a line is no better to read
)
"""Keywords whose values name nobody; whatever is not here does not show."""


def shown_keys(keys: Mapping[str, str], *, private: bool) -> dict[str, str]:
    """Give the keys of an Identifier, keyword to text.

    Examples
    --------
    >>> shown_keys({"PatientID": "P1", "StudyInstanceUID": "1.2"}, private=True)
    {'PatientID': 'PATIENT_DATA_LEFT_OUT', 'StudyInstanceUID': '1.2'}
    """
    return {keyword: LEFT_OUT if private and keyword not in _SHOWN else text for keyword, text in keys.items()}


def shown_question(question: Mapping[str, Any], *, private: bool) -> dict[str, Any]:
    """Give what the user asked for, as of `question_of_query` or `question_of_table`: values as far as they name nobody.

    Examples
    --------
    >>> key = {"level": "PATIENT", "keyword": "PatientName", "values": ["MEIER*"]}
    >>> shown_question({"level": "STUDY", "keys": [key]}, private=True)["keys"][0]["values"]
    ['PATIENT_DATA_LEFT_OUT']
    """
    if "keys" not in question:
        return dict(question)
    keys = [key | {"values": [LEFT_OUT]} if private and key["keyword"] not in _SHOWN else dict(key) for key in question["keys"]]
    return {**question, "keys": keys}
