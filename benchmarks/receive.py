"""How fast instances are received: ours, pynetdicom's and DCMTK's receivers, and a bare loop, interleaved in one run.

Run it with ``python benchmarks/receive.py`` (``--help`` for less or more). A raw replay sender with pre-encoded PDUs and
TCP_NODELAY waits for each response, so that it is never the bottleneck. Ratios are what counts: absolute figures differ.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from replay import UID, message, read_pdu, replay


@dataclass(frozen=True)
class Workload:
    """So many instances of so many bytes, over so many associations at once."""

    name: str
    count: int
    size: int
    associations: int = 1


WORKLOADS = {
    "ct": Workload("CT: 400 x 0.5 MB", 400, 524_288),
    "mr": Workload("MR: 3,000 x 20 KB", 3000, 20_480),
    "large": Workload("4 x 200 MB", 4, 209_715_200),
    "four": Workload("4 associations, 100 x 0.5 MB each", 400, 524_288, 4),
}


def send_all(workload, port):
    """Send a workload; return seconds."""
    share = workload.count // workload.associations
    ranges = [range(10_000_000 + n * share, 10_000_000 + (n + 1) * share) for n in range(workload.associations)]
    threads = [threading.Thread(target=replay, args=(port, workload.size, numbers)) for numbers in ranges]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


# The receivers, each run as a process of its own.


class FileSink:
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


class FileClaimant:
    """Claims everything for a folder."""

    began = 0.0

    def __init__(self, folder, store):
        self.folder, self.store = folder, store

    def claim(self, *_):
        """Want it."""
        return 4

    def open(self, request, _):
        """Open a sink."""
        if self.store is None:
            return FileSink(self.folder, request)
        return self.store.incoming(
            sop_class_uid=request.sop_class_uid,
            sop_instance_uid=request.sop_instance_uid,
            transfer_syntax_uid=request.transfer_syntax_uid,
            source_ae_title=request.sender.calling_ae_title,
        )

    def note(self, *_):
        """Take no note."""


def serve_ours(port, folder, *, with_store):
    """Receive with our own receiver, into plain files or into our store."""
    from dicommove.entities import Listener  # noqa: PLC0415 - the sender and the bare loop load nothing of ours
    from dicommove.receive import join  # noqa: PLC0415

    store = None
    if with_store:
        from dicommove.store import Store  # noqa: PLC0415

        store = Store(Path(folder))
        store.prepare()
    with join(Listener(port=port), peer_host="127.0.0.1", claimant=FileClaimant(folder, store)):
        threading.Event().wait()


def serve_bare(port, folder, size):
    """Receive into a buffer and write to a file, without looking at a byte: the limit."""
    length = len(message(size, UID.format(0)))
    answer = struct.pack(">BxIIBB", 4, 110, 108, 1, 3) + bytes(106 - 2)
    listening = socket.create_server(("127.0.0.1", port))
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=bare_association, args=(connection, folder, length, answer), daemon=True).start()


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
        os.rename(name + ".part", name)  # noqa: PTH104 - as above
        number += 1
        connection.sendall(answer)


def receivers(workload):
    """Commands of the receivers and what to set in their environment."""
    me = [sys.executable, __file__, "--serve"]
    commands = {
        "ours": ([*me, "ours", "{port}", "{folder}", "0"], {}),
        "ours + store": ([*me, "store", "{port}", "{folder}", "0"], {}),
        "bare loop": ([*me, "bare", "{port}", "{folder}", str(workload.size)], {}),
        "pynetdicom": ([sys.executable, "-m", "pynetdicom", "storescp", "{port}", "-od", "{folder}", "-q"], {}),
    }
    if shutil.which("storescp"):
        commands["DCMTK"] = (["storescp", "+B", "-od", "{folder}", "{port}"], {})
        best = ["storescp", "+B", "-pdu", "131072", "-od", "{folder}", "{port}"]
        if workload.associations > 1:
            best.insert(1, "--fork")
        commands["DCMTK at its best"] = (best, {"TCP_NODELAY": "1"})
    return commands


def measure(workload, command, environment):
    """Start a receiver, send it the workload; return (seconds, CPU seconds, peak resident MB)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        command = [part.format(port=port, folder=folder) for part in command]
        environment = os.environ | environment | {"XDG_STATE_HOME": folder}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port)
            before = cpu_seconds(process.pid)
            seconds = send_all(workload, port)
            cpu = cpu_seconds(process.pid) - before
        finally:
            process.terminate()
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
    return seconds, cpu, usage.ru_maxrss / 1024


def cpu_seconds(pid):
    """CPU seconds of a process and its ended children so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def wait_for(port):
    """Wait until somebody listens."""
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def main():
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", default=["ct", "mr"], help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of each workload's instances")
    parser.add_argument("--only", action="append", help="names of receivers")
    parser.add_argument("--serve", nargs=4, metavar=("KIND", "PORT", "FOLDER", "SIZE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        kind, port, folder, size = options.serve
        if kind == "bare":
            serve_bare(int(port), folder, int(size))
        serve_ours(int(port), folder, with_store=kind == "store")
    print("| workload | receiver | instances/s (median, spread) | MB/s | of bare | CPU ms/instance | peak MB |")
    print("|---|---|---|---|---|---|---|")
    for name in options.workloads:
        report(WORKLOADS[name], options)


def report(workload, options):
    """Measure one workload with every receiver in turn, round by round, and print its rows."""
    count = max(workload.associations, int(workload.count * options.scale))
    workload = Workload(workload.name, count, workload.size, workload.associations)
    chosen = {key: value for key, value in receivers(workload).items() if not options.only or key in options.only}
    results = {key: [] for key in chosen}
    for _ in range(options.rounds):
        for key, (command, environment) in chosen.items():
            results[key].append(measure(workload, command, environment))
    medians = {key: statistics.median(result[0] for result in rounds) for key, rounds in results.items()}
    bare = medians.get("bare loop", float("nan"))
    for key, rounds in results.items():
        rates = sorted(count / seconds for seconds, _, _ in rounds)
        cpu = statistics.median(result[1] for result in rounds) / count * 1000
        peak = max(result[2] for result in rounds)
        rate = count / medians[key]
        spread = f"{rates[0]:.0f}-{rates[-1]:.0f}"
        mb = rate * workload.size / 1e6
        print(
            f"| {workload.name} | {key} | {rate:.0f} ({spread}) | {mb:.0f} | {bare / medians[key]:.2f} | {cpu:.2f} | {peak:.0f} |"
        )


if __name__ == "__main__":
    main()
