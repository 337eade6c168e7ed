"""A sender that dies in the middle of an instance: through a real move, with the real store and its journal."""

from __future__ import annotations

import contextlib
import socket
import struct

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelFind
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelMove as StudyRootMove

import dicommove as dm
from dicommove.store import HOME, SqliteJournal

HERE = "127.0.0.1"
STUDY, UID = "1.2.3", "1.2.3.4.5"
FAILED = 0xC511  # "unable to process" (PS3.4 C.4.2.1.5)


class DyingArchive:
    """Knows one study of one instance; asked to move it, it dies in the middle of the data set.

    Parameters
    ----------
    pdus : bytes
        The whole C-STORE.
    die : callable
        Gets the sender when two thirds are sent.
    """

    def __init__(self, wire, pdus, die):
        self._wire, self._pdus, self._die = wire, pdus, die
        self.port_of_destination = 0

    @contextlib.contextmanager
    def running(self):
        """Serve C-FIND and C-MOVE on a free port; give the port."""
        ae = AE(ae_title="DYING")
        for model in (StudyRootQueryRetrieveInformationModelFind, StudyRootMove):
            ae.add_supported_context(model)
        ae.add_requested_context(CTImageStorage)
        handlers = [(evt.EVT_C_FIND, self._find), (evt.EVT_C_MOVE, self._move)]
        server = ae.start_server((HERE, 0), block=False, evt_handlers=handlers)
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()

    def _find(self, event):
        match = Dataset()
        match.QueryRetrieveLevel = event.identifier.QueryRetrieveLevel
        match.StudyInstanceUID, match.NumberOfStudyRelatedInstances = STUDY, "1"
        match.NumberOfStudyRelatedSeries, match.PatientID = "1", "P1"
        if match.QueryRetrieveLevel != "STUDY":
            match.SeriesInstanceUID, match.NumberOfSeriesRelatedInstances = "1.2.3.4", "1"
        if match.QueryRetrieveLevel == "IMAGE":
            match.SOPInstanceUID, match.SOPClassUID = UID, CTImageStorage
        yield 0xFF00, match

    def _move(self, _event):
        yield HERE, self.port_of_destination
        yield 1
        sender = self._wire.RawSender(self.port_of_destination)
        assert sender.associate(called="NOTEBOOK")[0] == 2
        sender.send(self._pdus[: len(self._pdus) * 2 // 3])
        self._die(sender)
        yield FAILED, None


def vanish(sender):
    """End without a word, as a killed process does."""
    sender.close()


def reset(sender):
    """End as a machine that lost its power does when it is asked again: by a reset."""
    sender.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sender.close()


def abort(sender):
    """End with A-ABORT."""
    sender.send(b"\x07\0\0\0\0\x04\0\0\0\0")
    sender.close()


def faults(folder):
    """What the journal on disk says went wrong, read as a new process reads it."""
    journal = SqliteJournal(folder)
    try:
        return [event for event in journal.rows("events") if event["kind"] == "fault"]
    finally:
        journal.close()


@pytest.mark.parametrize("die", [vanish, reset, abort])
def test_half_an_instance_leaves_nothing_but_a_line_in_the_journal(tmp_path, wire, die):
    """Nothing that looks like an instance is left, the result says what is missing, and the journal on disk says why."""
    archive = DyingArchive(wire, wire.store_pdus(wire.data_set(UID, size=600_000), UID), die)
    with socket.create_server((HERE, 0)) as probe:
        archive.port_of_destination = probe.getsockname()[1]
    with archive.running() as port:
        listener = dm.Listener(port=archive.port_of_destination)
        pacs = dm.Peer(HERE, port, ae_title="DYING", calling_ae_title="NOTEBOOK", listener=listener)
        result = pacs.move([STUDY], tmp_path / "data", progress=False, stragglers=0.2)
    assert (result.outcome, len(result.instances)) == ("refused", 0), result
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert all(HOME in path.parts for path in files)
    assert not any(b"DICM" in path.read_bytes()[:132] or path.stat().st_size > 400_000 for path in files), files
    assert result.ledger["state"].tolist() == ["missing"]
    (fault,) = faults(tmp_path / "data")
    assert (fault["sop_instance_uid"], fault["association"], fault["status"]) == (UID, 2, None)
    assert 0 < fault["size_bytes"] < 600_000
    assert fault["reason"]
