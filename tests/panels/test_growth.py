"""A preview of a running move shows what has arrived, and grows until the move has ended."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

import dicommove as dm


@pytest.fixture
def moving(tmp_path):
    """Start moves of 130 instances in five series, ended with the test: ``moving(fault="slow:0.01")``."""
    with ExitStack() as stack:

        def start(**how):
            pacs = stack.enter_context(dm.demo(**how))
            operation = pacs.studies().where(PatientID="000123").start_move(tmp_path / "data", stragglers=0)
            stack.callback(operation.wait, 60)
            for _ in range(2):  # the second does not wait for the grace
                stack.callback(operation.cancel)
            return operation

        yield start


def test_a_preview_grows_while_instances_arrive(moving, viewing):
    """Begun before anything is there; at the end every instance of every series is."""
    operation = moving(fault="slow:0.01")
    preview, front = viewing(operation)
    front.wait("grow")
    assert preview._growth.join(60)
    received = operation.result(60).instances
    assert sum(len(one.rows) for one in preview.gallery.listed()) == len(received)
    assert len(preview.gallery) == received["SeriesInstanceUID"].nunique()
    last = {content["series"]: content["count"] for content, _ in front.of("grow")}
    assert last == {one.number: one.count for one in preview.gallery.listed()}
    assert preview.series >= 0
    assert front.of("opened")
    assert (preview.message, preview.fault) == ("", "")


def test_what_arrives_can_be_looked_at_at_once(moving, viewing):
    """Frames of the first instances come while others are still on their way."""
    operation = moving(fault="slow:0.1")
    preview, front = viewing(operation)
    front.wait("opened")
    assert preview.message == "arriving"
    front.tell("want", series=preview.series, frames=[0])
    assert front.wait("frame")[0][0]["error"] is None
    assert not operation.done()


def test_other_images_of_the_folder_are_left_out(moving, viewing, on_disk, slice_of):
    """A folder holds what earlier moves brought; a preview of a move shows its studies."""
    on_disk(slice_of(0), folder="data")
    operation = moving()
    operation.wait(60)
    preview, _ = viewing(operation)
    assert preview._growth.join(60)
    assert {one.text("Modality") for one in preview.gallery.listed()} == set(operation.result().instances["Modality"])


def test_a_move_that_fails_is_said_in_the_panel(tmp_path, viewing):
    """The archive is gone when the move begins: in words, in the panel."""
    with dm.demo() as pacs:
        plan = pacs.studies().where(PatientID="JP-0042").plan(tmp_path / "data")
    operation = plan.start_move()
    preview, front = viewing(operation)
    front.wait("error")
    assert preview._growth.join(60)
    assert isinstance(operation.exception(), dm.PeerUnreachable)
    assert preview.fault == str(operation.exception())


def test_a_closed_preview_watches_no_longer(moving, viewing):
    """The move goes on, its preview does not."""
    operation = moving(fault="slow:0.1")
    preview, front = viewing(operation)
    front.wait("grow")
    preview.close()
    operation.cancel()
    assert preview._growth.join(60)


def test_while_it_grows_gaps_are_no_news_and_at_the_end_all_is_said_anew(moving, viewing):
    """What was said of the first slices would be wrong of all: distance and warnings."""
    operation = moving(fault="slow:0.02")
    preview, front = viewing(operation)
    front.wait("opened")
    assert preview._growth.join(60)
    told = [content for content, _ in front.of("opened") if content["series"] == preview.series]
    series = preview.gallery[preview.series]
    assert not any(content["warnings"] for content in told[:-1])
    assert told[-1]["count"] == series.count
    assert told[-1]["warnings"] == list(series.order.remarks)
    assert any("mm apart" in line for line in told[-1]["text"]["bottom_right"])


def test_where_a_series_has_grown_is_told(viewing, on_disk, slice_of):
    """As runs of new places, so that the front end keeps what it has; null where the others lie in another order now."""
    from_files = [{"SOPInstanceUID": str(n), "InstanceNumber": n, "Rows": 8, "SeriesInstanceUID": "1.2.3.1"} for n in range(6)]
    folder = on_disk(*(slice_of(n) for n in range(6)))
    rows = [row | {"path": str(folder / f"1.2.3.4.{n}.dcm")} for n, row in enumerate(from_files)]
    preview, front = viewing([])
    preview._grown(preview.gallery.take([rows[2], rows[4]]))
    preview._grown(preview.gallery.take([rows[0], rows[3], rows[5]]))
    first, second = (content for content, _ in front.of("grow"))
    assert (first["count"], first["inserted"]) == (2, None)
    assert (second["count"], second["inserted"]) == (5, [(0, 1), (2, 1), (4, 1)])
