"""Findings."""

from __future__ import annotations

import pytest

from dicommove.query import Query, all_of

STUDIES = Query().studies()


def _codes(query):
    return [finding.code for finding in query.lint()]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (STUDIES, "universal"),
        (STUDIES.where(ModalitiesInStudy="CT"), "not-selective"),
        (STUDIES.where(ModalitiesInStudy="CT"), "optional-key"),
        (STUDIES.where(ModalitiesInStudy=all_of("CT", "PT")), "multiple-values"),
        (STUDIES.where(PatientName="*"), "only-wildcard"),
        (Query().studies("1.02"), "uid-form"),
        (STUDIES.where(PatientName="MEIER, ANNA"), "name-form"),
        (STUDIES.where(PatientName="MEIER ANNA"), "name-form"),
        (STUDIES.where(PatientName="山田*"), "name-group"),
        (STUDIES.where(PatientName="山田*"), "character-set"),
        (STUDIES.where(PatientID=" P1"), "spaces"),
        (STUDIES.where(StudyDate="2024-01-31", StudyTime="10-11"), "date-and-time"),
        (STUDIES.where(StudyComments="x"), "retired"),
        (Query().series().where(Modality="CT"), "no-key-above"),
        (Query().series("1.2"), "no-key-above"),
    ],
)
def test_each_finding_is_found(query, code):
    """What is allowed but worth knowing."""
    assert code in _codes(query)


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query().studies("1.2"),
        STUDIES.where(PatientName="MEIER^ANNA*", StudyDate="2024-01-31"),
        STUDIES.where(PatientName="DE LA CRUZ*"),
        STUDIES.where(PatientName="=山田*", StudyDate="2024-01-31").series().where(Modality="CT").studies(),
    ],
)
def test_good_queries_have_no_warning(query):
    """A warning that is always there is read by nobody."""
    assert not [finding for finding in query.lint() if finding.severity == "warning"]


def test_warnings_come_first_and_nothing_twice():
    """Two attributes within a sequence are one remark."""
    query = STUDIES.where(ProcedureCodeSequence={"CodeValue": "A", "CodingSchemeDesignator": "B"}, PatientName="A, B")
    found = query.lint()
    assert len(set(found)) == len(found)
    severities = [finding.severity for finding in found]
    assert severities == sorted(severities, reverse=True)
    assert [finding.keyword for finding in found if finding.code == "optional-key"] == ["ProcedureCodeSequence"]


def test_every_finding_cites_the_standard():
    """So that the reader can look it up."""
    for finding in STUDIES.where(ModalitiesInStudy=all_of("CT", "PT"), PatientName="A, B").lint():
        assert finding.reference.startswith("PS3.")
        assert finding.reference in str(finding)
