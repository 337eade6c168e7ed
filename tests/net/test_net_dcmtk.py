"""Associations with DCMTK's dcmqrscp, an archive of another maker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading

import pytest

from dicommove.entities import Remote
from dicommove.errors import AssociationRejected, PeerUnreachable
from dicommove.net import FindOptions, echo, find, move, open_association
from dicommove.terms import VERIFICATION, InformationModel

pytestmark = pytest.mark.peer

MODEL = InformationModel.STUDY_ROOT
SERVICES = [(VERIFICATION, None), (MODEL.find_uid, FindOptions(relational=True)), (MODEL.move_uid, None)]
ATTEMPTS = 100
CONFIGURATION = """
NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
STORAGE {folder} RW (5, 1024mb) ANY
AETable END
"""


@pytest.fixture
def dcmqrscp(require, tmp_path):
    """An empty archive; it forks, so its process group is stopped."""
    program = require("dcmqrscp")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "storage").mkdir()
    (tmp_path / "qr.cfg").write_text(CONFIGURATION.format(port=port, folder=tmp_path / "storage"))
    process = subprocess.Popen([program, "-c", "qr.cfg"], cwd=tmp_path, start_new_session=True)
    remote = Remote("127.0.0.1", port, ae_title="STORAGE", calling_ae_title="TESTER", dimse_timeout=10)
    try:
        wait_for(remote)
        yield remote
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def wait_for(remote):
    """Ask again until the archive listens."""
    pause = threading.Event()
    for _ in range(ATTEMPTS):
        try:
            open_association(remote, services=SERVICES).release()
        except PeerUnreachable:
            pause.wait(0.1)
        else:
            return
    pytest.fail("dcmqrscp does not listen")


def test_dcmqrscp_is_talked_to(dcmqrscp, identifier):
    """Echo, find and a move of nothing come out as DCMTK answers them."""
    with open_association(dcmqrscp, services=SERVICES) as association:
        assert echo(association) == 0x0000
        assert not association.relational(MODEL.find_uid)
        assert find(association, identifier, MODEL).status == 0x0000
        identifier.StudyInstanceUID = "1.2.3"
        del identifier.PatientName
        (final,) = move(association, identifier, MODEL, destination="TESTER", message_id=7)
        assert (final.status, final.completed) == (0x0000, 0)
        assert association.implementation[1].startswith("OFFIS_DCMTK")


def test_dcmqrscp_rejects_a_called_ae_title_that_it_is_not(dcmqrscp):
    """A wrong AE title is rejected with the reason that the Standard has for it."""
    wrong = Remote(dcmqrscp.host, dcmqrscp.port, ae_title="WRONG")
    with pytest.raises(AssociationRejected, match="called AE title not recognised") as caught:
        open_association(wrong, services=SERVICES)
    assert (caught.value.source, caught.value.reason) == (1, 7)
