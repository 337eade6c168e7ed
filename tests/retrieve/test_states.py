"""Every state of the ledger is one that a real move can come to."""

from __future__ import annotations

import pytest
from pydicom import dcmread

import dicommove as dm
from dicommove.frames import STATES


@pytest.fixture
def damaged(bundled_folder, tmp_path):
    """A folder with an instance that has its Modality twice: readers differ in which of the two they take."""
    folder = tmp_path / "damaged"
    folder.mkdir()
    whole = (bundled_folder / "test_files" / "CT_small.dcm").read_bytes()
    modality = whole.index(b"\x08\x00\x60\x00CS\x02\x00CT")
    (folder / "twice.dcm").write_bytes(whole[: modality + 10] + whole[modality:])
    return folder, str(dcmread(folder / "twice.dcm", stop_before_pixels=True).StudyInstanceUID)


def of_a_study(fault=None, **options):
    """A move of one study of the demo archive with a fault."""

    def move(demo, data, **_):
        data.mkdir()
        (data / "taken").write_text("in the way of a folder")
        study = demo(fault=fault).studies().where(AccessionNumber="A20240061")
        return study.move(data, stragglers=0.2, **options)

    return move


def of_a_damaged_file(demo, data, damaged):
    """A move of an instance that can be kept and hardly read."""
    folder, study = damaged
    return demo(data=str(folder)).studies(study).move(data)


WAYS = {
    "received": of_a_study(),
    "missing": of_a_study("drop:3"),
    "failed": of_a_study("lie+drop:1"),
    "unexpected": of_a_study("unexpected"),
    "conflict": of_a_study("conflict"),
    "quarantined": of_a_damaged_file,
    "refused": of_a_study(layout="taken/{instance}.dcm"),
    "not_observed": of_a_study(destination="NOTEBOOK"),
}


def test_there_is_a_way_to_every_state():
    """A new state needs a move that comes to it."""
    assert set(WAYS) == set(STATES)


@pytest.mark.parametrize("state", STATES)
def test_a_move_comes_to_each_state(state, demo, data, damaged):
    """The state stands in the ledger; only where everything else is received the move is complete."""
    result = WAYS[state](demo, data, damaged=damaged)
    found = set(result.ledger["state"])
    assert state in found
    assert (result.outcome == "complete") == (found <= {"received", "unexpected"})


@pytest.mark.parametrize("state", ["conflict", "quarantined"])
def test_what_is_wrong_with_a_file_is_not_forgotten_by_the_next_move(state, demo, data, damaged):
    """The same move again, and resuming, bring nothing and find the same: that it is there makes it no better."""
    first = WAYS[state](demo, data, damaged=damaged)
    again = WAYS[state](demo, data, damaged=damaged) if state == "quarantined" else _same(first, demo)
    for result in (again, dm.resume(data, peer=demo())):
        assert (result.outcome, result.requests["Status"].notna().any()) == ("partial", False)
        assert list(result.ledger["state"].value_counts()) == list(first.ledger["state"].value_counts())
        assert len(result.conflicts) == len(first.conflicts)
        assert result.explain().causes[0].name == state
        assert dm.reopen(data, result.operation) == result


def _same(first, demo):
    return demo().studies(first.studies["StudyInstanceUID"].iloc[0]).move(first.folder)


def test_a_conflict_that_was_decided_is_over(demo, data):
    """Who takes the file in conflicts away has decided for the one in the tree: the next move is complete."""
    first = WAYS["conflict"](demo, data)
    for path in (data / ".dicommove" / "conflicts").iterdir():
        path.unlink()
    again = _same(first, demo)
    assert (again.outcome, set(again.ledger["state"])) == ("complete", {"received"})
