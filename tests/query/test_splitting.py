"""Questions asked in parts, by an archive in memory that cuts its answers off."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicommove.query import Query, Reply, split
from dicommove.query.agreement import Verdict, verdict
from dicommove.query.spans import DAYS, SECONDS, cut
from dicommove.terms import InformationModel, Level


class Capped:
    """Answers at most ``cap`` matches, in the order of its rows; ``says`` so by status Cancel, or does not."""

    def __init__(self, rows, cap, *, says=False, ignores=(), refuses=()):
        self.rows, self.cap, self.says, self.ignores, self.refuses = rows, cap, says, ignores, refuses
        self.asked = []

    def reply(self, step):
        """The reply to one C-FIND."""
        keys = [(key, text) for key, text in step.question if text and key.keyword not in self.ignores]
        self.asked.append({key.keyword: text for key, text in keys})
        if any(key.keyword in self.refuses for key, _ in keys):
            return Reply((), refused=True)
        found = [r for r in self.rows if all(verdict(k.path, k.vr, text, r) is Verdict.AGREES for k, text in keys)]
        return Reply(found[: self.cap], stopped=self.says and len(found) > self.cap)

    def run(self, query, **options):
        """Ask a query of one C-FIND, then in parts."""
        step = next(query.walk(model=InformationModel.STUDY_ROOT))
        first = self.reply(step)
        parts, reply = split(step, first, **options), None
        while True:
            try:
                reply = self.reply(parts.send(reply))
            except StopIteration as ended:
                return first, ended.value


def _study(number, **values):
    return {"StudyInstanceUID": f"1.{number}", "PatientID": f"P{number:03}", **values}


def _uids(result):
    return {match["StudyInstanceUID"] for match in result.matches}


ANY = Query().studies().returning("StudyDate")


@pytest.mark.parametrize("says", [True, False])
def test_dates_are_halved_until_nothing_is_cut_off(says):
    """Forty studies of an archive that answers five: all are found, each once."""
    rows = [_study(n, StudyDate=f"2024{n % 12 + 1:02}{n % 28 + 1:02}") for n in range(40)]
    archive = Capped(rows, 5, says=says)
    first, result = archive.run(ANY)
    assert len(first.matches) == 5
    assert (_uids(result), len(result.matches)) == ({row["StudyInstanceUID"] for row in rows}, 40)
    assert result.whole
    assert result.cut
    assert set(result.divided_by) == {"StudyDate"}
    assert result.requests == len(archive.asked) - 1 < 45


def test_a_round_answer_that_is_whole_costs_a_few_c_finds():
    """Exactly as many as the cap may be: two halves and one C-FIND for the keys to divide by, and no doubt is left."""
    rows = [_study(n, StudyDate=f"2024{n % 12 + 1:02}01") for n in range(100)]
    _, result = Capped(rows, 100).run(ANY)
    assert (result.whole, result.cut, len(result.matches)) == (True, False, 100)
    assert result.requests <= 3


def test_a_cap_of_five_hundred_costs_about_four_c_finds_for_each_five_hundred():
    """Three years of an archive that answers 500 without a word."""
    rows = [_study(n, StudyDate=f"{2021 + n % 3}{n % 12 + 1:02}{n % 28 + 1:02}") for n in range(1700)]
    _, result = Capped(rows, 500).run(Query().studies().where(StudyDate="20210101-20231231"))
    assert (len(result.matches), result.whole, result.cut) == (1700, True, True)
    assert result.requests <= 16


def test_a_range_that_was_asked_for_is_kept():
    """No part asks for days outside the range of the question."""
    rows = [_study(n, StudyDate=f"202401{n + 1:02}") for n in range(20)]
    archive = Capped(rows, 3, says=True)
    _, result = archive.run(Query().studies().where(StudyDate="20240105-20240115"))
    assert len(result.matches) == 11
    assert all("20240105" <= day <= "20240115" for asked in archive.asked for day in asked["StudyDate"].split("-"))


def test_studies_of_one_day_are_divided_by_time():
    """What the day holds is halved by its seconds, fractions included."""
    rows = [_study(n, StudyDate="20240117", StudyTime=f"{8 + n // 4:02}{n % 4:02}59.{n}") for n in range(24)]
    _, result = Capped(rows, 4, says=True).run(Query().studies().where(StudyDate="20240117"))
    assert (len(result.matches), result.whole) == (24, True)
    assert "StudyTime" in result.divided_by


def test_studies_without_a_time_are_found_by_their_patient_id():
    """They drop out of every time range, so the beginning of the Patient ID divides them."""
    rows = [_study(n, StudyDate="20240117", StudyTime="0800" if n % 2 else "") for n in range(24)]
    _, result = Capped(rows, 5, says=True).run(Query().studies().where(StudyDate="20240117"))
    assert (len(result.matches), result.whole) == (24, True)
    assert "PatientID" in result.divided_by


def test_studies_without_a_date_are_found_too():
    """The undivided answer shows some of them; the others are found by Patient ID."""
    rows = [_study(n, StudyDate="" if n % 3 == 0 else f"202402{n % 28 + 1:02}") for n in range(40)]
    _, result = Capped(rows, 6, says=True).run(ANY)
    assert (len(result.matches), result.whole) == (40, True)


def test_names_divide_what_has_one_patient_id_beginning():
    """Where IDs are absent the beginning of the name serves; a component group is no part of it."""
    rows = [{"StudyInstanceUID": f"1.{n}", "PatientName": f"{chr(65 + n)}EIER^X"} for n in range(20)]
    _, result = Capped(rows, 3, says=True).run(Query().studies())
    assert (len(result.matches), result.whole, result.divided_by) == (20, True, ("PatientName",))


def test_a_beginning_that_was_asked_for_grows():
    """``MEIER*`` becomes ``MEIER^A*`` and so on, and ``MEIER`` itself is asked for."""
    names = ["MEIER", *(f"MEIER^{letter}" for letter in "ABCDEF")]
    rows = [{"StudyInstanceUID": f"1.{n}", "PatientName": name} for n, name in enumerate(names)]
    archive = Capped(rows, 2, says=True)
    _, result = archive.run(Query().studies().where(PatientName="MEIER*"))
    assert (len(result.matches), result.whole) == (7, True)
    assert all(asked["PatientName"].startswith("MEIER") for asked in archive.asked)


def test_letters_that_nobody_thought_of_leave_a_doubt():
    """Beyond ASCII no alphabet is complete: what was found is kept, and not called all."""
    rows = [{"StudyInstanceUID": f"1.{n}", "PatientName": f"{chr(0x5C71 + n)}^X"} for n in range(8)]
    _, result = Capped(rows, 3, says=True).run(Query().studies())
    assert not result.whole


@pytest.mark.parametrize("how", [{"ignores": ("StudyDate",)}, {"refuses": ("StudyDate",)}])
def test_an_archive_that_takes_no_dates_is_asked_otherwise(how):
    """Answers outside a part, or a refusal, show it; the next key is tried and the first one left alone."""
    rows = [_study(n, StudyDate=f"202401{n + 1:02}") for n in range(20)]
    archive = Capped(rows, 4, says=True, **how)
    _, result = archive.run(ANY)
    assert (len(result.matches), result.whole) == (20, True)
    assert result.divided_by == ("PatientID",)


def test_an_archive_that_ignores_every_key_is_not_asked_for_ever():
    """Nothing divides it: what it answered is kept, with the doubt."""
    rows = [_study(n, StudyDate=f"202401{n + 1:02}") for n in range(20)]
    archive = Capped(rows, 4, says=True, ignores=("StudyDate", "StudyTime", "PatientID", "PatientName"))
    _, result = archive.run(ANY)
    assert (len(result.matches), result.whole) == (4, False)
    assert result.requests < 20


def test_the_number_of_c_finds_is_bounded():
    """What was found until then is there, and not called all."""
    rows = [_study(n, StudyDate=f"202401{n % 28 + 1:02}") for n in range(200)]
    archive = Capped(rows, 2, says=True)
    _, result = archive.run(ANY, max_requests=10)
    assert (result.requests, result.whole, result.cut) == (10, False, True)
    assert len(archive.asked) == 11


def test_series_are_divided_by_modality_and_number():
    """Six series of a study where four are answered; no more is asked once the counted number is there."""
    rows = [
        {"StudyInstanceUID": "1.1", "SeriesInstanceUID": f"1.1.{n}", "Modality": "MR", "SeriesNumber": str(n)}
        for n in range(1, 7)
    ]
    archive = Capped(rows, 4)
    _, result = archive.run(Query().studies("1.1").series(), known=6)
    assert (len(result.matches), result.whole) == (6, True)
    assert result.requests < 15


def test_lists_of_uids_are_halved():
    """A list of which the archive answers only the first ones."""
    rows = [_study(n) for n in range(30)]
    uids = [row["StudyInstanceUID"] for row in rows]
    _, result = Capped(rows, 7, says=True).run(Query().studies(*uids), known=30)
    assert (len(result.matches), result.whole, result.divided_by) == (30, True, ("StudyInstanceUID",))


def test_images_are_left_to_the_counts():
    """Within one series only a C-FIND for each instance would divide."""
    rows = [{"SeriesInstanceUID": "1.1.1", "SOPInstanceUID": f"1.1.1.{n}"} for n in range(9)]
    archive = Capped(rows, 5, says=True)
    _, result = archive.run(Query().studies("1.1").series("1.1.1").images())
    assert (result.requests, result.whole) == (0, False)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", *(f"202401{day:02}" for day in range(1, 8))]),
            st.sampled_from(["", "08", "0801", "080102", "080102.5", "235959.999999"]),
            st.text("AB0", max_size=3),
        ),
        max_size=40,
    ),
    st.integers(1, 6),
    st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_whole_means_all(facts, cap, says):
    """Whatever the archive holds: nothing is found twice, and of what is called whole no study lacks that has date and time."""
    rows = [_study(n, StudyDate=day, StudyTime=time) | {"PatientID": f"X{own}"} for n, (day, time, own) in enumerate(facts)]
    first, result = Capped(rows, cap, says=says).run(ANY, max_requests=200)
    uids = [match["StudyInstanceUID"] for match in result.matches]
    assert len(uids) == len(set(uids))
    if result.whole and (first.stopped or len(first.matches) == cap):
        assert set(uids) >= {row["StudyInstanceUID"] for row in rows if row["StudyDate"] and row["StudyTime"]}


@pytest.mark.parametrize(
    ("scale", "text", "ends"),
    [
        (SECONDS, "08-12", (28800, 46799)),
        (SECONDS, "-0800", (None, 28859)),
        (SECONDS, "240000", (86399 - 3599, 86399 - 3599)),
        (SECONDS, "x", None),
        (DAYS, "20240230", None),
        (DAYS, "20240101-x", None),
    ],
)
def test_ranges_are_read_by_the_precision_that_they_have(scale, text, ends):
    """A last hour holds all its minutes; what cannot be read divides nothing."""
    assert scale.read_range(text) == ends


def test_a_cut_lies_within_its_range():
    """Both parts of a cut have a number, and are smaller than the whole."""
    for first in (None, 1, 5):
        for last in (None, 5, 9):
            if first is not None and first == last:
                continue
            seen = [number for number in (1, 5, 5, 9) if (first or 0) <= number and (last is None or number <= last)]
            place = cut(first, last, seen)
            assert place is not None
            assert first is None or first <= place
            assert last is None or place < last


def test_nothing_beyond_the_level_is_asked():
    """Parts are C-FINDs of the same level, numbered from 1."""
    rows = [_study(n, StudyDate=f"202401{n + 1:02}") for n in range(9)]
    step = next(ANY.walk(model=InformationModel.STUDY_ROOT))
    parts = split(step, Reply(rows[:3], stopped=True))
    first = next(parts)
    assert (first.level, first.number) == (Level.STUDY, 1)
