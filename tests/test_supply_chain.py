"""What the package is made of: bounds that are tested, and a source that runs nothing it was given and fetches nothing."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "dicommove").rglob("*.py"))
SCRIPTS = sorted((ROOT / "dicommove").rglob("*.js"))
RUNS_WHAT_IT_IS_GIVEN = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "code", "codeop", "runpy"}
FETCHES = {"urllib.request", "http.client", "ftplib", "requests", "httpx", "aiohttp", "pip", "ensurepip", "pooch"}
CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "pd.read_pickle", "pandas.read_pickle", "np.load"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIREMENTS = [
    *PROJECT["dependencies"],
    *(one for extra in PROJECT["optional-dependencies"].values() for one in extra if not one.startswith("dicommove")),
]


def _imported(tree: ast.AST) -> set[str]:
    """Names of modules that a source imports, and of what it takes from them."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and not node.level:
            found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_runs_what_it_was_given_or_fetches_anything(source):
    """No pickle, no eval, no shell, and nothing that downloads; `__reduce__` and the like make values of ours picklable only."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    imported = _imported(tree)
    assert not {name.partition(".")[0] for name in imported} & RUNS_WHAT_IT_IS_GIVEN
    assert not imported & FETCHES
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        assert ast.unparse(call.func) not in CALLS, f"line {call.lineno}: {ast.unparse(call.func)}"
        for given in call.keywords:
            assert given.arg not in ("shell", "allow_pickle") or ast.unparse(given.value) == "False", f"line {call.lineno}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_fetches_or_evaluates_anything(script):
    """The front end comes from the kernel whole: it loads nothing from a network, and makes no code of text."""
    text = script.read_text(encoding="utf-8")
    found = re.findall(
        r"\beval\(|new Function|\bfetch\(|XMLHttpRequest|WebSocket|importScripts|import\(|from\s+[\"']https?:", text
    )
    assert not found


def test_there_is_a_front_end_to_look_at():
    """The test above would pass on an empty list."""
    assert SCRIPTS
    assert len(SOURCES) > 300


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_every_dependency_has_a_lower_bound_and_no_upper_one(requirement):
    """An upper bound would need a reason; the lower one is what `.ci/run` installs and tests."""
    assert re.fullmatch(r"[a-z0-9-]+>=[0-9.]+", requirement)


@pytest.mark.parametrize("requirement", PROJECT["dependencies"])
def test_the_reason_of_each_dependency_stands_in_the_docs(requirement):
    """With the same bound."""
    name, bound = requirement.split(">=")
    page = (ROOT / "docs" / "explanation" / "dependencies.md").read_text(encoding="utf-8")
    assert re.search(rf"\[?{name}\]?(\([^)]*\))? ≥ {re.escape(bound)} \|", page)
