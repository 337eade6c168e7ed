"""Guards before a C-MOVE."""

from __future__ import annotations

import pytest

from dicommove.errors import QueryError
from dicommove.query import Query, between

STUDIES = Query().studies()


@pytest.mark.parametrize(
    "keys",
    [
        {"PatientID": "1"},
        {"PatientID": ["1", "2"]},
        {"PatientID": "AB1*"},
        {"StudyInstanceUID": "1.2"},
        {"AccessionNumber": "7"},
        {"PatientName": "MEI*"},
        {"PatientName": "=山田太*"},
        {"StudyDate": "2024-01-31"},
        {"StudyDate": between("2024-01-01", "2024-01-31")},
        {"PatientBirthDate": "1960-01-01", "ModalitiesInStudy": "CT"},
    ],
)
def test_selective(keys):
    """Unique key, accession number, three characters of an ID or name, bounded dates."""
    query = STUDIES.where(**keys)
    assert query.is_selective
    query.require_selective()


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"ModalitiesInStudy": "CT"},
        {"PatientID": "A*"},
        {"PatientID": "*"},
        {"PatientID": ["AB1*", "*"]},
        {"AccessionNumber": "7*"},
        {"PatientName": "ME*"},
        {"PatientName": "M^?=*"},
        {"StudyDate": between("2024-01-01", None)},
        {"StudyDate": "-20240101"},
        {"StudyDate": ["20240101", "20240201-"]},
        {"StudyTime": between("10", "11")},
        {"StudyDescription": "HEAD"},
        {"ProcedureCodeSequence": {"CodeValue": "P5-09051"}},
    ],
)
def test_not_selective(keys):
    """One alternative that is not is enough to refuse; the text says what would do."""
    query = STUDIES.where(**keys)
    assert not query.is_selective
    with pytest.raises(QueryError, match="AccessionNumber"):
        query.require_selective()


def test_exact():
    """Only literal unique keys, at every level of the model down to the query's own."""
    assert STUDIES.studies("1.2").exact
    assert Query().patients("P1").exact
    assert Query().patients("P1").studies("1.2").series("1.3").images("1.4", "1.5").exact
    assert not Query().series("1.3").exact
    assert not STUDIES.exact
    assert not Query().studies("1.2").where(StudyDate="2024-01-31").exact
    assert not Query().studies().where(PatientID="P1").exact
    assert not Query().studies("1.2").model("PATIENT_ROOT").exact
    assert not Query().patients().where(PatientID="P*").exact
    assert not Query().studies("1.2").series("1.3").studies().exact
