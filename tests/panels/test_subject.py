"""What can be looked at: a result, a table of it, folders, files, data sets, and lists of these."""

from __future__ import annotations

import pandas as pd
import pytest

import dicommove as dm
from dicommove.errors import StoreError
from dicommove.panels.subject import subject_of


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A move of one patient of the demo archive: 130 instances in five series."""
    with dm.demo() as pacs:
        return pacs.studies().where(PatientID="000123").move(tmp_path_factory.mktemp("data"), progress=False)


def uids(subject):
    """SOP Instance UIDs of a subject."""
    return {str(row["SOPInstanceUID"]) for row in subject.rows}


def test_a_result(result):
    """All of its instances, and what was expected of each series."""
    subject = subject_of(result)
    assert uids(subject) == set(result.instances["SOPInstanceUID"])
    assert sum(subject.expected.values()) == len(subject.rows)


def test_tables_of_a_result(result):
    """Instances, a part of them, only their paths, and series by their folders."""
    instances, series = result.instances, result.series
    chosen = instances[instances["Modality"] == "MR"]
    assert uids(subject_of(instances)) == set(instances["SOPInstanceUID"])
    assert uids(subject_of(chosen)) == uids(subject_of(chosen[["path"]])) == set(chosen["SOPInstanceUID"])
    one = series.iloc[[0]]
    expected = instances[instances["SeriesInstanceUID"] == one["SeriesInstanceUID"].iloc[0]]
    assert uids(subject_of(one)) == set(expected["SOPInstanceUID"])


def test_a_table_that_names_no_files():
    """It says what is missing."""
    with pytest.raises(StoreError, match="needs a column path"):
        subject_of(pd.DataFrame({"PatientID": ["P1"]}))


def test_folders_files_data_sets_and_lists(on_disk, slice_of):
    """One by one and together; a file of another kind in the folder is passed over."""
    folder = on_disk(slice_of(0), slice_of(1))
    (folder / "notes.txt").write_text("no DICOM")
    file = folder / f"{slice_of(1).SOPInstanceUID}.dcm"
    assert len(subject_of(folder).rows) == len(subject_of(str(folder)).rows) == 2
    assert uids(subject_of(file)) == {"1.2.3.4.1"}
    assert uids(subject_of([slice_of(2), file, (folder,)])) == {"1.2.3.4.0", "1.2.3.4.1", "1.2.3.4.2"}


def test_a_file_without_preamble_is_read_when_it_is_named(bundled_folder):
    """As old tools wrote them."""
    (row,) = subject_of(bundled_folder / "test_files" / "ExplVR_LitEndNoMeta.dcm").rows
    assert row["Modality"]


def test_a_named_file_that_is_no_instance_stays(tmp_path):
    """Its tile says what it is."""
    (tmp_path / "notes.txt").write_text("no DICOM")
    assert len(subject_of(tmp_path / "notes.txt").rows) == 1


@pytest.mark.parametrize("given", [5, None, {"a": 1}, object()])
def test_anything_else(given):
    """The error lists what is taken."""
    with pytest.raises(TypeError, match="preview takes a MoveResult, a running move, a table"):
        subject_of(given)
