"""Dates and times."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.valuerep import DA, DT, TM

from dicommove.errors import QueryError
from dicommove.query.attributes import attribute_of_keyword
from dicommove.query.temporal import range_text, temporal_text
from dicommove.query.values import alternatives, between


@given(st.dates())
def test_dates_come_back(day):
    """Date to text to date, in object, ISO and DICOM form."""
    text = temporal_text("DA", day, "StudyDate")
    assert DA(text) == day
    assert text == temporal_text("DA", day.isoformat(), "StudyDate") == temporal_text("DA", text, "StudyDate")


@given(st.times())
def test_times_come_back(time):
    """Time to text to time, microseconds kept."""
    text = temporal_text("TM", time, "StudyTime")
    assert TM(text) == time
    assert text == temporal_text("TM", text, "StudyTime")


@given(st.datetimes(timezones=st.none() | st.just(dt.UTC) | st.just(dt.timezone(dt.timedelta(hours=-5, minutes=-30)))))
def test_moments_come_back(moment):
    """Date and time to text and back, offset kept."""
    text = temporal_text("DT", moment, "AcquisitionDateTime")
    assert DT(text) == moment
    assert text == temporal_text("DT", text, "AcquisitionDateTime")


@given(st.dates(), st.dates())
def test_ranges_hold_both_ends_in_order(first, second):
    """A range that ends before it starts is refused, any other is written with both ends."""
    if first <= second:
        assert [DA(end) for end in range_text("DA", first, second, "StudyDate").split("-")] == [first, second]
    else:
        with pytest.raises(QueryError, match="ends before it starts"):
            range_text("DA", first, second, "StudyDate")


@pytest.mark.parametrize(
    ("vr", "given_", "text"),
    [
        ("DA", "20240101-20240131", "20240101-20240131"),
        ("DA", "20240101-", "20240101-"),
        ("DA", "-2024-01-31", "-20240131"),
        ("DA", "2024-01-01-2024-01-31", "20240101-20240131"),
        ("DA", dt.datetime.fromisoformat("2024-01-31"), "20240131"),
        ("DA", pd.Timestamp("2024-01-31"), "20240131"),
        ("TM", "10:00-11:30", "1000-1130"),
        ("TM", "10", "10"),
        ("TM", "235960", "235960"),
        ("DT", "2024", "2024"),
        ("DT", "2024-0500", "2024-0500"),
        ("DT", "2023-2024", "2023-2024"),
        ("DT", "20240101-0500-20240102-0500", "20240101-0500-20240102-0500"),
        ("DT", dt.date(2024, 1, 31), "20240131"),
        ("DT", "2024-01-31T13:00:00+01:00", "20240131130000+0100"),
    ],
)
def test_forms_that_are_taken(vr, given_, text):
    """ISO 8601, DICOM, objects, and ranges as text."""
    assert temporal_text(vr, given_, "X") == text


@pytest.mark.parametrize(
    ("vr", "wrong"),
    [
        ("DA", "2024-02-30"),
        ("DA", "20241301"),
        ("DA", "2024"),
        ("DA", "-"),
        ("DA", "20240131-20240101"),
        ("DA", "٢٠٢٤٠١٠١"),
        ("DA", dt.datetime.fromisoformat("2024-01-31 08:00")),
        ("DA", dt.time(8)),
        ("DA", 20240131),
        ("DA", pd.NaT),
        ("DA", float("nan")),
        ("TM", "2400"),
        ("TM", "1060"),
        ("TM", "1"),
        ("TM", dt.time(8, tzinfo=dt.UTC)),
        ("TM", dt.datetime.fromisoformat("2024-01-31 08:00")),
        ("DT", "20240230"),
        ("DT", "202401.5"),
        ("DT", "2024+1500"),
    ],
)
def test_what_is_no_date_or_time_is_refused(vr, wrong):
    """Days that do not exist, other types, and missing values of tables."""
    with pytest.raises(QueryError, match="StudyX"):
        temporal_text(vr, wrong, "StudyX")


def test_range_past_midnight_says_what_to_do():
    """Times are matched on one day; the text leads to a list of two ranges."""
    with pytest.raises(QueryError, match="passes midnight"):
        range_text("TM", "22:00", "06:00", "StudyTime")


def test_end_of_a_range_is_single():
    """A range within a range is refused."""
    with pytest.raises(QueryError, match="an end of the range"):
        range_text("DA", "20240101-20240131", None, "StudyDate")


def test_numpy_days_are_dates():
    """A cell of a numpy array of days is taken."""
    day = np.datetime64("2024-01-31")
    study_date = attribute_of_keyword("StudyDate")
    assert alternatives(study_date, day) == ("20240131",)
    assert alternatives(study_date, between(day.item(), None)) == ("20240131-",)
