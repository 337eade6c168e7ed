"""The user's tables: read without loss, and given back with our columns beside theirs."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from dicommove import frames
from dicommove.errors import QueryError

TEXT = pd.StringDtype("python", na_value=pd.NA)


def test_a_table_of_the_user_is_read():
    """Names, rows in order, and what each column holds; absent of every kind is None, and text stays as it is."""
    table = pd.DataFrame(
        {
            "AccessionNumber": ["007", None, ""],
            "age": [1, 2, 3],
            "dose": [0.5, math.nan, 1.0],
            "done": [True, False, True],
            "day": pd.to_datetime(["2024-01-31", None, "2024-02-01"]),
            "site": pd.Categorical(["a", None, "b"]),
            "code": pd.array(["x", pd.NA, "y"], dtype="string"),
        },
        index=[5, 5, 7],
    )

    names, rows, kinds = frames.read_table(table)

    assert names == list(table.columns)
    assert rows[0] == {
        "AccessionNumber": "007",
        "age": 1,
        "dose": 0.5,
        "done": True,
        "day": pd.Timestamp("2024-01-31"),
        "site": "a",
        "code": "x",
    }
    assert rows[1] == {"AccessionNumber": None, "age": 2, "dose": None, "done": False, "day": None, "site": None, "code": None}
    assert rows[2]["AccessionNumber"] == ""
    assert list(kinds.values()) == ["text", "number", "number", "flag", "moment", "text", "text"]


def test_an_empty_table_has_no_rows():
    """Columns without rows are read as such."""
    assert frames.read_table(pd.DataFrame({"PatientID": []}, dtype=object))[:2] == (["PatientID"], [])


@pytest.mark.parametrize("table", [["1.2"], {"PatientID": ["1"]}, None, pd.Series(["1.2"])])
def test_what_is_no_table_is_refused(table):
    """The message names what was given."""
    with pytest.raises(QueryError, match=f"not {type(table).__name__}"):
        frames.read_table(table)


def test_two_columns_of_one_name_are_refused():
    """Nothing says which of the two is meant."""
    with pytest.raises(QueryError, match="same name"):
        frames.read_table(pd.DataFrame([["1", "2"]], columns=["PatientID", "PatientID"]))


@pytest.mark.parametrize(
    ("value", "column"),
    [
        (pd.Series(["1.2"]), True),
        (pd.Index(["1.2"]), True),
        (pd.array(["1.2"], dtype="string"), True),
        (np.array(["1.2"]), True),
        (pd.DataFrame({"StudyInstanceUID": ["1.2"]}), False),
        (["1.2"], False),
        ("1.2", False),
    ],
)
def test_what_is_one_column(value, column):
    """A table is no column."""
    assert frames.is_column(value) is column


def test_our_columns_stand_beside_the_users():
    """Rows may be repeated and left out; the user's table, its columns and their dtypes stay as they are."""
    table = pd.DataFrame({"AccessionNumber": ["1", "2", "3"], "age": [30, 40, 50]}, index=list("abc"))
    before = table.copy()
    facts = [{"row": 0, "match": "several"}, {"row": 0, "match": "several"}, {"row": 2, "match": "none", "reason": "unknown"}]

    frame = frames.extend(table, [0, 0, 2], frames.MATCH, facts)

    assert list(frame.columns) == [*table.columns, *frames.MATCH]
    assert list(frame["age"]) == [30, 30, 50]
    assert frame.dtypes[list(table.columns)].equals(table.dtypes)
    assert list(frame["match"]) == ["several", "several", "none"]
    assert frame["StudyInstanceUID"].isna().all()
    assert list(frame.index) == [0, 1, 2]
    pd.testing.assert_frame_equal(table, before)


def test_extending_again_replaces_our_columns():
    """A table that was matched may be filtered and matched again."""
    first = frames.extend(pd.DataFrame({"age": [30, 40]}), [0, 1], frames.MATCH, [{"row": 0}, {"row": 1}])

    again = frames.extend(first, [1], frames.MATCH, [{"row": 0, "match": "found"}])

    assert list(again.columns) == list(first.columns)
    assert list(again["age"]) == [40]
    assert list(again["row"]) == [0]


def test_an_empty_table_is_extended_by_the_same_columns():
    """No rows, the same contract."""
    frame = frames.extend(pd.DataFrame({"PatientID": pd.array([], dtype=TEXT)}), [], frames.MATCH, [])

    assert frame.dtypes[list(frames.MATCH)].equals(frames.build(frames.MATCH, []).dtypes)
