"""dicommove plan and move: what the exit code says is what is in the folder; one line a study, whatever it runs in."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import dicommove as dm
from dicommove.cli import main
from dicommove.cli.command_line import _parser
from dicommove.cli.conclusion import EXITS
from dicommove.frames import OUTCOMES

ANNA = ("--patient", "000123")
LINE = re.compile(r"\d\d:\d\d:\d\d \d/\d [a-z_]+ .*")


@pytest.fixture
def data(tmp_path):
    """A data folder that is not there yet."""
    return tmp_path / "data"


@pytest.fixture
def run(capsys, data):
    """Run plan or move into the data folder: exit code, stdout, stderr."""

    def called(command, *options, peer="demo"):
        code = main([command, "--peer", peer, "--to", str(data), *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


@pytest.fixture
def started(data):
    """Start a move in a process of its own, and read its stderr until a line holds these words."""
    processes = []

    def start(words, *options, peer, env=None):
        command = [sys.executable, "-m", "dicommove", "move", "--peer", peer, "--to", str(data), *options]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})}
        )
        processes.append(process)
        for line in process.stderr:
            if words in line:
                return process
        raise AssertionError(f"{words!r} was never said; the end was {process.wait(10)}")

    yield start
    for process in processes:
        process.kill()
        with process:
            process.wait(10)


def test_every_outcome_has_its_code():
    """No outcome of the API ends as something else."""
    assert set(EXITS) == set(OUTCOMES)


def test_a_plan_moves_nothing(run, data):
    """It shows the requests and what they bring, and leaves no folder behind."""
    code, out, err = run("plan", *ANNA)
    assert (code, err) == (0, "")
    assert "130 (known by UID)" in out
    assert not data.exists()


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--where", "PatientName=NOBODY"], 5, ""),
        (["--where", "StudyDate=1900-01-01..2100-01-01", "--limit", "1"], 2, "--limit none for no limit"),
        ([], 2, "says too little to be moved"),
        (["--study", "1.2", "--layout", "{PatientNam}"], 2, "did you mean {PatientName}?"),
        (["--study", "1.2", "--destination", "A\\B"], 2, "a backslash"),
    ],
)
def test_a_plan_says_what_a_move_would(run, options, code, words):
    """A move with the same options ends with the same code, and sends nothing."""
    planned, _, err = run("plan", *options)
    assert planned == code
    assert words in err
    assert run("move", *options)[0] == code


def test_a_complete_move(run, data):
    """A line for each study on stderr, the result on stdout, 0; a second time everything is there."""
    code, out, err = run("move", *ANNA)
    lines = err.splitlines()
    assert code == 0
    assert len([line for line in lines if LINE.fullmatch(line)]) == 2
    assert "2 studies in 2 C-MOVEs, 130 instances" in lines[0]
    assert "1/2 complete 66 of 66 instances" in lines[1]
    assert "Outcome:         complete" in out
    assert len(list(data.rglob("*.dcm"))) == 130
    assert "130 of them there already" in run("move", *ANNA)[2]


@pytest.mark.parametrize(
    ("fault", "code", "outcome"), [("drop:3", 3, "partial"), ("refuse", 4, "refused"), ("unknown-destination", 4, "refused")]
)
def test_what_is_not_complete_says_so(run, fault, code, outcome):
    """The code and the document tell what is in the folder, not what the archive said."""
    ended, out, _ = run("move", *ANNA, "--series", "--where", "Modality=MR", "--json", peer=f"demo:{fault}")
    document = json.loads(out)
    assert (ended, document["exit_code"], document["outcome"]) == (code, code, outcome)
    states = [row["state"] for row in document["ledger"]]
    assert len(states) == 64
    assert ("received" in states) == (outcome == "partial")


def test_the_document_of_a_move(run, data):
    """Requests, series and instances are those of the result's tables; paths are in the folder."""
    code, out, _ = run("move", *ANNA, "--json", "--sha256", "--layout", "{Modality}/{instance}.dcm")
    document = json.loads(out)
    assert (code, document["outcome"], document["folder"]) == (0, "complete", str(data))
    assert [row["outcome"] for row in document["requests"]] == ["complete"] * 2
    assert {row["Modality"] for row in document["series"]} == {"CT", "SR", "MR"}
    assert {Path(row["path"]).parent for row in document["ledger"]} == {data / m for m in ("CT", "SR", "MR")}


def test_a_retry_closes_the_gap(run):
    """--retry asks again for what was dropped, each attempt in a line of its own; a patience that is none is wrong usage."""
    code, _, said = run("move", *ANNA, "--retry", "--patience", "1min", "--surplus", "keep", peer="demo:drop:3")
    assert code == 0
    assert "IMAGE of" in said
    assert run("move", *ANNA, "--retry", "--patience", "soon")[0] == 2


def test_a_third_party_is_unverified(run):
    """What goes elsewhere is not observed; the demo archive does not know that destination."""
    code, out, _ = run("move", *ANNA, "--destination", "NOBODY", "--json")
    assert (code, json.loads(out)["outcome"]) == (4, "refused")


def test_no_answer_is_1(run):
    """Nothing listens there: one line, and one document for who asked for it."""
    code, out, err = run("move", *ANNA, "--json", peer="PACS@127.0.0.1:9")
    assert (code, json.loads(out)["error"]) == (1, "PeerUnreachable")
    assert err.count("\n") == 1


def test_a_table_whose_rows_do_not_all_lead_to_a_move_is_not_done(run, tmp_path, data):
    """Every move is complete, and still a row has nothing: 3; columns of the table name the files."""
    table = tmp_path / "cohort.csv"
    table.write_text("PatientID,case\n000123,first\nNOBODY,second\n", encoding="utf-8")
    options = ("--from", str(table), "--layout", "{row.case}/{instance}.dcm", "--json")
    code, out, err = run("move", *options, "--several", "all")
    document = json.loads(out)
    assert (code, document["outcome"], document["rows_not_moved"]) == (3, "partial", 1)
    assert "1 of 2 rows of the table led to no C-MOVE" in err
    assert len(list((data / "first").iterdir())) == 130
    assert run("move", *options)[0] == 5, "several matches are refused unless told otherwise"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_cancels_and_keeps_what_came(started, number, data):
    """Ctrl-C and a service's stop send C-CANCEL; the result is still told, and the end is 6."""
    process = started("2 studies", *ANNA, "--json", peer="demo:slow:0.05")
    pause = threading.Event()
    assert any(list(data.rglob("*.dcm")) or pause.wait(0.02) for _ in range(1000))
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    document = json.loads(out)
    assert (process.returncode, document["outcome"], document["cancel_worked"]) == (6, "cancelled", True)
    assert "cancelled" in err
    assert 0 < len(list(data.rglob("*.dcm"))) < 130


def test_hours_are_waited_for_and_can_be_cancelled(started, tmp_path):
    """A named archive with hours: the move says once until when it waits, and a signal ends that."""
    with dm.demo() as pacs:
        start = datetime.now().astimezone() + timedelta(hours=2)
        config = tmp_path / "config.toml"
        config.write_text(
            f'[peers.ward]\nhost = "127.0.0.1"\nport = {pacs.port}\nae_title = "DEMO"\nlistener = {{ port = 0 }}\n'
            f'hours = "{start:%H:%M}-{start + timedelta(hours=1):%H:%M}"\n',
            encoding="utf-8",
        )
        process = started(f"waiting for {start:%H:%M}", *ANNA, peer="ward", env={"DICOMMOVE_CONFIG": str(config)})
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 6
    assert "cancelled" in out
    assert "waiting for" not in err


def test_where_stderr_is_no_terminal_there_are_no_control_characters(data):
    """Nothing for cron's mail or a journal to choke on, even where colours are asked for."""
    command = [sys.executable, "-m", "dicommove", "move", "--peer", "demo", *ANNA, "--to", str(data)]
    env = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    said = subprocess.run(command, capture_output=True, env=env, check=True)
    assert not set(said.stderr) & (set(range(0x20)) - {0x0A})


def test_a_reader_of_the_lines_that_has_gone_stops_nothing(data):
    """With ``2>&1 | head -0`` the move goes on, and its code is right."""
    command = [sys.executable, "-m", "dicommove", "move", "--peer", "demo", *ANNA, "--to", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        process.stdout.close()
    assert process.returncode == 0
    assert len(list(data.rglob("*.dcm"))) == 130


@pytest.mark.parametrize("command", ["find", "plan", "move", "peers"])
def test_the_reference_has_every_option(command):
    """The page of the command line names each of them."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    actions = next(action for action in _parser(command)._actions if action.dest == "command").choices[command]._actions
    assert [
        option for action in actions for option in action.option_strings if len(option) > 2 and f"`{option}" not in page
    ] == []


@pytest.mark.parametrize("command", ["find", "plan", "move", "peers"])
def test_help_has_examples_and_codes(command, capsys):
    """Every command shows how it is called and what its end means."""
    with pytest.raises(SystemExit):
        main([command, "--help"])
    out = capsys.readouterr().out
    assert f"\n  dicommove {command} " in out or f"\n  dicommove {command}\n" in out
    assert "exit codes: 0" in out


def test_a_description_keeps_its_capitals():
    """C-ECHO is C-ECHO, also where the sentence of a command begins with a capital."""
    commands = next(action for action in _parser(None)._actions if action.dest == "command").choices
    described = {name: parser.description for name, parser in commands.items() if parser.description}
    assert described["listen"].startswith("Open our port")
    assert "C-ECHO" in described["listen"]
    assert all(text[0].isupper() and text.endswith(".") for text in described.values())


def test_prose_of_a_help_fits_the_terminal(monkeypatch, capsys):
    """Explanations below the examples are wrapped like the options; examples stay lines that can be copied."""
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["purge", "--help"])
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > 80 and not line.startswith("  dicommove ")] == []
    assert "  dicommove purge data --study 1.2.3 --study 1.2.4 --dry-run" in lines
