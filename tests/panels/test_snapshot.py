"""What is seen as a PNG: the window, the place in the box and the texts of the panel, and no name that it does not show."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

BOX = {"width": 60, "height": 80, "x": 0, "y": 0, "turns": 0, "mirrored": False, "texts": False}


@pytest.fixture
def thorax(viewing, on_disk, slice_of):
    """A series of five slices of 8 x 6 pixels, twice as high as wide; nothing shows it yet."""
    return viewing(on_disk(*(slice_of(n) for n in range(5))))[0]


def pixels(png):
    """Grey of an RGB picture."""
    found = np.asarray(Image.open(io.BytesIO(png)))
    assert (found[..., 0] == found[..., 2]).all()
    return found[..., 0].astype(int)


def test_before_a_browser_shows_it(thorax):
    """The whole picture, the middle one of the series, through its window; pixels made square; inverted and windowed by code."""
    own = pixels(thorax.png())
    thorax.set_state({"center": -1000.0, "width": 1.0, "inverted": True})
    chosen = pixels(thorax.png())
    assert own.shape == chosen.shape == (16, 6)
    assert (own[0, 0], chosen[0, 0], chosen[-1, -1]) == (35, 255, 0)


def test_the_picture_stands_in_its_box(thorax):
    """Fitted, black beside it; the box decides about the size."""
    thorax.set_state({"view": BOX})
    seen = pixels(thorax.png())
    assert seen.shape == (80, 60)
    assert (seen[:, :14] == 0).all()  # 16 units high, 6 wide: 30 of 60 pixels
    assert (seen[:, 46:] == 0).all()
    assert seen[-1, 44] > seen[0, 16]


@pytest.mark.parametrize(
    ("view", "brightest"),
    [
        ({}, "bottom right"),
        ({"mirrored": True}, "bottom left"),
        ({"turns": 1}, "bottom left"),
        ({"turns": 2}, "top left"),
        ({"turns": 3}, "top right"),
        ({"turns": 1, "mirrored": True}, "top left"),
    ],
)
def test_turned_and_mirrored(thorax, view, brightest):
    """The last pixel, the brightest, goes where the front end draws it: mirrored first, then turned clockwise."""
    thorax.set_state({"view": BOX | {"width": 80} | view})
    seen = pixels(thorax.png())
    columns, rows = np.flatnonzero(seen.any(axis=0)), np.flatnonzero(seen.any(axis=1))
    corners = {
        f"{down} {across}": seen[rows[y], columns[x]]
        for down, y in (("top", 1), ("bottom", -2))
        for across, x in (("left", 1), ("right", -2))
    }
    assert max(corners, key=corners.get) == brightest


def test_zoomed_and_moved(thorax):
    """Only what is in the box, at the place where it is seen; beside it nothing."""
    thorax.set_state({"view": BOX})
    whole = pixels(thorax.png())
    thorax.set_state({"zoom": 2.0})
    zoomed = pixels(thorax.png())
    assert zoomed.shape == (80, 60)
    assert zoomed[40, 30] == pytest.approx(whole[40, 30], abs=3)
    assert zoomed[10, 30] == pytest.approx(whole[25, 30], abs=4)
    thorax.set_state({"zoom": 1.0, "view": BOX | {"x": 20, "y": -10}})
    assert pixels(thorax.png())[30, 40] == pytest.approx(whole[40, 20], abs=3)
    thorax.set_state({"view": BOX | {"x": 500}})
    assert not pixels(thorax.png()).any()


def test_a_large_picture_loses_no_pixels(viewing, slice_of):
    """In a box smaller than the picture, the PNG is larger than the screen; no more than four times."""
    large = slice_of(0, Rows=200, Columns=200, PixelSpacing=[1, 1], PixelData=np.zeros((200, 200), np.int16).tobytes())
    preview = viewing([large])[0]
    preview.set_state({"view": BOX | {"width": 100, "height": 100}})
    assert pixels(preview.png()).shape == (200, 200)
    preview.set_state({"view": BOX | {"width": 20, "height": 20}})
    assert pixels(preview.png()).shape == (80, 80)


def test_texts_only_where_they_are_shown_and_names_only_with_their_switch(viewing, on_disk, slice_of, monkeypatch):
    """As on the screen; `texts=` decides otherwise."""
    stamped = []
    monkeypatch.setattr("dicommove.lab.stamp", lambda _, texts, __: stamped.append(texts))
    preview, front = viewing(on_disk(*(slice_of(n) for n in range(5))))
    preview.png()
    preview.set_state({"view": BOX})
    preview.png()
    assert stamped == []
    preview.set_state({"view": BOX | {"texts": True, "turns": 1}})
    preview.png()
    front.tell("show_private", value=True)
    preview.png()
    hidden, shown = stamped
    assert hidden["bottom_left"] == ["CT 2", "Thorax", "Image 3 / 5", "H 4 mm"]
    assert hidden["bottom_right"][-2:] == ["C -1000  W 60", "Zoom 100 %"]
    assert [hidden[side] for side in ("left", "right", "top", "bottom")] == [["P"], ["A"], ["R"], ["L"]]
    assert "Meier" not in str(hidden)
    assert shown["top_left"] == ["Meier^Anna", "P1"]
    preview.png(texts=False)
    assert len(stamped) == 2


def test_texts_are_drawn(thorax):
    """In the corners, in white with a dark rim."""
    thorax.set_state({"view": BOX | {"width": 400, "height": 300, "texts": True}})
    with_texts = np.asarray(Image.open(io.BytesIO(thorax.png()))).astype(int)
    without = np.asarray(Image.open(io.BytesIO(thorax.png(texts=False)))).astype(int)
    differ = np.abs(with_texts - without).max(axis=2) > 60
    assert differ[-80:, :150].any()
    assert differ[-80:, -150:].any()
    assert not differ[:60, 60:150].any()


def test_the_window_of_a_series_without_any(viewing, slice_of):
    """The same as in the panel: that of the middle, for the first picture, too."""
    plain = {"Modality": "MR", "WindowCenter": None, "WindowWidth": None, "RescaleIntercept": 0}
    preview, front = viewing([slice_of(n, **plain) for n in (0, 100, 900)])
    preview.index = 0
    front.tell("want", series=0, frames=[0])
    center, width = front.wait("frame")[0][0]["window"]
    own = pixels(preview.png())
    preview.center, preview.width = center, width
    assert abs(own - pixels(preview.png())).max() <= 1
    assert own.max() == 0  # far below the middle


def test_odd_states_of_a_front_end_are_harmless(thorax):
    """What is no number is as at first; sizes have a limit."""
    for view in ({"width": "x"}, {"width": float("nan"), "height": 5}, {"width": 1e9, "height": 3, "turns": -7, "x": None}):
        thorax.set_state({"view": view})
        assert pixels(thorax.png(texts=False)).size > 0
