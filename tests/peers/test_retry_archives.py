"""Retries on real archives: an object that Orthanc cannot send poisons its move; the others arrive, and the one is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate

import dicommove as dm

from .archives import RealFile, free_port

pytestmark = pytest.mark.peer

HTJ2K = "1.2.840.10008.1.2.4.201"
STUDY, SERIES = "1.2.826.0.1.3680043.10.543.7", "1.2.826.0.1.3680043.10.543.7.1"
NUMBER = 8
QUICK = {"stragglers": 0.2, "progress": False}


@pytest.fixture
def study(real_files, tmp_path):
    """Make a study of a real image: two series of four instances; those of the given numbers are HTJ2K."""
    original = next(file for file in real_files if file.path.name == "CT_small.dcm")

    def make(*poisoned: int) -> list[RealFile]:
        files = []
        for number in range(NUMBER):
            data_set = dcmread(original.path)
            data_set.StudyInstanceUID, data_set.SeriesInstanceUID = STUDY, f"{SERIES}.{number % 2}"
            data_set.SOPInstanceUID = data_set.file_meta.MediaStorageSOPInstanceUID = uid(number)
            if number in poisoned:
                data_set.file_meta.TransferSyntaxUID = HTJ2K
                data_set.PixelData = encapsulate([b"\xff\x4f\xff\x51" + bytes(60)])
                data_set["PixelData"].is_undefined_length = True
            data_set.save_as(tmp_path / f"{number}.dcm")
            files.append(RealFile(tmp_path / f"{number}.dcm"))
        return files

    return make


def uid(number: int) -> str:
    """SOP Instance UID of an instance of the study."""
    return f"{SERIES}.{number % 2}.{number + 1}"


def peer_of(server) -> dm.Peer:
    """Register ourselves at a server."""
    port = free_port()
    server.register("NOTEBOOK", port)
    listener = dm.Listener(port=port)
    return dm.Peer(server.host, server.port, ae_title=server.ae_title, calling_ae_title="NOTEBOOK", listener=listener)


@pytest.mark.parametrize("poisoned", [(0,), (NUMBER - 1,), (2, 5)])
def test_the_others_arrive_and_the_poisoned_one_is_named(orthanc, study, tmp_path, poisoned):
    """Orthanc 1.10 stops a move at an HTJ2K object, wherever it stands: by UID lists everything else arrives."""
    server = orthanc()
    server.load(study(*poisoned))
    query = peer_of(server).studies(STUDY)
    first = query.move(tmp_path / "data", **QUICK)
    assert first.outcome in ("partial", "refused")
    result = first.retry_missing(progress=False)
    ledger = result.ledger.set_index("SOPInstanceUID")
    lacking = ledger[ledger["state"] != "received"]
    assert set(lacking.index) == {uid(number) for number in poisoned}
    assert lacking["reason"].str.startswith("asked for alone: the archive answered 0xC000").all()
    assert (ledger["copies"][ledger["state"] == "received"] == 1).all()
    explained = result.explain()
    assert explained.causes[0].name == "poisoned"
    assert all(uid(number) in str(explained) for number in poisoned)
    sent = len(result.requests)
    assert sent <= 2 + 8 * len(poisoned)
    # What was refused is remembered in this process: it gets its row without being asked for.
    responses = len(result.progress)
    assert len(result.retry_missing(progress=False).progress) == responses
    assert len(result.retry_missing(again=True, progress=False).progress) > responses


def test_a_move_does_so_by_itself_and_by_count(orthanc, study, tmp_path):
    """With retry="missing", and nothing known beforehand but the number of instances."""
    server = orthanc()
    server.load(study(3))
    plan = peer_of(server).studies(STUDY).plan(tmp_path / "data", instances=False, retry="missing", stragglers=0.2)
    result = plan.move(progress=False)
    states = result.ledger.set_index("SOPInstanceUID")["state"]
    assert list(states[states != "received"].index) == [uid(3)]
    assert (result.outcome, len(states)) == ("partial", NUMBER)


def test_what_vanished_from_the_folder_is_all_that_comes_again(archive, real_files, tmp_path):
    """One file is deleted after a complete move: it alone is asked for, by its UID, and the whole is complete again."""
    server = archive()
    loaded = server.load(file for file in real_files if file.syntax == "1.2.840.10008.1.2.1")
    pacs = peer_of(server)
    result = pacs.move(sorted({file.StudyInstanceUID for file in loaded}), tmp_path / "data", retry="missing", **QUICK)
    assert result.outcome == "complete", result
    assert set(result.requests["attempt"]) == {1}
    gone = result.instances.iloc[0]
    Path(gone["path"]).unlink()
    again = result.retry_missing(progress=False)
    assert again.outcome == "complete", again
    (row,) = again.requests[again.requests["attempt"] > 1].itertuples()
    assert (row.level, row.SOPInstanceUID, row.received) == ("IMAGE", gone["SOPInstanceUID"], 1)
    assert Path(gone["path"]).exists()


def test_what_failed_because_nobody_found_us_is_asked_for_again(orthanc, study, tmp_path):
    """A wrong port at the archive fails for each object alone: that is no word about the object, and not remembered."""
    server = orthanc()
    server.load(study())
    pacs = peer_of(server)
    server.register("NOTEBOOK", free_port())
    first = pacs.studies(STUDY).move(tmp_path / "data", retry="missing", **QUICK)
    assert (first.outcome, first.explain().causes[0].name) == ("refused", "never_connected")
    server.register("NOTEBOOK", pacs.listener.port)
    assert first.retry_missing(progress=False).outcome == "complete"
