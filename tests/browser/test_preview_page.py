"""The preview's front end on a page of its own, with a kernel that answers at once: what each action does to the picture."""

from __future__ import annotations

import pytest

from .preview_page import MIDDLE, expected_grey, focus, hounsfield, seen, settle

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("part", [0.2, 0.5, 0.8])
def test_a_picture_is_windowed_as_the_file_says(panel, part):
    """Grey on the screen is the value after rescale and window, whatever the offset of the buffer."""
    assert seen(panel, part) == pytest.approx(expected_grey(hounsfield(part), 100, 401), abs=3)


def test_the_first_image_is_asked_for_first_and_each_is_acknowledged(panel):
    """The order of urgency is that of scrolling on; what came is acknowledged once."""
    assert panel.sent("want")[0] == {"type": "want", "series": 1, "frames": list(range(12))}
    assert sorted(content["index"] for content in panel.sent("ack")) == list(range(12))


def test_the_wheel_scrolls_only_with_the_focus(panel):
    """Over a picture without the focus the wheel belongs to the notebook."""
    panel.page.mouse.move(*MIDDLE)
    panel.page.mouse.wheel(0, 120)
    focus(panel)
    panel.page.mouse.wheel(0, 120)
    settle(panel, "image 2 of 12")
    assert seen(panel, 0.5) == pytest.approx(expected_grey(hounsfield(0.5, image=1), 100, 401), abs=3)


@pytest.mark.parametrize(
    ("keys", "image"),
    [(["ArrowDown"], 2), (["End"], 12), (["End", "ArrowUp"], 11), (["ArrowDown", "Home", "ArrowRight"], 2), (["ArrowUp"], 1)],
)
def test_keys_scroll(panel, keys, image):
    """Arrows, Home and End; at the ends nothing happens."""
    focus(panel)
    for key in keys:
        panel.page.keyboard.press(key)
    settle(panel, f"image {image} of 12")


def test_dragging_windows(panel):
    """To the right: wider; down: a higher center; the picture follows, in steps of a part of the window's width."""
    panel.page.mouse.move(*MIDDLE)
    panel.page.mouse.down()
    panel.page.mouse.move(MIDDLE[0] + 50, MIDDLE[1] + 20, steps=4)
    panel.page.mouse.up()
    range_of_values = 390  # of the 40 columns; a pixel of the drag is at most a 400th of it
    gain = range_of_values / 400
    center, width = 100 + 20 * gain, 401 + 50 * gain
    settle(panel, f"center {center:g}, width {width:.5g}")
    assert seen(panel, 0.8) == pytest.approx(expected_grey(hounsfield(0.8), center, width), abs=3)


@pytest.mark.parametrize(("key", "words"), [("1", "center 40, width 80"), ("2", "center -600, width 1500")])
def test_number_keys_are_presets(panel, key, words):
    """A preset's key sets its window, the list shows its name, and 0 goes back to the file's window."""
    focus(panel)
    panel.page.keyboard.press(key)
    settle(panel, words)
    assert panel.page.get_by_label("Window preset").input_value() == key
    panel.page.keyboard.press("0")
    settle(panel, "center 100, width 401")


def test_percentiles(panel):
    """The key a shows nearly all values of the image."""
    focus(panel)
    panel.page.keyboard.press("a")
    settle(panel, "center 95, width 390")


def test_window_fields(panel):
    """Center and width can be typed, so that no mouse is needed."""
    panel.page.get_by_label("Window center").fill("50")
    panel.page.get_by_label("Window width").fill("200")
    panel.page.get_by_label("Window width").press("Tab")
    settle(panel, "center 50, width 200")


def test_inverting(panel):
    """The key i turns black into white; again, and it is as before."""
    focus(panel)
    panel.page.keyboard.press("i")
    panel.wait("document.querySelector('[aria-label^=Invert]').getAttribute('aria-pressed') === 'true'")
    assert seen(panel, 0.8) == pytest.approx(expected_grey(hounsfield(0.8), 100, 401, inverted=True), abs=3)


@pytest.mark.parametrize(
    ("actions", "letters"),
    [
        (["h"], {"left": "L", "right": "R", "top": "A", "bottom": "P"}),
        (["v"], {"left": "R", "right": "L", "top": "P", "bottom": "A"}),
        (["Rotate"], {"left": "P", "right": "A", "top": "R", "bottom": "L"}),
        (["Rotate", "h"], {"left": "A", "right": "P", "top": "R", "bottom": "L"}),
        (["h", "Rotate", "v", "r"], {"left": "R", "right": "L", "top": "A", "bottom": "P"}),
    ],
)
def test_orientation_letters_turn_with_the_picture(panel, actions, letters):
    """A sign that stays while the patient is turned would be a lie."""
    for action in actions:
        if len(action) == 1:
            focus(panel)
            panel.page.keyboard.press(action)
        else:
            panel.page.get_by_role("button", name=action).click()
    for edge, letter in letters.items():
        panel.wait(f"document.querySelector('.dm-{edge}').textContent === '{letter}'")


def test_a_mirrored_picture_is_mirrored(panel):
    """What was bright on the right is bright on the left."""
    right = seen(panel, 0.8)
    focus(panel)
    panel.page.keyboard.press("h")
    panel.wait("document.querySelector('.dm-left').textContent === 'L'")
    assert seen(panel, 0.199) == pytest.approx(right, abs=7)


def test_zoom_keeps_what_is_under_the_pointer(panel):
    """Ctrl with the wheel enlarges around the pointer, with or without the focus."""
    panel.page.mouse.move(*MIDDLE)
    before = panel.page.locator(".dm-reading").text_content()
    panel.page.keyboard.down("Control")
    for _ in range(5):
        panel.page.mouse.wheel(0, -120)
    panel.page.keyboard.up("Control")
    panel.wait("Number(document.querySelector('.dm-bottom_right').textContent.match(/Zoom (\\d+)/)[1]) > 200")
    assert before.startswith("column")
    assert panel.page.locator(".dm-reading").text_content() == before


def test_panning_and_fit(panel):
    """Shift and a drag move the picture; the key = fits it again."""
    panel.page.mouse.move(*MIDDLE)
    panel.page.keyboard.down("Shift")
    panel.page.mouse.down()
    panel.page.mouse.move(MIDDLE[0] + 200, MIDDLE[1], steps=3)
    panel.page.mouse.up()
    panel.page.keyboard.up("Shift")
    panel.wait("document.querySelector('.dm-reading').textContent.startsWith('column')")
    moved = panel.page.locator(".dm-reading").text_content()
    panel.page.keyboard.press("=")
    panel.page.wait_for_function("(before) => document.querySelector('.dm-reading').textContent !== before", arg=moved)


def test_the_value_under_the_pointer_is_in_hounsfield_units(panel):
    """Column, row and value of the pixel, each as the pixels have it."""
    box = panel.page.locator("canvas").bounding_box()
    side = min(box["width"], box["height"])
    panel.page.mouse.move(
        box["x"] + box["width"] / 2 + side * (10.5 / 40 - 0.5), box["y"] + box["height"] / 2 + side * (5.5 / 40 - 0.5)
    )
    panel.wait("document.querySelector('.dm-reading').textContent === 'column 11, row 6: 0 HU'")


def test_playing(panel):
    """Space plays round the end, and Space pauses."""
    panel.page.get_by_label("Images per second").fill("60")
    panel.page.get_by_label("Images per second").press("Tab")
    focus(panel)
    panel.page.keyboard.press("End")
    panel.page.keyboard.press(" ")
    settle(panel, "image 4 of 12")
    panel.page.keyboard.press(" ")
    panel.wait("document.querySelector('[aria-label^=Play]').getAttribute('aria-pressed') === 'false'")
