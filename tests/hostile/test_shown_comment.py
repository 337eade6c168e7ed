"""What an archive says of itself and of a failure, its own words, in every place where they are shown."""

from __future__ import annotations

import logging
import socket

import pytest
from pydicom import Dataset
from pynetdicom import AE, build_context, evt
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

import dicommove as dm
from dicommove.cli import main

from .values import steering

COMMENT = "\x1b[2J<script>x</script>\x9b2J|`$x\r\n=1+1 a b c d e f g h i j"


def _answer(_event, port):
    """Connect to the destination, send nothing, and fail with a comment of our own (PS3.7 C.4.2)."""
    status = Dataset()
    status.Status, status.ErrorComment = 0xC001, COMMENT
    yield "127.0.0.1", port, {"contexts": [build_context(Verification)]}
    yield 1
    yield status, None


def _find(event):
    """Say that there is one study of one instance."""
    match = event.identifier
    match.StudyInstanceUID = "1.2.3"
    if match.QueryRetrieveLevel == "STUDY":
        match.NumberOfStudyRelatedInstances = match.NumberOfStudyRelatedSeries = 1
    else:
        match.SeriesInstanceUID, match.Modality, match.NumberOfSeriesRelatedInstances = "1.2.3.4", "CT", 1
    if match.QueryRetrieveLevel == "IMAGE":
        match.SOPInstanceUID, match.SOPClassUID = "1.2.3.4.5", "1.2.840.10008.5.1.4.1.1.2"
    yield 0xFF00, match


@pytest.fixture
def failing(tmp_path, caplog):
    """The result of a move from an archive that fails with such a comment."""
    caplog.set_level(logging.INFO)
    archive = AE("ARCHIVE")
    archive.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    archive.add_supported_context(StudyRootQueryRetrieveInformationModelMove)
    with socket.create_server(("127.0.0.1", 0)) as free:
        ours = free.getsockname()[1]
    server = archive.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, _find), (evt.EVT_C_MOVE, _answer, [ours])]
    )
    try:
        port = server.socket.getsockname()[1]
        peer = dm.Peer("127.0.0.1", port, ae_title="ARCHIVE", calling_ae_title="NOTEBOOK", listener=dm.Listener(port=ours))
        yield peer.move("1.2.3", tmp_path / "data", progress=False)
    finally:
        server.shutdown()


def test_nothing_of_it_takes_effect(failing, tmp_path, capsys, caplog):
    """Texts, pages, commands, reports and log lines hold its words as text, and the table as they came."""
    assert "script" in str(failing.progress["ErrorComment"].dropna().item())
    report = failing.report(tmp_path / "r.md").read_text(encoding="utf-8")
    page = failing._repr_html_() + failing.explain()._repr_html_()
    main(["ledger", str(failing.folder)])
    main(["explain", str(failing.folder)])
    said = capsys.readouterr()
    assert steering(repr(failing) + str(failing.explain()) + report + said.out + said.err) == []
    assert steering(page) == []
    assert "<script" not in page + report
    assert steering("\n".join(record.getMessage() for record in caplog.records)) == []
