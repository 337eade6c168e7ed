"""The DataFrame contracts: the same names, order and dtypes for any number of rows, and absent is absent."""

from __future__ import annotations

import subprocess
import sys
import warnings
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicommove import frames
from dicommove.errors import ValueWarning

TEXT = pd.StringDtype("python", na_value=pd.NA)
CONTRACTS = {
    name: getattr(frames, name) for name in ("REQUESTS", "PROGRESS", "INSTANCES", "LEDGER", "SERIES", "STUDIES", "MATCH")
}
SAMPLES = {"text": "a\\b", "date": "20240131", "moment": "2024-01-31T12:00:00.5+00:00", "whole": 3, "number": 0.5, "flag": True}


def sample(name, kind):
    """A value of a column that parses."""
    own = frames.attribute(name) if kind == "attribute" else kind
    return own[0] if isinstance(own, tuple) else SAMPLES[own]


@pytest.mark.parametrize(
    ("contract", "columns"),
    [
        (
            "REQUESTS",
            (
                "request row match reason level PatientID StudyInstanceUID SeriesInstanceUID SOPInstanceUID attempt Status",
                "expected_by expected_at expected received outcome seconds",
            ),
        ),
        (
            "PROGRESS",
            (
                "received_at request Status status_category status_meaning NumberOfRemainingSuboperations",
                "NumberOfCompletedSuboperations NumberOfFailedSuboperations NumberOfWarningSuboperations ErrorComment",
                "FailedSOPInstanceUIDList",
            ),
        ),
        (
            "INSTANCES",
            (
                "received_at row path size_bytes seconds sha256 PatientID PatientName AccessionNumber StudyInstanceUID",
                "StudyDate StudyTime StudyDescription SeriesInstanceUID SeriesNumber SeriesDescription SOPInstanceUID",
                "SOPClassUID TransferSyntaxUID Modality ImageType InstanceNumber Rows Columns NumberOfFrames",
                "ImagePositionPatient ImageOrientationPatient PixelSpacing SliceThickness FrameOfReferenceUID",
                "ConvolutionKernel status",
            ),
        ),
        (
            "LEDGER",
            (
                "StudyInstanceUID SeriesInstanceUID SOPInstanceUID expected received reported_failed copies state",
                "reason request path",
            ),
        ),
    ],
)
def test_columns_are_those_of_the_documentation(contract, columns):
    """Names and order are a promise."""
    assert list(CONTRACTS[contract]) == " ".join(columns).split()


@pytest.mark.parametrize("contract", CONTRACTS)
def test_dtypes_do_not_depend_on_the_rows(contract):
    """No row, absent values, and many rows give the same columns, dtypes and kind of index."""
    columns = CONTRACTS[contract]
    full = {name: sample(name, kind) for name, kind in columns.items()}
    empty, absent, filled, mixed = (
        frames.build(columns, rows)
        for rows in ([], [{}, dict.fromkeys(columns), dict.fromkeys(columns, "")], [full] * 3, [{}, full])
    )

    for frame in (empty, absent, filled, mixed):
        assert list(frame.columns) == list(columns)
        assert frame.columns.dtype == object
        assert isinstance(frame.index, pd.RangeIndex)
        assert frame.dtypes.equals(empty.dtypes)
    assert absent.isna().all(axis=None)
    assert filled.notna().all(axis=None)


def test_dtypes_of_each_kind():
    """Extension types, so that absent is <NA> and never NaN among text or a float among whole numbers."""
    kinds = {"t": "text", "d": "date", "m": "moment", "w": "whole", "n": "number", "f": "flag", "c": ("x", "y")}

    types = frames.build(kinds, []).dtypes

    assert types[["d", "m", "w", "n", "f"]].astype(str).to_dict() == {
        "d": "datetime64[s]",
        "m": "datetime64[us, UTC]",
        "w": "Int64",
        "n": "Float64",
        "f": "boolean",
    }
    assert types["t"] == TEXT
    assert (types["t"].storage, types["t"].na_value) == ("python", pd.NA)
    assert types["c"].categories.dtype == TEXT


def test_categories_are_constant():
    """A state that no row has is a category all the same, in the same order."""
    frame = frames.build(frames.LEDGER, [{"state": "missing"}, {"state": "received"}])

    assert tuple(frame["state"].cat.categories) == frames.STATES
    assert frame["state"].value_counts()["failed"] == 0


@pytest.mark.parametrize(
    ("keyword", "kind"),
    [
        ("StudyDate", "date"),
        ("StudyTime", "text"),
        ("AcquisitionDateTime", "text"),
        ("PatientName", "text"),
        ("PatientAge", "text"),
        ("InstanceNumber", "whole"),
        ("Rows", "whole"),
        ("NumberOfStudyRelatedInstances", "whole"),
        ("SliceThickness", "number"),
        ("PixelSpacing", "text"),
        ("ImageType", "text"),
        ("ModalitiesInStudy", "text"),
        ("StudyInstanceUID", "text"),
        ("ProcedureCodeSequence", "text"),
        ("NotAKeyword", "text"),
        ("row", "text"),
    ],
)
def test_kind_of_an_attribute(keyword, kind):
    """By VR and multiplicity: what may have several values, and what no dictionary knows, stays text."""
    assert frames.attribute(keyword) == kind


def test_text_is_verbatim():
    """Values are joined by backslashes, groups of a name stay, nothing is trimmed."""
    name = "Yamada^Tarou=山田^太郎=やまだ^たろう"

    frame = frames.build({"PatientName": "attribute", "ImageType": "attribute"}, [{"PatientName": name, "ImageType": " A\\\\B "}])

    assert frame.iloc[0].to_list() == [name, " A\\\\B "]


@pytest.mark.parametrize(
    ("keyword", "values", "wanted"),
    [
        ("StudyDate", ["20240131", "2024.01.31", " 20240131 ", "00010101", "99991231", date(2024, 1, 31)],
         ["2024-01-31", "2024-01-31", "2024-01-31", "0001-01-01", "9999-12-31", "2024-01-31"]),
        ("InstanceNumber", ["7", " 007 ", "-7", "+7", 7, "9223372036854775807"], [7, 7, -7, 7, 7, 2**63 - 1]),
        ("SliceThickness", ["1.5", " 1.5 ", "+15e-1", ".5", "5.", 2], [1.5, 1.5, 1.5, 0.5, 5.0, 2.0]),
    ],
)  # fmt: skip
def test_values_that_parse(keyword, values, wanted):
    """DA of DICOM and of ACR-NEMA, IS and DS with their padding and signs."""
    column = frames.build({keyword: "attribute"}, [{keyword: value} for value in values])[keyword]

    assert [str(one.date()) if keyword == "StudyDate" else one for one in column] == wanted


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("StudyDate", ["2024", "20240230", "00000101", "2024-01-31", "20240101-20240131", "2024.1.31", "٢٠٢٤٠١٣١", "unknown"]),
        ("InstanceNumber", ["1.0", "1_0", "٣", "0x1", "1e3", "9223372036854775808", 2**63, "9" * 5000, "-", "one"]),
        ("SliceThickness", ["1,5", "1_0", "nan", "inf", "1e999", "1.5mm", "٣", "--1", "."]),
    ],
)
def test_values_that_do_not_parse_are_absent_counted_and_named(keyword, values):
    """Real archives send anything: it is <NA>, one warning says how many of which keyword, and shows no value."""
    rows = [{keyword: value} for value in [*values, None, ""]]

    with pytest.warns(ValueWarning, match=rf"{keyword} \({len(values)}\)") as caught:
        column = frames.build({keyword: "attribute"}, rows)[keyword]

    assert column.isna().all()
    assert len(caught) == 1
    assert not any(str(value) in str(caught[0].message) for value in values if len(str(value)) > 3)


def test_the_warning_names_every_keyword_once():
    """Two columns with faults are one warning."""
    rows = [{"Rows": "x", "StudyDate": "y"}, {"Rows": "x", "StudyDate": "20240131"}]

    with pytest.warns(ValueWarning) as caught:
        frames.build({"Rows": "attribute", "StudyDate": "attribute"}, rows)

    assert [str(one.message) for one in caught] == ["values that do not fit their VR are shown as <NA>: Rows (2), StudyDate (1)"]


@given(
    st.lists(
        st.dictionaries(st.sampled_from(tuple(frames.INSTANCES)), st.none() | st.text(max_size=12) | st.integers()), max_size=4
    )
)
def test_no_value_of_an_archive_breaks_a_frame(rows):
    """Whatever comes in whatever column of attributes: a frame of the contract."""
    own = {name for name, kind in frames.INSTANCES.items() if kind == "moment"}  # our own times, never the archive's
    rows = [{name: value for name, value in row.items() if name not in own} for row in rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ValueWarning)
        frame = frames.build(frames.INSTANCES, rows)

    assert frame.dtypes.equals(frames.build(frames.INSTANCES, []).dtypes)
    assert len(frame) == len(rows)


def test_times_of_ours_are_in_utc_to_the_microsecond():
    """A time in another zone is the same moment."""
    values = ["2024-01-31T12:00:00.123456+02:00", datetime(2024, 1, 31, 10, tzinfo=UTC), None]

    column = frames.build({"received_at": "moment"}, [{"received_at": value} for value in values])["received_at"]

    assert list(column[:2]) == [pd.Timestamp("2024-01-31T10:00:00.123456Z"), pd.Timestamp("2024-01-31T10:00:00Z")]
    assert column.isna().to_list() == [False, False, True]


def test_rows_may_come_from_a_generator_and_have_more_than_the_columns():
    """Rows are read once; what the contract does not name is left out."""
    frame = frames.build({"Rows": "attribute"}, ({"Rows": number, "other": 1} for number in range(3)))

    assert list(frame["Rows"]) == [0, 1, 2]
    assert list(frame.columns) == ["Rows"]


def test_the_contracts_are_read_without_pandas():
    """Names and kinds cost no import; pandas is loaded by the first frame."""
    code = "import sys, dicommove.frames as f; assert f.LEDGER; assert not {'pandas', 'numpy', 'pydicom'} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
