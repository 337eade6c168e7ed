"""The query as a value."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass

import pytest

from dicommove.errors import QueryError
from dicommove.query import Query, all_of
from dicommove.terms import InformationModel, Level

BASE = (
    Query()
    .studies("1.2")
    .where(PatientName="A", StudyDate="2024-01-31")
    .returning("StudyDescription")
    .series()
    .where(Modality="CT")
)


@dataclass(frozen=True, repr=False)
class Owned(Query):
    """A query that knows whose it is, as one with a peer does."""

    owner: str = ""


VERBS = [
    ("patients", lambda query: query.patients("P1")),
    ("studies", lambda query: query.studies("1.3")),
    ("series", lambda query: query.series("1.4")),
    ("images", lambda query: query.images("1.5")),
    ("where", lambda query: query.where(SeriesNumber=3)),
    ("key", lambda query: query.key("SeriesNumber=3")),
    ("key to return", lambda query: query.key("SeriesNumber=")),
    ("returning", lambda query: query.returning("SeriesDescription")),
    ("model", lambda query: query.model("PATIENT_ROOT")),
]
each_verb = pytest.mark.parametrize("verb", [verb for _, verb in VERBS], ids=[name for name, _ in VERBS])


@each_verb
def test_verb_leaves_the_original_unchanged(verb):
    """Running a cell twice gives the same query twice."""
    before = copy.deepcopy(BASE)
    changed = verb(BASE)
    assert before == BASE
    assert changed != BASE
    assert verb(BASE) == changed
    assert hash(verb(BASE)) == hash(changed)


@each_verb
def test_verb_keeps_the_type_and_the_fields_of_a_subclass(verb):
    """A query of a peer stays one."""
    owned = Owned(BASE.chain, owner="PACS")
    changed = verb(owned)
    assert (type(changed), changed.owner) == (Owned, "PACS")
    assert repr(owned).startswith("Owned at SERIES level")
    assert owned != BASE


@each_verb
def test_queries_survive_pickling(verb):
    """A query can go to another process."""
    query = verb(BASE)
    assert pickle.loads(pickle.dumps(query)) == query


def test_fields_cannot_be_set():
    """An immutable value."""
    with pytest.raises(FrozenInstanceError):
        BASE.chain = Query().chain


def test_positional_and_where_mean_the_same():
    """A unique key is a key."""
    assert Query().studies("1.2") == Query().studies().where(StudyInstanceUID="1.2")
    assert Query().studies("1.2") == Query().studies().key("StudyInstanceUID=1.2")


def test_columns_are_unique_keys_then_what_was_asked_in_order():
    """From the top down, each once; deeper ones not after going up."""
    assert BASE.columns() == (
        "PatientID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "PatientName",
        "StudyDate",
        "Modality",
        "StudyDescription",
    )
    assert BASE.studies().columns() == ("PatientID", "StudyInstanceUID", "PatientName", "StudyDate", "StudyDescription")


def test_models_by_name_and_member():
    """Both forms are taken, others refused with the list."""
    assert Query().studies().model("STUDY_ROOT") == Query().studies().model(InformationModel.STUDY_ROOT)
    with pytest.raises(QueryError, match="PATIENT_ROOT, STUDY_ROOT, PATIENT_STUDY_ONLY"):
        Query().studies().model("WORKLIST")


def test_multiple_value_matching_is_announced():
    """So that the caller can negotiate it."""
    assert Query().studies().where(ModalitiesInStudy=all_of("CT", "PT")).needs_multiple_value_matching
    assert not BASE.needs_multiple_value_matching


def test_level_before_the_first_verb():
    """There is none."""
    with pytest.raises(QueryError, match="begin with"):
        _ = Query().level
    assert Query().lint() == ()


def test_refused_verb_changes_nothing():
    """The error comes before anything is made."""
    before = repr(BASE)
    with pytest.raises(QueryError, match="did you mean 'SeriesNumber'"):
        BASE.where(SeriesNumbr=3)
    assert repr(BASE) == before
    assert BASE.level is Level.SERIES


def test_a_list_in_place_of_uids_says_to_unpack_it():
    """The commonest slip with a column of a table."""
    with pytest.raises(QueryError, match=r"\.studies\(\*uids\)"):
        Query().studies(["1.2", "1.3"])
