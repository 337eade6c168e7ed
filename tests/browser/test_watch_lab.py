"""The progress panel in JupyterLab: a press on Cancel after the cell has returned, the toolbar's stop while a cell blocks."""

from __future__ import annotations

import json

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BEGIN = """
import tempfile, dicommove as dm
query = dm.demo(fault="slow:0.3").studies().where(PatientID="000123")
"""
CANCEL = ".dm-progress button"
HEARD = f"document.querySelector('{CANCEL}')?.getAttribute('aria-disabled') === 'false'"
UNHEARD = "document.querySelector('.dm-advice')?.textContent === 'press ■ to stop'"
MOVES = """(before) => { const now = parseInt(document.querySelector('.dm-count')?.textContent); return now > (before ?? 1); }"""
ARRIVED = "parseInt(document.querySelector('.dm-count').textContent)"


def last_output(notebook):
    """The bundle of the last cell's output; the line below it, of a move that runs, shows nothing any more."""
    output, line = notebook.outputs()[-1]
    assert line["data"] == {}
    return output["data"]


def moving(page):
    """Wait until the panel is seen to move."""
    page.wait_for_function(MOVES)
    page.wait_for_function(MOVES, arg=page.evaluate(ARRIVED))


def test_cancel_is_obeyed_after_the_cell_has_returned(lab):
    """The panel moves, the press is heard, and an ordinary output with the facts stands in its place."""
    notebook = lab(BEGIN, "op = query.start_move(tempfile.mkdtemp(), grace=1)\ndm.watch(op)")
    notebook.run()
    moving(notebook.page)
    notebook.page.wait_for_function(HEARD)
    notebook.save()
    notebook.page.click(CANCEL)
    notebook.page.wait_for_function("document.querySelector('.dm-progress') === null")

    data = last_output(notebook)
    assert "cancelled; C-CANCEL ended it" in json.dumps(data["text/html"])
    assert sorted(data) == ["text/html", "text/plain"]
    saved = json.dumps(nbformat.read(notebook.path, 4).cells[-1].outputs)  # while it ran
    assert "asks for what is missing" in saved
    assert "iVBOR" not in saved


def test_while_a_cell_blocks_the_toolbar_stops_the_move(lab):
    """The panel moves and says which button is heard; that one is obeyed, and the cell ends without a traceback."""
    notebook = lab(BEGIN, "result = query.move(tempfile.mkdtemp(), grace=1)")
    notebook.run(wait=False)
    moving(notebook.page)
    notebook.page.wait_for_function(UNHEARD)
    notebook.command("notebook:interrupt-kernel")
    notebook.rest()

    assert notebook.page.locator(".dm-progress").count() == 0
    assert "cancelled; C-CANCEL ended it" in json.dumps(last_output(notebook))


def test_a_press_is_heard_while_a_cell_awaits(lab):
    """The button is offered where it is heard; where the kernel hears nothing before the cell has ended, the toolbar is named."""
    notebook = lab(BEGIN, "op = query.start_move(tempfile.mkdtemp(), grace=1)\ndisplay(dm.watch(op))\nresult = await op")
    notebook.run(wait=False)
    moving(notebook.page)
    notebook.page.wait_for_function(f"{HEARD} || {UNHEARD}")
    if notebook.page.evaluate(HEARD):
        notebook.page.click(CANCEL)
    else:
        notebook.command("notebook:interrupt-kernel")
    notebook.page.wait_for_function("document.querySelector('.dm-progress') === null")
    notebook.rest()

    assert "cancelled" in json.dumps(notebook.outputs()[-1])
