"""Moves side by side: one listener, several archives, and every instance goes to the request that asked for it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

import dicommove as dm

STUDIES = ("A20240001", "A20240061")


@pytest.fixture
def port():
    """A port that nobody listened on a moment ago."""
    with dm.demo() as other:
        return other.port


def _result(operation) -> dm.MoveResult:
    result = operation.result(120)
    assert result.outcome == "complete", result
    return result


def test_four_moves_from_two_archives_into_one_folder(demo, port, data):
    """Each ledger has what its own request asked for, once, and no instance is in two of them."""
    archives = [replace(demo(fault="slow:0.002"), listener=dm.Listener("NOTEBOOK", port)) for _ in range(2)]
    patients = [("000123", "0004711"), ("000456", "000789")]
    asked = [(peer, patient) for peer, both in zip(archives, patients, strict=True) for patient in both]
    expected = [set(peer.studies().where(PatientID=patient).images().find()["SOPInstanceUID"]) for peer, patient in asked]
    plans = [peer.studies().where(PatientID=patient).plan(data) for peer, patient in asked]
    results = [_result(operation) for operation in [plan.start_move() for plan in plans]]
    for result, uids in zip(results, expected, strict=True):
        ledger = result.ledger
        assert set(ledger["SOPInstanceUID"]) == set(result.instances["SOPInstanceUID"]) == uids
        assert set(ledger["state"]) == {"received"}
        assert set(ledger["copies"]) == {1}
        study_of = result.requests.set_index("request")["StudyInstanceUID"]
        assert (ledger["request"].map(study_of) == ledger["StudyInstanceUID"]).all()
    assert not any(one & other for one, other in combinations(expected, 2))


def test_the_same_studies_from_two_archives_at_once(demo, port, tmp_path):
    """Only the Message ID tells which of two archives sent an instance that both were asked for (PS3.7 9.3.1.1)."""
    listener = dm.Listener("NOTEBOOK", port)
    peers = [replace(demo(fault="slow:0.002"), listener=listener) for _ in range(4)]
    plans = [peer.studies().where(PatientID="000123").plan(tmp_path / str(n)) for n, peer in enumerate(peers)]
    results = [_result(operation) for operation in [plan.start_move() for plan in plans]]
    for number, result in enumerate(results):
        assert set(result.ledger["state"]) == {"received"}
        assert set(result.ledger["copies"]) == {1}
        assert result.instances["path"].str.startswith(str(tmp_path / str(number))).all()
        reported = result.progress.groupby("request")["NumberOfCompletedSuboperations"].max()
        assert reported.sum() == len(result.instances) == 130
