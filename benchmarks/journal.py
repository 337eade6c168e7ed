"""What the journal costs while instances are received: CPU seconds with it and without it, in turn.

Run it with ``python benchmarks/journal.py`` (``--help`` for less or more). The receiver is a process of its own that receives as
a move does; without the journal the facts are made all the same and then forgotten. What it takes to fold the log into the
database at the end belongs to the cost.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from processes import free_port
from replay import Template, replay

from dicommove.entities import Listener
from dicommove.receive import join
from dicommove.retrieve.planning.requests import Request
from dicommove.retrieve.running.intake import Intake
from dicommove.retrieve.running.tally import Tally
from dicommove.store import NoJournal, Store
from dicommove.terms import Level

WORKLOADS = {"0.5 MB": (524_288, 800, 0.10), "20 KB": (20_480, 6000, 0.20)}
"""Bytes of an instance, how many, and the most that the journal may cost of the receive time."""


def cpu_seconds():
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def serve(kind, port, folder):
    """Receive until SIGTERM; then say what it took, the folding included."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    store = Store(Path(folder) / "data").prepare()
    operation = store.journal.begin("move")
    if kind == "without":
        store.journal.close()
        store._opened = store._opened._replace(journal=NoJournal())  # noqa: SLF001 - all else is to stay as it is
    intake = Intake(
        store=store,
        operation=operation,
        tally=Tally(requests_total=1, expected=None),
        requests=[Request(number=1, study="1.2.3", level=Level.STUDY, expected=None, expected_by="counts")],
        instances=(),
        originator="BENCH",
        addresses=["127.0.0.1"],
        rows={},
    )
    intake.running(1, 1)
    with join(Listener(port=int(port)), peer_host="127.0.0.1", claimant=intake):
        before = cpu_seconds()
        print("ready", flush=True)
        ended.wait()
    store.close()
    print(json.dumps({"cpu_seconds": cpu_seconds() - before}), flush=True)


def measured(kind, template, count, base):
    """Receive so many instances; return CPU seconds and seconds."""
    with tempfile.TemporaryDirectory(dir=base) as folder:
        port = free_port()
        command = [sys.executable, __file__, "--serve", kind, str(port), folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as receiver:
            assert receiver.stdout.readline() == "ready\n"
            began = time.perf_counter()
            replay(port, template, range(10_000_000, 10_000_000 + count))
            seconds = time.perf_counter() - began
            receiver.terminate()
            return json.loads(receiver.stdout.readline())["cpu_seconds"], seconds


def compared(name, options):
    """Measure a workload with and without, round by round, and print a row."""
    size, count, most = WORKLOADS[name]
    count = round(count * options.scale)
    template = Template(size)
    found = {kind: [] for kind in ("with", "without")}
    for number in range(options.rounds):
        for kind in found if number % 2 else reversed(found):
            found[kind].append(measured(kind, template, count, options.folder))
    cpu = {kind: statistics.median(one for one, _ in values) * 1000 / count for kind, values in found.items()}
    pairs = zip(found["with"], found["without"], strict=True)
    share = statistics.median((one - other) / one for (one, _), (other, _) in pairs)
    rates = {kind: statistics.median(count / seconds for _, seconds in values) for kind, values in found.items()}
    print(
        f"| {count} x {name} | {cpu['with']:.3f} | {cpu['without']:.3f} | {share:.1%} (at most {most:.0%}) | "
        f"{rates['with']:.0f} | {rates['without']:.0f} |",
        flush=True,
    )


def main():
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--serve", nargs=3, metavar=("KIND", "PORT", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of the instances")
    parser.add_argument("--folder", default="/dev/shm" if Path("/dev/shm").is_dir() else None, help="where files go")
    options = parser.parse_args()
    if options.serve:
        serve(*options.serve)
        return
    print("| workload | CPU ms an instance, with | without | the journal's part | instances/s, with | without |")
    print("|---|---|---|---|---|---|")
    for name in WORKLOADS:
        compared(name, options)


if __name__ == "__main__":
    main()
