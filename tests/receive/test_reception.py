"""Limits of a port: who gives way, who is rejected, who is silent for too long."""

from __future__ import annotations

import socket

import pytest

from dicommove.entities import Listener
from dicommove.receive import association as association_module
from dicommove.receive import join
from dicommove.receive import reception as reception_module

HERE = "127.0.0.1"


def test_at_the_limit_the_idle_one_gives_way(recorder, wire, monkeypatch):
    """A newcomer gets the place of the association that has been idle longest."""
    monkeypatch.setattr(reception_module, "YIELD_SECONDS", 0.0)
    with join(Listener(port=0, max_associations=2), peer_host=HERE, claimant=recorder) as membership:
        senders = [wire.RawSender(membership.port) for _ in range(3)]
        assert [sender.associate()[0] for sender in senders] == [2, 2, 2]
        assert senders[0].receive()[0] in (7, None)
        senders[2].send(wire.store_pdus(wire.data_set()))
        assert senders[2].status() == 0
        for sender in senders:
            sender.close()


def test_at_the_limit_busy_ones_stay(recorder, wire, monkeypatch):
    """When all are in the middle of a message the newcomer is rejected: transient, local limit exceeded."""
    monkeypatch.setattr(reception_module, "PATIENCE_SECONDS", 0.2)
    with join(Listener(port=0, max_associations=1), peer_host=HERE, claimant=recorder) as membership:
        busy = wire.RawSender(membership.port)
        busy.associate()
        pdus = wire.store_pdus(wire.data_set(size=1_000_000))
        busy.send(pdus[:800_000])
        recorder.wait_for("open")
        newcomer = wire.RawSender(membership.port)
        assert newcomer.associate() == (3, bytes((0, 2, 3, 2)))
        busy.send(pdus[800_000:])
        assert busy.status() == 0
        busy.close()
        newcomer.close()


def test_at_the_limit_a_stuck_one_gives_way(recorder, wire, monkeypatch):
    """A newcomer gets the place of one that stopped in the middle of a message."""
    monkeypatch.setattr(association_module, "STALL_SECONDS", 0.0)
    with join(Listener(port=0, max_associations=1), peer_host=HERE, claimant=recorder) as membership:
        stuck, newcomer = wire.RawSender(membership.port), wire.RawSender(membership.port)
        stuck.associate()
        stuck.send(wire.store_pdus(wire.data_set(size=1_000_000))[:800_000])
        recorder.wait_for("open")
        assert newcomer.associate()[0] == 2
        assert stuck.receive()[0] in (7, None)
        stuck.close()
        newcomer.close()


def test_200_idle_connections_and_a_good_sender(reception, wire):
    """Connections that say nothing keep nobody out."""
    idle = [socket.create_connection((HERE, reception.port)) for _ in range(200)]
    sender = wire.RawSender(reception.port)
    assert sender.associate()[0] == 2
    sender.send(wire.store_pdus(wire.data_set()))
    assert sender.status() == 0
    for connection in (*idle, sender):
        connection.close()


def test_connection_limit(recorder, wire, monkeypatch):
    """At the limit of connections the silent one that has waited longest gives way."""
    monkeypatch.setattr(reception_module, "CONNECTIONS", 4)
    with join(Listener(port=0, max_associations=2), peer_host=HERE, claimant=recorder) as membership:
        idle = [socket.create_connection((HERE, membership.port), timeout=10) for _ in range(4)]
        sender = wire.RawSender(membership.port)
        assert sender.associate()[0] == 2
        assert idle[0].recv(1) == b""
        for connection in (*idle, sender):
            connection.close()


def test_silent_connection_is_closed(recorder, monkeypatch):
    """A connection without a request is closed when its time is over."""
    monkeypatch.setattr(association_module, "REQUEST_SECONDS", 0.0)
    with (
        join(Listener(port=0), peer_host=HERE, claimant=recorder) as membership,
        socket.create_connection((HERE, membership.port), timeout=10) as silent,
    ):
        assert silent.recv(1) == b""


@pytest.mark.parametrize("begun", [False, True], ids=["idle", "in a message"])
def test_silent_association_is_aborted(recorder, wire, monkeypatch, begun):
    """An association that says nothing for too long is aborted, in a message and between messages."""
    with join(Listener(port=0), peer_host=HERE, claimant=recorder) as membership:
        sender = wire.RawSender(membership.port)
        sender.associate()
        if begun:
            sender.send(wire.store_pdus(wire.data_set(size=100_000))[:90_000])
            recorder.wait_for("open")
        monkeypatch.setattr(association_module, "SILENCE_SECONDS" if begun else "IDLE_SECONDS", 0.0)
        assert sender.receive()[0] in (7, None)
        recorder.wait_for("association", event="ended", reason="silent for too long")
        sender.close()


def test_data_set_that_drips_in_is_aborted(recorder, wire, monkeypatch):
    """A message that never ends is aborted though bytes of it keep coming, and nothing of it is kept."""
    with join(Listener(port=0), peer_host=HERE, claimant=recorder) as membership:
        sender = wire.RawSender(membership.port)
        sender.associate()
        pdus = wire.store_pdus(wire.data_set(size=100_000))
        sender.send(pdus[:50_000])
        recorder.wait_for("open")
        monkeypatch.setattr(association_module, "MESSAGE_SECONDS", 0.0)
        sender.send(pdus[50_000:50_010])
        assert sender.receive()[0] in (7, None)
        recorder.wait_for("association", event="ended", reason="a message took too long")
        recorder.wait_for("fault", reason="a message took too long")
        assert recorder.sinks[0].abandoned == "a message took too long"
        sender.close()
