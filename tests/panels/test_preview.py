"""The kernel side of the preview: what the front end asks for, it gets; what is odd is said, and the rest goes on."""

from __future__ import annotations

import io
import tempfile
import threading

import ipywidgets
import numpy as np
import pytest
from PIL import Image

import dicommove as dm
from dicommove.errors import PixelError, StoreError


@pytest.fixture
def thorax(viewing, on_disk, slice_of):
    """A series of five slices that is looked at."""
    return viewing(on_disk(*(slice_of(n) for n in range(5))))


def test_a_view_that_begins_gets_series_and_what_is_open(thorax):
    """The first series is open; nothing names the patient."""
    preview, front = thorax
    front.tell("ready")
    (row,) = front.last("series")["rows"]
    opened = front.last("opened")
    expected = {"id": 0, "modality": "CT", "number": "2", "description": "Thorax", "count": 5, "frames": 5, "expected": None}
    assert {key: row[key] for key in expected} == expected
    assert row["kind"] == "pictures"
    assert (opened["series"], opened["count"], opened["rows"], opened["columns"], opened["aspect"]) == (0, 5, 8, 6, (0.5, 0.25))
    assert opened["text"]["bottom_left"] == ["CT 2", "Thorax"]
    assert "2 mm apart" in opened["text"]["bottom_right"]
    assert "Meier" not in str(front.came)
    assert (preview.series, preview.fault) == (0, "")


def test_names_come_with_the_switch_and_go_with_it(thorax):
    """In list and corner text; the panel begins without."""
    _, front = thorax
    front.tell("show_private", value=True)
    assert "Meier^Anna" in front.last("series")["rows"][0]["patient"]
    assert front.last("opened")["text"]["top_left"] == ["Meier^Anna", "P1"]
    front.tell("show_private", value=False)
    assert "Meier" not in str(front.last("series")) + str(front.last("opened"))


def test_frames_come_in_the_order_of_their_urgency(thorax):
    """Pixels as stored, and all that is needed to draw them."""
    _, front = thorax
    front.tell("want", series=0, frames=[3, 1])
    (first, pixels), (second, _) = front.wait("frame", 2)
    assert (first["index"], second["index"]) == (3, 1)
    assert np.frombuffer(pixels[0], "<i2").tolist() == list(range(3, 51))
    expected = {
        "series": 0, "rows": 8, "columns": 6, "samples": 1, "dtype": "i2", "slope": 1.0, "intercept": -1024.0, "unit": "HU",
        "inverted": False, "window": (-1000.0, 60.0), "function": "LINEAR", "lut": None, "padding": None, "aspect": (0.5, 0.25),
        "position": "H 6 mm", "orientation": {"left": "R", "right": "L", "top": "A", "bottom": "P"}, "instance": 4, "error": None,
    }  # fmt: skip
    assert {key: first[key] for key in expected} == expected


def test_eight_frames_are_under_way_and_no_more(viewing, on_disk, slice_of):
    """The ninth goes when one is acknowledged; twice is once."""
    _, front = viewing(on_disk(*(slice_of(n) for n in range(20))))
    front.tell("want", series=0, frames=list(range(20)))
    front.tell("thumb", series=[0])  # a thumbnail goes after all frames that may go: it marks the end
    front.wait("thumb")
    assert [content["index"] for content, _ in front.of("frame")] == list(range(8))
    front.tell("ack", series=0, index=0)
    front.tell("ack", series=0, index=0)
    front.tell("thumb", series=[0])
    front.wait("thumb", 2)
    assert [content["index"] for content, _ in front.of("frame")] == list(range(9))


def test_a_view_that_begins_anew_is_not_held_up_by_the_old_one(viewing, on_disk, slice_of):
    """What the closed view never acknowledged is forgotten."""
    _, front = viewing(on_disk(*(slice_of(n) for n in range(10))))
    front.tell("want", series=0, frames=list(range(10)))
    front.wait("frame", 8)
    front.tell("ready")
    front.tell("want", series=0, frames=[9])
    assert front.wait("frame", 9)[-1][0]["index"] == 9


def test_what_is_wanted_later_replaces_what_is_not_sent(viewing, on_disk, slice_of):
    """Whoever scrolls on does not wait for what has been passed."""
    _, front = viewing(on_disk(*(slice_of(n) for n in range(40))))
    front.tell("want", series=0, frames=list(range(8)))
    front.wait("frame", 8)
    front.tell("want", series=0, frames=list(range(10, 20)))
    front.tell("want", series=0, frames=[30])
    front.tell("ack", series=0, index=0)
    assert front.wait("frame", 9)[-1][0]["index"] == 30


def test_a_thumbnail_is_a_png_of_the_middle(thorax):
    """In its true proportions: pixels twice as high as wide."""
    _, front = thorax
    front.tell("thumb", series=[0, 7])
    (content, (png,)) = front.wait("thumb")[0]
    image = Image.open(io.BytesIO(png))
    assert (content["series"], content["note"], image.size) == (0, "", (6, 16))
    assert len(front.of("thumb")) == 1


def test_the_header_hides_the_patient_unless_asked(thorax):
    """The same rows, with and without values."""
    _, front = thorax
    front.tell("header", series=0, index=2, private=False)
    front.tell("header", series=0, index=2, private=True)
    hidden, shown = (content["rows"] for content, _ in front.of("header"))
    assert len(hidden) == len(shown)
    assert ["(0010,0010)", "PatientName", "PN", "(hidden)", 0, False] in hidden
    assert ["(0010,0010)", "PatientName", "PN", "Meier^Anna", 0, False] in shown
    assert ["(0020,0013)", "InstanceNumber", "IS", "3", 0, False] in hidden


@pytest.mark.parametrize(
    "message",
    [
        {"type": "open", "series": 99},
        {"type": "want", "series": "x", "frames": [1]},
        {"type": "want", "series": True, "frames": [1]},
        {"type": "ack"},
        {"type": "thumb", "series": [99, None, "a"]},
        {"type": "header", "series": 0, "index": -1},
        {"type": "header", "series": None, "index": 0},
        {"type": "pdf", "series": 1},
        {"type": "no such thing"},
        {"type": "__class__"},
        {},
        "text",
    ],
)
def test_messages_that_make_no_sense_are_passed_over(thorax, message):
    """What is not there is not answered, and nothing is broken by it."""
    preview, front = thorax
    preview._handle_custom_msg(message, [])
    assert (front.came, preview.fault) == ([], "")


@pytest.mark.parametrize(
    ("kind", "content"),
    [("want", {"series": 0, "frames": 5}), ("header", {"series": 0, "index": 99})],
)
def test_a_fault_is_told_and_the_panel_goes_on(thorax, kind, content):
    """By a message and in the trait; the next message is answered."""
    preview, front = thorax
    front.tell(kind, **content)
    assert preview.fault.startswith("this did not work (")
    assert front.last("error")["text"] == preview.fault
    front.tell("want", series=0, frames=[0])
    front.wait("frame")


def test_a_frame_that_is_not_there_says_so(thorax):
    """An index beyond the end is a frame with an error; the others come."""
    _, front = thorax
    front.tell("want", series=0, frames=[99, 0])
    first, second = front.wait("frame", 2)
    assert "IndexError" in first[0]["error"]
    assert second[0]["error"] is None


def test_a_damaged_instance_says_why_and_the_rest_goes_on(viewing, on_disk, slice_of):
    """In its place; thumbnails likewise."""
    damaged, gone = slice_of(1, PixelData=b"\0\0"), slice_of(2)
    folder = on_disk(slice_of(0), damaged, gone)
    _, front = viewing(folder)
    (folder / f"{gone.SOPInstanceUID}.dcm").unlink()
    front.tell("want", series=0, frames=[0, 1, 2])
    errors = [content["error"] for content, _ in front.wait("frame", 3)]
    assert errors[0] is None
    assert "Pixel Data is shorter" in errors[1]
    assert "cannot be read" in errors[2]
    front.tell("thumb", series=[0])
    (content, buffers) = front.wait("thumb")[0]
    assert "Pixel Data is shorter" in content["note"]
    assert buffers == []


def test_the_front_end_is_not_told_its_own_news(thorax, monkeypatch):
    """A state that it reports is kept in the traits and sent back by nobody."""
    preview, _ = thorax
    sent = []
    monkeypatch.setattr(ipywidgets.Widget, "_send", lambda _, message, **__: sent.append(message))
    preview.set_state({"index": 3, "center": 40.0, "width": 400.0, "inverted": True, "zoom": 2.0, "playing": True, "other": 1})
    assert (preview.index, preview.center, preview.width, preview.inverted, preview.zoom) == (3, 40.0, 400.0, True, 2.0)
    assert sent == []
    preview.index = 1
    assert [message["state"] for message in sent] == [{"index": 1}]


def test_no_pixels_and_no_names_are_synced(thorax):
    """What a saved notebook keeps of the panel is states and numbers, and its program."""
    preview, front = thorax
    front.tell("ready")
    front.tell("show_private", value=True)
    front.tell("want", series=0, frames=[0])
    front.wait("frame")
    state = {name: value for name, value in preview.get_state().items() if name not in ("_esm", "_css")}
    assert "Meier" not in str(state)
    assert not any(isinstance(value, (bytes, bytearray, memoryview)) for value in state.values())


def test_the_series_as_an_array(thorax):
    """In Hounsfield units, in geometric order, with its spacing in mm."""
    preview, _ = thorax
    assert (preview.array.shape, preview.array.dtype) == ((5, 8, 6), np.int16)
    assert preview.array[:, 0, 0].tolist() == [-1024, -1023, -1022, -1021, -1020]
    assert preview.spacing == (2.0, 0.5, 0.25)


def test_text_and_html_say_the_same_facts(viewing, on_disk, slice_of):
    """Series facts, escaped, no patient: what an untrusted notebook shows instead of the panel."""
    preview, _ = viewing(on_disk(slice_of(0, SeriesDescription="<script>x</script>")))
    bundle, _ = preview._repr_mimebundle_()
    assert "CT  2  <script>x</script>, 1 instance" in bundle["text/plain"]
    assert "&lt;script&gt;" in bundle["text/html"]
    assert "<script>" not in bundle["text/html"]
    assert "Meier" not in str(bundle)
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_nothing_to_see(viewing, tmp_path):
    """An empty folder is no fault; asking for its array is."""
    preview, front = viewing(tmp_path)
    front.tell("ready")
    assert front.last("series")["rows"] == []
    assert preview.series == -1
    for asked in ("array", "spacing"):
        with pytest.raises(PixelError, match="no series"):
            getattr(preview, asked)


def test_a_folder_that_is_not_there(tmp_path):
    """One sentence."""
    with pytest.raises(StoreError, match="neither folder nor file"):
        dm.preview(tmp_path / "absent")


def test_closing_ends_the_threads(viewing, on_disk, slice_of):
    """And what was decoded is forgotten."""
    preview, front = viewing(on_disk(slice_of(0)))
    front.tell("want", series=0, frames=[0])
    front.wait("frame")
    thread = preview._feed._thread
    preview.close()
    thread.join(30)
    assert not thread.is_alive()
    assert not any(key[0] == id(preview._feed) for key in preview._feed._cache._kept)
    assert thread not in threading.enumerate()


def test_all_series_on_one_sheet(viewing, slice_of):
    """One tile a series, of data sets too; names only where they are shown."""
    other = slice_of(1, SeriesInstanceUID="1.2.3.2", Modality="MR")
    sheet = viewing([slice_of(0), other])[0].contact_sheet(columns=2)
    assert len(sheet.axes) == 2
    assert "Meier" not in str([text.get_text() for axes in sheet.axes for text in axes.texts])
    named = viewing([slice_of(0)], private=False)[0].contact_sheet()
    assert "Meier^Anna" in str([text.get_text() for axes in named.axes for text in axes.texts])


def test_from_a_result():
    """`result.preview()` and `dm.preview(result)` are the same."""
    with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
        result = pacs.studies().where(PatientID="JP-0042").move(folder, progress=False)
        first, second, series = result.preview(), dm.preview(result), result.series
    assert first.facts() == second.facts()
    assert len(first.gallery) == len(series)
