"""From stored values to grey in the browser, value by value against the formulas of PS3.3 C.11."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dicommove.panels import static

pytestmark = pytest.mark.browser

SOURCE = Path(static.__file__).with_name("static") / "pixels.js"
PAINT = """async ([source, content, values, chosen, inverted, table]) => {
  window.pixels ??= await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const { frameOf, paint } = window.pixels;
  const Kind = { u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array, f4: Float32Array }[content.dtype];
  const numbers = Kind.from(values.map((value) => value ?? NaN));
  const buffers = [new DataView(numbers.buffer), ...(table ? [new DataView(Uint16Array.from(table).buffer)] : [])];
  const frame = frameOf({ ...content, rows: 1, columns: values.length, samples: 1, error: null }, buffers);
  const image = new ImageData(values.length, 1);
  paint(frame, chosen, inverted, image);
  return [...image.data].filter((_, at) => at % 4 === 0);
}"""
PLAIN = {"slope": 1, "intercept": 0, "window": None, "function": "LINEAR", "lut": None, "padding": None, "inverted": False}


@pytest.fixture(scope="module")
def paint(browser):
    """Return a function that paints a row of stored values and gives its greys."""
    page = browser.new_page()
    source = SOURCE.read_text(encoding="utf-8")

    def painted(dtype, values, *, user=None, inverted=False, table=None, **content):
        told = {**PLAIN, "dtype": dtype, **content}
        return page.evaluate(PAINT, [source, told, values, user, inverted, table])

    yield painted
    page.close()


def linear(values, center, width):
    """PS3.3 C.11.2.1.2.1."""
    return np.clip((np.asarray(values, float) - (center - 0.5)) / (width - 1) + 0.5, 0, 1)


@pytest.mark.parametrize(
    ("dtype", "values"),
    [("u1", [0, 1, 100, 255]), ("i1", [-128, -1, 0, 127]), ("u2", [0, 40, 4095, 65535]), ("i2", [-32768, -1, 40, 32767])],
)
def test_linear_with_rescale(paint, dtype, values):
    """Every type of stored value, its sign kept."""
    expected = linear(np.asarray(values) * 2.0 - 10, 40, 400)
    assert paint(dtype, values, slope=2, intercept=-10, window=[40, 400]) == pytest.approx(expected * 255, abs=1)


def test_other_functions(paint):
    """SIGMOID and LINEAR_EXACT are those of the Standard."""
    values = np.array([0.0, 30, 50, 90])
    sigmoid = 255 / (1 + np.exp(-4 * (values - 40) / 60))
    exact = np.clip((values - 40) / 60 + 0.5, 0, 1) * 255
    assert paint("u2", values.tolist(), window=[40, 60], function="SIGMOID") == pytest.approx(sigmoid, abs=1)
    assert paint("u2", values.tolist(), window=[40, 60], function="LINEAR_EXACT") == pytest.approx(exact, abs=1)


def test_monochrome1_and_inversion(paint):
    """Each turns black into white; both together leave it; padding stays black."""
    plain = paint("u1", [0, 100, 200], window=[100, 201])
    dark = [255 - grey for grey in plain]
    assert paint("u1", [0, 100, 200], window=[100, 201], inverted=True) == pytest.approx(dark, abs=1)
    assert paint("u1", [0, 7, 200], window=[100, 201], inverted=True, padding=[7, 7])[1] == 0


def test_a_voi_lut_counts_until_the_user_takes_a_window(paint):
    """Values below and above the table have its first and its last entry (PS3.3 C.11.2.1.1)."""
    given = {"lut": {"first": 10, "bits": 16, "length": 3}, "table": [0, 32768, 65535]}
    assert paint("u2", [0, 10, 11, 12, 500], **given) == [0, 0, 128, 255, 255]
    expected = linear([0, 250, 500], 250, 501) * 255
    assert paint("u2", [0, 250, 500], user={"center": 250, "width": 501}, **given) == pytest.approx(expected, abs=1)


def test_floating_point_and_no_number(paint):
    """Values that are none are black."""
    exact = {"window": [0.5, 1.0], "function": "LINEAR_EXACT"}
    assert paint("f4", [0.0, 0.5, None, 1.0], **exact) == [0, 128, 0, 255]
    assert paint("f4", [0.0, 0.5, None, 1.0], inverted=True, **exact) == [255, 128, 0, 0]


def test_a_window_of_width_1_is_a_step(paint):
    """LINEAR with width 1 has no slope (PS3.3 C.11.2.1.2.1): above center - 0.5 is white, the rest black."""
    assert paint("u2", [38, 39, 40, 41], window=[40, 1]) == [0, 0, 255, 255]
    assert paint("f4", [39.4, 39.5, 39.6], window=[40, 1]) == [0, 0, 255]
    assert paint("u2", [39, 40], user={"center": 40, "width": 1, "function": "LINEAR"}) == [0, 255]


def test_neighbours_with_other_rescale_are_not_confused(paint):
    """The table of one picture is not used for one that is scaled otherwise: slices of PET have slopes of their own."""
    first = paint("u2", [100], slope=1, window=[100, 201])
    assert paint("u2", [100], slope=2, window=[100, 201]) != first


def test_values_of_an_unknown_type_are_refused_in_words(browser):
    """A kernel newer than its front end leaves no empty picture."""
    page = browser.new_page()
    reason = page.evaluate(
        """async (source) => (await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" }))))
            .frameOf({ dtype: "u8", rows: 1, columns: 1, samples: 1 }, [new DataView(new ArrayBuffer(8))]).error""",
        SOURCE.read_text(encoding="utf-8"),
    )
    page.close()
    assert reason == "values of the type u8 cannot be shown"
