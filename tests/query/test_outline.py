"""What a query says it would send."""

from __future__ import annotations

import pytest

from dicommove.errors import QueryError
from dicommove.query import Query
from dicommove.query.outline import sections
from dicommove.terms import InformationModel, Level


def test_identifiers_are_those_that_the_walk_sends():
    """Level by level, as far as they are known before the first answer."""
    query = Query().studies().where(PatientName="MEIER*").series().where(Modality=["CT", "MR"])
    planned = query.identifiers()
    assert [(level, above) for level, _, above in planned] == [
        (Level.STUDY, ()),
        (Level.SERIES, ("StudyInstanceUID",)),
        (Level.SERIES, ("StudyInstanceUID",)),
    ]
    assert next(query.walk(model=InformationModel.STUDY_ROOT)).identifier == planned[0][1]
    assert planned[1][1].StudyInstanceUID == ""


def test_exact_keys_above_stand_in_the_identifier():
    """Nothing is to be filled from above; two studies make two Identifiers."""
    planned = Query().studies("1.1", "1.2").series().identifiers()
    assert [(dataset.StudyInstanceUID, above) for _, dataset, above in planned] == [("1.1", ()), ("1.2", ())]


def test_identifier_of_its_own_level():
    """The last one of the walk, when there is just one."""
    assert Query().studies().where(PatientName="A").series().where(Modality="CT").identifier().Modality == "CT"
    assert Query().studies("1.1", "1.2").identifier().StudyInstanceUID == ["1.1", "1.2"]


def test_identifier_is_refused_when_there_are_several_or_none():
    """The text names identifiers()."""
    with pytest.raises(QueryError, match=r"2 Identifiers at STUDY level; \.identifiers\(\)"):
        Query().studies().where(ModalitiesInStudy=["CT", "MR"]).identifier()
    with pytest.raises(QueryError, match=r"goes up.*\.identifiers\(\)"):
        Query().series().where(Modality="CT").studies().identifier()
    with pytest.raises(QueryError, match="begin with"):
        Query().identifier()


def test_sections_of_a_query_that_goes_up():
    """Down, the turn, and down again."""
    query = Query().series().where(Modality="CT").studies().images()
    headings = [section.heading for section in sections(query.chain, query.default_model)]
    assert headings == [
        "C-FIND at STUDY level",
        "C-FIND at SERIES level, one for each STUDY match",
        "↑ the distinct matches at STUDY level that these belong to",
        "C-FIND at SERIES level, one for each STUDY match",
        "C-FIND at IMAGE level, one for each SERIES match",
    ]


def test_long_lists_are_cut_and_counted():
    """Four values are shown, the rest is a number."""
    query = Query().studies(*(f"1.{n}" for n in range(10)))
    (section,) = sections(query.chain, query.default_model)
    (line,) = [line for line in section.lines if line.name == "StudyInstanceUID"]
    assert (line.value, line.note) == ("1.0 or 1.1 or 1.2 or 1.3 or 6 more", "any of them, in one list")


def test_attributes_within_a_sequence_are_marked():
    """As the tables of the Standard do."""
    query = Query().studies().where(ProcedureCodeSequence={"CodeValue": "A"}).key("ProcedureCodeSequence=")
    (section,) = sections(query.chain, query.default_model)
    lines = [(line.tag, line.vr, line.name, line.value) for line in section.lines if "Code" in line.name]
    assert lines == [("(0008,1032)", "SQ", "ProcedureCodeSequence", ""), ("(0008,0100)", "SH", ">CodeValue", "A")]
