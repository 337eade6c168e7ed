"""On ipykernel 6 a button is heard once the cell has returned, and not while it waits: the panel says which it is."""

from __future__ import annotations

import json

import pytest

from .lab import OLD_KERNEL

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not OLD_KERNEL, reason="DICOMMOVE_IPYKERNEL6 names no folder with ipykernel 6"),
]

BEGIN = """import tempfile, ipykernel, dicommove as dm
query = dm.demo(fault="slow:0.1").studies().where(AccessionNumber="A20240061")
ipykernel.__version__"""
START = "op = query.start_move(tempfile.mkdtemp())\ndm.watch(op)"
WAITING = {
    "await": "op = query.start_move(tempfile.mkdtemp())\ndisplay(dm.watch(op))\nawait op",
    "move": "query.move(tempfile.mkdtemp())",
}
MOVES = "parseInt(document.querySelector('.dm-progress .dm-count')?.textContent) > 2"


def begun(lab, cell):
    """A notebook on the older kernel, in which a move has begun and is seen to go on."""
    notebook = lab(BEGIN, cell, kernel="ipykernel6")
    notebook.run(wait=False)
    notebook.page.wait_for_function(MOVES)
    assert notebook.outputs()[0][0]["data"]["text/plain"].startswith("'6.")
    return notebook


def left(notebook):
    """What the move has left in the notebook, once nothing runs and the panel is gone."""
    notebook.page.wait_for_function("!document.querySelector('.dm-progress')")
    notebook.rest()
    return json.dumps(notebook.outputs()[1])


def test_cancel_is_obeyed_after_the_cell_has_returned(lab):
    """The documented way to a Cancel that works everywhere."""
    notebook = begun(lab, START)
    notebook.page.get_by_role("button", name="Cancel").and_(notebook.page.locator("[aria-disabled=false]")).click()
    assert "cancelled" in left(notebook)


@pytest.mark.parametrize("cell", WAITING.values(), ids=WAITING)
def test_the_toolbars_stop_is_named_and_obeyed(lab, cell):
    """While the cell waits, Cancel is off and the panel names the button that is heard; the user presses that one."""
    notebook = begun(lab, cell)
    page = notebook.page
    page.get_by_text("press ■ to stop").wait_for()
    assert page.get_by_role("button", name="Cancel").get_attribute("aria-disabled") == "true"
    page.locator("[data-command='notebook:interrupt-kernel']").click()
    told = left(notebook)
    assert "cancelled" in told
