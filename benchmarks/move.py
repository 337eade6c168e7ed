"""Whole C-MOVEs from dcmqrscp and Orthanc, with the same programs as in `receive.py`, and the archive's own limit first.

Run it with ``python benchmarks/move.py --quiet --json move.json`` (some 12 minutes; ``--quick`` for a look). Time runs from the
first byte of the C-MOVE-RQ to the final response, noted by a wire in between; what a program takes before and after is reported
apart. The archive's own limit is what it sends to a receiver that drops everything and answers at once.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from between import Between
from native import built
from processes import Process, free_port, wait_for
from quietness import Watch, machine, told
from replay import CT, EXPLICIT, UID, data_set

from dicommove.store.part10 import file_start

sys.path.append(str(Path(__file__).parents[1]))
from tests.peers.archives import Dcmqrscp, Orthanc, RealFile

WORKLOADS = {"ct": ("0.5 MB", 500, 524_288), "mr": ("20 KB", 2000, 20_480)}
LIMITS = ("discarding receiver in C", "discarding receiver in Python")
_HERE = Path(__file__).parent
_MEMORY = Path("/dev/shm")
_ASKED = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3", "-aet", "BENCH", "-aec", "{ae}", "-aem", "BENCH")
_STORING = ("-S", "-q", "--store", "--store-aet", "BENCH", "--store-port", "{own}", "-od", "{folder}", *_ASKED)
_DCMTK = ("movescu", "-S", *_ASKED)
_WHERE = ("127.0.0.1", "{port}")
_MODULE = (sys.executable, "-m")


def programs():
    """Who asks, and who receives where that is another process; those that are not installed are left out."""
    discard = built("discard")
    found = {
        LIMITS[0]: ((*_DCMTK, *_WHERE), (discard, "{own}")) if discard else None,
        LIMITS[1]: ((*_DCMTK, *_WHERE), (sys.executable, str(_HERE / "serving.py"), "discard", "{own}", "{folder}", "0")),
        "our movescu": ((*_MODULE, "dicommove", "movescu", *_STORING, *_WHERE), None),
        "our API with journal": ((sys.executable, str(_HERE / "api_move.py"), "{port}", "{own}", "{ae}", "{folder}"), None),
        "DCMTK movescu at its best": ((*_DCMTK, "-pdu", "131072", "+P", "{own}", "+B", "-od", "{folder}", *_WHERE), None),
        "DCMTK storescp at its best": ((*_DCMTK, *_WHERE), ("storescp", "+B", "-pdu", "131072", "-od", "{folder}", "{own}")),
        "pynetdicom movescu": ((*_MODULE, "pynetdicom", "movescu", *_STORING, *_WHERE), None),
    }
    return {name: program for name, program in found.items() if program and shutil.which(program[0][0])}


def make_files(folder, count, size):
    """Write the study that is moved."""
    for number in range(count):
        uid = UID.format(number)
        start = file_start(sop_class_uid=CT, sop_instance_uid=uid, transfer_syntax_uid=EXPLICIT, source_ae_title="BENCH")
        (folder / f"{number}.dcm").write_bytes(start + data_set(size, uid))
    return [RealFile(path) for path in sorted(folder.iterdir())]


def run(archive, asking, receiving, own_port, base):
    """Run one C-MOVE; return what it took, and how many files were kept."""
    with tempfile.TemporaryDirectory(dir=base) as folder, ExitStack() as stack:
        measured = []
        wire = stack.enter_context(Between(archive.port, lambda: measured[0].cpu_seconds()))  # noqa: PLW0108 - it is there later
        values = {"ae": archive.ae_title, "own": own_port, "folder": folder, "port": wire.port}
        if receiving:
            receiver = Process([part.format(**values) for part in receiving], folder, {"TCP_NODELAY": "1"})
            measured.append(stack.enter_context(receiver))
            wait_for(own_port, receiver)
        taken = asked([part.format(**values) for part in asking], folder, measured)
        kept = sum(1 for path in Path(folder).rglob("*") if path.is_file() and ".dicommove" not in path.parts)
        return figures(wire.longest, taken, measured[0] if receiving else None), kept


def asked(command, folder, measured):
    """Run the program that asks to its end; return when it began and ended, its CPU seconds and its peak memory in MB."""
    environment = {"TCP_NODELAY": "1"}
    began = time.perf_counter()
    process = Process(command, folder, environment)
    with process:
        measured.append(process)
        used, peak = process.wait(600)
    return began, time.perf_counter(), used, peak


def figures(span, taken, receiver):
    """Put the figures of one C-MOVE together; CPU and memory are those of who receives."""
    began, ended, cpu, peak = taken
    if span is None:
        raise SystemExit("no C-MOVE went over the wire")
    if receiver is not None:
        cpu, peak = receiver.cpu_seconds(), receiver.memory_mb("VmHWM")
    return {
        "seconds": span.seconds,
        "before": span.began - began,
        "after": ended - span.ended,
        "cpu": cpu - span.used,
        "cpu_before": span.used,
        "rss_mb": peak,
    }


def archives(folder, own_port):
    """The archives that are installed, not yet started."""
    destinations = {"BENCH": own_port}
    if shutil.which("dcmqrscp"):
        yield "dcmqrscp", Dcmqrscp(folder / "dcmqrscp", "dcmqrscp", "dcmqridx", destinations)
    if shutil.which("Orthanc"):
        yield "Orthanc", Orthanc(folder / "orthanc", "Orthanc", destinations)


def rounds_of(archive, label, count, options, own_port):
    """Run every program in turn, round by round; return rows, and how quiet each round was."""
    chosen = {name: program for name, program in programs().items() if name in (options.only or [name])}
    results, noises = {name: [] for name in chosen}, []
    for number in range(options.rounds):
        watch = Watch()
        for name, program in chosen.items():
            found, kept = run(archive, *program, own_port, options.folder)
            if kept < count and name not in LIMITS:
                print(f"{name}: only {kept} of {count} instances came", file=sys.stderr)
            results[name].append(found)
        noises.append({"workload": label, "round": number + 1, **watch.noise()})
        if options.quiet:
            print(f"{label}, round {number + 1}: {told(noises[-1])}", file=sys.stderr, flush=True)
    return [row(label, name, count, found) for name, found in results.items()], noises


def row(label, name, count, found):
    """Sum up the rounds of one program."""
    medians = {key: statistics.median(one[key] for one in found) for key in found[0]}
    times = [one["seconds"] for one in found]
    facts = {"workload": label, "program": name, "count": count, "rounds": len(found)}
    return facts | medians | {"fastest": min(times), "slowest": max(times)}


def table(rows):
    """Give rows as lines of a table, each time also as a part of the archive's own limit."""
    titles = "C-MOVE s (spread) | instances/s | of the limit | CPU s | peak MB | before it s | CPU s before it | after it s"
    yield f"| workload | program | {titles} |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    limits = {one["workload"]: one["seconds"] for name in reversed(LIMITS) for one in rows if one["program"] == name}
    for one in rows:
        limit, seconds = limits.get(one["workload"]), one["seconds"]
        cells = [one["workload"], one["program"], f"{seconds:.2f} ({one['fastest']:.2f}-{one['slowest']:.2f})"]
        cells += [
            f"{one['count'] / seconds:.0f}",
            f"{limit / seconds:.2f}" if limit else "",
            f"{one['cpu']:.2f}",
            f"{one['rss_mb']:.0f}",
        ]
        yield f"| {' | '.join([*cells, *(f'{one[key]:.2f}' for key in ('before', 'cpu_before', 'after'))])} |"


def measured(name, options):
    """Measure one workload with each archive in turn."""
    text, count, size = WORKLOADS[name]
    count = max(1, round(count * options.scale))
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        folder, own_port = Path(place), free_port()
        (folder / "made").mkdir()
        files = make_files(folder / "made", count, size)
        for archive_name, archive in archives(folder, own_port):
            with archive:
                archive.load(files)
                yield rounds_of(archive, f"{count:,} x {text} from {archive_name}", count, options, own_port)


def main():
    """Measure, print a table, and write the rows where the pages and the plot find them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS), help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of each workload's instances")
    parser.add_argument("--quick", action="store_true", help="one round of a tenth of each workload")
    parser.add_argument("--quiet", action="store_true", help="tell after each round how quiet the machine was")
    parser.add_argument("--only", action="append", help="name of a program; may be given again")
    parser.add_argument("--folder", default=_MEMORY if _MEMORY.is_dir() else None, help="where files go")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.scale = 1, 0.1
    rows, noises = [], []
    for name in options.workloads:
        for found, noise in measured(name, options):
            rows, noises = rows + found, noises + noise
            print("\n".join(table(found)), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "rows": rows, "noise": noises}, indent=1))


if __name__ == "__main__":
    main()
