"""The command line: every error is one line, and the exit code says what happened."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

import dicommove as dm
from dicommove.cli import main
from dicommove.cli.serve import destination


def test_the_demo_runs_the_whole_job(tmp_path, capfd):
    """It ends 0, has moved the studies and written the contact sheet, and says what to type next."""
    assert main(["demo", "--to", str(tmp_path / "tour")]) == 0
    said = capfd.readouterr().out
    assert "Outcome:         complete" in said
    assert "What to type next" in said
    assert (tmp_path / "tour" / "contact-sheet.png").stat().st_size > 10_000


def test_a_faulty_demo_ends_with_1(tmp_path, capfd):
    """What is not complete is no success."""
    assert main(["demo", "--to", str(tmp_path / "tour"), "--fault", "refuse"]) == 1
    assert "refused" in capfd.readouterr().out


def test_an_error_is_one_line(tmp_path, capfd):
    """A fault that is not there is told on stderr, without a traceback."""
    assert main(["demo", "--to", str(tmp_path / "tour"), "--fault", "dorp"]) == 1
    said = capfd.readouterr().err
    assert said.startswith("dicommove: there is no fault")
    assert "Traceback" not in said


def test_no_command_shows_the_help(capsys):
    """Called without a command it shows what there is, and ends with 2."""
    assert main([]) == 2
    assert "demo" in capsys.readouterr().out


def test_options_of_the_archive_need_serve(capsys):
    """--register without --serve is refused with what to add."""
    assert main(["demo", "--register", "A=127.0.0.1:1"]) == 1
    assert "--serve" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["A", "A=host", "A=host:0", "A=host:x", "=host:1", "TOOLONGFORANAETITLE=h:1"])
def test_a_destination_has_a_form(text):
    """AE=host:port, and nothing else."""
    with pytest.raises(dm.EntityError, match="AE=host:port is needed"):
        destination(text)


def test_the_archive_serves_a_class_until_ctrl_c(tmp_path):
    """Alone it knows only registered destinations; Ctrl-C ends it with 0."""
    command = [sys.executable, "-m", "dicommove", "demo", "--serve", "--port", "0"]
    archive = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        port = int(archive.stdout.readline().split("127.0.0.1:")[1].split(".")[0])
        pacs = dm.Peer("127.0.0.1", port, ae_title="DEMO", calling_ae_title="NOBODY", listener=dm.Listener(port=0))
        result = pacs.studies().where(PatientID="000123").move(tmp_path / "data")
        assert set(result.requests["Status"]) == {0xA801}
    finally:
        archive.send_signal(signal.SIGINT)
        ending = threading.Timer(20, archive.kill)  # whatever happens, nothing of ours goes on after the test
        ending.start()
        with archive.stdout:
            assert archive.wait() == 0
        ending.cancel()
