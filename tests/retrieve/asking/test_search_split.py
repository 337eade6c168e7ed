"""Answers that an archive cut off, and answers that cannot be compared with their question: over real associations."""

from __future__ import annotations

import pytest

import dicommove as dm
from dicommove.demo_archive import answers as demo_answers
from dicommove.demo_archive import services
from dicommove.retrieve.asking import caps, search
from dicommove.retrieve.asking.caps import Caps, Counted, looks_cut_off
from dicommove.terms import Level

ANY_DATE = dm.between("1990-01-01", None)


@pytest.fixture(autouse=True)
def learnt(monkeypatch):
    """What a process that has met no archive before has learnt of caps."""
    monkeypatch.setattr(search, "CAPS", Caps())
    return search.CAPS


def _all_studies(demo):
    return set(demo().studies().find()["StudyInstanceUID"])


def _peers_cap(monkeypatch, number):
    """Take this number for one that caps have, as 100 and 500 are."""
    monkeypatch.setattr(caps, "_ROUND", number)


@pytest.mark.parametrize("number", [2, 3])
def test_studies_beyond_a_silent_cap_are_found(demo, learnt, monkeypatch, number):
    """An archive that ends with plain success after N studies: all are found, without a warning."""
    _peers_cap(monkeypatch, number)
    pacs = demo(fault=f"cap:{number}")
    frame = pacs.studies().where(StudyDate=ANY_DATE).find()
    assert set(frame["StudyInstanceUID"]) == _all_studies(demo)
    assert frame["StudyInstanceUID"].is_unique
    assert not frame.attrs["truncated"]
    assert learnt.has(pacs.address, Level.STUDY, number)


def test_a_cap_that_was_met_is_remembered(demo, monkeypatch):
    """The number is no round one: nothing hints at it but that this archive cut an answer off there before."""
    pacs = demo(fault="cap:3")
    query = pacs.studies().where(StudyDate=ANY_DATE)
    assert query.count() == 3
    _peers_cap(monkeypatch, 3)
    complete = query.count()
    _peers_cap(monkeypatch, 100)
    assert query.count() == complete == len(_all_studies(demo))


def test_without_splitting_it_is_only_said(demo, monkeypatch):
    """``split=None`` asks once, and warns."""
    _peers_cap(monkeypatch, 3)
    pacs = demo(fault="cap:3")
    with pytest.warns(dm.AnswersWarning, match="exactly 3 STUDY matches"):
        frame = pacs.studies().where(StudyDate=ANY_DATE).find(split=None)
    assert (len(frame), frame.attrs["truncated"]) == (3, True)
    with pytest.raises(dm.QueryError, match="split"):
        pacs.studies().find(split="always")


def test_a_round_answer_that_is_whole_is_no_doubt(demo, monkeypatch):
    """As many studies as the cap might be, and that is all there are: few C-FINDs, no warning."""
    every = _all_studies(demo)
    _peers_cap(monkeypatch, len(every))
    answers = search.ask(demo(), demo().studies().where(StudyDate=ANY_DATE))
    assert (len(answers.matches), answers.doubts) == (len(every), ())
    assert answers.requests <= 4


def test_series_are_asked_in_parts_where_the_study_counts_more(demo, anna):
    """A study that counts its series says that they are cut off; they are found by modality and number."""
    pacs = demo(fault="cap:2")
    frame = anna(pacs).returning("NumberOfStudyRelatedSeries").series().find()
    assert set(frame["SeriesInstanceUID"]) == set(anna(demo()).series().find()["SeriesInstanceUID"])
    assert not frame.attrs["truncated"]


def test_images_beyond_a_cap_are_counted_and_said(demo, anna):
    """Within a series nothing divides: the count tells that some lack, and the answer says so."""
    pacs = demo(fault="cap:7")
    query = anna(pacs).series().where(Modality="CT").returning("NumberOfSeriesRelatedInstances").images()
    with pytest.warns(dm.AnswersWarning, match="IMAGE matches where NumberOfSeriesRelatedInstances says"):
        frame = query.find()
    assert frame.attrs["truncated"]


def test_a_series_narrowed_by_a_key_is_not_called_cut_off(pacs, anna):
    """The study counts all of its series, not those of one modality."""
    frame = anna(pacs).returning("NumberOfStudyRelatedSeries").series().where(Modality="MR").find()
    assert (len(frame), frame.attrs["truncated"]) == (2, False)


def test_a_capped_archive_does_not_fool_the_ledger(demo, anna, data):
    """IMAGE answers below the counts prove nothing: the counts stay the expectation, and they are met."""
    plan = anna(demo(fault="cap:2")).plan(data)
    assert "of 2 C-MOVEs the archive does not name every instance that it counts" in repr(plan)
    result = plan.move(progress=False)
    assert (result.outcome, len(result.instances)) == ("complete", 130)
    assert set(result.requests["expected_by"]) == {"counts"}


def test_the_plan_of_a_capped_query_has_all_studies(demo, monkeypatch, data):
    """A plan splits as a search does, and knows every study."""
    _peers_cap(monkeypatch, 3)
    plan = demo(fault="cap:3").studies().where(StudyDate=dm.between("1990-01-01", "2030-12-31")).plan(data)
    assert plan.studies == len(_all_studies(demo))
    assert not plan.truncated


def test_what_stays_cut_off_is_said(demo, monkeypatch):
    """With too few C-FINDs allowed the rest is missing: the warning tells by what was asked, and how many are known."""
    _peers_cap(monkeypatch, 2)
    query = demo(fault="cap:2").studies().where(StudyDate=ANY_DATE)
    with pytest.warns(dm.AnswersWarning, match="cuts its answers off at 2 STUDY matches: asked again in parts by StudyDate"):
        frame = query.find(max_requests=5)
    assert frame.attrs["truncated"]
    assert 2 < len(frame) < len(_all_studies(demo))


def _without(keyword, monkeypatch):
    """Let demo archives leave a key out of their answers."""
    tag = {"ModalitiesInStudy": 0x00080061}[keyword]

    def answer_to(*arguments, **options):
        answer, every_key = demo_answers.answer_to(*arguments, **options)
        return {name: element for name, element in answer.items() if name != tag}, every_key

    monkeypatch.setattr(services, "answer_to", answer_to)


def test_answers_without_a_key_are_unverified(demo, anna, monkeypatch):
    """An archive that ignores a key and does not send it back: the answers are kept, counted and warned about by keyword."""
    _without("ModalitiesInStudy", monkeypatch)
    pacs = demo(fault="ignores:ModalitiesInStudy")
    with pytest.warns(dm.AnswersWarning, match="2 answers do not hold ModalitiesInStudy"):
        frame = anna(pacs).where(ModalitiesInStudy="MR").find()
    assert (len(frame), frame.attrs["unverified"]) == (2, 2)


def test_a_move_does_not_build_on_unverified_answers(demo, anna, monkeypatch, data):
    """It is refused with the keyword and the way out; ``unverified="accept"`` moves them, and the plan says so."""
    _without("ModalitiesInStudy", monkeypatch)
    query = anna(demo(fault="ignores:ModalitiesInStudy")).where(ModalitiesInStudy="MR")
    with pytest.raises(dm.QueryError, match=r"ModalitiesInStudy.*where\(Modality=.*unverified='accept'"):
        query.move(data, progress=False)
    assert not data.exists()
    with pytest.warns(dm.AnswersWarning, match="ModalitiesInStudy"):
        plan = query.plan(data, unverified="accept")
    assert plan.studies == 2
    assert "do not hold ModalitiesInStudy" in repr(plan)


def test_a_key_in_the_answers_is_verified_whatever_the_status(pacs):
    """0xFF01 tells of an optional return key that is not supported; the matching keys are all in the answer."""
    frame = pacs.studies().where(PatientID="000123").returning("KVP").find()
    assert (len(frame), frame.attrs["unverified"]) == (2, 0)


@pytest.mark.parametrize(
    ("level", "number", "said"),
    [
        *((Level.STUDY, number, number in (100, 500, 256)) for number in (0, 7, 99, 100, 101, 128, 256, 500)),
        *((Level.IMAGE, number, number in (500, 1000)) for number in (0, 100, 256, 500, 512, 1000)),
    ],
)
def test_numbers_that_caps_have(level, number, said):
    """Whole hundreds and powers of two; a series of 100 or 512 images is nothing odd."""
    assert looks_cut_off(level, number) is said


def test_a_cap_that_is_passed_is_forgotten():
    """An archive whose limit was raised is not suspected for ever; IMAGE level has a limit of its own."""
    known = Caps()
    known.learn("PACS@h:1", Level.STUDY, 5)
    assert known.has("PACS@h:1", Level.SERIES, 5)
    assert not known.has("PACS@h:1", Level.IMAGE, 5)
    assert not known.has("PACS@h:2", Level.STUDY, 5)
    assert not known.has("PACS@h:1", Level.STUDY, 6)
    assert not known.has("PACS@h:1", Level.STUDY, 5)


def test_a_count_of_zero_is_no_count():
    """Archives that do not count say 0."""
    counted = Counted()
    counted.learn([{"StudyInstanceUID": "1.2", "NumberOfStudyRelatedSeries": "0"}])
    (step,) = [next(dm.Query().studies("1.2").series().walk(model=dm.InformationModel.STUDY_ROOT))]
    assert counted.exactly(step) is None
    counted.learn([{"StudyInstanceUID": "1.2", "NumberOfStudyRelatedSeries": "3 "}])
    assert counted.exactly(step) == 3
