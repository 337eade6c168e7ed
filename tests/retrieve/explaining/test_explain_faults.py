"""Explanations of what really happened: at our own listener, and on the demo archive with each of its faults."""

from __future__ import annotations

import socket
from dataclasses import replace

import pandas as pd
import pytest
from pynetdicom import AE

import dicommove as dm
from dicommove.demo_archive.faults import FAULTS
from dicommove.receive import Claim, join
from dicommove.retrieve.explaining.evidence import Answer, Evidence
from dicommove.retrieve.explaining.explain import explain
from dicommove.retrieve.explaining.gather import read_evidence

CT, JPEG = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.4.50"
UNABLE = Answer(status=0xC000, expected=9)


class Notes:
    """A claimant that wants nothing and keeps what it is told."""

    began = 0.0

    def __init__(self) -> None:
        self.rows = []

    def claim(self, _request, _head):
        """Want nothing."""
        return Claim.NONE

    def note(self, kind, facts):
        """Keep it as the journal does."""
        self.rows.append({"kind": kind, **facts})


@pytest.fixture
def heard():
    """What our own listener tells of one caller: a function that is given the port."""

    def listen(call) -> Evidence:
        notes = Notes()
        with join(dm.Listener("NOTEBOOK", 0, transfer_syntaxes=(JPEG,)), peer_host="127.0.0.1", claimant=notes) as membership:
            call(membership.port)
        return read_evidence({}, {"events": notes.rows}, outcome="refused", archive_addresses=frozenset({"127.0.0.1"}))

    return listen


def test_a_caller_who_speaks_tls_is_heard_as_one(heard):
    """A client hello on our plain port is seen, and named."""

    def call(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), 5) as caller:
            caller.sendall(bytes.fromhex("160301007a010000760303") + bytes(112))
            while caller.recv(100):
                pass

    evidence = heard(call)
    assert explain(replace(evidence, answers=(UNABLE,)))[0].name == "not_dicom"


@pytest.mark.parametrize(("called", "first"), [("NOTEBOOKS", "ae_title"), ("NOTEBOOK", "context_refused")])
def test_what_the_listener_refuses_is_read_as_it_writes_it(heard, called, first):
    """A real association with another AE title, or with with a transfer syntax that is not taken, leads to its cause."""

    def call(port: int) -> None:
        sender = AE("PACS")
        sender.add_requested_context(CT, ["1.2.840.10008.1.2"])
        association = sender.associate("127.0.0.1", port, ae_title=called)
        association.abort()

    evidence = heard(call)
    assert [one.calling for one in evidence.connections] == ["PACS"]
    assert explain(replace(evidence, answers=(UNABLE,)))[0].name == first


SERIES_OF_32 = {
    # fault: (outcome, states of the ledger, the first cause; None where there is nothing to explain)
    "drop:3": ("partial", {"received": 29, "missing": 3}, "dropped"),
    "drop:99": ("partial", {"missing": 32}, "dropped"),
    "refuse": ("refused", {"missing": 32}, "out_of_resources"),
    "abort:3": ("lost", {"received": 3, "missing": 29}, "aborted"),
    "slow:0.001": ("complete", {"received": 32}, None),
    "unknown-destination": ("refused", {"missing": 32}, "unknown_destination"),
    "lie": ("complete", {"received": 32}, None),
    "late:0.1": ("complete", {"received": 32}, None),
    "duplicate": ("complete", {"received": 32}, None),
    "conflict": ("partial", {"received": 21, "conflict": 11}, "conflict"),
    "unexpected": ("complete", {"received": 32, "unexpected": 1}, None),
    "ignores:ModalitiesInStudy": ("complete", {"received": 32}, None),
    "cap:10": ("complete", {"received": 32}, None),
    "study-only": ("refused", {"missing": 32}, "level_refused"),
    "nearline:0.1": ("complete", {"received": 32}, None),
    "deaf": ("complete", {"received": 32}, None),
    "late:0.1+drop:3": ("partial", {"received": 29, "missing": 3}, "dropped"),
    "lie+drop:1": ("partial", {"received": 31, "failed": 1}, "reported_failed"),
    "abort:3+conflict": ("lost", {"received": 2, "conflict": 1, "missing": 29}, "aborted"),
}
"""Every fault of the demo archive, on a series of 32 images."""


def states_of(result: dm.MoveResult) -> dict[str, int]:
    """How many rows of the ledger are in each state; those that none is in are left out."""
    return {state: int(number) for state, number in result.ledger["state"].value_counts().items() if number}


def the_series(peer):
    """Said in a way that only an archive with an ear for ModalitiesInStudy understands."""
    studies = peer.studies().where(PatientID="000123", ModalitiesInStudy="MR")
    return studies.series().where(SeriesDescription="T2 axial")


def test_the_table_has_every_fault():
    """A fault that is added to the demo archive must be explained."""
    told = {part.split(":")[0] for faults in SERIES_OF_32 for part in faults.split("+")}
    assert told == set(FAULTS)


@pytest.mark.filterwarnings("ignore::dicommove.AnswersWarning")
@pytest.mark.parametrize("fault", SERIES_OF_32)
def test_faults_of_the_demo_archive(fault, demo, data):
    """Outcome, ledger and the first cause named for each fault are the right ones."""
    result = the_series(demo(fault=fault)).move(data, stragglers=2.0 if "late" in fault else 0.2)
    first = next((cause.name for cause in result.explain().causes), None)
    assert (result.outcome, states_of(result), first) == SERIES_OF_32[fault], result.explain()


@pytest.mark.parametrize("fault", ["lie", "late:0.1", "duplicate", "unexpected", "nearline:0.1"])
def test_faults_that_take_nothing_away(fault, demo, data):
    """Counters that say otherwise, and what nobody asked for, are named although everything arrived."""
    seen = "; ".join(the_series(demo(fault=fault)).move(data).explain().remarks)
    assert ("which is not what is here" in seen) == (fault in ("lie", "unexpected"))
    assert ("in the ledger: unexpected" in seen) == (fault == "unexpected")


def test_rows_of_a_table_that_led_to_nothing_are_the_cause(pacs, data):
    """Everything that was moved is complete, and the table is not: the rows are named with their reasons."""
    result = pacs.move(pd.DataFrame({"AccessionNumber": ["A20240061", "NONE", "NO"]}), data)
    cause = result.explain().causes[0]
    assert (result.outcome, cause.name) == ("partial", "rows_without_match")
    assert cause.evidence[0].startswith("2 rows of the table: ")
    with pytest.raises(dm.MoveFailed, match="2 of 3 rows led to no C-MOVE"):
        result.raise_for_outcome()


def test_an_archive_that_is_deaf_is_named_as_one(demo, anna, data, until):
    """After A-ABORT the first cause is the user, and the evidence says that C-CANCEL was ignored."""
    operation = anna(demo(fault="slow:0.02+deaf")).start_move(data, grace=0.2)
    until(operation, lambda progress: progress.received >= 2)
    operation.cancel()
    cause = operation.result(30).explain().causes[0]
    assert (cause.name, cause.evidence[0]) == ("cancelled", "C-CANCEL was ignored; the association was aborted")


def test_a_cancelled_move_is_explained_as_one(demo, anna, data, until):
    """After C-CANCEL on a slow archive the first cause is the user."""
    operation = anna(demo(fault="slow:0.02")).start_move(data)
    until(operation, lambda progress: progress.received >= 2)
    operation.cancel()
    cause = operation.result(30).explain().causes[0]
    assert cause.name == "cancelled"
    assert "the archive obeyed C-CANCEL" in cause.evidence


def test_a_complete_move_has_nothing_to_explain(pacs, data):
    """No cause, no text for anybody; what was seen is said."""
    explained = pacs.studies().where(PatientID="JP-0042").move(data).explain()
    assert (explained.causes, explained.letter) == ((), "")
    assert str(explained).startswith("There is nothing to explain")


def test_error_comments_are_shown_only_when_asked_for(demo, data):
    """The archive's own words may name a patient: they are in neither text nor value unless private=False."""
    result = demo(fault="unknown-destination").studies().where(PatientID="JP-0042").move(data)
    words = result.progress["ErrorComment"].dropna().iloc[0]
    assert result.explain().comments == ()
    assert "In the archive's own words" not in str(result.explain())
    assert f"In the archive's own words (they may name a patient):\n   {words}" in str(result.explain(private=False))


def test_nothing_matched_is_said(pacs, data):
    """A UID that the archive does not have leads to no C-MOVE, and the reason of the row is the evidence."""
    cause = pacs.move("1.2.3.4.5", data).explain().causes[0]
    assert cause.name == "nothing_matched"
    assert cause.evidence == ("1 row of the table: the archive has no such StudyInstanceUID",)


def test_an_instance_that_we_cannot_store_is_our_own_fault(pacs, data):
    """A file in the way of a folder: the archive sent, we answered 0xA700, and the first cause says so."""
    data.mkdir()
    (data / "taken").write_text("")
    result = pacs.studies().where(PatientID="JP-0042").move(data, layout="taken/{instance}.dcm", stragglers=0.1)
    assert result.explain().causes[0].name == "our_disk", result.explain()
