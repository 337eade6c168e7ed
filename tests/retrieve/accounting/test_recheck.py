"""Recheck: what an archive has gained or lost since a move, and what it does not say."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

import dicommove as dm
from dicommove.frames import CHANGES
from dicommove.retrieve.accounting.recheck import whole_requests
from dicommove.retrieve.planning.requests import Request
from dicommove.terms import Level

STUDY = "A20240061"


@pytest.fixture
def files(tmp_path):
    """A folder with the files of a study of the demo archive: to take some away, or put some back."""
    with dm.demo() as pacs:
        result = pacs.studies().where(AccessionNumber=STUDY).move(tmp_path / "source")
    return sorted(result.instances["path"])


@pytest.fixture
def archive(demo, tmp_path):
    """Start an archive of some files."""

    def start(files, name):
        folder = tmp_path / name
        folder.mkdir()
        for number, path in enumerate(files):
            shutil.copy(path, folder / f"{number}.dcm")
        return demo(data=str(folder))

    return start


def test_what_was_added_and_removed_is_listed(archive, files, data):
    """Against an archive that has lost two instances and gained one: three rows, with what is in the folder."""
    result = archive(files[:-1], "before").studies().where(AccessionNumber=STUDY).move(data)
    later = archive(files[2:], "later")
    changes = result.recheck(peer=later)
    assert list(changes.columns) == list(CHANGES)
    found = sorted(zip(changes["change"], changes["received"], strict=True))
    assert found == [("added", False), ("removed", True), ("removed", True)]
    gone = set(result.instances.loc[result.instances["SOPInstanceUID"].isin(changes["SOPInstanceUID"]), "SOPInstanceUID"])
    assert gone == set(changes.loc[changes["change"] == "removed", "SOPInstanceUID"])
    assert changes["StudyInstanceUID"].nunique() == 1
    assert changes.attrs["unchecked"] == 0


def test_nothing_has_changed(pacs, anna, data):
    """Without a change there is no row; the same for a result that was opened again, which finds its archive by the journal."""
    result = anna(pacs).move(data)
    assert result.recheck().empty
    assert dm.reopen(data).recheck().empty


@pytest.mark.parametrize("counted", [True, False])
def test_missing_instances_are_not_added_ones(demo, anna, data, counted):
    """What the archive had named, and did not send, it had then: also where it named it after the move only."""
    result = anna(demo(fault="drop:3")).plan(data, instances=not counted).move()
    assert (result.ledger["state"] == "missing").sum() >= 3
    assert result.recheck().empty


def test_a_deleted_study_is_removed_whole(archive, files, data):
    """An archive that has nothing of it any more: every instance is listed."""
    result = archive(files, "before").studies().where(AccessionNumber=STUDY).move(data)
    with dm.demo() as other:
        patient = other.studies().where(PatientID="JP-0042").move(data.parent / "other")
    later = archive(sorted(patient.instances["path"]), "later")
    changes = result.recheck(peer=later)
    assert (set(changes["change"]), len(changes)) == ({"removed"}, len(files))


def test_an_archive_that_does_not_say_is_not_believed(demo, anna, data):
    """Answers that are cut off prove nothing: no row, a warning, and a count."""
    result = anna(demo()).move(data)
    with pytest.warns(dm.AnswersWarning, match="2 requests could not be checked"):
        changes = result.recheck(peer=demo(fault="cap:1"))
    assert (len(changes), changes.attrs["unchecked"]) == (0, 2)


def test_secrets_must_be_given_again(pacs, data):
    """A journal holds no user and no TLS files: a result that was opened again says what is needed, and takes it."""
    peer = replace(pacs, identity=dm.Identity("anna"))
    peer.studies().where(PatientID="JP-0042").move(data)
    again = dm.reopen(data)
    with pytest.raises(dm.StoreError, match=r"called with a user identity, which a journal never holds: .*peer=dm\.Peer"):
        again.recheck()
    assert again.recheck(peer=peer).empty


def test_pieces_of_one_wish_are_asked_for_once():
    """A move that had split a study, because part of it was there, is checked as the study that it was."""
    study = Request(1, Level.STUDY, "1")
    series = Request(2, Level.SERIES, "1", series=("1.1",))
    images = Request(3, Level.IMAGE, "1", series=("1.1",), instances=("1.1.1",))
    other = Request(4, Level.SERIES, "2", series=("2.1",))
    its_image = Request(5, Level.IMAGE, "2", series=("2.1",), instances=("2.1.1",))
    alone = Request(6, Level.IMAGE, "3", series=("3.1",), instances=("3.1.1",))
    assert whole_requests([study, series, images, other, its_image, alone]) == [study, other, alone]
