"""Execute notebooks and save them with their outputs: python notebooks/execute.py [--into FOLDER] [NOTEBOOK ...].

Each runs in an empty folder, by the interpreter that runs this program; by default all of this folder are executed and saved in
place. What differs from run to run is written the same each time: the folder, the port of the demo archive, and the rate.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
HOME = "/home/you"
"""Stands for the folder in which it ran."""
KERNEL = {"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "Python 3"}


def execute(path: Path) -> Any:
    """Run one notebook in an empty folder and return it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        _kernel_in(Path(folder))
        work = Path(folder) / "work"
        work.mkdir()
        client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(work)}})
        client.record_timing = False
        client.execute()
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = [_steady(output, work) for output in _joined(cell.outputs)]
    return _plain(notebook)


def _kernel_in(folder: Path) -> None:
    """Make this interpreter the kernel ``python3``, whatever else is installed; configuration and history stay in the folder."""
    kernel = folder / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps({**KERNEL, "language": "python"}), encoding="utf-8")
    os.environ["JUPYTER_PATH"] = str(folder / "jupyter")
    os.environ["IPYTHONDIR"] = str(folder / "ipython")


def _joined(outputs: list[Any]) -> list[Any]:
    """Pieces of one stream as one output; without what shows nothing, where a line stood while a move ran."""
    joined: list[Any] = []
    for output in outputs:
        if output.get("data") == {}:
            continue
        if joined and output.output_type == "stream" == joined[-1].output_type and output.name == joined[-1].name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _steady(output: Any, work: Path) -> Any:
    """The output without what differs from run to run; of a panel, which is gone with its kernel, what stands in its place."""
    data = output.get("data", {})
    data.pop("application/vnd.jupyter.widget-view+json", None)
    for kind, text in data.items():
        if kind.startswith("text/"):
            data[kind] = _steady_text(text, work)
    if "text" in output:
        output.text = _steady_text(output.text, work)
    return output


def _steady_text(text: str, work: Path) -> str:
    for folder in {str(work.resolve()), str(work)}:
        text = text.replace(folder, HOME)
    text = re.sub(r"(DEMO@127\.0\.0\.1):\d+", r"\1:11112", text)
    text = re.sub(r", [\d.]+ [kMG]B/s", "", text)
    return re.sub(r"\b[\d.]+ [GT]B\b", "100.0 GB", text)


def _plain(notebook: Any) -> Any:
    """Without what tells of the machine: kernel, version, ids that change."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number:02}"
        cell.metadata = {}
    return notebook


def main() -> None:
    """Execute the notebooks that the command line names."""
    parser = argparse.ArgumentParser(description="Execute notebooks and save them with their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(HERE.glob("*.ipynb")))
    parser.add_argument("--into", type=Path, help="folder to save them in (default: in place)")
    arguments = parser.parse_args()
    for path in arguments.notebooks:
        nbformat.write(execute(path), (arguments.into or path.parent) / path.name)


if __name__ == "__main__":
    main()
