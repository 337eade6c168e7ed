"""The seam to the `lab` extra: a missing extra is one clear sentence, and outside a notebook there is no live line."""

from __future__ import annotations

import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from dicommove import lab
from dicommove.errors import MissingExtra
from dicommove.images import Tile

WITHOUT_MATPLOTLIB = """
import sys
sys.modules["matplotlib"] = None  # as where it is not installed
from dicommove import lab
from dicommove.errors import MissingExtra
for _ in range(2):
    try:
        lab.contact_sheet([])
    except MissingExtra as missing:
        print(missing)
"""
WITHOUT_WIDGETS = """
import sys
sys.modules["anywidget"] = None  # as where it is not installed
from dicommove.errors import MissingExtra
from dicommove import lab
try:
    lab.watch(None)
except MissingExtra as missing:
    assert str(missing) == 'the panels need anywidget: pip install "dicommove[lab]"', missing
print(lab.live_panel(None))
"""
IN_A_NOTEBOOK = """
from dicommove.lab import live_line
show = live_line()
show("3 of 9 instances")
show("9 of 9 instances")
"""


def run(code):
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout


def test_a_contact_sheet_is_drawn():
    """With the extra installed, the sheet of `images` is had through here."""
    figure = lab.contact_sheet([Tile(("CT  Head", "3 instances"))], columns=1)

    assert len(figure.axes) == 1


def test_without_matplotlib_one_sentence_says_what_to_install():
    """The first call and the second say the same: what is missing, and the command that brings it."""
    sentence = 'a contact sheet needs matplotlib: pip install "dicommove[lab]"'

    assert run(WITHOUT_MATPLOTLIB).splitlines() == [sentence, sentence]


def test_a_missing_extra_is_an_import_error():
    """Who knows nothing of this package catches it all the same."""
    assert issubclass(MissingExtra, ImportError)


def test_outside_a_notebook_there_is_no_live_line():
    """A script has none, and does not wait for IPython to be imported."""
    code = "import sys; from dicommove import lab; assert lab.live_line() is None; assert 'IPython' not in sys.modules"

    run(code)


def test_in_a_terminal_of_ipython_there_is_no_live_line():
    """IPython without a kernel is a terminal: the bar is drawn there."""
    code = (
        "from IPython.core.interactiveshell import InteractiveShell; InteractiveShell.instance();"
        "from dicommove import lab; print(lab.live_line())"
    )

    assert run(code).split() == ["None"]


@pytest.mark.slow
def test_in_a_notebook_one_line_is_replaced(tmp_path):
    """The running cell has one output, and it shows the last text; without widgets there is no panel, and nothing is raised."""
    cells = [nbformat.v4.new_code_cell(code) for code in (IN_A_NOTEBOOK, WITHOUT_WIDGETS)]
    notebook = nbformat.v4.new_notebook(cells=cells)

    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()

    (output,), (without,) = (cell.outputs for cell in notebook.cells)
    assert without["text"] == "None\n"
    assert output["data"]["text/plain"] == "9 of 9 instances"
