"""How fast instances are received: our receivers, pynetdicom's and DCMTK's, and bare loops, interleaved in one run.

Run it with ``python benchmarks/receive.py --quiet --json receive.json`` (some 12 minutes; ``--quick`` for a look, ``--help`` for
more). A raw replay sender with pre-encoded PDUs and TCP_NODELAY waits for each response, so that it is never the bottleneck.
Every receiver takes its turn in every round; what counts are the medians of the rounds, and their ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from holder import Holder
from processes import Process, free_port, wait_for
from quietness import Watch, machine, told
from receivers import DISK_WORKLOADS, WORKLOADS, receivers
from replay import Template, replay, wire_length

_MEMORY = Path("/dev/shm")


def send_all(workload, port, templates):
    """Send a workload, each association with a template of its own; return the times of each."""
    share = workload.count // workload.associations
    ranges = [range(10_000_000 + n * share, 10_000_000 + (n + 1) * share) for n in range(workload.associations)]
    with ThreadPoolExecutor(workload.associations) as threads:
        return list(threads.map(replay, [port] * workload.associations, templates, ranges))


def measure(workload, receiver, templates, base):
    """Start a receiver, send it the workload; return what it took."""
    port = free_port()
    with tempfile.TemporaryDirectory(dir=base) as folder, Holder() as holder:
        length = wire_length(workload.size)
        command = receiver.filled(workload, port=port, folder=folder, length=length, archive=holder.port)
        with Process(command, folder, {"TCP_NODELAY": "1"} if receiver.nodelay else None) as process:
            if not receiver.retrieves:
                wait_for(port, process)
            elif not holder.asked.wait(30):
                raise SystemExit(f"no C-MOVE came from {' '.join(command)}")
            time.sleep(0.2)
            return process.measure(lambda: send_all(workload, port, templates))


def rounds_of(workload, options, folder):
    """Measure a workload with every receiver in turn, round by round; return rows, and how quiet each round was."""
    chosen = {
        name: receiver
        for name, receiver in receivers().items()
        if name in (options.only or [name]) and name in (workload.only or [name]) and receiver.installed
    }
    results, noises = {name: [] for name in chosen}, []
    templates = [Template(workload.size) for _ in range(workload.associations)]
    for number in range(options.rounds):
        watch = Watch()
        for name, receiver in chosen.items():
            part = workload.scaled(options.scale * receiver.share)
            results[name].append((part.count, measure(part, receiver, templates, folder)))
        noises.append({"workload": workload.name, "round": number + 1, **watch.noise()})
        if options.quiet:
            print(f"{workload.name}, round {number + 1}: {told(noises[-1])}", file=sys.stderr, flush=True)
    return [row(workload, name, found) for name, found in results.items()], noises


def row(workload, name, found):
    """Sum up the rounds of one receiver."""
    rates = sorted(count / one.seconds for count, one in found)
    return {
        "workload": workload.name,
        "receiver": name,
        "rounds": len(rates),
        "rate": statistics.median(rates),
        "slowest": rates[0],
        "fastest": rates[-1],
        "mb_per_s": statistics.median(rates) * workload.size / 1e6,
        "accept_ms": statistics.median(one.accepting for _, one in found) * 1000,
        "cpu_ms": statistics.median(one.cpu_seconds / count for count, one in found) * 1000,
        "rss_mb": max(one.rss_mb for _, one in found),
        "grown_mb": max(one.grown_mb for _, one in found),
    }


def table(rows):
    """Give rows as lines of a table, each rate also as a part of both bare loops'."""
    titles = "instances/s (spread) | MB/s | of bare Python | of bare C | CPU ms each | peak MB | grown MB | accept ms"
    yield f"| workload | receiver | {titles} |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    rates = {(one["workload"], one["receiver"]): one["rate"] for one in rows}
    for one in rows:
        digits = 0 if one["rate"] >= 20 else 2
        spread = f"{one['rate']:.{digits}f} ({one['slowest']:.{digits}f}-{one['fastest']:.{digits}f})"
        bare = [rates.get((one["workload"], f"bare loop in {language}")) for language in ("Python", "C")]
        parts = [f"{one['rate'] / rate:.2f}" if rate else "absent" for rate in bare]
        numbers = [f"{one['mb_per_s']:.0f}", *parts, f"{one['cpu_ms']:.2f}"]
        numbers += [f"{one[name]:.0f}" for name in ("rss_mb", "grown_mb", "accept_ms")]
        yield f"| {' | '.join([one['workload'], one['receiver'], spread, *numbers])} |"


def main():
    """Measure, print a table, and write the rows where the pages and the plot find them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS), help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of each workload's instances")
    parser.add_argument("--quick", action="store_true", help="one round of a tenth of each workload")
    parser.add_argument("--quiet", action="store_true", help="tell after each round how quiet the machine was")
    parser.add_argument("--only", action="append", help="name of a receiver; may be given again")
    parser.add_argument("--memory", type=Path, default=_MEMORY if _MEMORY.is_dir() else None, help="folder in memory")
    parser.add_argument("--disk", type=Path, help="folder on a disk, to measure there too")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.scale = 1, 0.1
    planned = [(WORKLOADS[name], options.memory) for name in options.workloads]
    planned += [(DISK_WORKLOADS[name], options.disk) for name in options.workloads if options.disk and name in DISK_WORKLOADS]
    rows, noises = [], []
    for workload, folder in planned:
        found, noise = rounds_of(workload, options, folder)
        rows, noises = rows + found, noises + noise
        print("\n".join(table(found)), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "rows": rows, "noise": noises}, indent=1))


if __name__ == "__main__":
    main()
