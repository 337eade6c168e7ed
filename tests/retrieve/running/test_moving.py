"""Moves on the demo archive: what arrives, what the ledger says of it, and what is asked for again."""

from __future__ import annotations

import errno
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import dicommove as dm
from dicommove.retrieve.accounting.showing import series_lines
from dicommove.retrieve.running.moving import _open_studies
from dicommove.store import Store


def test_a_move_brings_every_expected_instance(pacs, anna, data):
    """Outcome, ledger, series, studies, requests and instances all say the same of a good move."""
    result = anna(pacs).move(data)
    assert result.outcome == "complete"
    assert len(result.ledger) == len(result.instances) == result.series["received"].sum() == 130
    assert set(result.ledger["state"]) == {"received"}
    assert list(result.requests["outcome"]) == ["complete", "complete"]
    assert set(result.series["state"]) == set(result.studies["state"]) == {"complete"}
    assert all(Path(path).is_file() for path in result.instances["path"])


def test_progress_holds_what_the_peer_reported(pacs, anna, data):
    """One row per response; what the peer left out is absent, not 0."""
    progress = anna(pacs).move(data).progress
    final = progress[progress["status_category"] == "Success"]
    assert list(final["NumberOfCompletedSuboperations"]) == [66, 64]
    assert final["NumberOfRemainingSuboperations"].isna().all()
    assert len(progress) == 130 + 2


def test_what_an_archive_counts_and_does_not_send_is_missing(demo, anna, data):
    """Success with three instances that never came: partial, and the ledger names them."""
    result = anna(demo(fault="drop:3")).move(data, stragglers=0.5)
    assert result.outcome == "partial"
    assert list(result.progress["status_category"].iloc[[-1]]) == ["Success"]
    assert result.ledger["state"].value_counts()["missing"] == 3
    assert result.series["state"].value_counts()["partial"] == 1


def test_a_refusing_archive_is_refused_with_its_words(demo, anna, data):
    """A failure status and nothing received; the reason says the status in words."""
    result = anna(demo(fault="refuse")).move(data)
    assert result.outcome == "refused"
    assert "0xA702 (Out of resources" in result.reason
    assert set(result.ledger["state"]) == {"missing"}
    assert list(result.series["Modality"]) == ["CT", "CT", "SR", "MR", "MR"]


def test_an_archive_that_aborts_keeps_what_came(demo, anna, data):
    """Each request ends by itself: what came before the abort stays, and the next study is asked for all the same."""
    result = anna(demo(fault="abort:5")).move(data, stragglers=0.2)
    assert result.outcome == "lost"
    assert len(result.instances) == 10
    assert list(result.requests["received"]) == [5, 5]
    assert result.requests["Status"].isna().all()
    assert all("AssociationLost" in reason for reason in result.requests["reason"])


def test_an_unknown_destination_is_data_not_an_exception(demo, anna, data):
    """0xA801 is a status of the peer: the outcome says it, nothing is raised until it is asked to."""
    result = anna(demo(fault="unknown-destination")).move(data)
    assert set(result.requests["Status"]) == {0xA801}
    with pytest.raises(dm.MoveFailed, match="Move destination unknown") as caught:
        result.raise_for_outcome()
    assert caught.value.result is result


def test_no_match_sends_nothing(pacs, data):
    """A query without matches ends as no_match, with empty tables that have all their columns."""
    result = pacs.studies().where(PatientID="NOBODY").move(data)
    assert result.outcome == "no_match"
    assert len(result.ledger) == len(result.requests) == len(result.instances) == 0
    assert "StudyInstanceUID" in result.ledger


def test_a_cell_run_again_asks_for_nothing(pacs, anna, data):
    """The second move finds everything in the folder and shows it all the same."""
    anna(pacs).move(data)
    again = anna(pacs).move(data)
    assert again.outcome == "complete"
    assert len(again.progress) == 0
    assert len(again.instances) == 130
    assert all("already" in reason for reason in again.requests["reason"])


def test_only_the_gap_is_asked_for(pacs, anna, data):
    """Of a series that is there in part the single instances are asked for, the others whole."""
    first = anna(pacs).series().where(Modality="CT").move(data)
    Path(first.instances["path"][0]).unlink()
    result = anna(pacs).move(data)
    assert result.outcome == "complete"
    sent = result.requests[result.requests["Status"].notna()]
    assert sorted(zip(sent["level"], sent["received"], strict=True)) == [("IMAGE", 1), ("SERIES", 1), ("STUDY", 64)]


def test_a_truncated_file_is_asked_for_again(pacs, anna, data):
    """What is in the folder counts with its size only."""
    query = anna(pacs).series().where(Modality="SR")
    path = Path(query.move(data).instances["path"][0])
    path.write_bytes(path.read_bytes()[:-2])
    result = query.move(data)
    assert len(result.progress) > 0
    assert result.ledger["state"].to_list() in (["received"], ["conflict"])


def test_moves_side_by_side_share_one_port(pacs, tmp_path):
    """Two operations on one listener: each gets what it asked for."""
    patients = ("000123", "0004711")
    operations = [pacs.studies().where(PatientID=patient).start_move(tmp_path / patient) for patient in patients]
    for patient, operation in zip(patients, operations, strict=True):
        result = operation.result(60)
        assert result.outcome == "complete"
        assert set(result.instances["PatientID"]) == {patient}


def test_a_third_party_gets_the_instances(pacs, anna, data):
    """With a destination of its own nothing is observed, and nothing is claimed to be."""
    result = anna(pacs).move(data, destination="NOBODY")
    assert result.outcome == "refused"
    assert set(result.ledger["state"]) == {"not_observed"}
    assert result.ledger["received"].isna().all()
    assert result.requests["received"].isna().all()


def test_patients_are_moved_study_by_study(pacs, data):
    """A query at PATIENT level is resolved to studies: one C-MOVE each."""
    result = pacs.patients("000123").move(data)
    assert result.outcome == "complete"
    assert list(result.requests["level"]) == ["STUDY", "STUDY"]


def test_the_journal_knows_the_operation(pacs, anna, data):
    """Who asked whom for what, with what, and how it ended, is on disk."""
    result = anna(pacs).move(data)
    with Store(data) as store:
        operation = next(one for one in store.journal.operations() if one["id"] == result.operation)
        assert operation["facts"]["peer"] == pacs.address
        assert len(store.journal.rows("requests", result.operation)) == 2
        events = store.journal.rows("events", result.operation)
    assert [event["outcome"] for event in events if event["kind"] == "ended"] == ["complete"]
    sent = [event for event in events if event["kind"] == "request"]
    assert [event["model"] for event in sent] == ["STUDY_ROOT"] * 2
    assert sent[0]["implementation_version_name"]
    keys = [{"level": "PATIENT", "keyword": "PatientID", "values": ["000123"]}]
    assert operation["facts"]["question"] == {"level": "STUDY", "keys": keys}
    assert set(operation["facts"]["versions"]) == {"python", "dicommove", "pydicom", "pynetdicom"}


def test_a_layout_places_the_files(pacs, anna, data):
    """A template of attributes decides the paths below the folder."""
    result = anna(pacs).series().where(Modality="SR").move(data, layout="{PatientID}/{Modality}/{instance}.dcm")
    assert Path(result.instances["path"][0]).relative_to(data).parts[:2] == ("000123", "SR")


def test_hashes_come_when_asked_for(pacs, anna, data):
    """With sha256=True each instance has its hash; without, it is absent."""
    query = anna(pacs).series().where(Modality="SR")
    assert query.move(data).instances["sha256"].isna().all()
    assert query.move(data.with_name("hashed"), sha256=True).instances["sha256"].str.len().to_list() == [64]


def test_the_folder_is_private(pacs, anna, data):
    """Folder 0700 and files 0600 unless told otherwise."""
    result = anna(pacs).series().where(Modality="SR").move(data)
    assert data.stat().st_mode & 0o777 == 0o700
    assert Path(result.instances["path"][0]).stat().st_mode & 0o777 == 0o600


def test_nobody_listening_raises(data):
    """When no request could be sent, the reason is raised, not reported."""
    with pytest.raises(dm.PeerUnreachable, match="nothing listens"):
        dm.Peer("127.0.0.1", 1).studies("1.2.3").move(data)


def test_a_dead_archive_is_not_asked_for_ever(pacs, anna, data):
    """After three associations in a row that cannot be opened, what is left ends without being sent; with none sent it raises."""
    plan = anna(pacs).plan(data)
    many = replace(plan, requests=plan.requests * 10)
    pacs.stop()
    with pytest.raises(dm.PeerUnreachable):
        many.move()


def test_what_was_raised_is_known_later(pacs, anna, data):
    """Of a move that could not send anything the journal says why: no process was killed, and the cause is the archive."""
    plan = anna(pacs).plan(data)
    many = replace(plan, requests=tuple(replace(plan.requests[0], number=number) for number in range(1, 6)))
    pacs.stop()
    with pytest.raises(dm.PeerUnreachable):
        many.move()
    again = dm.reopen(data)
    assert again.outcome == "lost"
    assert "nothing listens" in again.reason
    assert "killed" not in again.reason
    assert [reason.split(":")[0] for reason in again.requests["reason"]] == [*["PeerUnreachable"] * 3, *["NotSent"] * 2]
    assert again.explain().causes[0].name == "unreachable"


def test_an_archive_that_dies_in_the_middle_loses_the_rest_only(demo, anna, data, until):
    """What had arrived stays, and the requests that could not be sent name the exception."""
    pacs = demo(fault="slow:0.02")
    operation = anna(pacs).plan(data, stragglers=0.2).start_move()
    until(operation, lambda progress: progress.received >= 2)
    pacs.stop()
    result = operation.result(60)
    assert result.outcome in {"lost", "partial"}
    assert len(result.instances) >= 2
    assert list(result.requests["outcome"])[1] == "lost"
    assert "PeerUnreachable" in result.requests["reason"][1]


def test_what_a_killed_process_asked_for_is_let_in(pacs, anna, data):
    """An operation of the folder that never ended still claims its studies, so that late instances are not turned away."""
    study = anna(pacs).find()["StudyInstanceUID"][0]
    with Store(data) as store:
        store.journal.begin("move", requests=[{"StudyInstanceUID": study}])
        assert _open_studies(store, 99) == {study}


def test_a_disk_that_fills_keeps_what_came_and_says_so(pacs, anna, data, monkeypatch):
    """What no longer fits is refused by us, with a row each; what came before is kept and the result is readable."""
    room = iter([True] * 10)
    monkeypatch.setattr(Store, "_check_room", lambda _: next(room, None) or _raise_full())
    result = anna(pacs).move(data)
    assert result.outcome == "partial"
    assert result.ledger["state"].value_counts()[["received", "refused"]].to_list() == [10, 120]
    assert "the disk is full" in result.requests["reason"][0]
    assert result.ledger.loc[result.ledger["state"] == "refused", "reason"].str.contains("free some space").all()


def _raise_full():
    raise OSError(errno.ENOSPC, "full")


def test_text_and_html_of_a_result_say_the_same(pacs, anna, data):
    """Every fact and every series of the text stands in the HTML."""
    result = anna(pacs).move(data)
    html = result._repr_html_()
    assert all(value in html for _, value in result.facts())
    assert all(cell in html for line in series_lines(result) for cell in line)
    assert "Head 2.5 soft" in repr(result)
    assert "MEIER" not in repr(result) + html


@pytest.mark.parametrize(
    ("fault", "outcome", "states"),
    [
        ("lie", "complete", {"received"}),
        ("late", "complete", {"received"}),
        ("duplicate", "complete", {"received"}),
        ("unexpected", "complete", {"received", "unexpected"}),
        ("conflict", "partial", {"received", "conflict"}),
        ("nearline:0.1", "complete", {"received"}),
    ],
)
def test_the_outcome_follows_what_arrived(demo, anna, data, fault, outcome, states):
    """Whatever the archive counts, sends twice, late or besides: the ledger tells what is there."""
    result = anna(demo(fault=fault)).move(data, stragglers=10.0 if fault == "late" else 1.0)
    assert result.outcome == outcome
    assert set(result.ledger["state"]) == states


def test_counts_that_the_archive_contradicts_prove_nothing(demo, anna, data):
    """As many as counted arrived, but the archive reports failures: that is not complete."""
    result = anna(demo(fault="lie")).plan(data, instances=False, stragglers=0.2).move()
    assert result.outcome == "partial"


def test_an_operation_that_could_not_start_leaves_no_door_open(pacs, anna, data):
    """Only a killed process leaves its studies claimed for later operations of the folder."""
    plan = anna(pacs).plan(data)
    pacs.stop()
    with pytest.raises(dm.PeerUnreachable):
        plan.move()
    with Store(data) as store:
        assert _open_studies(store, 99) == set()


def test_a_result_whose_folder_is_gone_still_has_a_repr(pacs, anna, data):
    """The text says that the journal cannot be read, and the outcome stays."""
    result = anna(pacs).series().where(Modality="SR").move(data)
    shutil.rmtree(data)
    data.write_text("a file where the folder was", encoding="utf-8")
    assert "complete" in repr(result)
    assert "cannot be read" in repr(result)
