"""The conformance statement's tables of ``movescu``, held against both programs: all of it is so, and nothing is left out."""

from __future__ import annotations

import argparse
import re
from itertools import takewhile
from pathlib import Path

import pynetdicom
import pytest
from pynetdicom.apps.movescu.movescu import _setup_argparser

from dicommove.cli.movescu import options

from .movescu_programs import OURS, THEIRS
from .movescu_scenarios import SCENARIOS, Stage

pytestmark = [
    pytest.mark.skipif(pynetdicom.__version__ != "3.0.4", reason="the statement is about pynetdicom 3.0.4"),
    pytest.mark.filterwarnings("ignore:Invalid value for VR UI"),  # an archive sends such UIDs on purpose
]

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
NEVER = "no"
COLUMNS = {THEIRS: "The original", OURS: "Ours"}


def table(title) -> list[dict[str, str]]:
    """Rows of the first table below a heading, by column."""
    below = PAGE.read_text(encoding="utf-8").partition(f" {title}\n")[2].splitlines()
    lines = [line for line in takewhile(lambda line: not line.startswith("#"), below) if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return [dict(zip(head, row, strict=True)) for row in rows]


def plain(cell: str) -> str:
    """Text of a cell that is code."""
    return cell.removeprefix("`").removesuffix("`")


LINES = [(row["Level"], plain(row["Line"]), row) for row in table("Every line")]
CLASSES = {row["SOP Instance UID"]: row["UID"] for row in table("Every file name")}
CASES = {row["Case"]: row for row in table("Every case")}


def test_the_tables_are_found():
    """A heading that is renamed must not make the tests below empty."""
    assert len(table("Every option")) == 28
    assert len(LINES) > 60
    assert len(CLASSES) >= 18
    assert set(CASES) == set(SCENARIOS)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """What both programs did in every case, measured now."""
    stage = Stage(tmp_path_factory.mktemp("conformance"), CLASSES)
    try:
        yield stage.play(SCENARIOS)
    finally:
        stage.end()


def said(run) -> list[tuple[str, str, str]]:
    """Logger, level and first line of each record that the tables name."""
    firsts = [(logger, level, text.partition("\n")[0]) for logger, level, text in run["records"]]
    return [each for each in firsts if each[0].startswith(("movescu", "pynetdicom")) and (each[1] != "D" or "====" in each[2])]


def row_of(level, line) -> int:
    """Number of the row that a line belongs to: one without a gap goes before one with gaps, a long one before a short one."""
    fitting = [
        (pattern.count("…"), -len(pattern), number)
        for number, (of, pattern, _) in enumerate(LINES)
        if of == level and re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), line or " ")
    ]
    assert fitting, f"no row of the table for {level}: {line!r}"
    return min(fitting)[2]


@pytest.mark.slow
@pytest.mark.parametrize("package", [THEIRS, OURS])
def test_every_line_stands_in_the_table_and_is_said(played, package):
    """By the loggers that the row names, each of them; a row with a dash is never said."""
    found = {number: set() for number in range(len(LINES))}
    for run in played[package].values():
        for logger, level, line in said(run):
            found[row_of(level, line)].add(logger)
    for number, loggers in found.items():
        named = LINES[number][2][COLUMNS[package]]
        expected = set() if named == NEVER else set(named.split(", "))
        raced = package == THEIRS and "sometimes" in LINES[number][2]["Difference"]
        assert loggers <= expected if raced else loggers == expected, LINES[number][1]


@pytest.mark.slow
def test_lines_go_to_standard_error_and_nothing_else_does(played):
    """Every line of ours is one of the transcript; nothing is on standard output, with either program."""
    for name, run in played[OURS].items():
        expected = [f"{level}: {text}" for logger, level, text in run["records"] if logger.startswith(("movescu", "pynetdicom"))]
        assert run["err"].splitlines() == "\n".join(expected).splitlines(), name
    assert {run["out"] for package in played.values() for run in package.values()} == {""}


@pytest.mark.slow
@pytest.mark.parametrize("package", [THEIRS, OURS])
def test_every_case_ends_as_the_table_says(played, package):
    """Exit codes; a traceback is 1."""
    codes = {name: str(run["code"]).replace("ValueError", "1") for name, run in played[package].items()}
    assert codes == {name: row[COLUMNS[package]] for name, row in CASES.items() if row[COLUMNS[package]] != NEVER}


@pytest.mark.slow
def test_files_have_the_names_of_the_table(played):
    """One instance of each class; "the same" where ours has the original's name."""
    theirs, ours = (set(played[package]["an instance of every class"]["files"]) - {"file"} for package in (THEIRS, OURS))
    rows = table("Every file name")
    assert theirs == {plain(row["The original's file"]) for row in rows}
    assert ours == {plain(row["The original's file"] if row["Ours"] == "the same" else row["Ours"]) for row in rows}


class _Seen(Exception):  # noqa: N818 - it carries a parser out, and is no error
    """A parser on its way to read a command line."""


@pytest.fixture
def parsers(monkeypatch):
    """Both programs' options by long name (or name of the argument): (short name, type, default)."""

    def caught(parser, _=None):
        raise _Seen(parser)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", caught)
    return {THEIRS: read(_setup_argparser), OURS: read(options.parse)}


def read(parse) -> dict[str, tuple[str, bool, object]]:
    """Short name, whether it takes a value, and default of each option."""
    with pytest.raises(_Seen) as seen:
        parse([])
    parser = seen.value.args[0]
    found = {}
    for action in parser._actions:
        names = action.option_strings or [action.dest]
        default = parser.get_default(action.dest) if action.nargs != 0 else None
        found[names[-1]] = (names[0] if len(names) > 1 or not action.option_strings else "", action.nargs != 0, default)
    return found


def test_every_option_stands_in_the_table(parsers):
    """Names, whether a value is taken, and defaults: read out of both parsers."""
    listed = {}
    for row in table("Every option"):
        default = plain(row["Default"]) if row["Default"].startswith("`") else None
        name = plain(row["Long"]) or plain(row["Option"])
        listed[name] = (plain(row["Option"]), bool(row["Takes"]), default)
    alone = {plain(row["Long"]) for row in table("Every option") if row["Ours"] == "ours alone"}
    for package, found in parsers.items():
        expected = {name: facts for name, facts in listed.items() if package == OURS or name not in alone}
        del found["--help"]
        shown = {name: (short, takes, None if default is None else f"{default:g}" if isinstance(default, float) else str(default))
                 for name, (short, takes, default) in found.items()}  # fmt: skip
        assert shown == expected
