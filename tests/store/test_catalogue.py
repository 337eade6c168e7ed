"""Columns of stored instances, read off the answer path."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydicom import dcmread

from dicommove.store.catalogue import COLUMNS, fill, instance_rows


def test_arrivals_get_their_columns(kit, store):
    """Filling reads each file once and keeps what was recorded at the arrival."""
    operation = store.journal.begin("move")
    for number in range(3):
        uid = f"1.2.{number}"
        kit.deliver(store, uid, kit.data_set(uid, number=str(number)), operation=operation, facts={"request": 1})
    before = store.journal.rows("arrivals", operation)
    assert (fill(store.journal, operation), fill(store.journal, operation)) == (3, 0)
    rows = store.journal.rows("arrivals", operation)
    assert [(row["PatientName"], row["InstanceNumber"], row["Rows"]) for row in rows] == [
        ("MEIER^HANS", str(n), "10") for n in range(3)
    ]
    assert all(after.items() >= row.items() for row, after in zip(before, rows, strict=True))
    assert list(instance_rows(rows)) == rows


def test_files_are_read_without_a_journal(kit, store):
    """Paths give the same columns, with size and transfer syntax."""
    kept = kit.deliver(store).kept
    (row,) = instance_rows([kept.path])
    assert row.items() >= {"path": str(kept.path), "size_bytes": kept.size_bytes, "TransferSyntaxUID": kit.EXPLICIT}.items()
    assert (row["StudyInstanceUID"], row["Modality"]) == ("1.2.3", "CT")
    assert "StudyDate" not in row


def test_files_that_are_gone_or_no_dicom_do_not_stop_the_others(kit, store, tmp_path):
    """They have no columns, and are not looked for again."""
    operation = store.journal.begin()
    kit.deliver(store, operation=operation).kept.path.unlink()
    assert (fill(store.journal), fill(store.journal)) == (1, 0)
    (tmp_path / "no.dcm").write_text("no")
    rows = list(instance_rows([tmp_path / "no.dcm", tmp_path / "gone.dcm"]))
    assert [row["path"] for row in rows] == [str(tmp_path / "no.dcm"), str(tmp_path / "gone.dcm")]


def test_further_columns_are_read_when_asked_for(kit, store):
    """`columns=` takes keywords of the top level, and steps over unknown ones."""
    kept = kit.deliver(store).kept
    (row,) = instance_rows([{"path": str(kept.path), "Modality": "CT"}], columns=("SpecificCharacterSet", "NoKeyword"))
    assert row["PatientID"] == "P1"


REAL = sorted(path for path in Path(os.environ.get("DICOMMOVE_REAL_FILES", "/nowhere")).rglob("*") if path.is_file())[::9]


@pytest.mark.skipif(not REAL, reason="DICOMMOVE_REAL_FILES names no folder of files")
def test_columns_of_real_files_are_those_that_pydicom_reads():
    """On real files, compressed ones and other character sets included, plain values agree with pydicom."""
    for row in instance_rows(REAL):
        try:
            read = dcmread(row["path"], stop_before_pixels=True, force=True)
        except Exception:  # noqa: BLE001 - what pydicom cannot read says nothing about us
            continue
        for keyword in set(COLUMNS) & {"PatientID", "StudyInstanceUID", "SOPInstanceUID", "Modality"}:
            if keyword in read and row.get(keyword) is not None:
                assert row[keyword] == str(read[keyword].value or "").strip("\0 "), row["path"]
