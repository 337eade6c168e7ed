"""Mutated real associations against the open port: no crash, no hang, no leak, and honest senders are served throughout.

``python benchmarks/fuzz.py --seconds 1800 [--seed N]``. Recorded are what DCMTK's ``storescu`` and ``echoscu`` and pynetdicom
send to our port (those that are installed), and associations of the test kit. Each is sent again with some of its bytes changed,
cut, repeated, swapped or with a lying length, in pieces of any size, by several threads. After every hundred an honest sender
stores an instance, which must be on the disk byte for byte. Every ten seconds: memory, descriptors and threads of the receiver.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from pynetdicom import AE

_ROOT = Path(__file__).parents[1]
sys.path.append(str(_ROOT))

from tests.hostile import senders, wire  # noqa: E402 - the tests are no package that is installed
from tests.hostile.judging import instances_in  # noqa: E402

_THREADS = 4
_HONEST_EVERY = 100
_REPORT_SECONDS = 10.0
_RECEIVER = """
import sys, dicommove as dm
listener = dm.Listener(ae_title="STORESCP", port=int(sys.argv[1]), admit="any")
with dm.Peer("127.0.0.1", 104, listener=listener).listening(minutes=600, store=sys.argv[2]):
    print("open", flush=True)
    sys.stdin.read()
"""


class Receiver:
    """Our port in a process of its own; a context manager."""

    def __init__(self, folder):
        self.folder, self._errors = folder, folder.parent / "errors.txt"
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]

    def __enter__(self):
        command = [sys.executable, "-W", "error::ResourceWarning", "-c", _RECEIVER, str(self.port), str(self.folder)]
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert self._process.stdout.readline() == "open\n", self._errors.read_text()
        return self

    def __exit__(self, *_):
        self._process.communicate(timeout=60)

    @property
    def errors(self):
        """What it said that nobody asked for."""
        return self._errors.read_text()

    def figures(self):
        """Memory in MB, descriptors, threads; what is missing means that it is dead."""
        status = dict(line.split(":", 1) for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines())
        descriptors = sum(1 for _ in Path(f"/proc/{self._process.pid}/fd").iterdir())
        return {
            "memory_mb": int(status["VmRSS"].split()[0]) // 1024,
            "descriptors": descriptors,
            "threads": int(status["Threads"]),
        }


class Tap:
    """Passes one connection on to a port, and keeps what its requestor sends."""

    def __init__(self, port):
        self._server, self._port, self.heard = socket.create_server(("127.0.0.1", 0)), port, bytearray()
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._pass, daemon=True)
        self._thread.start()

    def _pass(self):
        near, _ = self._server.accept()
        with near, socket.create_connection(("127.0.0.1", self._port)) as far:
            back = threading.Thread(target=_copy, args=(far, near, None), daemon=True)
            back.start()
            _copy(near, far, self.heard)
            back.join()

    def end(self):
        """Wait for the end of the connection; return what was heard."""
        self._thread.join(30)
        self._server.close()
        return bytes(self.heard)


def _copy(source, target, kept):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if kept is not None:
                kept += data
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def recorded(port, place):
    """What real programs send: whole associations, as bytes."""
    path = place / "one.dcm"
    _write_file(path)
    programs = [
        ["storescu", "-aec", "STORESCP", "127.0.0.1", "{port}", str(path)],
        ["echoscu", "-aec", "STORESCP", "127.0.0.1", "{port}"],
    ]
    found = [_heard(port, lambda at, command=command: _run(command, at)) for command in programs if shutil.which(command[0])]
    return [*found, _heard(port, lambda at: _by_pynetdicom(at, path)), *_by_hand()]


def _heard(port, act):
    tap = Tap(port)
    act(tap.port)
    return tap.end()


def _run(command, port):
    subprocess.run([part.format(port=port) for part in command], check=True, capture_output=True, timeout=60)


def _by_pynetdicom(port, path):
    ae = AE("SENDER")
    ae.add_requested_context(wire.CT, wire.EXPLICIT)
    association = ae.associate("127.0.0.1", port, ae_title="STORESCP")
    association.send_c_store(path)
    association.release()


def _by_hand():
    """Several contexts, several messages, odd pieces."""
    one, two = wire.instance("1.2.9.1"), wire.instance("1.2.9.2")
    contexts = [
        (1, wire.CT, (wire.EXPLICIT, wire.IMPLICIT)),
        (3, wire.VERIFICATION, (wire.IMPLICIT,)),
        (5, wire.MR, (wire.DEFLATED,)),
    ]
    echo = wire.command_set({0x0002: wire.VERIFICATION, 0x0100: wire.C_ECHO, 0x0110: 7, 0x0800: 0x0101})
    stores = [wire.p_data(1, wire.c_store(each.uid), command=True) + wire.p_data(1, each.data, size=300) for each in (one, two)]
    release = wire.pdu(wire.RELEASE_RQ, bytes(4))
    return [wire.associate_rq(contexts) + stores[0] + wire.p_data(3, echo, command=True) + stores[1] + release]


def _write_file(path):
    one = wire.instance("1.2.9.9")
    meta = (
        wire.element(0x00020001, "OB", b"\0\1")
        + wire.element(0x00020002, "UI", wire.CT)
        + wire.element(0x00020003, "UI", one.uid)
    )
    meta += wire.element(0x00020010, "UI", wire.EXPLICIT) + wire.element(0x00020012, "UI", "1.2.3.99")
    path.write_bytes(bytes(128) + b"DICM" + wire.element(0x00020000, "UL", len(meta).to_bytes(4, "little")) + meta + one.data)


def mutated(stream, chance):
    """The stream with some of it changed."""
    data = bytearray(stream)
    for _ in range(chance.choice((1, 1, 2, 3, 8, 30))):
        at = chance.randrange(len(data)) if chance.random() < 0.5 else chance.randrange(min(len(data), 400))
        size = chance.choice((1, 2, 4, 16, 100))
        match chance.randrange(7):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                data[at : at + 4] = chance.choice(
                    (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\0\x10\0\0")
                )
            case 2:
                del data[at : at + size]
            case 3:
                data[at:at] = data[at : at + size] * chance.choice((1, 2, 50))
            case 4:
                data[at:at] = chance.randbytes(size)
            case 5:
                other = chance.randrange(len(data))
                data[at : at + size], data[other : other + size] = data[other : other + size], data[at : at + size]
            case _:
                del data[max(at, 1) :]
        if not data:
            return b"\1"
    return bytes(data)


class Fuzz:
    """Sends until the time is over; counts, and keeps what went wrong."""

    def __init__(self, receiver, streams, seed, seconds):
        self._receiver, self._streams, self._seed = receiver, streams, seed
        self._until = time.monotonic() + seconds
        self.story = senders.Story(receiver.folder, receiver.port)
        self.sent, self.honest, self.wrong = [0] * _THREADS, [0] * _THREADS, []

    def run(self, thread):
        """One thread's part."""
        chance, number = random.Random(f"{self._seed} {thread}"), 0
        while time.monotonic() < self._until and not self.wrong:
            number += 1
            self._send(mutated(chance.choice(self._streams), chance), chance)
            self.sent[thread] = number
            if number % _HONEST_EVERY == 0:
                self._serve_honestly(wire.instance(f"1.2.8.{thread}.{number}"), thread, number)

    def _send(self, data, chance):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._receiver.port), 30) as connection:
            connection.settimeout(30)
            at = 0
            while at < len(data):
                size = chance.choice((1, 7, 100, 5000, 100_000))
                connection.sendall(data[at : at + size])
                at += size
            if chance.random() < 0.5:
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

    def _serve_honestly(self, one, thread, number):
        try:
            with senders.Sender(self._receiver.port, self.story).associate() as sender:
                status = sender.store(one)
                sender.release()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            self.wrong.append(f"thread {thread}, stream {number}, seed {self._seed}: {type(error).__name__}: {error}")
            return
        self.honest[thread] += 1
        if status:
            self.wrong.append(f"thread {thread}, stream {number}, seed {self._seed}: status {status:#06x}")


def report(receiver, fuzz, began):
    """One line."""
    print(
        {"seconds": int(time.monotonic() - began), "streams": sum(fuzz.sent), "honest": sum(fuzz.honest)} | receiver.figures(),
        flush=True,
    )


def main():
    """Fuzz; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}")
    with tempfile.TemporaryDirectory() as place, Receiver(Path(place) / "data") as receiver:
        fuzz = Fuzz(receiver, recorded(receiver.port, Path(place)), given.seed, given.seconds)
        began, threads = time.monotonic(), [threading.Thread(target=fuzz.run, args=(number,)) for number in range(_THREADS)]
        for thread in threads:
            thread.start()
        while alive := [thread for thread in threads if thread.is_alive()]:
            report(receiver, fuzz, began)
            alive[-1].join(_REPORT_SECONDS)
        report(receiver, fuzz, began)
        whole = {(one.uid, one.syntax, one.data) for one in fuzz.story.acknowledged}
        lost = whole - set(instances_in(receiver.folder).values())
        wrong = [
            *fuzz.wrong,
            *(f"{uid} was acknowledged and is not there" for uid, _, _ in lost),
            *filter(None, [receiver.errors]),
        ]
    print("\n".join(wrong) or "nothing was wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
