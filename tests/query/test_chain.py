"""Ways through the levels."""

from __future__ import annotations

import pytest

from dicommove.errors import QueryError
from dicommove.query import Query
from dicommove.terms import InformationModel, Level


def _legs(query):
    return [(leg.start, leg.level, [key.keyword for key in leg.keys]) for leg in query.chain.legs]


def test_down_keeps_the_keys():
    """Each verb goes on from what stands to its left."""
    query = Query().studies().where(StudyDate="2024-01-31").series().where(Modality="CT")
    assert _legs(query) == [(None, Level.SERIES, ["StudyDate", "Modality"])]


def test_up_begins_a_new_leg_only_when_something_was_asked_below():
    """Down and up again without a key changes nothing."""
    studies = Query().studies().where(StudyDate="2024-01-31")
    assert studies.series().images().studies() == studies
    up = studies.series().where(Modality="CT").studies()
    assert _legs(up) == [(None, Level.SERIES, ["StudyDate", "Modality"]), (Level.STUDY, Level.STUDY, [])]


def test_down_after_up_means_all_of_them():
    """The series of the studies that have a CT, not the CT series."""
    query = Query().series().where(Modality="CT").studies().series().where(SeriesNumber=1)
    assert _legs(query) == [(None, Level.SERIES, ["Modality"]), (Level.STUDY, Level.SERIES, ["SeriesNumber"])]


def test_keys_above_the_turn_go_to_the_first_leg():
    """There they narrow most, and mean the same."""
    query = Query().series().where(Modality="CT").studies().where(StudyDate="2024-01-31").images().where(PatientName="X")
    assert _legs(query) == [(None, Level.SERIES, ["Modality", "StudyDate", "PatientName"]), (Level.STUDY, Level.IMAGE, [])]


def test_up_twice_is_up_once():
    """From series to patients, whatever lies between."""
    series = Query().series().where(Modality="CT")
    assert series.studies().patients() == series.patients()


def test_up_beyond_an_earlier_turn_drops_what_asked_nothing():
    """A leg without keys is not walked."""
    first = Query().series().where(Modality="CT").studies()
    assert first.images().patients() == first.patients()


def test_key_given_twice_counts_as_given_last():
    """A form that is filled in again replaces, in place."""
    query = Query().studies().where(PatientName="A", StudyDate="2024-01-31").where(PatientName="B")
    assert query == Query().studies().where(PatientName="B", StudyDate="2024-01-31")
    assert Query().studies("1.2").studies("1.3").exact_keys == {"StudyInstanceUID": ("1.3",)}


def test_lists_multiply_up_to_64():
    """8 x 8 is taken, one more is refused with the names of the lists; UID lists do not count."""
    eight = [f"A{n}" for n in range(8)]
    query = Query().studies(*(f"1.2.{n}" for n in range(500))).where(AccessionNumber=eight, StudyID=eight)
    with pytest.raises(QueryError, match=r"AccessionNumber \(8\), StudyID \(8\), PatientID \(2\) make 128"):
        query.where(PatientID=["A", "B"])


def test_default_model():
    """Study Root, unless patients themselves are asked for."""
    assert Query().studies().default_model is InformationModel.STUDY_ROOT
    assert Query().patients("P1").studies().default_model is InformationModel.STUDY_ROOT
    assert Query().patients("P1").default_model is InformationModel.PATIENT_ROOT
    assert Query().series().where(Modality="CT").patients().default_model is InformationModel.STUDY_ROOT


def test_levels_that_a_model_lacks_are_refused_at_once():
    """Study Root has no patients, Patient/Study Only no series."""
    with pytest.raises(QueryError, match="no PATIENT level"):
        Query().patients().model("STUDY_ROOT")
    with pytest.raises(QueryError, match="no SERIES level"):
        Query().studies().model(InformationModel.PATIENT_STUDY_ONLY).series()


@pytest.mark.parametrize(
    "call",
    [
        lambda q: q.where(PatientName="A"),
        lambda q: q.key("PatientName="),
        lambda q: q.level,
        lambda q: q.returning("PatientName"),
        lambda q: q.columns(),
    ],
)
def test_nothing_without_a_level(call):
    """The first verb says the level."""
    with pytest.raises(QueryError, match=r"begin with patients\(\)"):
        call(Query())
