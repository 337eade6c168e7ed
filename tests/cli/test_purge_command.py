"""The command dicommove purge: a look, a question, an answer, and no file less without a yes."""

from __future__ import annotations

import io
import json

import pytest

import dicommove as dm
from dicommove.cli import main


@pytest.fixture
def data(tmp_path):
    """A folder with both studies of one patient."""
    folder = tmp_path / "data"
    with dm.demo() as pacs:
        assert pacs.studies().where(PatientID="JP-0042").move(folder, progress=False).outcome == "complete"
    return folder


@pytest.fixture
def typing(monkeypatch):
    """Let somebody at a terminal type a line."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    return lambda line: monkeypatch.setattr("sys.stdin", Terminal(f"{line}\n"))


def files(folder):
    """How many instances are there."""
    return len(list(folder.rglob("*.dcm")))


def test_a_dry_run_removes_nothing(data, capsys):
    """It shows files, rows and what is out of reach, in the words of the shell."""
    assert main(["purge", str(data), "--patient", "JP-0042", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "2 in 2 files" in shown
    assert "backups" in shown
    assert "confirm=" not in shown
    assert files(data) == 2


@pytest.mark.parametrize(("line", "code", "left"), [("y", 0, 0), ("yes", 0, 0), ("", 6, 2), ("n", 6, 2), ("yellow", 6, 2)])
def test_only_a_yes_removes(data, typing, capsys, line, code, left):
    """Everything else is a no, and says so."""
    typing(line)
    assert main(["purge", str(data), "--patient", "JP-0042"]) == code
    assert files(data) == left
    assert ("nothing was removed" in capsys.readouterr().err) == bool(left)


def test_without_a_terminal_nobody_is_asked(data, monkeypatch, capsys):
    """A yes that comes down a pipe is no answer to a question that nobody read."""
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert main(["purge", str(data), "--patient", "JP-0042"]) == 6
    assert files(data) == 2
    assert "--yes" in capsys.readouterr().err


def test_a_script_gets_one_document(data, capsys):
    """With --yes it is done, and the numbers are on stdout; again it is 5, for nothing is there."""
    study = dm.Catalog(data).instances["StudyInstanceUID"][0]
    assert main(["purge", str(data), "--study", study, "--yes", "--json", "--purpose", "request 17"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["confirmed"], document["files"], document["studies"]) == (True, 1, [study])
    assert dm.Catalog(data).purges["purpose"].tolist() == ["request 17"]
    assert main(["purge", str(data), "--study", study, "--yes", "--json"]) == 5
    assert files(data) == 1


def test_a_purge_of_nothing_is_wrong_usage(data, capsys):
    """An empty variable of a script never means everything."""
    assert main(["purge", str(data), "--study", "", "--yes"]) == 2
    assert "--study takes" in capsys.readouterr().err
    assert files(data) == 2
