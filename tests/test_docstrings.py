"""Every example in a docstring, and every Python block of the documentation, is run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

import dicommove

ROOT = Path(__file__).parents[1]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
MODULES = ["dicommove", *(info.name for info in pkgutil.walk_packages(dicommove.__path__, "dicommove."))]
# A block that is not to be run (it needs a hospital's PACS) is fenced as ```python no-run and still coloured as Python.
PAGES = [
    path
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if "```python\n" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_docstring_examples(name, tmp_path, monkeypatch):
    """The examples of one module give what they say; files that they write land in a folder of the test."""
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name)):
        runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_of_the_documentation(page, tmp_path, monkeypatch):
    """The Python blocks of one page run from top to bottom, one after the other in the same interpreter."""
    monkeypatch.chdir(tmp_path)
    sybil = Sybil([PythonCodeBlockParser(doctest_optionflags=FLAGS), SkipParser()], path=str(ROOT))
    for example in sybil.parse(page).examples():
        example.evaluate()
