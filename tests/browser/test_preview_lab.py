"""The preview in JupyterLab, with a kernel that reads files: pictures, keys, code, themes and reloading."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import dicommove as dm

from .preview_page import LABEL

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CODE = """import dicommove as dm
with dm.demo() as pacs:
    result = pacs.studies().where(PatientID="000789").move({folder!r}, progress=False)
panel = dm.preview(result)
panel"""
COPY = """() => {
  const seen = document.querySelector("canvas"), copy = document.createElement("canvas");
  [copy.width, copy.height] = [seen.width, seen.height];
  copy.getContext("2d").drawImage(seen, 0, 0);
  return copy.toDataURL("image/png").split(",")[1];
}"""
PNG = """import base64
print(panel.index, panel.view["texts"], base64.b64encode(panel.png()).decode())"""


@pytest.fixture
def preview(lab, tmp_path):
    """A notebook with a preview of synthetic MR and CT images, whose first picture is seen; further cells are not run yet."""

    def opened(*cells):
        notebook = lab(CODE.format(folder=str(tmp_path / "data")), *cells)
        notebook.run_cell(0)
        notebook.page.wait_for_function(f"/image \\d+ of \\d+, center/.test({LABEL})")
        return notebook

    return opened


def cells(notebook):
    """Type and text of each cell."""
    each = "(cell) => [cell.model.type, cell.model.sharedModel.source]"
    return notebook.page.evaluate(f"() => window.jupyterapp.shell.currentWidget.content.widgets.map({each})")


def wait_until_told(notebook, cell, beginning):
    """Run a cell until what it prints begins so: the panel tells the kernel of the user's doings a few times a second."""
    for _ in range(20):
        notebook.run_cell(cell)
        if notebook.outputs()[cell][0]["text"].startswith(beginning):
            return
    pytest.fail(f"the kernel was not told: {notebook.outputs()[cell]}")


def picture(page):
    """What the canvas shows, as grey (rows, columns)."""
    return np.asarray(Image.open(BytesIO(b64decode(page.evaluate(COPY)))).convert("L"), np.float32)


def made(notebook, cell=1):
    """What the kernel has drawn and printed, as grey (rows, columns)."""
    image = Image.open(BytesIO(b64decode(notebook.outputs()[cell][0]["text"].split()[2])))
    return np.asarray(image.convert("L"), np.float32)


def test_the_picture_is_that_of_the_kernel(preview):
    """Scrolled by wheel, windowed by a drag, then turned, mirrored, zoomed and moved: the canvas shows what the kernel draws."""
    notebook = preview(PNG)
    page = notebook.page
    box = page.locator("canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 30, steps=5)
    page.mouse.up()
    for _ in range(3):
        page.mouse.wheel(0, 120)
    start = int(page.evaluate(LABEL).partition("image ")[2].split()[0])
    page.wait_for_function("() => !document.querySelector('.dm-waiting')")
    page.keyboard.press("t")
    wait_until_told(notebook, 1, f"{start - 1} False ")
    shown = picture(page)
    assert made(notebook).shape == shown.shape
    assert np.abs(shown - made(notebook)).mean() < 2
    assert shown.std() > 20
    page.get_by_role("button", name="Rotate").click()
    page.locator("canvas").focus()
    for key in ("h", "+", "+", "Shift+ArrowLeft", "Shift+ArrowUp", "i"):
        page.keyboard.press(key)
    page.wait_for_function("document.querySelector('[aria-label^=Invert]').getAttribute('aria-pressed') === 'true'")
    for _ in range(20):
        notebook.run_cell(1)
        difference = np.abs(picture(page) - made(notebook)).mean()
        if difference < 2:
            break
    assert difference < 2
    assert np.abs(shown - made(notebook)).mean() > 20


def test_keys_reach_the_panel_and_never_the_notebook(preview):
    """The keys that would change, insert or delete cells do what the panel says, or nothing."""
    notebook = preview()
    before = cells(notebook)
    for control in ("canvas", ".dm-slider", ".dm-button", ".dm-entry[tabindex='0']", ".dm-tools select"):
        notebook.page.locator(control).first.focus()
        for key in ("r", "a", "x", "ArrowDown", "ArrowUp", "d", "d", "m", "i", "i"):
            notebook.page.keyboard.press(key)
    notebook.page.locator("canvas").focus()
    notebook.page.keyboard.press("r")
    notebook.page.keyboard.press("End")
    notebook.page.wait_for_function(f"/image (\\d+) of \\1,/.test({LABEL})")
    assert cells(notebook) == before


def test_by_keyboard_alone(preview):
    """From the cell with Tab to the picture, through its slices and out again."""
    notebook = preview()
    page = notebook.page
    page.locator(".dm-entry[tabindex='0']").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "CANVAS":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("PageDown")
    page.wait_for_function("document.querySelectorAll('.dm-entry')[1].getAttribute('aria-current') === 'true'")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") != "CANVAS"


def test_code_sets_what_is_seen(preview):
    """A later cell moves the panel above it, and reads where its user is."""
    notebook = preview("panel.index, panel.center, panel.width = 5, 40.0, 80.0", "print(panel.index, panel.center)")
    notebook.run_cell(1)
    notebook.page.wait_for_function(f"{LABEL}.includes('image 6 of') && {LABEL}.includes('center 40, width 80')")
    notebook.page.locator("canvas").focus()
    notebook.page.keyboard.press("ArrowDown")
    notebook.page.keyboard.press("0")
    notebook.page.wait_for_function(f"{LABEL}.includes('image 7 of') && !{LABEL}.includes('width 80')")
    wait_until_told(notebook, 2, "6 None\n")


def test_the_dark_theme_changes_all_but_the_picture(preview):
    """Words are light on dark then, and the picture stays as it was."""
    notebook = preview()
    before = picture(notebook.page)
    colour = "() => getComputedStyle(document.querySelector('.dm-preview')).color"
    light = notebook.page.evaluate(colour)
    notebook.dark()
    notebook.page.wait_for_function(
        "(light) => getComputedStyle(document.querySelector('.dm-preview')).color !== light", arg=light
    )
    assert np.array_equal(picture(notebook.page), before)


def test_a_reloaded_page_shows_the_panel_again(preview):
    """While the kernel lives, the picture that was seen is asked for again; the file holds neither pixels nor names."""
    notebook = preview()
    page = notebook.page
    page.locator("canvas").focus()
    page.keyboard.press("End")
    page.wait_for_function(f"/image (\\d+) of \\1,/.test({LABEL})")
    label = page.evaluate(LABEL)
    page.wait_for_function("document.querySelector('.dm-entry img').src.startsWith('blob:')")
    notebook.save()
    saved = notebook.path.read_text(encoding="utf-8")
    with dm.demo() as pacs:
        name = pacs.patients("000789").returning("PatientName").find()["PatientName"][0]
    assert len(saved) < 20_000
    assert name.partition("^")[0] not in saved
    notebook.reload()
    page.wait_for_function("([label, now]) => eval(now) === label", arg=[label, LABEL])
    assert picture(page).std() > 20


def test_a_second_view_shows_the_same(preview):
    """Two views of one panel follow each other."""
    notebook = preview("panel")
    notebook.run_cell(1)
    page = notebook.page
    page.wait_for_function("document.querySelectorAll('canvas').length === 2")
    page.locator("canvas").nth(1).focus()
    page.keyboard.press("End")
    both = "[...document.querySelectorAll('canvas')].every((one) => /image (\\d+) of \\1,/.test(one.getAttribute('aria-label')))"
    page.wait_for_function(both)
