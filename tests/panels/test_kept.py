"""What a notebook keeps of a move: a line while it runs, the facts at its end; nothing of a patient."""

from __future__ import annotations

import threading

import pytest

import dicommove as dm
from dicommove.panels import form as form_module
from dicommove.panels import watch as watch_module
from dicommove.panels.kept import facts_kept, line_kept

DEADLINE_S = 60


class Written(list):
    """What was put out, newest last: (bundle, display_id, whether it replaced what was there)."""

    def __init__(self):
        super().__init__()
        self.changed = threading.Condition()

    def take(self, bundle, display_id=None, update=False, **_):
        """Stand in for a front end."""
        with self.changed:
            self.append((bundle, display_id, update))
            self.changed.notify_all()

    def wait(self, text):
        """Wait until something with a text was put out."""
        with self.changed:
            assert self.changed.wait_for(lambda: any(text in str(bundle) for bundle, *_ in self), DEADLINE_S)


@pytest.fixture
def written(monkeypatch):
    """What panels put out, as `Written`."""
    came = Written()
    for module in (form_module, watch_module):
        monkeypatch.setattr(module, "_output", came.take)
    return came


def test_a_line_stands_below_the_panel_until_the_end(tmp_path, written):
    """A file that is saved meanwhile says what was going on and how to go on; afterwards the line is gone."""
    with dm.demo(fault="slow:0.03") as pacs:
        operation = pacs.studies().where(PatientID="000123", ModalitiesInStudy="MR").start_move(tmp_path / "data", grace=0.3)
        panel = dm.watch(operation)
        panel._ipython_display_()
        (_, place, _), (line, below, _) = written
        operation.cancel()
        operation.wait(DEADLINE_S)
        panel.settle()

    assert f"A move into {tmp_path / 'data'} began" in line["text/plain"]
    assert f"dm.resume({str(tmp_path / 'data')!r})" in line["text/plain"]
    assert "000123" not in str(line)
    ended = {where: bundle for bundle, where, replaced in written if replaced}
    assert "cancelled" in ended[place]["text/html"]
    assert ended[below] == {}


def test_a_form_keeps_that_its_move_runs_and_then_its_result(tmp_path, written):
    """In the one output below the form."""
    with dm.demo(fault="slow:0.02") as pacs:
        form = dm.form(pacs, tmp_path / "data", check=False)
        form._ipython_display_()
        form.fill(patient_id="000456")
        form.search()
        form.tick()
        form.retrieve().result(DEADLINE_S)
        written.wait("Last move")
    kept = [bundle for bundle, where, _ in written if where == form._still]
    form.close()

    assert kept[0] == {}
    assert "began" in kept[1]["text/plain"]
    assert "Last move: complete" in kept[-1]["text/html"]
    assert "000456" not in str(kept)


def test_a_folder_cannot_write_into_the_page():
    """Its name is shown as text."""
    html = line_kept("/data/<script>alert(1)</script>\x1b")["text/html"]
    assert "<script>" not in html
    assert "\x1b" not in html


def test_what_a_result_repeats_is_one_line(tmp_path):
    """`move()` leaves a line that unfolds, for the result that follows says the same; its text is whole."""
    with dm.demo() as pacs:
        operation = pacs.studies().where(PatientID="JP-0042").start_move(tmp_path)
        operation.result(DEADLINE_S)
    kept = facts_kept(operation, folded=True)

    assert kept["text/html"].startswith('<details class="dm-details"><summary>Move: 2 of 2 received, ')
    assert kept["text/plain"] == repr(operation)
