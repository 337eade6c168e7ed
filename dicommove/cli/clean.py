"""``dicommove clean``: takes the outputs that hold patient data out of saved notebooks."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, TypeGuard

from ..errors import StoreError
from ..markup import visible
from .conclusion import DONE, DOUBTFUL, Answer, concluded
from .help_text import HelpText
from .notebook_outputs import Finding, cleaned

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove clean study.ipynb
  dicommove clean --check *.ipynb      before a commit: changes nothing, ends with 3 where something would be removed
  dicommove clean --all study.ipynb

Removed are pictures, panels and their saved state, and outputs in which an attribute that names a person or a study, a name in
DICOM's form or a UID is written, or whose cell works with such an attribute. Tables of counts and what dicommove shows by
itself stay, as far as nothing of this is in them. Code and text are never changed: what is found in them is said. This is no
proof that nobody can be recognised: read the notebook before you share it.

exit codes: 0 done, 1 it cannot be done (no notebook, not writable), 3 --check found something
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog, parser.formatter_class = _EXAMPLES, HelpText
    parser.add_argument("notebooks", nargs="+", metavar="notebook", help="a saved notebook (.ipynb)")
    parser.add_argument("--all", action="store_true", help="remove every output")
    parser.add_argument("--check", action="store_true", help="change nothing, and say what would be removed")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_clean, arguments)


def _clean(arguments: argparse.Namespace) -> Answer:
    found: list[tuple[str, Finding]] = []
    for name in arguments.notebooks:
        notebook = _read(Path(name))
        rest, findings = cleaned(notebook, everything=arguments.all)
        if rest != notebook and not arguments.check:
            _write(Path(name), rest)
        found.extend((name, finding) for finding in findings)
    would = arguments.check and any(finding.removed for _, finding in found)
    exit_code = DOUBTFUL if would else DONE
    rows = [{"notebook": name, "cell": one.cell, "removed": one.removed, "what": one.text} for name, one in found]

    def show(console: Console) -> None:
        for name, one in found:
            console.print(f"{visible(name, 1000)}: {_line(one, check=arguments.check)}")
        if not found:
            console.print("nothing was found that names a person")

    return Answer(exit_code, {"checked": arguments.check, "findings": rows, "exit_code": exit_code}, show)


def _line(finding: Finding, *, check: bool) -> str:
    where = "metadata" if finding.cell is None else f"cell {finding.cell}"
    done = ("would be removed" if check else "removed") if finding.removed else "left, look at it"
    return f"{where}: {done}: {finding.text}"


def _read(path: Path) -> dict[str, Any]:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{path} is no notebook: it is not JSON") from error
    if not _is_notebook(notebook):
        raise StoreError(f"{path} is no notebook in the format 4: open it in JupyterLab and save it")
    return notebook


def _is_notebook(notebook: object) -> TypeGuard[dict[str, Any]]:
    """Whether it has the form of a notebook, as far as outputs are looked for in it."""
    if not (isinstance(notebook, dict) and notebook.get("nbformat") == 4 and isinstance(notebook.get("metadata", {}), dict)):
        return False
    cells = notebook.get("cells")
    if not (isinstance(cells, list) and all(isinstance(cell, dict) for cell in cells)):
        return False
    outputs = [cell.get("outputs") or [] for cell in cells]
    return all(isinstance(some, list) and all(map(_is_output, some)) for some in outputs)


def _is_output(output: object) -> bool:
    return isinstance(output, dict) and isinstance(output.get("data", {}), dict)


def _write(path: Path, notebook: dict[str, Any]) -> None:
    """Replace the file as a whole: an interrupted command leaves the old one."""
    text = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
    if any("\ud800" <= character <= "\udfff" for character in text):  # halves of pairs, which a file in UTF-8 cannot hold
        text = json.dumps(notebook, indent=1) + "\n"
    target = path.resolve()  # a link stays one
    try:
        with NamedTemporaryFile("w", dir=target.parent, prefix=f".{target.name}.", delete=False, encoding="utf-8") as file:
            file.write(text)
        shutil.copymode(target, file.name)
        os.replace(file.name, target)  # noqa: PTH105 - both names are text here
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
