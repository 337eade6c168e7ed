"""Conflicts: two files of one SOP Instance, and what differs between them, whatever their transfer syntaxes."""

from __future__ import annotations

import zlib

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from dicommove.frames import CONFLICTS
from dicommove.retrieve.accounting.conflicts import compare_files, conflict_rows, kept_files


@pytest.fixture
def write(bundled_folder, tmp_path):
    """Write a real CT image, changed, in a transfer syntax; returns its path."""

    def make(name, change=lambda _: None, syntax=ExplicitVRLittleEndian):
        data_set = dcmread(bundled_folder / "test_files" / "CT_small.dcm")
        item = Dataset()
        item.CodeValue = "T-1"
        data_set.ProcedureCodeSequence = [item]
        change(data_set)
        data_set.file_meta.TransferSyntaxUID = syntax
        path = tmp_path / name
        data_set.save_as(path, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian)
        return str(path)

    return make


def _set(**values):
    def change(data_set):
        for keyword, value in values.items():
            setattr(data_set, keyword, value)

    return change


def _item(data_set):
    data_set.ProcedureCodeSequence[0].CodeValue = "T-2"


def _pixels(data_set):
    data_set.PixelData = data_set.PixelData[:-2] + b"ab"


def _private(data_set):
    data_set.add_new(0x00091099, "LO", "changed")


def _without(data_set):
    del data_set.PixelData


@pytest.mark.parametrize(
    ("change", "differs", "pixels_same"),
    [
        (lambda _: None, "", True),
        (_set(PatientID="other", ImageComments="new"), "PatientID\\ImageComments", True),
        (_item, "ProcedureCodeSequence", True),
        (_private, "(0009,1099)", True),
        (_pixels, "", False),
        (_without, "", False),
    ],
)
def test_what_differs_is_named(write, change, differs, pixels_same):
    """Keywords in the order of their tags, items of sequences too, private elements by tag; pixel data apart."""
    found = compare_files(write("one.dcm"), write("two.dcm", change))
    assert (found["differs"], found["pixel_data_same"]) == (differs, pixels_same)


@pytest.mark.parametrize(
    ("syntax", "pixels_same"),
    [(ImplicitVRLittleEndian, True), (DeflatedExplicitVRLittleEndian, True)],
)
def test_another_encoding_alone_is_no_other_value(write, syntax, pixels_same):
    """The same values in another transfer syntax: only that differs."""
    found = compare_files(write("one.dcm"), write("two.dcm", syntax=syntax))
    assert (found["differs"], found["pixel_data_same"]) == ("TransferSyntaxUID", pixels_same)
    assert found["other_transfer_syntax_uid"] == syntax


def test_another_order_of_bytes_is_no_other_value(bundled_folder):
    """Numbers are compared by value; pixels in another order of bytes cannot be compared."""
    little, big = (str(bundled_folder / "test_files" / name) for name in ("MR_small.dcm", "MR_small_bigendian.dcm"))
    found = compare_files(little, big)
    assert found["differs"].split("\\")[0] == "TransferSyntaxUID"
    assert "Rows" not in found["differs"]
    assert found["pixel_data_same"] is None


def test_a_compressed_copy_is_not_compared_by_its_pixels(write, bundled_folder):
    """Whether two compressions show the same picture is not guessed."""
    other = str(bundled_folder / "test_files" / "JPEG2000.dcm")
    assert compare_files(write("one.dcm"), other)["pixel_data_same"] is None


def test_a_file_that_cannot_be_read_is_said(write, tmp_path):
    """Gone, no DICOM, or never known: a reason, and nothing claimed."""
    (tmp_path / "no.dcm").write_bytes(zlib.compress(b"no DICOM"))
    for other in (str(tmp_path / "gone.dcm"), str(tmp_path / "no.dcm"), None):
        assert list(compare_files(write("one.dcm"), other)) == ["reason"]


def _nested(path):
    """A sequence within a sequence, 10,000 times."""
    with path.open("ab") as file:
        file.write((b"\xfc\xff\x01\0SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\xff\xff\xff\xff") * 10_000)


def _inflating(path):
    """The data set again, and a gigabyte of zeros, deflated to a megabyte; said to be so in File Meta Information."""
    content = path.read_bytes()
    start = 144 + int.from_bytes(content[140:144], "little")
    deflate = zlib.compressobj(wbits=-15)
    head = deflate.compress(content[start:]) + deflate.flush(zlib.Z_FULL_FLUSH)
    megabyte = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    path.write_bytes(content[:start] + head + megabyte * 1024 + deflate.flush())


def _torn(path):
    path.write_bytes(path.read_bytes()[:-2000])


@pytest.mark.parametrize(
    ("syntax", "harm", "reason"),
    [
        (ExplicitVRLittleEndian, _nested, "RecursionError"),
        (DeflatedExplicitVRLittleEndian, _inflating, "OverflowError"),
        (DeflatedExplicitVRLittleEndian, _torn, "error"),
    ],
)
def test_a_hostile_file_does_not_hide_the_others(write, tmp_path, syntax, harm, reason):
    """Whatever it makes a reader raise is said in its row."""
    one, two = write("one.dcm", syntax=syntax), write("two.dcm", syntax=syntax)
    harm(tmp_path / "two.dcm")
    assert compare_files(one, two) == {"reason": f"a file cannot be read: {reason}"}


def test_rows_have_the_columns_of_the_table(write, tmp_path):
    """Only conflicts have rows; the kept file is the first one in the tree."""
    arrivals = [
        {"SOPInstanceUID": "1.1", "disposition": "conflict", "path": write("two.dcm"), "size_bytes": 9, "request": 2},
        {"SOPInstanceUID": "1.2", "disposition": "new"},
    ]
    kept = kept_files([("1.1", "one.dcm", 5), ("1.1", "more.dcm", 6), ("1.2", "x.dcm", 7)], tmp_path, ["1.1"])
    assert kept == {"1.1": (str(tmp_path / "one.dcm"), 5)}
    write("one.dcm")
    (row,) = conflict_rows(arrivals, kept)
    assert set(row) <= set(CONFLICTS)
    assert (row["SOPInstanceUID"], row["request"], row["size_bytes"], row["differs"]) == ("1.1", 2, 5, "")


def test_conflicts_of_a_move(demo, data):
    """The demo archive sends other Image Comments under the same UID: both files are there, and only these differ."""
    result = demo(fault="conflict").studies().where(AccessionNumber="A20240061").move(data, stragglers=0.1)
    conflicts = result.conflicts
    assert list(conflicts.columns) == list(CONFLICTS)
    assert len(conflicts) == (result.ledger["state"] == "conflict").sum() > 0
    assert set(conflicts["differs"]) == {"ImageComments"}
    assert conflicts["pixel_data_same"].all()
    assert conflicts["path"].isin(result.instances["path"]).all()
    assert conflicts["other_path"].str.contains(r"\.dicommove.conflicts").all()
    assert (conflicts["other_size_bytes"] > conflicts["size_bytes"]).all()
