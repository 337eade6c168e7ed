"""Receivers of our own, each run as a process of its own: as the API receives, our sockets alone, and a bare loop."""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
from pathlib import Path

from replay import read_pdu


def serve_api(port, folder):
    """Receive as a move of the API does: claims, the store, the tally and the journal."""
    from dicommove.retrieve.planning.requests import Request  # noqa: PLC0415
    from dicommove.retrieve.running.intake import Intake  # noqa: PLC0415 - the bare loop loads nothing of ours
    from dicommove.retrieve.running.tally import Tally  # noqa: PLC0415
    from dicommove.store import Store  # noqa: PLC0415
    from dicommove.terms import Level  # noqa: PLC0415

    store = Store(Path(folder) / "data").prepare()
    intake = Intake(
        store=store,
        operation=store.journal.begin("move"),
        tally=Tally(requests_total=1, expected=None),
        requests=[Request(number=1, study="1.2.3", level=Level.STUDY, expected=None, expected_by="counts")],
        instances=(),
        originator="BENCH",
        addresses=["127.0.0.1"],
        rows={},
    )
    intake.running(1, 1)
    listen(port, intake)


class PlainSink:
    """The least that keeps an instance: a temporary file that gets its name at the end."""

    def __init__(self, folder, request):
        self.path = f"{folder}/{request.sop_instance_uid}.dcm"
        self.file = os.open(self.path + ".part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)

    def write(self, data):
        """Write bytes."""
        os.write(self.file, data)

    def write_all(self, pieces):
        """Write pieces together."""
        os.writev(self.file, pieces)

    def finish(self, _):
        """Give it its name."""
        os.close(self.file)
        os.rename(self.path + ".part", self.path)  # noqa: PTH104 - as few calls as there can be
        return 0

    def abandon(self, _):
        """Forget it."""
        os.close(self.file)


class PlainClaimant:
    """Claims everything for a folder, or drops it where there is none."""

    began = 0.0

    def __init__(self, folder):
        self.folder = folder

    def claim(self, *_):
        """Want it."""
        return 4

    def open(self, request, _):
        """Open a sink."""
        return PlainSink(self.folder, request) if self.folder else Dropped()

    def note(self, *_):
        """Take no note."""


class Dropped:
    """Keeps nothing and answers at once: what remains is the archive's own limit."""

    def write(self, _):
        """Drop the bytes."""

    def write_all(self, _):
        """Drop the bytes."""

    def finish(self, _):
        """Say that it is stored."""
        return 0

    def abandon(self, _):
        """Forget nothing."""


def listen(port, claimant):
    """Listen until somebody ends this process."""
    from dicommove.entities import Listener  # noqa: PLC0415 - as above
    from dicommove.receive import join  # noqa: PLC0415

    with join(Listener(port=int(port)), peer_host="127.0.0.1", claimant=claimant):
        threading.Event().wait()


def serve_bare(port, folder, length):
    """Receive into a buffer and write to a file, without looking at a byte: the limit."""
    answer = struct.pack(">BxIIBB", 4, 110, 106, 1, 3) + bytes(104)
    listening = socket.create_server(("127.0.0.1", int(port)))
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=bare_association, args=(connection, folder, int(length), answer), daemon=True).start()


def bare_association(connection, folder, length, answer):
    """One association of the bare loop."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    read_pdu(connection)
    connection.sendall(struct.pack(">BxI", 2, 4) + bytes(4))
    buffer, number = memoryview(bytearray(262_144)), 0
    while True:
        left = length
        name = f"{folder}/{connection.fileno()}-{number}"
        file = os.open(name + ".part", os.O_WRONLY | os.O_CREAT, 0o600)
        while left:
            count = connection.recv_into(buffer, min(left, len(buffer)))
            if not count or (left == length and buffer[0] == 5):
                os.close(file)
                connection.sendall(b"\x06\0\0\0\0\x04\0\0\0\0")
                connection.close()
                return
            os.write(file, buffer[:count])
            left -= count
        os.close(file)
        os.rename(name + ".part", name)  # noqa: PTH104 - as few calls as there can be
        number += 1
        connection.sendall(answer)


if __name__ == "__main__":
    kind, port, folder, length = sys.argv[1:]
    if kind == "api":
        serve_api(port, folder)
    elif kind == "bare":
        serve_bare(port, folder, length)
    else:
        listen(port, PlainClaimant(folder if kind == "plain" else None))
