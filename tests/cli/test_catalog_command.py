"""dicommove catalog and dicommove report: from a data folder alone, for people and for programs."""

from __future__ import annotations

import json
import os
import shutil

import pytest

import dicommove as dm
from dicommove.cli import main


@pytest.fixture
def data(tmp_path):
    """A folder that a move went to."""
    folder = tmp_path / "data"
    with dm.demo() as pacs:
        assert pacs.studies().where(PatientID="JP-0042").move(folder, progress=False).outcome == "complete"
    return folder


def test_the_catalogue_is_shown_without_patient_data(data, capsys):
    """Numbers and operations, in words and as one document."""
    assert main(["catalog", str(data)]) == 0
    assert "2 in 2 files" in capsys.readouterr().out
    assert main(["catalog", str(data), "--json"]) == 0
    text = capsys.readouterr().out
    assert json.loads(text)["operations"][0]["outcome"] == "complete"
    assert "JP-0042" not in text


def test_verify_has_an_exit_code(data, capsys):
    """0 when nothing is wrong, 3 with each finding in a line."""
    assert main(["catalog", str(data), "--verify", "--hashes", "record"]) == 0
    assert "verified: 2 files, 0 of them by a hash: nothing is wrong" in capsys.readouterr().out
    path = next(data.rglob("*.dcm"))
    os.truncate(path, 300)
    assert main(["catalog", str(data), "--verify"]) == 3
    shown = capsys.readouterr().out
    assert "1 truncated" in shown
    assert str(path.relative_to(data)) in shown
    assert main(["catalog", str(data), "--verify", "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert [(row["problem"], row["path"]) for row in document["findings"]] == [("truncated", str(path))]


def test_a_folder_of_other_tools_needs_a_scan(tmp_path, bundled_folder, capsys):
    """Without one it has no catalogue, and the next step is named in the words of the shell."""
    shutil.copy(bundled_folder / "test_files" / "CT_small.dcm", tmp_path)
    assert main(["catalog", str(tmp_path)]) == 1
    assert "--scan reads" in capsys.readouterr().err
    assert main(["catalog", str(tmp_path), "--scan"]) == 0
    assert "taken in: 1 files" in capsys.readouterr().out


def test_a_report_is_written_and_named(data, tmp_path, capsys, monkeypatch):
    """Where it was told to, or under a name of its own; the exit code is that of the move."""
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(data)]) == 0
    assert str(tmp_path / "move-1.md") in capsys.readouterr().out
    assert (tmp_path / "move-1.md").read_text().startswith("# DICOM retrieval: complete")
    assert main(["report", str(data), "--to", "move.json", "--hashes", "files", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["report"] == str(tmp_path / "move.json")
    assert len(json.loads((tmp_path / "move.json").read_text())["hashes"]["per_file"]) == 2


def test_a_report_as_a_document(data, capsys):
    """Patient data only when asked for; hashes none reads no file."""
    assert main(["report", str(data), "--json", "--hashes", "none"]) == 0
    text = capsys.readouterr().out
    assert json.loads(text)["hashes"] is None
    assert "JP-0042" not in text
    assert main(["report", str(data), "--json", "--patient-data"]) == 0
    assert "JP-0042" in capsys.readouterr().out


def test_wrong_usage_of_a_report(data, capsys):
    """Another ending is said, with the ones that are taken."""
    assert main(["report", str(data), "--to", "move.pdf"]) == 2
    assert "ends in .md or .json" in capsys.readouterr().err
