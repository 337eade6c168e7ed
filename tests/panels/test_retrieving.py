"""What the form does with what is ticked: where it goes, what a peek says, what a plan shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

import dicommove as dm
from dicommove.panels.inquiry import example_path
from dicommove.panels.retrieving import _card

DEADLINE_S = 60


def searched(form, patient):
    """Search for a patient and tick all studies."""
    form.fill(patient_id=patient)
    form.search()
    form.tick()


@pytest.mark.parametrize(
    ("folder", "said"), [("  ", "no folder is given"), ("a\0b", "no name can have"), ("n" * 300, "too long for this file system")]
)
@pytest.mark.parametrize("button", ["plan", "retrieve", "peek"])
def test_a_folder_that_is_none_is_said_in_words(form_of, monkeypatch, tmp_path, folder, said, button):
    """An empty one would be the notebook's own folder; nothing is moved, and the form goes on with another."""
    monkeypatch.chdir(tmp_path)
    form, _, _, card = form_of()
    searched(form, "JP-0042")
    card.tell("folder", text=folder)

    card.tell("press", button=button)
    form._session.work.settle()

    assert said in card.panel.fault
    assert "Errno" not in card.panel.fault
    assert form.operation is None
    assert list(tmp_path.iterdir()) == []
    card.tell("folder", text=str(tmp_path / "data"))
    assert form.retrieve().result(DEADLINE_S).outcome == "complete"


def test_a_peek_writes_numbers_as_people_do():
    """Files say 1.000000e+01; what is no number stays as it is."""
    row = {
        "Modality": "MR",
        "SliceThickness": "1.000000e+01",
        "EchoTime": "3.700000",
        "ConvolutionKernel": "30",
        "plane": "axial",
    }
    assert _card(row)["facts"] == "axial, 10 mm, 30, TE 3.7 ms"


def test_the_example_of_a_path_needs_no_series(form_of):
    """Where only counts of studies are known the names are examples, not words about what is missing."""
    form, _, _, card = form_of()
    searched(form, "000123")
    plan = replace(
        form._session.moves.make_plan(form.peer, *form._session._selected(), form._session.options()), instances=(), series={}
    )
    assert "no-" not in example_path(plan, {"StudyInstanceUID": "1.2", "ModalitiesInStudy": "CT"})
    assert "Table" not in dict(card.last("plan")["facts"])


def test_a_study_that_cannot_be_opened_is_folded_again(form_of):
    """The archive went away after the search: the card says so, and the next press asks again."""
    with dm.demo() as pacs:
        form, _, table, card = form_of(peer=pacs)
        searched(form, "000123")
        study = form._session.table.matches.studies()[0]
    table.tell("open", row=study)
    form._session.work.settle()

    assert table.last("unopened")["row"] == study
    assert "nothing listens" in card.panel.fault
