"""The catalogue: everything that came into a folder, across runs, typed; verified, scanned, and written to Parquet."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

import pandas as pd
import pytest

import dicommove as dm
from dicommove import frames
from dicommove.errors import MissingExtra, QueryError, StoreError
from dicommove.retrieve.reporting.catalog_showing import text_of
from dicommove.store import PROBLEMS


@pytest.fixture
def catalog(pacs, anna, data):
    """The catalogue of a folder that two moves went to, the second of them partly for what was there."""
    anna(pacs).series().where(Modality="SR").move(data, progress=False)
    pacs.patients("JP-0042").move(data, progress=False, purpose="second")
    anna(pacs).series().where(Modality="SR").move(data, progress=False)
    return dm.Catalog(data)


def test_everything_ever_received_is_one_typed_table(catalog, data):
    """Instances of both moves, each file once, with the number of the operation that brought it and constant dtypes."""
    found = catalog.instances
    assert list(found.columns) == list(frames.CATALOGUE)
    assert sorted(found["path"]) == sorted(str(path) for path in data.rglob("*.dcm"))
    assert set(found["operation"]) == {1, 2}
    assert found["received_at"].notna().all()
    assert found["Modality"].notna().all()
    assert (found.dtypes == frames.build(frames.CATALOGUE, []).dtypes).all()


def test_the_operations_are_a_table_too(catalog):
    """Who asked which archive for what, and what it came to."""
    moves = catalog.moves
    assert list(moves.columns) == list(frames.MOVES)
    assert list(moves["outcome"]) == ["complete"] * 3
    assert list(moves["purpose"].fillna("-")) == ["-", "second", "-"]
    assert moves["ended_at"].gt(moves["began_at"]).all()
    assert moves["dicommove"].eq(dm.__version__).all()


def test_verify_finds_what_is_wrong_and_nothing_else(catalog, data):
    """A truncated, a changed, a missing and a foreign file: each is a row with path, UID and problem."""
    found = catalog.verify(hashes="record")
    assert (len(found), found.attrs) == (0, {"checked": 3, "proven": 0})
    assert list(found.columns)[:3] == ["path", "SOPInstanceUID", "problem"]
    by_uid = catalog.instances.set_index("SOPInstanceUID")["path"]
    (cut, changed, gone), paths = by_uid.index, list(map(Path, by_uid))
    os.truncate(paths[0], 300)
    content = bytearray(paths[1].read_bytes())
    content[-3] ^= 1
    paths[1].write_bytes(content)
    paths[2].unlink()
    shutil.copy(paths[1], data / "copy.dcm")
    (data / "notes.txt").write_text("mine")
    found = catalog.verify().set_index("path")
    assert dict(found["problem"]) == {
        str(paths[0]): "truncated", str(paths[1]): "changed", str(paths[2]): "missing",
        str(data / "copy.dcm"): "foreign", str(data / "notes.txt"): "foreign",
    }  # fmt: skip
    uids = found["SOPInstanceUID"]
    assert [uids[str(path)] for path in paths] == [cut, changed, gone]
    assert uids[str(data / "copy.dcm")] == changed
    assert pd.isna(uids[str(data / "notes.txt")])


def test_a_changed_file_is_found_without_a_hash_too(catalog):
    """By the time of its last change, which is later than its arrival."""
    path = Path(catalog.instances["path"][0])
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 60))
    assert list(catalog.verify()["problem"]) == ["touched"]


def test_a_file_that_is_gone_is_still_listed(catalog):
    """It came; verify() says that it is missing."""
    path = catalog.instances["path"][0]
    Path(path).unlink()
    assert path in set(catalog.instances["path"])


def test_a_scan_lists_what_other_tools_put_there(catalog, bundled_folder, data):
    """Without an operation of a move, without a time of arrival; then verify() watches over it."""
    shutil.copy(bundled_folder / "test_files" / "CT_small.dcm", data / "theirs.dcm")
    assert list(catalog.verify()["problem"]) == ["foreign"]
    found = catalog.scan().set_index("path").loc[str(data / "theirs.dcm")]
    assert found["Modality"] == "CT"
    assert pd.isna(found["received_at"])
    assert catalog.moves["kind"].to_list() == ["move", "move", "move", "scan"]
    assert len(catalog.verify()) == 0


def test_a_folder_that_must_stay_as_it_is(bundled_folder, tmp_path):
    """remember=False lists its files and writes nothing; before a scan it has no catalogue, and is told so."""
    shutil.copy(bundled_folder / "test_files" / "CT_small.dcm", tmp_path / "theirs.dcm")
    catalog = dm.Catalog(tmp_path)
    assert list(catalog.scan(remember=False)["Modality"]) == ["CT"]
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.dcm"]
    with pytest.raises(StoreError, match="has no journal"):
        catalog.instances  # noqa: B018 - looking is the test
    assert "none: no move went there" in repr(catalog)


def test_a_move_into_a_scanned_folder_asks_only_for_the_rest(pacs, anna, data, tmp_path):
    """What another tool had brought counts as there."""
    first = anna(pacs).series().where(Modality="SR").move(tmp_path / "first", progress=False)
    data.mkdir()
    shutil.copy(first.instances["path"][0], data / "theirs.dcm")
    dm.Catalog(data).scan()
    again = anna(pacs).series().where(Modality="SR").move(data, progress=False)
    assert again.outcome == "complete"
    assert [path.name for path in data.rglob("*.dcm")] == ["theirs.dcm"]


def test_text_and_html_show_the_same_numbers(catalog):
    """No patient data, every value escaped."""
    text, html = repr(catalog), catalog._repr_html_()
    assert "3 in 3 files" in text
    for name, value in catalog.facts():
        assert name in text
        assert value in text
        assert value in html
    assert "JP-0042" not in text + html


def test_many_operations_show_the_last_ones(data):
    """The table of a repr stays short."""
    moves = [{"operation": n, "kind": "move", "began_at": pd.Timestamp(0), "archive": None, "outcome": None} for n in range(13)]
    assert "3 earlier" in text_of([("Folder", str(data))], moves)


def test_problems_are_the_categories_of_the_table():
    """Said twice, because rooms below do not know each other."""
    assert frames.VERIFICATION["problem"] == PROBLEMS


def test_what_cannot_be_used_is_said(tmp_path, catalog):
    """A folder that is not there, and an option that is none."""
    with pytest.raises(StoreError, match="there is no folder"):
        dm.Catalog(tmp_path / "nowhere")
    with pytest.raises(QueryError, match="check, record, skip"):
        catalog.verify(hashes="all")


def test_parquet_needs_pyarrow(catalog, tmp_path, monkeypatch):
    """Without it one sentence says what to install, and no half file is left."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"dicommove\[parquet\]"):
        catalog.to_parquet(tmp_path / "all.parquet")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_parquet_keeps_values_and_kinds(catalog, tmp_path):
    """What is read again has the same values, absent ones included, and the file is its user's alone."""
    pytest.importorskip("pyarrow")
    path = catalog.to_parquet(tmp_path / "all.parquet")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again, table = pd.read_parquet(path), catalog.instances
    assert list(again.columns) == list(table.columns)
    for name in table.columns:
        assert again[name].isna().equals(table[name].isna())
        assert again[name].astype(table[name].dtype).equals(table[name]), name
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["all.parquet"]


def test_parquet_says_where_it_cannot_be_written(catalog, tmp_path):
    """A missing folder is named."""
    with pytest.raises(StoreError, match="cannot be written"):
        catalog.to_parquet(tmp_path / "nowhere" / "all.parquet")
