"""What a move keeps is what the real archive put on the wire, bit for bit, in every transfer syntax that it can send."""

from __future__ import annotations

from pathlib import Path

import pytest

import dicommove as dm

from .archives import data_set_bytes
from .sending import STORESCU_OPTIONS
from .specimens import STUDY, specimens
from .wiretap import Wiretap

pytestmark = pytest.mark.peer

SENT = {*STORESCU_OPTIONS, *(f"1.2.840.10008.1.2.4.{n}" for n in (57, 92, 93))}
"""What DCMTK 3.6.7, and what is built on it, sends: neither HTJ2K nor JPEG XL, JPIP, fragmented video or deflated frames."""


@pytest.fixture
def moved(archive, free_port, tmp_path):
    """Load an archive with files, move their study through a wire that remembers; return what was loaded, result and wire."""

    def move(files):
        port = free_port()
        server = archive()
        loaded = server.load(files)
        with Wiretap(port) as wire:
            server.register("NOTEBOOK", wire.port)
            listener = dm.Listener(port=port)
            pacs = dm.Peer(server.host, server.port, ae_title=server.ae_title, calling_ae_title="NOTEBOOK", listener=listener)
            result = pacs.move([STUDY], tmp_path / "data")
            return loaded, result, wire.sent()

    return move


def test_every_syntax_that_an_archive_can_send(moved, tmp_path):
    """Native, deflated, compressed and video instances: what is kept is what went over the wire, complete."""
    files = specimens(tmp_path / "made", SENT)
    loaded, result, sent = moved(files)
    assert result.outcome == "complete"
    kept = {row.SOPInstanceUID: data_set_bytes(Path(row.path)) for row in result.instances.itertuples()}
    assert kept == {one.uid: one.content for one in sent}
    assert {one.uid: one.syntax for one in sent} == {file.SOPInstanceUID: file.syntax for file in loaded}
