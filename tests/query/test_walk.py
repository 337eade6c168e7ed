"""Walks, driven by an archive in memory and by hand-made matches."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dicommove.errors import QueryError
from dicommove.query import Query, between
from dicommove.terms import InformationModel, Level

PATIENT_ROOT, STUDY_ROOT = InformationModel.PATIENT_ROOT, InformationModel.STUDY_ROOT


def _uids(result, level):
    return sorted(match[level.unique_key] for match in result.matches)


def _driven(query, answers, *, model=STUDY_ROOT, **options):
    """Drive a walk with hand-made answers, in order."""
    steps, sent, answer, answers = query.walk(model=model, **options), [], None, iter(answers)
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            return sent, end.value
        sent.append(step)
        answer = next(answers)


def test_studies_of_a_name_in_a_date_range(archive):
    """One level: one C-FIND, with the patient's ID asked back."""
    query = Query().studies().where(PatientName="MEIER*", StudyDate=between("2024-01-01", "2024-03-31"))
    result = archive.run(query)
    assert _uids(result, Level.STUDY) == ["1.1", "1.2", "1.3"]
    assert result.requests == 1
    assert {match["PatientID"] for match in result.matches} == {"P1", "P2"}


def test_walk_down_carries_unique_keys_and_upper_columns(archive):
    """Series of two studies: rows hold what the studies answered."""
    query = (
        Query().studies().where(StudyDate=between("2024-01-01", None)).returning("StudyDescription").series().where(Modality="CT")
    )
    result = archive.run(query)
    assert _uids(result, Level.SERIES) == ["1.1.1", "1.1.2", "1.3.1", "1.5.1"]
    assert result.requests == 1 + 4
    assert {match["StudyDescription"] for match in result.matches} == {"HEAD", ""}
    assert all(match["PatientID"] for match in result.matches)


def test_any_of_a_list_is_merged_by_unique_key(archive):
    """A study with CT and PT is one row, though two C-FINDs found it."""
    result = archive.run(Query().studies().where(ModalitiesInStudy=["CT", "PT"]))
    assert _uids(result, Level.STUDY) == ["1.1", "1.3", "1.5"]
    assert result.requests == 2


def test_up_to_the_distinct_studies(archive):
    """The studies of CT series, each once, with the columns of STUDY level only."""
    query = Query().series().where(Modality="CT").studies().returning("StudyDescription")
    result = archive.run(query)
    assert _uids(result, Level.STUDY) == ["1.1", "1.3", "1.5"]
    assert all(set(match) <= set(query.columns()) for match in result.matches)


def test_down_after_up_finds_all_series_of_those_studies(archive):
    """The SR stands in a study that has a CT."""
    result = archive.run(Query().series().where(Modality="CT").studies().series().where(Modality="SR"))
    assert _uids(result, Level.SERIES) == ["1.1.3"]


def test_up_to_patients_in_study_root(archive):
    """Patient IDs are asked at STUDY level there, and their studies by them again."""
    patients = Query().series().where(Modality="MR").patients()
    assert [match["PatientID"] for match in archive.run(patients).matches] == ["P1"]
    assert _uids(archive.run(patients.studies()), Level.STUDY) == ["1.1", "1.2"]
    assert _uids(archive.run(patients.studies(), model=PATIENT_ROOT), Level.STUDY) == ["1.1", "1.2"]


def test_patient_root_has_a_level_more(archive):
    """The same answer, one C-FIND at PATIENT level more."""
    query = Query().studies().where(PatientName="MEIER^A*").series().where(Modality="MR")
    assert _uids(archive.run(query, model=PATIENT_ROOT), Level.SERIES) == ["1.2.1"]
    assert [level for level, _ in archive.asked] == ["PATIENT", "STUDY", "SERIES", "SERIES"]


def test_exact_keys_need_no_c_find_above(archive):
    """Instances of a named series: one C-FIND."""
    result = archive.run(Query().studies("1.3").series("1.3.2").images())
    assert (result.requests, len(result.matches)) == (1, 4)
    assert archive.asked == [("IMAGE", {"StudyInstanceUID": "1.3", "SeriesInstanceUID": "1.3.2", "SOPInstanceUID": ""})]


def test_exact_keys_below_several_parents_are_asked(archive):
    """Only the archive knows which series belongs to which study."""
    result = archive.run(Query().studies("1.1", "1.3").series("1.1.1", "1.3.1").images())
    assert _uids(result, Level.IMAGE) == ["1.1.1.1", "1.1.1.2", "1.3.1.1"]
    assert result.requests == 2 + 2


def test_return_keys_above_make_a_c_find(archive):
    """What is asked back at STUDY level must be asked there."""
    result = archive.run(Query().studies("1.1").returning("StudyDescription").series())
    assert {match["StudyDescription"] for match in result.matches} == {"HEAD"}
    assert result.requests == 2


def test_extra_return_keys_of_deeper_levels_are_left_out(archive):
    """A planner may name the counts of every level."""
    counts = ("NumberOfStudyRelatedInstances", "NumberOfSeriesRelatedInstances", "SOPClassUID")
    archive.run(Query().studies("1.1"), extra_return=counts)
    assert set(archive.asked[0][1]) == {"StudyInstanceUID", "PatientID", "NumberOfStudyRelatedInstances"}


def test_relational_is_one_c_find(archive):
    """All keys of all levels at once."""
    query = Query().patients("P1").studies().where(StudyDate=between("2024-01-01", None)).series().where(Modality="CT").images()
    result = archive.run(query, relational=True)
    assert (result.requests, len(result.matches)) == (1, 5)
    assert archive.asked[0][0] == "IMAGE"
    assert _uids(result, Level.IMAGE) == _uids(archive.run(query), Level.IMAGE)


def test_steps_are_numbered_and_the_total_is_known_at_the_last_level(archive):
    """While answers are still to come nobody knows how many there will be."""
    steps = Query().studies().where(StudyDate="-20240201").series().walk(model=STUDY_ROOT)
    first = next(steps)
    assert (first.number, first.of) == (1, None)
    second = steps.send(archive.answer(first, STUDY_ROOT))
    assert (second.number, second.of) == (2, 4)


def test_too_many_requests_are_refused_before_the_first_of_them(archive):
    """The text says how to narrow; nothing was asked in vain."""
    with pytest.raises(QueryError, match=r"5 C-FINDs at SERIES level after 1.*max_requests=5.*StudyDate=between"):
        archive.run(Query().series().where(Modality="CT"), max_requests=5)
    assert len(archive.asked) == 1


def test_model_without_the_level_is_refused():
    """Study Root has no patients."""
    with pytest.raises(QueryError, match="no PATIENT level"):
        next(Query().patients().walk(model=STUDY_ROOT))


@pytest.mark.parametrize("hostile", ["", "*", "A*", "A?", "A\\B", "A\x1b", "\ud800", "   "])
def test_patient_ids_that_would_match_others_are_not_asked_with(hostile):
    """An archive's answer never turns into a wildcard of ours."""
    sent, result = _driven(
        Query().patients().where(PatientName="X").studies(),
        [[{"PatientID": hostile}, {"PatientID": "P1"}], []],
        model=PATIENT_ROOT,
    )
    assert [step.identifier.PatientID for step in sent[1:]] == ["P1"]
    assert result.dropped == 1


@pytest.mark.parametrize("hostile", ["", "1.2\\1.3", "*", "../..", "1" * 65])
def test_uids_that_are_none_are_not_asked_with(hostile):
    """Nor is a list of two made from one answer."""
    sent, result = _driven(Query().studies().where(PatientName="X").series(), [[{"StudyInstanceUID": hostile}]])
    assert (len(sent), result.matches, result.dropped) == (1, (), 1)


def test_answers_of_another_parent_are_dropped():
    """An archive that ignores the study gives every series of everyone."""
    answers = [[{"StudyInstanceUID": "1.1", "SeriesInstanceUID": "1.1.1"}, {"StudyInstanceUID": "9", "SeriesInstanceUID": "9.9"}]]
    _, result = _driven(Query().studies("1.1").series(), answers)
    assert (_uids(result, Level.SERIES), result.dropped) == (["1.1.1"], 1)


def test_padding_does_not_make_another_parent():
    """Trailing spaces and NUL count for nothing."""
    _, result = _driven(Query().studies("1.1").series(), [[{"StudyInstanceUID": "1.1\0", "SeriesInstanceUID": "1.1.1"}]])
    assert result.matches == ({"StudyInstanceUID": "1.1", "SeriesInstanceUID": "1.1.1"},)


def test_empty_answers_do_not_hide_what_was_known():
    """A series row with an empty name keeps the name of its study."""
    answers = [[{"StudyInstanceUID": "1", "PatientName": "A"}], [{"SeriesInstanceUID": "2", "PatientName": ""}]]
    _, result = _driven(Query().studies().where(PatientName="A").series(), answers)
    assert result.matches[0]["PatientName"] == "A"


def test_matches_without_their_unique_key_are_kept_apart():
    """Two patients without an ID are two rows: absent equals nothing."""
    _, result = _driven(
        Query().patients().where(PatientName="A*"), [[{"PatientName": "A1"}, {"PatientName": "A2"}]], model=PATIENT_ROOT
    )
    assert len(result.matches) == 2


def test_going_up_needs_the_upper_unique_key():
    """A series that does not say its study belongs to none that is known: counted."""
    query = Query().series().where(Modality="CT").studies()
    _, result = _driven(
        query, [[{"SeriesInstanceUID": "2"}, {"SeriesInstanceUID": "3", "StudyInstanceUID": "1"}]], relational=True
    )
    assert (result.matches, result.dropped) == (({"StudyInstanceUID": "1"},), 1)


def test_no_match_ends_the_walk(archive):
    """No studies, no C-FIND at SERIES level."""
    result = archive.run(Query().studies().where(PatientName="NOBODY").series().images())
    assert (result.matches, result.requests) == ((), 1)


KEYS = {
    "PatientID": (Level.PATIENT, st.sampled_from(["P1", "P*", ["P1", "P3"], "P9"])),
    "PatientName": (Level.PATIENT, st.sampled_from(["MEIER*", "*^BERT", "山田*", ["MEIER^A*", "山*"]])),
    "StudyInstanceUID": (Level.STUDY, st.sampled_from(["1.1", ["1.1", "1.3", "1.5"]])),
    "StudyDescription": (Level.STUDY, st.sampled_from(["HEAD", "H*"])),
    "SeriesInstanceUID": (Level.SERIES, st.sampled_from(["1.1.2", ["1.1.1", "1.3.1", "1.3.2"]])),
    "Modality": (Level.SERIES, st.sampled_from(["CT", ["CT", "MR"], "?R", "XX"])),
    "InstanceNumber": (Level.IMAGE, st.sampled_from(["1", ["1", "2"]])),
    "SOPInstanceUID": (Level.IMAGE, st.sampled_from(["1.1.2.3", ["1.1.2.3", "1.3.2.1", "1.5.1.1"]])),
}
VERBS = {Level.PATIENT: Query.patients, Level.STUDY: Query.studies, Level.SERIES: Query.series, Level.IMAGE: Query.images}


def _expected(archive, steps):
    """What the words mean, without any protocol: narrow the instances, go to a level, and widen to it again."""
    chosen = archive.instances
    for level, keys in steps:
        names = [above.unique_key for above in level.up_to]
        kept = {tuple(one[name] for name in names) for one in chosen}
        chosen = [one for one in archive.instances if tuple(one[name] for name in names) in kept]
        for name, value in keys.items():
            values = [value] if isinstance(value, str) else value
            chosen = [one for one in chosen if any(fnmatchcase(one[name], wanted) for wanted in values)]
    return sorted({one[steps[-1][0].unique_key] for one in chosen})


@st.composite
def _steps(draw):
    steps = []
    for level in draw(st.lists(st.sampled_from(list(Level)), min_size=1, max_size=4)):
        names = [name for name, (of, _) in KEYS.items() if of <= level]
        chosen = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
        used = {name for _, keys in steps for name in keys}
        steps.append((level, {name: draw(KEYS[name][1]) for name in chosen if name not in used}))
    return steps


@pytest.mark.parametrize("relational", [False, True])
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=_steps(), model=st.sampled_from([PATIENT_ROOT, None]))
def test_every_way_through_the_levels_finds_what_its_words_mean(archive, steps, model, relational):
    """Down, up and down again, with keys anywhere, lists and wildcards: the walk agrees with plain set logic."""
    query = Query()
    for level, keys in steps:
        query = VERBS[level](query).where(**keys)
    result = archive.run(query, model=model, relational=relational)
    assert _uids(result, query.level) == _expected(archive, steps)
    assert result.dropped == 0
