"""README and docs say what is true: commands, links, names, columns; their Python blocks run in `test_docstrings.py`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import dicommove as dm
from dicommove import errors, frames, terms
from dicommove.cli.command_line import _parser
from dicommove.demo_archive.faults import FAULTS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]
README = PAGES[0].read_text(encoding="utf-8")
MAIN_JOB = 'python3 -m venv .venv && .venv/bin/pip install -q ".[lab]" && .venv/bin/dicommove demo'
TESTS = 'python3 -m venv .venv && .venv/bin/pip install -q -e ".[test]" && .venv/bin/python -m pytest -n 3 --dist loadfile'
DTYPES = {
    "text": "string",
    "date": "datetime64[s]",
    "moment": "datetime64[us, UTC]",
    "whole": "Int64",
    "number": "Float64",
    "flag": "boolean",
}


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page may name."""
    headings = re.findall(r"^#+ (.*)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def table(page: str, heading: str) -> dict[str, str]:
    """First and second cell of each row of the table below a heading."""
    section = (DOCS / "reference" / page).read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `([^`]*)` \| ([^|]*) \|", section, re.MULTILINE)
    return {name: cell.strip("`") for name, cell in rows}


@pytest.mark.parametrize("command", [MAIN_JOB, TESTS])
def test_the_two_commands(command):
    """Each stands in a block of its own, on one line, as a reader copies it."""
    assert f"{command}\n" in blocks(README, "bash")


def test_ci_runs_the_test_command():
    """The check of everything finds the test command in README, and no other line, by its own means."""
    finds = next(line.strip() for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines() if "grep" in line)
    said = subprocess.run(["bash", "-c", f'{finds}; echo "$command"'], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == TESTS


def test_the_example_can_be_moved_to_another_archive():
    """The first Python block has one line that chooses the archive, fifteen lines or so, and a result."""
    example = blocks(README, "python")[0]
    assert example.startswith("import dicommove as dm\n")
    assert len(re.findall(r"^pacs = ", example, re.MULTILINE)) == 1
    assert re.search(r"^result = pacs\.move\(", example, re.MULTILINE)
    assert len(example.splitlines()) <= 18


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    """Each relative link names a file that is there, and a heading that the file has."""
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_in_the_index():
    """Whoever starts at the index finds every page."""
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    assert [page.name for page in DOCS.rglob("*.md") if page.name != "index.md" and page.name not in index] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_are_of_known_languages(page):
    """A misspelt language would be a block that nobody runs."""
    languages = re.findall(r"^ *```([^\n`]+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(languages) <= {"python", "python no-run", "bash", "text", "toml"}


def test_every_public_name_is_in_the_reference():
    """The page of public names has all of them and no other."""
    page = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`dm\.(\w+)", page))
    assert named == set(dm.__all__)


def test_every_exception_is_in_the_reference():
    """The tree in the documentation is that of the module."""
    assert errors.__doc__ is not None
    page = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    names = {re.sub(r"^[|+\- ]+", "", line).split()[0] for line in blocks(page, "text")[0].splitlines() if line}
    assert names == set(errors.__all__)


@pytest.mark.parametrize(
    ("heading", "columns"),
    [
        ("`result.requests`", frames.REQUESTS),
        ("`result.progress`", frames.PROGRESS),
        ("`result.instances`", frames.INSTANCES),
        ("`result.ledger`", frames.LEDGER),
        ("`result.series`", frames.SERIES),
        ("`result.studies`", frames.STUDIES),
        ("`catalog.instances`", {"operation": "whole"}),
        ("`catalog.moves`", frames.MOVES),
        ("`catalog.purges`", frames.PURGES),
        ("`catalog.verify()`", frames.VERIFICATION),
        ("`pacs.match(table)`", frames.MATCH),
    ],
)
def test_tables_are_described_as_they_are(heading, columns):
    """Every column, in its order, with its dtype."""
    kinds = {name: frames.attribute(name) if kind == "attribute" else kind for name, kind in columns.items()}
    expected = {name: "category" if isinstance(kind, tuple) else DTYPES[kind] for name, kind in kinds.items()}
    assert list(table("dataframes.md", heading).items()) == list(expected.items())


def test_outcomes_and_states_are_described():
    """Every outcome and every state of an instance has its line."""
    assert set(table("outcomes-and-states.md", "Outcomes")) == set(frames.OUTCOMES)
    assert set(table("outcomes-and-states.md", "States of an instance")) == set(frames.STATES)


def test_the_command_line_is_described():
    """Every option of the commands is on the page."""
    page = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
    subparsers = next(action for action in _parser("demo")._actions if action.dest == "command")
    assert isinstance(subparsers.choices, dict)
    options = {option for action in subparsers.choices["demo"]._actions for option in action.option_strings if len(option) > 2}
    assert [option for option in options - {"--help"} if option not in page] == []
    assert [fault for fault in FAULTS if fault not in page] == []


def test_the_conformance_statement_names_our_classes():
    """UIDs in the statement are those that the code uses."""
    page = (DOCS / "conformance.md").read_text(encoding="utf-8")
    uids = {uid for model in terms.InformationModel for uid in (model.find_uid, model.move_uid)}
    uids |= {terms.VERIFICATION, terms.IMPLEMENTATION_CLASS_UID, terms.IMPLEMENTATION_VERSION_NAME}
    assert [uid for uid in sorted(uids) if uid not in page] == []
