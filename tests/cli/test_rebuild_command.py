"""dicommove rebuild, and move --resume: a folder is all that is needed to go on."""

from __future__ import annotations

import json

import pytest

import dicommove as dm
from dicommove.cli import main


@pytest.fixture
def data(tmp_path):
    """A folder whose last move left three instances missing."""
    folder = tmp_path / "data"
    with dm.demo(fault="drop:3") as pacs:
        assert pacs.studies().where(PatientID="000123").move(folder, stragglers=0.1).outcome == "partial"
    return folder


def test_move_goes_on_from_its_folder(data, capsys):
    """With the archive given again, here the embedded one, only the gap is asked for; then nothing is left to ask."""
    assert main(["move", "--resume", str(data), "--peer", "demo", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["outcome"], document["operation"]) == ("complete", 2)
    assert [row["received"] for row in document["requests"] if row["Status"] is not None] == [3]
    assert main(["move", "--resume", str(data)]) == 0
    assert "not asked for again" in capsys.readouterr().out


@pytest.mark.parametrize("more", [["--to", "elsewhere"], ["--patient", "P1"], ["--from", "table.csv"]])
def test_resume_takes_everything_from_the_journal(data, capsys, more):
    """A query, a table or another folder beside it is wrong usage."""
    assert main(["move", "--resume", str(data), *more]) == 2
    assert "leave out" in capsys.readouterr().err


def test_move_without_archive_or_folder_says_what_is_needed(capsys):
    """Both are named, and the other way."""
    assert main(["move", "--patient", "P1"]) == 2
    assert "--peer and --to is needed (or --resume" in capsys.readouterr().err


def test_folder_without_a_move_cannot_be_resumed(tmp_path, capsys):
    """Exit code 1, and what is missing."""
    assert main(["move", "--resume", str(tmp_path)]) == 1
    assert "nothing to resume" in capsys.readouterr().err


def test_rebuild_says_what_the_folder_holds(data, capsys):
    """In words, and as one document."""
    next(data.rglob("*.dcm")).unlink()
    files = len(list(data.rglob("*.dcm")))
    assert main(["rebuild", str(data)]) == 0
    said = capsys.readouterr().out
    assert f"{files} SOP Instances are there, 1 are gone or damaged" in said
    assert "journal-damaged-1.sqlite" in said
    (data / ".dicommove" / "journal.sqlite").write_bytes(b"broken " * 1000)
    assert main(["rebuild", str(data), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["instances"], document["taken_in"], document["moves"]) == (files, files, 0)


def test_rebuild_of_nothing_is_an_error(tmp_path, capsys):
    """A folder that is not there."""
    assert main(["rebuild", str(tmp_path / "nothing")]) == 1
    assert "there is no folder" in capsys.readouterr().err
