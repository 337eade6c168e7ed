"""Stores that die at a chosen call of the system: a program that forks a process with a store of its own for each connection.

``dying_stores.py SOCKET``; a process takes orders, one line of JSON each, and answers each with a line, unless it dies of it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest import CT, EXPLICIT, Store, data_set, head_of
from failing_system import CHANGING, System

from dicommove import platform
from dicommove.errors import StoreError

DEAD = 9


class Keeper:
    """A process that keeps a store, and obeys."""

    def __init__(self):
        self.system = System()
        self.system.install(setattr)
        self.store = self.operation = None
        self.begun = {}

    def obey(self, order):
        """Carry out an order, to its end or to the ``fuse``-th call that changes something, where it dies."""
        left = iter(range(order.pop("fuse", None) or 10**9, 0, -1))

        def deed(number, name):
            if number > 0 and (name in CHANGING or name.startswith(("sqlite", "flock"))) and next(left) == 1:
                os._exit(DEAD)

        with self.system.watch(deed):
            return getattr(self, order.pop("do"))(**order)

    def open(self, folder, flags, journal):
        """Open the store; ``flags`` are those of `platform`."""
        for name, value in flags.items():
            setattr(platform, name, value)
        # Without a journal what is there already is noticed by its name only, made of the UID then as `movescu` does.
        self.store = Store(folder, journal=journal, layout=None if journal else "{instance}.dcm").prepare()
        self.operation = self.store.journal.begin("move") if journal else None
        return {}

    def begin(self, uid, number):
        """Take the first half of an instance."""
        data = data_set(uid, number=number)
        facts = {"sop_class_uid": CT, "sop_instance_uid": uid, "transfer_syntax_uid": EXPLICIT, "source_ae_title": "PACS"}
        sink = self.store.incoming(**facts, operation=self.operation)
        sink.write(data[: len(data) // 2])
        self.begun[uid, number] = sink
        return {}

    def finish(self, uid, number):
        """Take the second half."""
        data, sink = data_set(uid, number=number), self.begun.pop((uid, number))
        sink.write(data[len(data) // 2 :])
        status = sink.finish(head_of(data))
        return {"status": status, "path": sink.kept and sink.kept.location, "disposition": sink.kept and sink.kept.disposition}

    def close(self):
        """Close the store, as a process that ends well does."""
        for sink in self.begun.values():
            sink.abandon("the sender went away")
        self.store.close()
        return {}


def serve(connection):
    """Say who we are, and obey until nobody orders any more."""
    keeper = Keeper()
    with connection.makefile("rw") as orders:
        orders.write(f"{os.getpid()}\n")
        orders.flush()
        for line in orders:
            try:
                answer = keeper.obey(json.loads(line))
            except StoreError as error:
                answer = {"error": str(error)}
            orders.write(json.dumps(answer) + "\n")
            orders.flush()


def main():
    """Fork a process for each connection; this one has one thread, so that a fork is safe."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(sys.argv[1])
        listening.listen()
        print("ready", flush=True)  # noqa: T201 - who started us waits for it
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                try:
                    serve(connection)
                finally:
                    os._exit(1)
            connection.close()


if __name__ == "__main__":
    main()
