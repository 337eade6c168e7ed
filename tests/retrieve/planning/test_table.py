"""The user's table: which columns are keys, and which rows are never sent."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicommove.errors import QueryError
from dicommove.frames import read_table
from dicommove.retrieve.planning.table import keys_of, read_rows, uid_rows
from dicommove.terms import Level

STUDY, SERIES, IMAGE = "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"


def text(*names):
    """Arguments of `keys_of` for columns of text."""
    return names, dict.fromkeys(names, "text")


@pytest.mark.parametrize(
    ("names", "level", "columns", "by_uid"),
    [
        (("AccessionNumber", "age"), Level.STUDY, ("AccessionNumber",), False),
        (("PatientID", "cohort"), Level.STUDY, ("PatientID",), False),
        (("StudyDate", "PatientID"), Level.STUDY, ("PatientID", "StudyDate"), False),
        (("AccessionNumber", "StudyDate"), Level.STUDY, ("AccessionNumber",), False),
        (("AccessionNumber", STUDY), Level.STUDY, (STUDY,), True),
        ((SERIES, STUDY, "StudyDate"), Level.SERIES, (STUDY, SERIES), True),
        ((IMAGE, SERIES, STUDY, "PatientID"), Level.IMAGE, ("PatientID", STUDY, SERIES, IMAGE), True),
        ((SERIES,), Level.SERIES, (SERIES,), True),
    ],
)
def test_key_columns(names, level, columns, by_uid):
    """The deepest UID column is the level; without one, accession numbers and patients are matched to studies."""
    keys = keys_of(*text(*names))

    assert (keys.level, keys.columns, keys.by_uid) == (level, columns, by_uid)


@pytest.mark.parametrize("names", [(), ("age",), ("StudyDate",), ("patientid",), ("Accession Number",)])
def test_a_table_without_a_key_column_says_which_there_are(names):
    """A date alone is no key, and names are taken exactly."""
    with pytest.raises(QueryError, match="AccessionNumber, PatientID"):
        keys_of(*text(*names))


@pytest.mark.parametrize("name", ["AccessionNumber", "PatientID", STUDY, SERIES, IMAGE])
@pytest.mark.parametrize("values", [[1234], [1234.0, None], pd.array([1234], dtype="Int64")], ids=["int", "float", "Int64"])
def test_a_key_column_of_numbers_refuses_the_whole_table(name, values):
    """Leading zeros are lost in numbers: the message says how to read the column."""
    names, _, kinds = read_table(pd.DataFrame({name: values}))

    with pytest.raises(QueryError, match=f'leading zeros are lost.*dtype={{"{name}": str}}'):
        keys_of(names, kinds)


def test_columns_that_are_no_keys_may_be_numbers():
    """Beside a UID column, accession numbers and patient IDs are carried through unread."""
    frame = pd.DataFrame({STUDY: ["1.2"], "AccessionNumber": [12], "PatientID": [7]})
    names, rows, kinds = read_table(frame)

    assert [cells.keys for cells in uid_rows(rows, keys_of(names, kinds))] == [{STUDY: "1.2"}]


def test_cells_are_text_without_padding():
    """Leading zeros stay, outer spaces go."""
    (cells,) = read_rows([{"AccessionNumber": " 000123  "}], ["AccessionNumber"])

    assert (cells.row, cells.keys, cells.refused) == (0, {"AccessionNumber": "000123"}, None)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (None, "row 1: AccessionNumber is empty"),
        ("", "is empty"),
        ("   ", "is empty"),
        ("\0", "is empty"),
        ("A*", "would match more than one value"),
        ("A?", "would match more than one value"),
        ("A\\B", "would match more than one value"),
        (123, "is a number: leading zeros may be lost"),
        (123.0, "is a number: leading zeros may be lost"),
    ],
)
def test_a_cell_that_cannot_be_a_key_refuses_its_row_and_no_other(cell, said):
    """The refused row says its number and why, and has no keys; the other rows go on."""
    first, second, third = read_rows([{"AccessionNumber": one} for one in ("A1", cell, "A3")], ["AccessionNumber"])

    assert said in second.refused
    assert not second.keys
    assert (first.keys, third.keys) == ({"AccessionNumber": "A1"}, {"AccessionNumber": "A3"})
    assert first.refused is third.refused is None


@given(st.none() | st.text() | st.integers() | st.floats() | st.dates() | st.booleans() | st.lists(st.integers()))
def test_no_cell_can_widen_what_is_asked_for(cell):
    """Whatever a cell holds: it is refused, or its text is a single literal value."""
    for name in ("AccessionNumber", "PatientID", "StudyDate"):
        (cells,) = read_rows([{name: cell}], [name])
        assert (cells.refused is None) == bool(cells.keys)
        for value in cells.keys.values():
            assert value == value.strip()
            assert value
            assert not set(value) & set("*?\\")


@pytest.mark.parametrize(
    "cell",
    [
        "20240131",
        "2024-01-31",
        "2024.01.31",
        " 20240131 ",
        20240131,
        20240131.0,
        date(2024, 1, 31),
        datetime(2024, 1, 31, 12),  # noqa: DTZ001 - what a user's table holds
        pd.Timestamp("2024-01-31"),
    ],
)
def test_dates_are_read_in_the_ways_that_tables_have_them(cell):
    """DA, ISO and ACR-NEMA text, numbers and dates give one DA value."""
    (cells,) = read_rows([{"StudyDate": cell}], ["StudyDate"])

    assert cells.keys == {"StudyDate": "20240131"}


@pytest.mark.parametrize(
    "cell",
    ["2024", "20240101-20240131", "-20240131", "20241399", "20230229", "2024-0131", "31.01.2024", "2.0.2.4.0.1.31", "٢٠٢٤٠١٣١"],
)
def test_what_is_no_single_date_refuses_its_row(cell):
    """A range, another order, or a day that does not exist would match something else or nothing."""
    (cells,) = read_rows([{"StudyDate": cell}], ["StudyDate"])

    assert cells.refused == "row 0: StudyDate is no single date (YYYYMMDD or YYYY-MM-DD)"


def test_uids_of_a_row_are_keys_and_nothing_else_is():
    """The UIDs of the level and above, and the Patient ID where the model needs it; padding is not significant."""
    keys = keys_of(*text("PatientID", STUDY, SERIES, "Modality"))
    row = {"PatientID": "P1", STUDY: "1.2\0", SERIES: " 1.3 ", "Modality": "CT"}

    assert uid_rows([row], keys)[0].keys == {STUDY: "1.2", SERIES: "1.3", "PatientID": "P1"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({SERIES: "1.3"}, f"row 0: {STUDY} is missing"),
        ({STUDY: None, SERIES: "1.3"}, f"{STUDY} is missing"),
        ({STUDY: "1.2", SERIES: ""}, f"{SERIES} is missing"),
        ({STUDY: "1.2", SERIES: "../x"}, f"{SERIES} is no UID: a character"),
        ({STUDY: "*", SERIES: "1.3"}, f"{STUDY} is no UID"),
        ({STUDY: "1.2\\1.3", SERIES: "1.3"}, f"{STUDY} is no UID"),
        ({STUDY: "1" * 65, SERIES: "1.3"}, f"{STUDY} is no UID: longer"),
    ],
)
def test_a_row_that_lacks_a_uid_is_refused_with_its_number(row, said):
    """A C-MOVE needs the unique keys of every level above (PS3.4 C.4.2.2.1)."""
    (cells,) = uid_rows([row], keys_of(*text(STUDY, SERIES)))

    assert said in cells.refused
    assert not cells.keys


@pytest.mark.parametrize("patient", [None, "", "P*", "A\\B", 7])
def test_a_patient_id_that_is_no_single_value_is_no_key(patient):
    """The UIDs say what is meant; a Patient ID beside them is used only where it is one."""
    (cells,) = uid_rows([{"PatientID": patient, STUDY: "1.2"}], keys_of(*text("PatientID", STUDY)))

    assert (cells.keys, cells.refused) == ({STUDY: "1.2"}, None)
