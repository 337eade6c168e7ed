"""What is filled in on the form: the query, the same as code, and what is wrong with which field."""

from __future__ import annotations

import pytest

import dicommove as dm
from dicommove.panels.asking import Asked, state
from dicommove.query import Query
from dicommove.terms import InformationModel, Level

FILLED = Asked(
    patient_name="MEIER*",
    date_from="2024-01-01",
    date_to="2024-03-31",
    modalities=("CT", "MR"),
    description='a "quoted" text',
    others=(("ProcedureCodeSequence[0].CodeValue", "P5-09051"), ("StudyID", "")),
)


class Pacs:
    """What ``pacs`` stands for in the code."""

    studies = staticmethod(lambda: Query().studies())
    series = staticmethod(lambda: Query().series())


@pytest.mark.parametrize(
    "asked",
    [
        FILLED,
        Asked(patient_id="000123"),
        Asked(date_to="2024-03-31", level="SERIES"),
        Asked(model="PATIENT_ROOT", accession="A1"),
        Asked(),
    ],
)
def test_the_code_gives_the_same_query(asked):
    """What is pasted into a cell equals what the form searches for."""
    stated, names = state(asked, Query()), {}

    exec(stated.code, {"pacs": Pacs, "dm": dm}, names)

    assert names["q"] == stated.query
    assert stated.faults == {}


def test_each_field_becomes_its_key():
    """Keys have the values that were typed; an attribute without a value is asked back."""
    query = state(FILLED, Query()).query
    identifiers = [step[1] for step in query.where(ModalitiesInStudy="CT").identifiers()]

    assert identifiers[0].PatientName == "MEIER*"
    assert identifiers[0].StudyDate == "20240101-20240331"
    assert identifiers[0].ProcedureCodeSequence[0].CodeValue == "P5-09051"
    assert "StudyID" in query.columns()


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        (Asked(date_from="2024-02-30"), "date", "2024"),
        (Asked(others=(("BodyPartExamned", "HEAD"),)), "other0", "BodyPartExamined"),
        (Asked(others=(("", "HEAD"),)), "other0", "keyword"),
        (Asked(level="IMAGE"), "level", "STUDY or SERIES"),
        (Asked(model="NONE"), "model", "NONE"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(asked, field, said):
    """One field that cannot be used leaves the others as they are."""
    stated = state(Asked(**{**asked.values(), "patient_id": "P1"}), Query())

    assert said in stated.faults[field]
    assert list(stated.faults) == [field]
    assert stated.query.identifiers()[0][1].PatientID == "P1"


def test_what_lint_finds_stands_beside_its_field():
    """A remark on the name goes to the name, one on no field to the whole."""
    remarks = state(Asked(patient_name="MEIER, ANNA", others=(("OccupationX", ""), ("Occupation", "A"))), Query()).remarks

    assert ("patient_name", "warning") in [remark[:2] for remark in remarks]
    assert ("other1", "info") in [remark[:2] for remark in remarks]


def test_an_empty_form_is_not_reproached():
    """That everything would match is no news before anything is typed; too little to be moved is no warning here."""
    assert state(Asked(), Query()).remarks == ()
    assert [remark[1] for remark in state(Asked(modalities=("CT",)), Query()).remarks if remark[0] == ""] == ["info"]


def test_the_level_follows_the_attributes():
    """A key of SERIES level asks for series, and the modality is then that of the series."""
    asked = Asked(modalities=("CT",), others=(("BodyPartExamined", "HEAD"),))

    assert state(asked, Query()).query.level is Level.SERIES
    assert 'Modality=["CT"]' in state(asked, Query()).code
    assert state(Asked(modalities=("CT",), level="SERIES"), Query()).query.level is Level.SERIES


def test_the_model_can_be_chosen():
    """It is part of the query and of its code."""
    stated = state(Asked(patient_id="P1", model="PATIENT_ROOT"), Query())

    assert stated.query.default_model is InformationModel.PATIENT_ROOT
    assert '.model("PATIENT_ROOT")' in stated.code


def test_what_a_front_end_sends_is_read_as_text():
    """Whatever is in a message, the value is made of texts."""
    asked = Asked.of({"patient_id": None, "patient_name": 7, "others": [["KVP", 120]], "modalities": None, "surprise": "x"})

    assert asked == Asked(patient_name="7", others=(("KVP", "120"),))
    assert Asked.of(asked.values()) == asked


@pytest.mark.parametrize(
    ("other", "level", "verbs"),
    [
        (("ImageType", "LOCALIZER"), "", ("images", "series")),
        (("ImageType", "LOCALIZER"), "STUDY", ("images", "studies")),
        (("BodyPartExamined", "HEAD"), "STUDY", ("series", "studies")),
        (("BodyPartExamined", "HEAD"), "", ("series", "series")),
    ],
)
def test_an_attribute_of_a_deeper_level_finds_what_holds_it(other, level, verbs):
    """The form begins where the attribute belongs and goes up to what can be ticked, in the query as in the code."""
    stated = state(Asked(patient_id="P1", others=(other,), level=level), Query())
    below, shown = verbs

    assert stated.faults == {}
    assert stated.query.level is {"series": Level.SERIES, "studies": Level.STUDY}[shown]
    assert eval(stated.code.removeprefix("q = "), {"pacs": Query(), "dm": dm}) == stated.query
    assert f"pacs.{below}()" in stated.code
    assert any("takes long" in text for _, _, text in stated.remarks) == (below == "images")
