"""dicommove ledger and explain: a result is opened again from its folder, shown, and its outcome is the exit code."""

from __future__ import annotations

import json

import pytest

import dicommove as dm
from dicommove.cli import main


@pytest.fixture
def data(tmp_path):
    """A data folder that is not there yet."""
    return tmp_path / "data"


@pytest.fixture
def run(capsys):
    """Run a command: exit code, stdout, stderr."""

    def called(*arguments):
        code = main(list(map(str, arguments)))
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


@pytest.fixture
def moved(data):
    """Move two studies with a fault into the data folder."""

    def move(fault=None, **options):
        with dm.demo(fault=fault) as pacs:
            return pacs.studies().where(PatientID="000123").move(data, stragglers=0.1, **options)

    return move


def test_what_is_missing_is_shown_after_the_process_is_gone(run, moved, data):
    """The facts of the move, and one row for each instance that is not received; the outcome is the exit code."""
    result = moved("drop:3", purpose="approval 7")
    code, out, err = run("ledger", data)
    assert (code, err) == (3, "")
    missing = result.ledger[result.ledger["state"] == "missing"]
    assert all(uid in out for uid in missing["SOPInstanceUID"])
    assert f"{len(missing)} missing" in out
    assert "approval 7" in out
    assert "partial" in out
    received = result.ledger[result.ledger["state"] == "received"]
    assert not any(uid in out for uid in received["SOPInstanceUID"])


def test_a_document_has_all_that_was_asked_for(run, moved, data):
    """With --all every row; states are counted over all of them whatever is shown."""
    result = moved()
    code, out, _ = run("ledger", data, "--all", "--json")
    document = json.loads(out)
    assert (code, document["exit_code"], document["outcome"]) == (0, 0, "complete")
    assert len(document["ledger"]) == document["states"]["received"] == len(result.ledger)
    assert document["archive"].startswith("DEMO@127.0.0.1:")
    assert "@" in document["asked_by"]
    assert len(document["requests"]) == 2
    few = json.loads(run("ledger", data, "--state", "missing", "--json")[1])
    assert (few["ledger"], few["states"]) == ([], document["states"])


def test_the_facts_come_first_without_an_empty_head(run, moved, data):
    """The first line says something, and a line that is left free stands before the rows."""
    moved()
    lines = run("ledger", data, "--all")[1].splitlines()
    assert lines[0].startswith("archive:")
    assert [line.split(":")[0] for line in lines[: lines.index("")]][-1] == "instances"


def test_an_earlier_move_can_be_chosen(run, moved, data):
    """By its number; one that is not there is an error in one line."""
    first = moved("refuse")
    moved()
    assert run("ledger", data, "--operation", first.operation)[0] == 4
    assert run("ledger", data)[0] == 0
    code, _, err = run("ledger", data, "--operation", 99)
    assert code == 1
    assert err == f"dicommove: the journal of {data} knows of no move 99; the last ones are 1, 2\n"


@pytest.mark.parametrize("command", ["ledger", "explain"])
def test_a_folder_without_a_move_is_an_error(run, command, tmp_path):
    """One line, one document, exit code 1, and nothing is made in that folder."""
    code, out, err = run(command, tmp_path, "--json")
    assert (code, json.loads(out)["error"], err.count("\n")) == (1, "StoreError", 1)
    assert not list(tmp_path.iterdir())


def test_the_cause_is_told_in_words_of_the_shell(run, moved, data):
    """Causes, next step and the letter; nothing of Python in the advice."""
    moved("unknown-destination")
    code, out, _ = run("explain", data)
    assert code == 4
    assert "1. The archive does not know NOTEBOOK as a move destination." in out
    assert "To send to the administrator of the archive:" in out
    assert "result." not in out
    assert "find()" not in out


def test_an_explanation_is_a_document_too(run, moved, data):
    """Names of causes for programs; the archive's own words only when asked for."""
    result = moved("unknown-destination")
    document = json.loads(run("explain", data, "--json")[1])
    assert document["causes"][0]["name"] == result.explain().causes[0].name == "unknown_destination"
    assert document["comments"] == []
    assert json.loads(run("explain", data, "--json", "--comments")[1])["comments"]
