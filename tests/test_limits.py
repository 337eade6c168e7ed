"""The page of limits and the constants in the source say the same, and no limit is left out."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
import sys
from pathlib import Path

import pytest

import dicommove

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "limits.md"
ROOT = Path(dicommove.__file__).parent
ROWS = re.findall(r"^\| `([\w.]+)` \| ([\d,.]+) (\w[\w-]*) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
LIMIT = re.compile(r"_?(MOST|LONGEST|LARGEST|MAX|DEEPEST)(_|$)|_?(CONNECTIONS|BACKLOG|KEPT)")
# Rooms that talk to others or keep what they say: there, what is named like a limit is one.
HELD = ("audit", "head", "markup", "net", "query", "receive", "retrieve", "store")
# Named like limits, and none of what others can do: sizes that we choose, and how our own waits and names are made.
OURS = {
    "head.part10._LONGEST_META": "of files that are there already",
    "query.moments._MOST": "digits of a fraction of a second",
    "query.dividers._LONGEST_PREFIX": "of our own questions",
    "retrieve.asking.known._MOST_SINGLE": "of our own questions",
    "retrieve.checking.listening._LONGEST_MIN": "of the user's own wish",
    "retrieve.retrying.asking._MOST_SILENCES": "of our own tries",
    "retrieve.running.vanished._MOST_ASKED": "of our own questions",
    "store.database._LONGEST_PATH": "what SQLite takes",
    "store.database._MOST_REMEMBERED": "a cache",
    "store.drafts._LONGEST_MOVE_S": "when a leftover is one",
    "store.drafts._MOST_PIECES": "of one call to the operating system",
    "store.part10._LONGEST": "of files that are there already",
    "store.shelf._MOST_NAMES": "tries for a name that is free",
    "store.sqlite_journal._LONGEST_GATHER_S": "how often is written",
    "store.whereabouts._LONGEST": "of files that are there already",
    "store.whereabouts._MOST_TRIES": "of our own tries",
    "store.surroundings._LONGEST_TRY_S": "of our own tries",
    "store.tree._KEPT_S": "a cache",
    "store.tree._MOST_KEPT": "a cache",
}


def _value(name):
    """The constant of a name, or the default of a field."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = ".".join(["dicommove", *parts[:cut]])
        if (ROOT / "/".join(parts[:cut])).with_suffix(".py").exists():
            importlib.import_module(module)
            found = sys.modules[module]
            for part in parts[cut:]:
                found = _part(found, part)
            return found
    raise LookupError(name)


def _part(owner, name):
    if dataclasses.is_dataclass(owner):
        return next(one.default for one in dataclasses.fields(owner) if one.name == name)
    return getattr(owner, name)


@pytest.mark.parametrize(("name", "shown", "unit", "reason"), ROWS, ids=[row[0] for row in ROWS])
def test_the_page_says_what_the_source_says(name, shown, unit, reason):
    """Each row has the value of its constant, a unit and a reason."""
    assert float(shown.replace(",", "")) == _value(name)
    assert unit
    assert reason.strip()


def test_no_row_is_left_unread():
    """Every row of the page's tables is one of those above."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(rows) == len(ROWS) > 50


def _constants():
    """Names of constants at the top of modules that are numbers and are named like limits."""
    for path in sorted(path for room in HELD for path in [ROOT / f"{room}.py", *(ROOT / room).rglob("*.py")] if path.exists()):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
            names = [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
            number = isinstance(getattr(node, "value", None), (ast.Constant, ast.BinOp, ast.Tuple))
            yield from (f"{module}.{name}" for name in names if number and LIMIT.match(name))


def test_every_limit_is_on_the_page():
    """What is named like a limit, and holds for what others can do, has a row."""
    constants = set(_constants())
    assert not constants - {row[0] for row in ROWS} - set(OURS)
    assert set(OURS) <= constants, "an exception without its constant"


def test_limits_of_the_port_are_all_there():
    """The one module that holds nothing else."""
    module = importlib.import_module("dicommove.receive.limits")
    assert {f"receive.limits.{name}" for name in module.__all__} <= {row[0] for row in ROWS}
