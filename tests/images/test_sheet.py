"""The contact sheet: one tile per series, whatever is in it."""

from __future__ import annotations

import struct
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from dicommove.images import Tile, sheet
from dicommove.images.sheet import contact_sheet


def _size(png: bytes) -> tuple[int, int]:
    return struct.unpack(">II", png[16:24])


def _texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_a_sheet_is_a_figure_that_shows_itself(bundled):
    """One set of axes a tile, and a PNG for the notebook without any backend."""
    tiles = [Tile(("MR  small", "1 instance"), bundled("MR_small.dcm")), Tile(("SR", "1 instance"), bundled("reportsi.dcm"))]
    figure = contact_sheet(tiles)
    assert isinstance(figure, Figure)
    assert len(figure.axes) == 2
    assert {"MR small", "1 instance", "window 600/1600", "SR"} <= set(_texts(figure))
    assert "Basic Text SR (no\npixels)" in _texts(figure) or "Basic Text SR (no pixels)" in _texts(figure)
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_a_fault_in_one_tile_ends_no_sheet(bundled, tmp_path):
    """A file that is gone, a folder, garbage and nothing at all stand beside a picture."""
    (tmp_path / "garbage").write_bytes(b"\xff" * 1000)
    paths = [tmp_path / "gone.dcm", tmp_path, tmp_path / "garbage", None, bundled("MR_small.dcm")]
    figure = contact_sheet([Tile((str(n),), path) for n, path in enumerate(paths)])
    assert len(figure.axes) == 5
    assert len(figure.axes[4].images) == 1
    texts = " ".join(_texts(figure)).replace("\n", " ")
    assert "No such file" in texts
    assert "no instance" in texts


@pytest.mark.parametrize(
    "caption", ["$\\frac{broken$", "頭部 MRI ヤマダ", "\x00\x1b[31m\n\ttab", "\U0001f9e0 brain", "x" * 500, ""]
)
def test_captions_from_modalities_are_drawn_as_they_are(caption):
    """Dollar signs are no mathematics, missing glyphs no warnings, and long words do not run into the next tile."""
    figure = contact_sheet([Tile((caption, caption))])
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert all(len(text) <= 41 for text in _texts(figure))
    assert all(text.isprintable() for text in _texts(figure))


@pytest.mark.parametrize(
    ("count", "columns", "across"), [(1, None, 1), (2, None, 2), (4, None, 3), (12, None, 5), (60, None, 6), (5, 5, 5)]
)
def test_columns(count, columns, across):
    """The sheet is a little wider than high, and never more than six tiles wide unless asked."""
    figure = contact_sheet([Tile(("CT",))] * count, columns=columns)
    assert round((figure.get_figwidth() - 0.14) / 2.34) == across


def test_no_columns_are_refused():
    """Zero columns hold nothing."""
    with pytest.raises(ValueError, match="at least 1"):
        contact_sheet([], columns=0)


def test_an_empty_sheet_says_so():
    """No series gives a small sheet with a line, no exception."""
    figure = contact_sheet([])
    assert [text.get_text() for text in figure.texts] == ["nothing to show"]
    assert figure._repr_png_()


def test_too_many_series_are_counted(monkeypatch):
    """What is left out is said."""
    monkeypatch.setattr(sheet, "_MOST", 3)
    figure = contact_sheet([Tile(("CT",))] * 5)
    assert len(figure.axes) == 3
    assert [text.get_text() for text in figure.texts] == ["and 2 more"]


def test_pixels_keep_their_proportions(instance, tmp_path):
    """A picture of tall pixels is drawn higher than wide."""
    path = tmp_path / "tall.dcm"
    instance(np.zeros((50, 100), np.uint8), PixelSpacing=[4, 1]).save_as(path, enforce_file_format=False)
    left, right, bottom, top = contact_sheet([Tile((), path)]).axes[0].images[0].get_extent()
    assert (bottom - top) / (right - left) == pytest.approx(2.0)


def test_no_global_state_of_matplotlib_is_touched():
    """Neither pyplot nor a backend is loaded by drawing a sheet."""
    program = (
        "import sys; from dicommove.images import Tile; from dicommove.images.sheet import contact_sheet\n"
        "contact_sheet([Tile(('CT',))])._repr_png_()\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_matplotlib_one_sentence_says_what_to_install():
    """The room is usable without matplotlib; the sheet names the extra."""
    program = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import dicommove.images\n"
        "from dicommove.errors import MissingExtra\n"
        "try:\n    import dicommove.images.sheet\n"
        "except MissingExtra as error: print(error)"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == 'a contact sheet needs matplotlib: pip install "dicommove[lab]"'


def test_size_of_the_picture():
    """A hundred and ten dots an inch, as laid out."""
    width, height = _size(contact_sheet([Tile(("CT",))], columns=1)._repr_png_())
    assert (width, height) == (int(2.48 * 110), int((2.34 + 2 * 0.155 + 0.14) * 110))
