"""The parts of the preview around its picture: series, documents, header, faults; for every user and at every width."""

from __future__ import annotations

from pathlib import Path

import pytest

from .preview_page import expected_grey, focus, hounsfield, seen, settle, show_preview

pytestmark = pytest.mark.browser


def test_colour(panel):
    """Colour is shown as it is, with the three values under the pointer."""
    panel.page.locator('[data-series="2"]').click()
    settle(panel, "colour, image 1 of 1")
    box = panel.page.locator("canvas").bounding_box()
    quarter = min(box["width"], box["height"]) / 4
    panel.page.mouse.move(box["x"] + box["width"] / 2 - quarter, box["y"] + box["height"] / 2 - quarter)
    panel.wait("document.querySelector('.dm-reading').textContent === 'column 1, row 1: R 255 G 0 B 0'")


def test_a_document_is_text_and_plots(panel):
    """What is no picture is read; nothing in it is taken for HTML."""
    panel.page.locator('[data-series="3"]').click()
    panel.wait("document.querySelector('.dm-document pre').textContent === 'Findings: <script>none</script>'")
    assert panel.page.get_by_role("img", name="I: -1 to 2 mV").count() == 1
    assert panel.page.locator("canvas").is_hidden()


def test_a_damaged_image_says_so_in_its_place(panel):
    """The reason stands where the picture would be; the next image is fine."""
    panel.page.locator('[data-series="4"]').click()
    panel.wait("document.querySelector('.dm-notice').textContent === 'cannot be decoded: truncated'")
    focus(panel)
    panel.page.keyboard.press("ArrowDown")
    panel.wait("document.querySelector('.dm-notice').hidden")


def test_series_keys_and_memory(panel):
    """Page Down opens the next series, and the first one is found again as it was left."""
    focus(panel)
    panel.page.keyboard.press("End")
    panel.page.keyboard.press("1")
    settle(panel, "image 12 of 12, center 40")
    panel.page.keyboard.press("PageDown")
    settle(panel, "colour, image 1 of 1")
    panel.page.keyboard.press("PageUp")
    settle(panel, "image 12 of 12, center 40, width 80")


def test_the_header_can_be_searched_and_hides_patient_data(panel):
    """Patient data are asked for by a switch alone."""
    panel.page.get_by_role("button", name="Header").click()
    panel.wait("document.querySelectorAll('.dm-elements tbody tr').length === 3")
    assert panel.page.locator(".dm-private").count() == 1
    panel.page.get_by_label("Search elements").fill("modal ct")
    panel.wait("document.querySelectorAll('.dm-elements tbody tr').length === 1")
    panel.page.get_by_label("Search elements").fill("")
    panel.page.get_by_role("button", name="Names").click()
    panel.wait("document.querySelectorAll('.dm-elements tbody tr').length === 4")
    assert [content["private"] for content in panel.sent("header")] == [False, True]
    assert panel.sent("show_private") == [{"type": "show_private", "value": True}]


def test_what_is_seen_can_be_saved(panel):
    """The PNG has the pixels of the picture and a name without a person's."""
    with panel.page.expect_download() as download:
        panel.page.get_by_role("button", name="PNG").click()
    assert download.value.suggested_filename == "CT_2_1.png"
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_whatever_can_have_the_focus_guards_the_notebook(panel):
    """Each such element itself carries the attribute without which a key would edit the notebook."""
    panel.page.get_by_role("button", name="Header").click()
    unguarded = """[...document.querySelectorAll("button, input, select, [tabindex]")]
        .filter((node) => node.dataset.lmSuppressShortcuts !== "true").map((node) => node.outerHTML)"""
    assert panel.page.evaluate(unguarded) == []
    assert panel.page.evaluate("document.querySelectorAll('button').length") > 20


def test_every_control_has_a_name(panel):
    """A button without words has a label, and so has each field."""
    nameless = """[...document.querySelectorAll("button, input, select, canvas")].filter((node) =>
        !(node.getAttribute("aria-label") || node.textContent.trim())).map((node) => node.outerHTML)"""
    assert panel.page.evaluate(nameless) == []


def test_escape_leaves(panel):
    """The focus goes back to the notebook."""
    focus(panel)
    panel.page.keyboard.press("Escape")
    panel.wait("document.activeElement === document.body")


def test_a_growing_series_asks_again_for_what_it_shows(panel):
    """Indices may have shifted, so nothing of the series is kept."""
    panel.page.evaluate("window.sent.length = 0; window.deliver({type: 'grow', series: 1, count: 14, expected: 14})")
    settle(panel, "image 1 of 14")
    assert panel.sent("want")[0]["frames"][:2] == [0, 1]
    assert {content["index"] for content in panel.sent("ack")} == set(range(14))


def test_a_series_that_grows_keeps_what_it_has(panel):
    """Pictures put before and between the others: those that are here move, what is seen stays, new ones are asked for."""
    focus(panel)
    for _ in range(3):
        panel.page.keyboard.press("ArrowDown")
    settle(panel, "image 4 of 12")
    grey = seen(panel, 0.5)
    grown = "{type: 'grow', series: 1, count: 15, expected: 15, inserted: [[0, 2], [14, 1]]}"
    panel.page.evaluate(f"window.sent.length = 0; for (const at of [0, 1, 14]) window.slow.add(at); window.deliver({grown})")
    settle(panel, "image 6 of 15")
    assert seen(panel, 0.5) == grey
    assert set(panel.sent("want")[-1]["frames"]) == {0, 1, 14}
    focus(panel)
    panel.page.keyboard.press("ArrowUp")
    settle(panel, "image 5 of 15")
    assert seen(panel, 0.5) == pytest.approx(expected_grey(hounsfield(0.5, image=2), 100, 401), abs=1)


def test_a_picture_sent_before_the_series_grew_is_not_taken_for_another(panel):
    """It is acknowledged, dropped and asked for again: another one stands in its place now."""
    panel.page.evaluate(
        "window.slow.add(0); window.deliver({type: 'grow', series: 1, count: 13, expected: 14, inserted: [[0, 1]]})"
    )
    settle(panel, "image 2 of 13")
    panel.page.evaluate(
        "window.sent = []; window.lengths = [12]; window.slow.clear(); window.kernel({type: 'want', series: 1, frames: [0]})"
    )
    panel.wait("window.sent.filter(({type}) => type === 'ack').length === 2")
    assert [content["index"] for content in panel.sent("ack")] == [0, 0]
    assert [content["frames"] for content in panel.sent("want")] == [[0]]


def test_pictures_without_a_window_of_their_own_share_the_last_one_told(panel):
    """The middle of a growing series moves: all of its pictures, also those that are here, are seen through the same window."""
    panel.page.evaluate("window.usual = [50, 201]; window.deliver({type: 'grow', series: 1, count: 12, expected: 14})")
    settle(panel, "image 1 of 12, center 50, width 201")
    grown = "{type: 'grow', series: 1, count: 13, expected: 14, inserted: [[12, 1]]}"
    panel.page.evaluate(f"window.usual = [0, 401]; window.deliver({grown})")
    settle(panel, "image 1 of 13, center 0, width 401")
    assert seen(panel, 0.5) == pytest.approx(expected_grey(hounsfield(0.5), 0, 401), abs=3)


def test_a_series_begins_where_the_kernel_says(panel):
    """A volume with its middle; once it was left elsewhere, there."""
    panel.page.evaluate("window.starts = {1: 6, 4: 1}")
    panel.page.locator('[data-series="4"]').click()
    settle(panel, "damaged, image 2 of 2")
    panel.page.locator('[data-series="1"]').click()
    settle(panel, "image 1 of 12")
    focus(panel)
    panel.page.keyboard.press("ArrowDown")
    panel.wait("window.model.get('series') === 1 && window.model.get('index') === 1")  # what a cell sets is a change only then
    panel.page.evaluate("window.model.change('series', 2); window.model.change('series', 4); window.model.change('index', 0)")
    settle(panel, "damaged, image 1 of 2")


def test_the_kernel_is_told_how_the_picture_stands(panel):
    """Box, place, quarters, mirroring and texts: what it needs to draw the same."""
    box = panel.page.locator("canvas").bounding_box()
    panel.page.get_by_role("button", name="Rotate").click()
    focus(panel)
    for key in ("h", "t", "Shift+ArrowRight"):
        panel.page.keyboard.press(key)
    told = {"width": box["width"], "height": box["height"], "x": 30, "y": 0, "turns": 3, "mirrored": True, "texts": False}
    panel.page.wait_for_function("(told) => JSON.stringify(window.model.get('view')) === JSON.stringify(told)", arg=told)


def test_the_last_picture_stays_until_the_next_is_here(panel):
    """A frame that is late leaves no black flash, and a sign that it is awaited."""
    panel.page.evaluate("window.slow.add(1); window.deliver({type: 'grow', series: 1, count: 12, expected: 14})")
    focus(panel)
    panel.page.keyboard.press("ArrowDown")
    panel.wait("document.querySelector('.dm-waiting')")
    assert seen(panel, 0.5) == pytest.approx(expected_grey(hounsfield(0.5), 100, 401), abs=3)


def test_code_of_the_notebook_leads(panel):
    """What a cell sets, the panel shows."""
    panel.page.evaluate("window.model.change('index', 7)")
    settle(panel, "image 8 of 12")
    panel.page.evaluate("window.model.set({center: 40, width: 80})")
    settle(panel, "center 40, width 80")


def test_the_kernel_hears_of_the_state_a_few_times_a_second(panel):
    """Fifty steps are saved a few times, not fifty."""
    panel.page.evaluate("window.saved = 0; window.model.save_changes = () => { window.saved += 1; }")
    focus(panel)
    for _ in range(25):
        panel.page.keyboard.press("ArrowDown")
        panel.page.keyboard.press("ArrowUp")
    panel.page.keyboard.press("End")
    panel.wait("window.model.get('index') === 11")
    assert 1 <= panel.page.evaluate("window.saved") < 25


def test_faults_are_shown_in_the_panel(panel):
    """As text, with a way to close them; the panel goes on."""
    panel.page.evaluate("window.deliver({type: 'error', text: '<b>broken</b>'})")
    panel.wait("document.querySelector('.dm-fault span').textContent === '<b>broken</b>'")
    panel.page.get_by_role("button", name="Close the message").click()
    panel.wait("document.querySelector('.dm-fault').hidden")


def test_it_is_usable_in_700_pixels(panel):
    """Nothing sticks out of the page."""
    panel.page.set_viewport_size({"width": 700, "height": 900})
    assert panel.page.evaluate("document.documentElement.scrollWidth") <= 700
    panel.page.set_viewport_size({"width": 420, "height": 900})
    assert panel.page.evaluate("document.documentElement.scrollWidth") <= 420


@pytest.mark.parametrize(("motion", "pressed"), [("no-preference", "true"), ("reduce", "false")])
def test_less_motion_means_no_start_by_itself(blank, motion, pressed):
    """A panel that is told to play waits for its user, where motion is reduced."""
    blank.page.emulate_media(reduced_motion=motion)
    show_preview(blank, playing=True)
    assert blank.page.locator("[aria-label^=Play]").get_attribute("aria-pressed") == pressed


def test_a_closed_panel_is_silent(panel):
    """Nothing is drawn or sent any more."""
    panel.page.evaluate("window.leave(); document.getElementById('panel').replaceChildren(); window.sent.length = 0")
    panel.page.evaluate("window.deliver({type: 'grow', series: 1, count: 13, expected: 14})")
    assert panel.page.evaluate("window.sent") == []


def test_nothing_outside_the_panel_is_styled(panel):
    """Another cell's HTML may use the same names of classes and looks as it did."""
    foreign = """() => {
      const names = new Set([...document.querySelectorAll("#panel *")].flatMap((node) => [...node.classList]));
      names.delete("dm-preview");
      const looks = (name) => {
        const node = document.createElement("button");
        node.className = name;
        document.body.append(node);
        const { position, display, color, backgroundColor, height, width, font, border } = getComputedStyle(node);
        node.remove();
        return JSON.stringify([position, display, color, backgroundColor, height, width, font, border]);
      };
      return [names.size, [...names].filter((name) => looks(name) !== looks(""))];
    }"""
    number, changed = panel.page.evaluate(foreign)
    assert number > 30
    assert changed == []
