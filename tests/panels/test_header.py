"""The header as rows: private elements named, patient data hidden unless asked for, odd values survived."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from pydicom import Dataset, dcmread
from pydicom.filereader import read_dataset

from dicommove.panels.header import HIDDEN, header_rows


def values(rows):
    """Value by keyword."""
    return {row[1]: row[3] for row in rows}


def personal():
    """A data set that names people in many ways."""
    dataset, item = Dataset(), Dataset()
    item.PersonName, item.CodeValue = "Weiss^Carla", "121071"
    dataset.PatientName, dataset.PatientID, dataset.PatientAge = "Meier^Anna", "P1", "043Y"
    dataset.StudyDate, dataset.AccessionNumber, dataset.InstitutionName = "20240102", "A1", "Klinik"
    dataset.ReferringPhysicianName, dataset.PatientComments, dataset.AdditionalPatientHistory = (
        "Arzt^B",
        "Frau Meier",
        "Frau Meier",
    )
    dataset.Modality, dataset.KVP, dataset.ContentSequence = "CT", "120", [item]
    block = dataset.private_block(0x0009, "ACME 1.0", create=True)
    block.add_new(0x01, "LO", "Frau Meier")
    return dataset


def test_what_names_people_is_hidden():
    """At every depth, in private elements too; what describes the picture stays."""
    rows = header_rows(personal(), private=False)
    assert not any(name in str(rows) for name in ("Meier", "Anna", "P1", "043Y", "2024", "A1'", "Klinik", "Arzt", "Weiss"))
    assert {values(rows)[keyword] for keyword in ("PatientName", "StudyDate", "PersonName", "[ACME 1.0]")} == {HIDDEN}
    assert (values(rows)["Modality"], values(rows)["KVP"], values(rows)["CodeValue"]) == ("CT", "120", "121071")


def test_all_is_shown_when_asked_for():
    """With depth, VR, number of items and the creator of private elements."""
    rows = header_rows(personal(), private=True)
    assert ["(0009,0010)", "Private Creator", "LO", "ACME 1.0", 0, True] in rows
    assert ["(0009,1001)", "[ACME 1.0]", "LO", "Frau Meier", 0, True] in rows
    assert ["(0040,A730)", "ContentSequence", "SQ", "1 item", 0, False] in rows
    assert ["(0040,A123)", "PersonName", "PN", "Weiss^Carla", 1, False] in rows


def test_known_private_elements_have_their_names():
    """Of creators that pydicom's dictionary knows."""
    dataset = Dataset()
    dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x08, "CS", "IMAGE NUM 4")
    assert "CSA Image Header Type [SIEMENS CSA HEADER]" in values(header_rows(dataset, private=True))


def test_an_orphaned_private_element_says_so():
    """Its creator is missing."""
    dataset = Dataset()
    dataset.add_new(0x00091001, "LO", "x")
    assert ["(0009,1001)", "[no creator]", "LO", "x", 0, True] in header_rows(dataset, private=True)


def test_long_values_are_cut_and_bytes_are_counted():
    """A table of the header is no place for a megabyte."""
    dataset = Dataset()
    dataset.SeriesDescription, dataset.ImageType = "x" * 64, ["A"] * 500
    dataset.ICCProfile = bytes(1_000)
    shown = values(header_rows(dataset, private=True))
    assert len(shown["ImageType"]) == 200
    assert shown["ImageType"].endswith("…")
    assert shown["ICCProfile"] == "1000 bytes"


def test_a_header_without_end_ends():
    """5,000 rows, then a line that says so; items nested beyond measure are not followed."""
    dataset = Dataset()
    dataset.ContentSequence = [Dataset() for _ in range(6_000)]
    for item in dataset.ContentSequence:
        item.CodeValue = "1"
    rows = header_rows(dataset, private=True)
    assert (len(rows), rows[-1][3]) == (5_001, "only the first 5000 elements are shown")
    deep = inner = Dataset()
    for _ in range(50):
        inner.ContentSequence = [Dataset()]
        inner = inner.ContentSequence[0]
    assert max(row[4] for row in header_rows(deep, private=True)) == 8


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_file_of_the_bundle_has_its_rows(bundled_folder):
    """Odd ones too: whatever pydicom can open is listed, and every cell is text, number or flag."""
    paths = sorted((bundled_folder / "test_files").glob("*.dcm"))
    assert len(paths) > 20
    for path in paths:
        for row in header_rows(dcmread(path, force=True, stop_before_pixels=True), private=False):
            assert [type(cell) for cell in row] == [str, str, str, str, int, bool], path.name


def test_visits_and_reasons_are_hidden():
    """What was written of a visit or of why the images were made is about the patient."""
    dataset = Dataset()
    dataset.AdmittingDiagnosesDescription, dataset.SpecialNeeds, dataset.PatientState = "cough", "wheelchair", "diabetic"
    dataset.ReasonForTheRequestedProcedure = "suspected tumour"
    assert set(values(header_rows(dataset, private=False)).values()) == {HIDDEN}


def test_hostile_values_steer_nothing():
    """Control characters and marks that turn the direction of text are shown as their code points, one line a value."""
    dataset = Dataset()
    dataset.SeriesDescription = "a\x1b[2J\u202eb"
    dataset.PatientName = "<script>x</script>^\x07"
    block = dataset.private_block(0x0009, "ACME\u202e", create=True)
    block.add_new(0x01, "LO", "x")
    shown = header_rows(dataset, private=True)
    found = values(shown)
    assert found["SeriesDescription"] == r"a\u001b[2J\u202eb"
    assert found["PatientName"] == r"<script>x</script>^\u0007"
    assert not any(character in str(row) for row in shown for character in ("\x1b", "\u202e", "\x07"))


def test_sequence_that_may_hold_millions_of_items_is_not_looked_into():
    """Pydicom would make an object of each before the first row is there; what the header shows of it is its length."""
    items = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 600_000
    head = struct.pack("<HH2sHI", 0x0040, 0x0275, b"SQ", 0, len(items))
    header = read_dataset(BytesIO(head + items), is_implicit_VR=False, is_little_endian=True)
    (row,) = header_rows(header, private=True)
    assert row[:4] == ["(0040,0275)", "RequestAttributesSequence", "SQ", "4800000 bytes, not looked into"]
