"""Identifiers of a C-MOVE, and shell lines."""

from __future__ import annotations

import shlex
from itertools import pairwise

import pytest

from dicommove.errors import QueryError
from dicommove.query import Query, move_identifier
from dicommove.terms import InformationModel, Level

PATIENT_ROOT, STUDY_ROOT = InformationModel.PATIENT_ROOT, InformationModel.STUDY_ROOT


def _values(dataset):
    return {element.keyword: element.value for element in dataset}


def test_only_unique_keys_are_in_it():
    """Level and the unique keys down to it (PS3.4 C.4.2.2.1)."""
    keys = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": ["1.3", "1.4"]}
    assert _values(move_identifier(Level.SERIES, STUDY_ROOT, keys)) == {
        "QueryRetrieveLevel": "SERIES",
        "StudyInstanceUID": "1.2",
        "SeriesInstanceUID": ["1.3", "1.4"],
    }


def test_patient_id_in_its_character_set():
    """An ID that is not ASCII says how it is encoded; its length is the archive's affair."""
    identifier = move_identifier(Level.PATIENT, PATIENT_ROOT, {"PatientID": "Ж" * 70})
    assert _values(identifier) == {"SpecificCharacterSet": "ISO_IR 192", "QueryRetrieveLevel": "PATIENT", "PatientID": "Ж" * 70}


@pytest.mark.parametrize(
    ("level", "model", "keys", "hint"),
    [
        ("STUDY", STUDY_ROOT, {}, "needs StudyInstanceUID"),
        ("STUDY", STUDY_ROOT, {"StudyInstanceUID": []}, "needs StudyInstanceUID"),
        ("STUDY", STUDY_ROOT, {"StudyInstanceUID": ""}, "empty"),
        ("STUDY", STUDY_ROOT, {"StudyInstanceUID": "*"}, "exact keys only"),
        ("STUDY", STUDY_ROOT, {"StudyInstanceUID": "1.2\\1.3"}, "exact keys only"),
        ("STUDY", STUDY_ROOT, {"StudyInstanceUID": [None]}, "not NoneType"),
        ("STUDY", STUDY_ROOT, {"StudyInstanceUID": "1.2", "PatientID": "P1"}, "PatientID: a C-MOVE"),
        ("STUDY", STUDY_ROOT, {"StudyInstanceUID": "1.2", "PatientName": "X"}, "PatientName: a C-MOVE"),
        ("STUDY", PATIENT_ROOT, {"StudyInstanceUID": "1.2"}, "needs PatientID"),
        ("SERIES", STUDY_ROOT, {"StudyInstanceUID": ["1", "2"], "SeriesInstanceUID": "3"}, "at most 1"),
        ("STUDY", STUDY_ROOT, {"StudyInstanceUID": [f"1.{n}" for n in range(301)]}, "at most 300"),
        ("PATIENT", PATIENT_ROOT, {"PatientID": ["A", "B"]}, "at most 1"),
        ("PATIENT", PATIENT_ROOT, {"PatientID": "A?"}, "wildcard"),
        ("PATIENT", PATIENT_ROOT, {"PatientID": " "}, "empty"),
        ("PATIENT", PATIENT_ROOT, {"PatientID": "A\x1b"}, "control character"),
        ("PATIENT", STUDY_ROOT, {"PatientID": "A"}, "no PATIENT level"),
        ("SERIES", InformationModel.PATIENT_STUDY_ONLY, {}, "no SERIES level"),
    ],
)
def test_what_would_move_more_or_nothing_is_refused(level, model, keys, hint):
    """A universal or wildcard C-MOVE is never built."""
    with pytest.raises(QueryError) as caught:
        move_identifier(level, model, keys)
    assert hint in str(caught.value)


def _keys(line):
    words = shlex.split(line)
    return [word for flag, word in pairwise(words) if flag == "-k"]


def test_shell_line_of_exact_studies():
    """One line, a list of UIDs, quoted for the shell."""
    line = Query().studies("1.2", "1.3").as_movescu("10.0.0.5", 104, ae_title="PACS", calling_ae_title="ME", destination="ME")
    assert line.startswith("python -m dicommove movescu -S -aec PACS -aet ME -aem ME 10.0.0.5 104 ")
    assert _keys(line) == ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2\\1.3"]


def test_shell_lines_for_each_parent():
    """Above the level a C-MOVE takes single values, and patients always singly."""
    lines = Query().studies("1", "2").series("3").as_movescu("h", 1).splitlines()
    assert [_keys(line)[1] for line in lines] == ["StudyInstanceUID=1", "StudyInstanceUID=2"]
    assert len(Query().patients("A", "B").as_movescu("h", 1).splitlines()) == 2


def test_shell_line_with_a_patient_is_of_patient_root():
    """What was said is in the line, and a quote in it does no harm."""
    line = Query().patients("P'; rm -rf ~").studies("1.2").as_movescu("h", 1)
    assert " -P " in line
    assert _keys(line) == ["QueryRetrieveLevel=STUDY", "PatientID=P'; rm -rf ~", "StudyInstanceUID=1.2"]


@pytest.mark.parametrize(
    "query",
    [
        Query().studies(),
        Query().studies().where(PatientName="MEIER*"),
        Query().series("1.2"),
        Query().studies("1").where(StudyDate="2024-01-31"),
    ],
)
def test_no_shell_line_for_what_no_c_move_takes(query):
    """The text says to find first."""
    with pytest.raises(QueryError, match=r"find\(\)"):
        query.as_movescu("h", 1)


def test_no_shell_line_without_a_level():
    """The first verb says the level."""
    with pytest.raises(QueryError, match="begin with"):
        Query().as_movescu("h", 1)
