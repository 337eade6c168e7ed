"""What a shell is told of answers that look cut off, or that cannot be compared with their question; and the options for it."""

from __future__ import annotations

import json

import pytest

from dicommove.cli import main
from dicommove.demo_archive import answers as demo_answers
from dicommove.demo_archive import services
from dicommove.retrieve.asking import caps, search

ANY = ("--where", "StudyDate=1990-01-01..2030-12-31")
MODALITY = ("--patient", "000123", "--study", "--where", "ModalitiesInStudy=MR")


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command in a process that knows no cap yet, and takes 3 for a number that caps have: exit code, JSON, stderr."""
    monkeypatch.setattr(search, "CAPS", caps.Caps())
    monkeypatch.setattr(caps, "_ROUND", 3)

    def called(*arguments):
        code = main([*arguments, "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else {}, said.err

    return called


@pytest.fixture
def ignoring(monkeypatch):
    """The name of a demo archive that ignores ModalitiesInStudy, and leaves it out of its answers."""

    def answer_to(*arguments, **options):
        answer, every_key = demo_answers.answer_to(*arguments, **options)
        return {tag: element for tag, element in answer.items() if tag != 0x00080061}, every_key

    monkeypatch.setattr(services, "answer_to", answer_to)
    return "demo:ignores:ModalitiesInStudy"


def test_find_asks_in_parts_unless_told_not_to(run):
    """``--split none`` ends with the exit code of doubtful answers; without it everything is found, and nothing is doubtful."""
    code, whole, said = run("find", "--peer", "demo:cap:3", *ANY)
    assert (code, whole["count"] > 3, said.count("warning")) == (0, True, 0)
    code, document, said = run("find", "--peer", "demo:cap:3", *ANY, "--split", "none")
    assert (code, document["count"]) == (3, 3)
    assert "exactly 3 STUDY matches" in said


@pytest.mark.filterwarnings("ignore:exactly 3 STUDY:dicommove.errors.AnswersWarning")
def test_plan_splits_as_find_does(run, tmp_path):
    """The option of a plan and of a move is the same."""
    plan = ("plan", "--peer", "demo:cap:3", *ANY, "--to", str(tmp_path / "data"))
    assert len(run(*plan)[1]["requests"]) > 3
    assert len(run(*plan, "--split", "none")[1]["requests"]) == 3


def test_a_word_that_is_none_is_wrong_usage(run, capsys):
    """The error names what is taken."""
    with pytest.raises(SystemExit, match="2"):
        run("find", "--peer", "demo", *ANY, "--split", "always")
    assert "auto or none is needed" in capsys.readouterr().err


def test_a_move_on_unverified_answers_is_refused_unless_accepted(run, ignoring, tmp_path):
    """Exit code 2 with the keyword and the way out in words of the shell; ``--unverified accept`` moves, and warns once."""
    move = ("move", "--peer", ignoring, *MODALITY, "--to", str(tmp_path / "data"))
    code, _, said = run(*move)
    assert (code, (tmp_path / "data").exists()) == (2, False)
    assert "ModalitiesInStudy" in said
    assert "--series --where Modality=..." in said
    assert "--unverified accept" in said
    code, document, said = run(*move, "--unverified", "accept")
    assert (code, len(document["requests"])) == (0, 2)
    assert said.count("do not hold ModalitiesInStudy") == 1
