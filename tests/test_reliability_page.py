"""The page on reliability: every test that it names is there, and its table has the cases as they are."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/explanation/reliability.md").read_text(encoding="utf-8")
PROMISES = [line for line in PAGE.splitlines() if line.startswith("| **") and "`tests/" in line]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
GROUPS = sorted(
    path.stem.removeprefix("test_")
    for path in (ROOT / "tests/hostile").glob("test_*.py")
    if re.search(r"^cases\b.*=", path.read_text(), re.MULTILINE)
)


def test_every_promise_has_its_tests():
    """No row without one, and the rows are all there."""
    assert len(PROMISES) >= 17
    assert all(re.search(r"\.py::\w+`", line) for line in PROMISES)


@pytest.mark.parametrize(("path", "function"), NAMED)
def test_what_is_named_is_there(path, function):
    """A test that was renamed is renamed on the page too."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("group", GROUPS)
def test_the_table_counts_the_cases_that_there_are(group):
    """How many cases each kind of fault has, for our command line and our API."""
    row = re.search(rf"^\| {group.replace('_', ' ')} \| (\S+ of )?(\d+|-) \| (?:\S+ of )?(\d+|-) \|", PAGE, re.MULTILINE)
    assert row, f"no row for {group}"
    cases = _cases(group)
    counts = [sum(subject in case.subjects for case in cases) for subject in ("movescu", "api")]
    assert [int(cell) if cell != "-" else 0 for cell in row.groups()[1:]] == counts


def _cases(group):
    """The cases of a file, loaded beside the tests that run them."""
    sys.path.insert(0, str(ROOT))
    try:
        return importlib.import_module(f"tests.hostile.test_{group}").cases
    finally:
        sys.path.remove(str(ROOT))
