"""How fast instances are received: our receivers, pynetdicom's and DCMTK's, and a bare loop, interleaved in one run.

Run it with ``python benchmarks/receive.py`` (``--help`` for less or more). A raw replay sender with pre-encoded PDUs and
TCP_NODELAY waits for each response, so that it is never the bottleneck. Ratios are what counts: absolute figures differ.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from holder import Holder
from processes import Process, free_port, wait_for
from replay import Template, replay


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
    "large": Workload("one patient: 4 x 200 MB", 4, 209_715_200),
    "four": Workload("4 associations, 100 x 0.5 MB each", 400, 524_288, 4),
    "short": Workload("growth: 1,000 x 8 KB", 1000, 8192),
    "long": Workload("growth: 30,000 x 8 KB", 30_000, 8192),
}


@dataclass(frozen=True)
class Receiver:
    """A program; ``{port}``, ``{folder}``, ``{size}`` and ``{archive}`` (a port) in its command are filled in.

    ``share`` is the part of a workload that a slow one is sent: its rate does not depend on the number.
    """

    command: tuple[str, ...]
    nodelay: bool = False
    share: float = 1.0

    @property
    def retrieves(self):
        """Whether it receives only while its own C-MOVE is under way."""
        return "{archive}" in self.command


_SERVING = (sys.executable, str(Path(__file__).with_name("serving.py")))
_ASKED = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3")
_STORING = ("-S", "-q", "--store", "--store-port", "{port}", "-od", "{folder}", *_ASKED, "127.0.0.1", "{archive}")
_DCMTK = ("-S", "+P", "{port}", "+B", "-od", "{folder}", *_ASKED, "127.0.0.1", "{archive}")

RECEIVERS = {
    "our movescu": Receiver((sys.executable, "-m", "dicommove", "movescu", *_STORING)),
    "our API with journal": Receiver((*_SERVING, "api", "{port}", "{folder}", "0")),
    "our sockets, plain files": Receiver((*_SERVING, "plain", "{port}", "{folder}", "0")),
    "pynetdicom movescu": Receiver((sys.executable, "-m", "pynetdicom", "movescu", *_STORING), share=0.1),
    "pynetdicom storescp": Receiver(
        (sys.executable, "-m", "pynetdicom", "storescp", "{port}", "-od", "{folder}", "-q"), share=0.1
    ),
    "DCMTK movescu": Receiver(("movescu", *_DCMTK), share=0.05),
    "DCMTK storescp": Receiver(("storescp", "+B", "-od", "{folder}", "{port}"), share=0.05),
    "DCMTK movescu at its best": Receiver(("movescu", "-pdu", "131072", *_DCMTK), nodelay=True),
    "DCMTK storescp at its best": Receiver(("storescp", "+B", "-pdu", "131072", "-od", "{folder}", "{port}"), nodelay=True),
    "bare loop in Python": Receiver((*_SERVING, "bare", "{port}", "{folder}", "{size}")),
}


def send_all(workload, port, templates):
    """Send a workload, each association with a template of its own."""
    share = workload.count // workload.associations
    ranges = [range(10_000_000 + n * share, 10_000_000 + (n + 1) * share) for n in range(workload.associations)]
    threads = [threading.Thread(target=replay, args=(port, *given)) for given in zip(templates, ranges, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measure(workload, receiver, templates, base):
    """Start a receiver, send it the workload; return what it took."""
    port = free_port()
    with tempfile.TemporaryDirectory(dir=base) as folder, Holder() as holder:
        values = {"port": port, "folder": folder, "size": workload.size, "archive": holder.port}
        command = [part.format(**values) for part in receiver.command]
        if workload.associations > 1 and command[0] == "storescp":
            command.insert(1, "--fork")
        with Process(command, folder, {"TCP_NODELAY": "1"} if receiver.nodelay else None) as process:
            if not receiver.retrieves:
                wait_for(port, process)
            elif not holder.asked.wait(30):
                raise SystemExit(f"no C-MOVE came from {' '.join(command)}")
            time.sleep(0.2)
            return process.measure(lambda: send_all(workload, port, templates))


def scaled(workload, fraction):
    """Give a workload of fewer instances."""
    count = max(workload.associations, round(workload.count * fraction))
    return replace(workload, count=count)


def rounds_of(workload, options):
    """Measure a workload with every receiver in turn, round by round; return rows."""
    chosen = {
        name: receiver
        for name, receiver in RECEIVERS.items()
        if (not options.only or name in options.only) and shutil.which(receiver.command[0])
    }
    results = {name: [] for name in chosen}
    templates = [Template(workload.size) for _ in range(workload.associations)]
    for number in range(options.rounds):
        for name, receiver in chosen.items():
            if receiver.share < 1 and number >= options.slow_rounds:
                continue
            part = scaled(workload, options.scale * receiver.share)
            results[name].append((part.count, measure(part, receiver, templates, options.folder)))
    return [row(workload, name, found) for name, found in results.items()]


def row(workload, name, found):
    """Sum up the rounds of one receiver."""
    rates = sorted(count / one.seconds for count, one in found)
    return {
        "workload": workload.name,
        "receiver": name,
        "rate": statistics.median(rates),
        "slowest": rates[0],
        "fastest": rates[-1],
        "mb_per_s": statistics.median(rates) * workload.size / 1e6,
        "cpu_ms": statistics.median(one.cpu_seconds / count for count, one in found) * 1000,
        "rss_mb": max(one.rss_mb for _, one in found),
        "grown_mb": max(one.grown_mb for _, one in found),
    }


def printed(rows):
    """Print rows as a table, each rate also as a part of the bare loop's."""
    bare = next((one["rate"] for one in rows if one["receiver"].startswith("bare")), float("nan"))
    for one in rows:
        spread = f"{one['rate']:.0f} ({one['slowest']:.0f}-{one['fastest']:.0f})"
        if one["rate"] < 20:
            spread = f"{one['rate']:.2f} ({one['slowest']:.2f}-{one['fastest']:.2f})"
        print(
            f"| {one['workload']} | {one['receiver']} | {spread} | {one['mb_per_s']:.0f} | {one['rate'] / bare:.2f} | "
            f"{one['cpu_ms']:.2f} | {one['rss_mb']:.0f} | {one['grown_mb']:.0f} |",
            flush=True,
        )


def main():
    """Measure, print a table, and write the rows where the plot finds them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", default=["ct", "mr", "large", "four"], help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=3, help="rounds of those that take minutes")
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of each workload's instances")
    parser.add_argument("--only", action="append", help="names of receivers")
    parser.add_argument("--folder", default="/dev/shm" if Path("/dev/shm").is_dir() else None, help="where files go")
    parser.add_argument("--json", type=Path, help="write the rows to this file too")
    options = parser.parse_args()
    print("| workload | receiver | instances/s (spread) | MB/s | of bare | CPU ms an instance | peak MB | grown MB |")
    print("|---|---|---|---|---|---|---|---|")
    rows = []
    for name in options.workloads:
        found = rounds_of(WORKLOADS[name], options)
        printed(found)
        rows += found
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
