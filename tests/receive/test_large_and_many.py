"""Large objects and many senders through the real port into the real store: memory stays flat, and everything is whole."""

from __future__ import annotations

import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from dicommove.entities import Listener
from dicommove.receive import Claim, join
from dicommove.store import Store

HERE = "127.0.0.1"
BLOCK = 1 << 20
BLOCKS = 96


class Keeper:
    """Claims everything for a store."""

    began = 0.0

    def __init__(self, store):
        self.store = store
        self.kept = {}

    def claim(self, _request, _head):
        """Want it."""
        return Claim.ADDRESS

    def open(self, request, _head):
        """Open its file."""
        incoming = self.store.incoming(
            sop_class_uid=request.sop_class_uid,
            sop_instance_uid=request.sop_instance_uid,
            transfer_syntax_uid=request.transfer_syntax_uid,
            source_ae_title=request.sender.calling_ae_title,
        )
        self.kept[request.sop_instance_uid] = incoming
        return incoming

    def note(self, kind, facts):
        """Take no note."""


@pytest.fixture
def keeper(tmp_path):
    """A store behind an open port."""
    with Store(tmp_path / "data") as store:
        keeper = Keeper(store)
        with join(Listener(port=0), peer_host=HERE, claimant=keeper) as membership:
            keeper.port = membership.port
            yield keeper


def kept_data(keeper, uid, size):
    """The last bytes of a file: as many as its data set has."""
    return keeper.kept[uid].kept.path.read_bytes()[-size:]


def test_a_large_object_takes_no_more_memory_than_its_buffers(keeper, wire):
    """An object of a hundred megabytes streams to its file; what Python holds meanwhile is a megabyte, not a hundred."""
    start = wire.encoded(wire.data_set()) + b"\xe0\x7f\x10\0OW\0\0" + (BLOCK * BLOCKS).to_bytes(4, "little")
    block = wire.data_set_pdus(1, bytes(range(256)) * (BLOCK // 256))
    middle = wire.value_pdu(1, bytes(range(256)) * (BLOCK // 256), last=False)
    with closing(wire.RawSender(keeper.port)) as sender:
        assert sender.associate()[0] == 2
        sender.send(wire.value_pdu(1, wire.store_command(), command=True) + wire.value_pdu(1, start, last=False) + middle)
        tracemalloc.start()
        try:
            for _ in range(BLOCKS - 2):
                sender.send(middle)
            sender.send(block)
            assert sender.status() == 0
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < BLOCK
    path = keeper.kept["1.2.3.4.5"].kept.path
    assert path.stat().st_size > BLOCK * BLOCKS
    with path.open("rb") as file:
        file.seek(-BLOCK, 2)
        assert file.read() == bytes(range(256)) * (BLOCK // 256)


def test_64_senders_at_once_into_one_folder(keeper, wire):
    """64 associations at once, three instances each: every file holds its own data set."""
    together = threading.Barrier(64)

    def send(number):
        with closing(wire.RawSender(keeper.port)) as sender:
            assert sender.associate()[0] == 2
            together.wait(30)
            for part in range(3):
                uid = f"1.2.{number}.{part}"
                sender.send(wire.store_pdus(wire.data_set(uid, size=30_000 + number), uid))
                assert sender.status() == 0

    with ThreadPoolExecutor(64) as threads:
        list(threads.map(send, range(64)))
    assert len(keeper.kept) == 192
    for number in range(64):
        for part in range(3):
            uid = f"1.2.{number}.{part}"
            sent = wire.encoded(wire.data_set(uid, size=30_000 + number))
            assert kept_data(keeper, uid, len(sent)) == sent


def test_200_idle_connections_and_a_large_object(keeper, wire):
    """Connections that say nothing, or half a request, do not hinder a sender of something large."""
    idle = [wire.RawSender(keeper.port) for _ in range(200)]
    for number, connection in enumerate(idle):
        connection.send(wire.request_pdu()[: number % 80])
    data = wire.data_set(size=3_000_000)
    with closing(wire.RawSender(keeper.port)) as sender:
        assert sender.associate()[0] == 2
        sender.send(wire.store_pdus(data))
        assert sender.status() == 0
    sent = wire.encoded(data)
    assert kept_data(keeper, "1.2.3.4.5", len(sent)) == sent
    for connection in idle:
        connection.close()
