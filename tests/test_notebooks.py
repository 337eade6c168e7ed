"""Notebooks run from top to bottom without an error or a warning, and are saved with outputs that tell nothing of a machine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MACHINE = re.compile(r"/(?:tmp|work|root|var|Users)/|/home/(?!you\b)|[A-Z]:\\\\Users|ipykernel_\d")

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def cells(path: Path, kind: str) -> list[dict]:
    """The cells of a kind."""
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def outputs(path: Path) -> list[dict]:
    """The outputs of all cells."""
    return [output for cell in cells(path, "code") for output in cell["outputs"]]


@pytest.mark.slow
def test_runs_without_error_or_warning(path, tmp_path):
    """Executed in an empty folder by this interpreter, nothing is raised and nothing is written to stderr."""
    command = [sys.executable, str(FOLDER / "execute.py"), "--into", str(tmp_path), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    made = outputs(tmp_path / path.name)
    assert [output for output in made if output["output_type"] == "error" or output.get("name") == "stderr"] == []
    assert [output["output_type"] for output in made] == [output["output_type"] for output in outputs(path)]


def test_is_saved_with_outputs(path):
    """It was run in order, every cell has what it shows, and there is a picture: it reads well without being run."""
    code = cells(path, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert all(cell["outputs"] for cell in code if not cell["source"][-1].endswith(".stop()"))
    assert any("image/png" in output.get("data", {}) for output in outputs(path))


def test_tells_nothing_of_a_machine(path):
    """No path of the machine that it was run on, and the plain kernel name that everybody has."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    texts = [
        "".join(text)
        for output in outputs(path)
        for kind, text in {"text/plain": output.get("text", ""), **output.get("data", {})}.items()
        if kind.startswith("text/")
    ]
    assert [found for text in texts for found in MACHINE.findall(text)] == []
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert path.stat().st_size < 1_000_000


def test_links_lead_somewhere(path):
    """Relative links in the text name files that are there."""
    text = "".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    assert [link for link in re.findall(r"\]\(([^):]+)\)", text) if not (FOLDER / link).exists()] == []
