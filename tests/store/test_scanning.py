"""Folders that other tools filled: their files get into the journal, once, and nothing else happens to them."""

from __future__ import annotations

import shutil

import pytest

from dicommove.errors import StoreError
from dicommove.store import SqliteJournal, found_rows, rebuild, scan


@pytest.fixture
def foreign(tmp_path, bundled_folder):
    """A folder with files of pydicom, among them what is no DICOM file."""
    place = tmp_path / "foreign"
    (place / "sub").mkdir(parents=True)
    for name, to in (("CT_small", "a.dcm"), ("MR_small", "sub/noextension")):
        shutil.copy(bundled_folder / "test_files" / f"{name}.dcm", place / to)
    (place / "notes.txt").write_text("no DICOM")
    (place / "empty").write_bytes(b"")
    (place / "cut").write_bytes(b"\0" * 128 + b"DICM\2\0")
    (place / "link").symlink_to(place / "a.dcm")
    return place


def rows_in(folder):
    """Arrivals of all operations."""
    journal = SqliteJournal(folder)
    try:
        return journal.rows("arrivals"), journal.operations()
    finally:
        journal.close()


def test_a_scan_takes_in_dicom_files_and_nothing_else(foreign):
    """With their columns; of what is none, of half files and links nothing."""
    assert scan(foreign, purpose="old study") == 2
    rows, (operation,) = rows_in(foreign)
    assert {row["Modality"] for row in rows} == {"CT", "MR"}
    assert {row["path"] for row in rows} == {str(foreign / "a.dcm"), str(foreign / "sub" / "noextension")}
    assert all(row.get("received_at") is None and row["size_bytes"] > 0 for row in rows)
    assert (operation["kind"], operation["facts"]) == ("scan", {"purpose": "old study"})


def test_a_second_scan_takes_in_only_what_is_new(foreign, bundled_folder):
    """A scan that finds nothing is no operation."""
    scan(foreign)
    assert scan(foreign) == 0
    shutil.copy(bundled_folder / "test_files" / "liver_1frame.dcm", foreign)
    assert scan(foreign) == 1
    assert len(rows_in(foreign)[1]) == 2


def test_a_rebuilt_journal_remembers_scans(foreign):
    """They are no moves, and what they took in stays taken in."""
    scan(foreign)
    rebuilt = rebuild(foreign)
    assert (rebuilt.instances, rebuilt.moves) == (2, 0)
    assert scan(foreign) == 0


def test_rows_can_be_read_without_writing_anything(foreign):
    """The folder stays as it is: no journal, no other file."""
    before = sorted(path.name for path in foreign.rglob("*"))
    rows = list(found_rows(foreign))
    assert {row["Modality"] for row in rows} == {"CT", "MR"}
    assert sorted(path.name for path in foreign.rglob("*")) == before


def test_a_folder_that_is_not_there_is_said(tmp_path):
    """Nothing is made."""
    with pytest.raises(StoreError, match="there is no folder"):
        scan(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
