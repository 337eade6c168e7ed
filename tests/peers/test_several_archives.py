"""Moves side by side from several makers' archives to one listener: every instance goes to the request that asked for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

import dicommove as dm

pytestmark = pytest.mark.peer


def test_four_moves_from_three_archives_to_one_listener(orthanc, dcmqrscp, real_files, free_port, tmp_path):
    """The demo archive twice, Orthanc and dcmqrscp: each result has what it asked for, once, and nothing of the others."""
    port = free_port()
    listener, folder = dm.Listener("NOTEBOOK", port), tmp_path / "data"
    servers = [orthanc({"NOTEBOOK": port}), dcmqrscp({"NOTEBOOK": port})]
    wanted = [sorted({file.StudyInstanceUID for file in server.load(real_files)}) for server in servers]
    half = len(wanted[0]) // 2  # both archives have the same files: each gives what the other is not asked for
    shares = [wanted[0][:half], [uid for uid in wanted[1] if uid not in wanted[0][:half]]]
    with dm.demo(fault="slow:0.002") as embedded:
        demo = replace(embedded, listener=listener)
        peers = [dm.Peer(s.host, s.port, ae_title=s.ae_title, calling_ae_title="NOTEBOOK", listener=listener) for s in servers]
        plans = [peer.plan(share, folder) for peer, share in zip(peers, shares, strict=True)]
        plans += [demo.studies().where(PatientID=patient).plan(folder) for patient in ("000123", "0004711")]
        results = [operation.result(120) for operation in [plan.start_move() for plan in plans]]
    for result, plan in zip(results, plans, strict=True):
        ledger = result.ledger
        assert result.outcome == "complete", result
        assert len(ledger) == len(result.instances) == plan.expected > 0
        assert (set(ledger["state"]), set(ledger["copies"])) == ({"received"}, {1})
        study_of = result.requests.set_index("request")["StudyInstanceUID"]
        assert (ledger["request"].map(study_of) == ledger["StudyInstanceUID"]).all()
