"""The form in JupyterLab: typed, ticked, retrieved, cancelled, and what a saved notebook keeps of it."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CODE = """import dicommove as dm
pacs = dm.demo(fault={fault!r})
form = dm.form(pacs, {folder!r})
form"""
TYPES = "() => window.jupyterapp.shell.currentWidget.content.widgets.map((cell) => cell.model.type)"
RUN_LAST = """async () => {
  const { content } = window.jupyterapp.shell.currentWidget;
  content.activeCellIndex = content.widgets.length - 1;
  await window.jupyterapp.commands.execute("notebook:run-cell");
}"""
LATER = "print(form.result.outcome, len(form.selection), form.query.level)"


@pytest.fixture
def form(lab, tmp_path):
    """A notebook whose first cell has shown a form; more cells may follow, which are run by `later`."""

    def opened(*cells, fault=None):
        notebook = lab(CODE.format(folder=str(tmp_path / "data"), fault=fault), *cells)
        notebook.page.evaluate("window.jupyterapp.commands.execute('notebook:run-cell')")
        notebook.page.get_by_role("button", name="Search").wait_for()
        return notebook

    return opened


def search(page, name):
    """Type a name, press Search, and wait for the table."""
    page.get_by_label("Patient name").fill(name)
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Tick all that is shown").wait_for()


def later(notebook):
    """Run the last cell and return what it printed."""
    notebook.page.evaluate(RUN_LAST)
    return notebook.outputs()[-1][0]["text"].split()


def test_a_study_is_retrieved_by_typing_and_pressing(form):
    """Fields, table, series, plan, Retrieve, result, pictures; the next cell has it all, and the saved file names nobody."""
    notebook = form(LATER)
    page = notebook.page
    search(page, "MEIER*")
    page.get_by_label("Show its series").first.click()
    page.get_by_text("Head 2.5 soft").click()
    page.get_by_text("1 series, 64 images ticked").wait_for()
    page.get_by_role("button", name="Plan").click()
    page.get_by_text("Free on disk").wait_for()

    page.get_by_role("button", name="Retrieve").click()
    page.locator(".df-outcome[data-outcome=complete]").wait_for()
    page.get_by_role("button", name="Preview").click()
    page.locator("canvas").wait_for()

    assert later(notebook) == ["complete", "1", "STUDY"]
    notebook.save()
    saved = notebook.path.read_text(encoding="utf-8")
    assert "Last move: complete" in saved
    assert "MEIER" not in saved
    assert "000123" not in saved


def test_a_move_is_watched_and_cancelled(form):
    """The progress panel stands in the form, its Cancel is obeyed, and the form goes on."""
    notebook = form(LATER, fault="slow:0.05")
    page = notebook.page
    search(page, "MEIER*")
    page.get_by_label("Tick all that is shown").check()
    page.get_by_role("button", name="Retrieve").click()

    page.get_by_role("button", name="Cancel").click()
    page.locator(".df-outcome[data-outcome=cancelled]").wait_for()
    page.get_by_role("button", name="Explain").click()

    page.get_by_text("The move was cancelled.").wait_for()
    assert later(notebook)[0] == "cancelled"
    assert page.get_by_role("button", name="Retrieve").is_enabled()


def test_keys_in_the_form_do_not_edit_the_notebook(form):
    """Pressed on a button, a tick, a select and the table; after a reload the kernel fills the form in again."""
    notebook = form("1")
    page = notebook.page
    page.get_by_label("Patient name").fill("MEIER, ANNA")
    page.get_by_text("the parts of a name are separated by").wait_for()
    search(page, "MEIER*")
    before = page.evaluate(TYPES)

    for place in (".df-main", ".df-tick input", ".df-dates select", ".df-sheet", ".df-light", ".df-more summary"):
        page.locator(place).first.focus()
        for key in ("r", "a", "x", "ArrowDown"):
            page.keyboard.press(key)

    assert page.evaluate(TYPES) == before == ["code", "code"]
    notebook.save()
    notebook.reload()
    page.get_by_text("MEIERHÖFER").first.wait_for()
    assert page.get_by_label("Patient name").input_value() == "MEIER*"
