"""Requests: one study a C-MOVE, lists of UIDs of bounded length, and nothing but unique keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicommove.retrieve.planning.requests import LIST_LENGTH, Request, lists_of, requests_for
from dicommove.terms import InformationModel, Level

ROOTS = (InformationModel.PATIENT_ROOT, InformationModel.STUDY_ROOT, InformationModel.PATIENT_STUDY_ONLY)


def match(study="1", series="2", image="3", **more):
    """A match with unique keys of every level."""
    return {"StudyInstanceUID": study, "SeriesInstanceUID": series, "SOPInstanceUID": image, **more}


MATCHES = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4)).map(
        lambda uids: match(f"1.{uids[0]}", f"1.{uids[0]}.{uids[1]}", f"1.{uids[0]}.{uids[1]}.{uids[2]}")
    )
)


@given(MATCHES, st.sampled_from((Level.STUDY, Level.SERIES, Level.IMAGE)))
def test_requests_ask_for_every_match_once_and_for_nothing_else(matches, level):
    """The union of the requests equals the matches, each once, and each request is of one study (of one series for images)."""
    requests = requests_for(matches, level)

    asked = {Level.STUDY: lambda r: (r.study,), Level.SERIES: lambda r: r.series, Level.IMAGE: lambda r: r.instances}[level]
    every = [uid for request in requests for uid in asked(request)]
    assert sorted(every) == sorted({one[level.unique_key] for one in matches})
    assert [request.number for request in requests] == list(range(1, len(requests) + 1))
    for request in requests:
        assert request.level is level
        assert all(uid.startswith(request.study + ".") for uid in (*request.series, *request.instances))
        assert len(request.series) == 1 or level is not Level.IMAGE
        assert all(any(request.covers(m["StudyInstanceUID"], m["SeriesInstanceUID"], m["SOPInstanceUID"]) for m in matches)
                   for request in requests)  # fmt: skip


@given(st.integers(0, 3 * LIST_LENGTH + 1))
def test_lists_hold_at_most_as_many_uids_as_archives_take(number):
    """Cutting loses nothing, keeps the order, and no list is empty or too long."""
    uids = [str(one) for one in range(number)]

    lists = list(lists_of(uids))

    assert [uid for part in lists for uid in part] == uids
    assert all(0 < len(part) <= 300 for part in lists)


@pytest.mark.parametrize(("level", "wanted"), [(Level.SERIES, [300, 300, 1]), (Level.IMAGE, [300, 300, 1])])
def test_a_long_list_becomes_several_requests(level, wanted):
    """601 series of a study, or instances of a series, are three C-MOVEs."""
    keys = {Level.SERIES: "series", Level.IMAGE: "image"}
    matches = [match(**{keys[level]: f"9.{number}"}) for number in range(601)]

    assert [len(r.instances or r.series) for r in requests_for(matches, level)] == wanted


def test_requests_come_in_the_order_of_the_matches():
    """The study that was matched first is moved first."""
    assert [r.study for r in requests_for([match("3"), match("1"), match("3"), match("2")], Level.STUDY)] == ["3", "1", "2"]


@pytest.mark.parametrize("level", [Level.STUDY, Level.SERIES, Level.IMAGE])
@pytest.mark.parametrize("model", ROOTS)
def test_only_unique_keys_and_the_patient_id_only_where_the_root_has_patients(model, level):
    """A C-MOVE Identifier holds unique keys alone, and in Study Root no Patient ID (PS3.4 C.4.2.2.1)."""
    (request,) = requests_for([match(PatientID="P1", StudyDate="20240101", Modality="CT")], level)

    keys = list(request.keys(model))

    own = [up.unique_key for up in level.up_to]
    assert keys == (own[1:] if model is InformationModel.STUDY_ROOT else own)


def test_keys_of_one_series_are_a_single_value_above_a_list_of_instances():
    """Above its own level an Identifier takes single values only; a list stands at its own."""
    (images,) = requests_for([match(image="3.1"), match(image="3.2")], Level.IMAGE)
    (series,) = requests_for([match(series="2.1"), match(series="2.2")], Level.SERIES)

    assert images.keys(InformationModel.STUDY_ROOT)["SeriesInstanceUID"] == "2"
    assert images.keys(InformationModel.STUDY_ROOT)["SOPInstanceUID"] == ("3.1", "3.2")
    assert series.keys(InformationModel.STUDY_ROOT)["SeriesInstanceUID"] == ("2.1", "2.2")


def test_a_patient_that_the_archive_did_not_name_is_no_key():
    """An absent or empty Patient ID is left out; one that any match of the group names is taken."""
    (nameless,) = requests_for([match(PatientID="")], Level.SERIES)
    (named,) = requests_for([match(PatientID=""), match(series="2.2", PatientID="P1")], Level.SERIES)

    assert (nameless.patient, named.patient) == (None, "P1")
    assert "PatientID" not in nameless.keys(InformationModel.PATIENT_ROOT)


def test_modalities_of_series_are_their_own():
    """A series match that carries the modalities of its study says its own; each is named once."""
    (request,) = requests_for(
        [match(Modality="CT", ModalitiesInStudy="CT\\SR"), match(series="2.2", Modality="CT", ModalitiesInStudy="CT\\SR")],
        Level.SERIES,
    )
    (study,) = requests_for([match(ModalitiesInStudy="CT\\SR\\")], Level.STUDY)

    assert (request.modalities, study.modalities) == (("CT",), ("CT", "SR"))


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        (Request(1, Level.STUDY, "1"), True),
        (Request(1, Level.STUDY, "9"), False),
        (Request(1, Level.SERIES, "1", series=("2", "4")), True),
        (Request(1, Level.SERIES, "1", series=("4",)), False),
        (Request(1, Level.SERIES, "9", series=("2",)), False),
        (Request(1, Level.IMAGE, "1", series=("2",), instances=("3",)), True),
        (Request(1, Level.IMAGE, "1", series=("2",), instances=("4",)), False),
    ],
)
def test_what_a_request_covers(request_, wanted):
    """An instance belongs to the request that asks for it, its series or its study."""
    assert request_.covers("1", "2", "3") is wanted


def test_an_instance_that_does_not_say_its_study_is_covered_by_no_study():
    """An absent Study Instance UID equals none."""
    assert not Request(1, Level.STUDY, "1").covers(None, None, "3")


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({"expected": 3, "expected_by": "instances", "present": 3}, True),
        ({"expected": 3, "expected_by": "instances", "present": 2}, False),
        ({"expected": 3, "expected_by": "counts", "present": 3}, True),
        ({"expected": 3, "expected_by": "counts", "present": 2}, False),
        ({"expected": 3, "expected_by": "peer", "present": 3}, False),
        ({"expected": 0, "expected_by": "instances", "present": 0}, False),
        ({}, False),
    ],
)
def test_only_what_is_there_is_settled(facts, wanted):
    """A request is not sent only when all its instances, by UID or by the archive's count, are in the folder."""
    assert Request(1, Level.STUDY, "1", **facts).settled is wanted
