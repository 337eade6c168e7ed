"""Whole C-MOVEs from dcmqrscp and Orthanc, with the same programs as in `receive.py`, and the archive's own limit first.

Run it with ``python benchmarks/move.py``. Time runs from the first byte of the C-MOVE-RQ to the final response, noted by a wire
in between; what a program needs to start is left out. The archive's own limit is what it sends to a receiver that discards.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from between import Between
from processes import Process, free_port, wait_for
from replay import CT, EXPLICIT, UID, data_set

from dicommove.store.part10 import file_start

sys.path.append(str(Path(__file__).parents[1] / "tests" / "peers"))
from archives import Dcmqrscp, Orthanc, RealFile

WORKLOADS = {"ct": ("500 x 0.5 MB", 500, 524_288), "mr": ("2,000 x 20 KB", 2000, 20_480)}
_SERVING = (sys.executable, str(Path(__file__).with_name("serving.py")))
_ASKED = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3", "-aet", "BENCH", "-aec", "{ae}", "-aem", "BENCH")
_STORING = ("-S", "-q", "--store", "--store-aet", "BENCH", "--store-port", "{own}", "-od", "{folder}", *_ASKED)
_DCMTK = ("movescu", "-S", *_ASKED)
_WHERE = ("127.0.0.1", "{port}")

PROGRAMS = {
    "discarding receiver": ((*_DCMTK, *_WHERE), (*_SERVING, "discard", "{own}", "{folder}", "0")),
    "our movescu": ((sys.executable, "-m", "dicommove", "movescu", *_STORING, *_WHERE), None),
    "our API with journal": (
        (sys.executable, str(Path(__file__).with_name("api_move.py")), "{port}", "{own}", "{ae}", "{folder}"),
        None,
    ),
    "DCMTK movescu at its best": ((*_DCMTK, "-pdu", "131072", "+P", "{own}", "+B", "-od", "{folder}", *_WHERE), None),
    "DCMTK storescp at its best": ((*_DCMTK, *_WHERE), ("storescp", "+B", "-pdu", "131072", "-od", "{folder}", "{own}")),
    "pynetdicom movescu": ((sys.executable, "-m", "pynetdicom", "movescu", *_STORING, *_WHERE), None),
}
"""Who asks, and who receives where that is another process."""


def make_files(folder, count, size):
    """Write the study that is moved."""
    for number in range(count):
        uid = UID.format(number)
        start = file_start(sop_class_uid=CT, sop_instance_uid=uid, transfer_syntax_uid=EXPLICIT, source_ae_title="BENCH")
        (folder / f"{number}.dcm").write_bytes(start + data_set(size, uid))
    return [RealFile(path) for path in sorted(folder.iterdir())]


def run(archive, asking, receiving, own_port, base):
    """Run one C-MOVE; return seconds, files kept and CPU seconds of who receives."""
    with tempfile.TemporaryDirectory(dir=base) as folder, ExitStack() as stack:
        wire = stack.enter_context(Between(archive.port))
        values = {"ae": archive.ae_title, "own": own_port, "folder": folder, "port": wire.port}
        receiver = None
        if receiving:
            receiver = stack.enter_context(Process([part.format(**values) for part in receiving], folder, {"TCP_NODELAY": "1"}))
            wait_for(own_port, receiver)
        environment = os.environ | {"TCP_NODELAY": "1", "XDG_STATE_HOME": folder}
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        cpu = receiver.cpu_seconds() if receiver else 0.0
        subprocess.run([part.format(**values) for part in asking], env=environment, cwd=folder, check=False, timeout=600, **quiet)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = receiver.cpu_seconds() - cpu if receiver else sum(after[:2]) - sum(before[:2])
        kept = sum(1 for path in Path(folder).rglob("*") if path.is_file() and ".dicommove" not in path.parts)
        return wire.seconds, kept, cpu


def archives(folder, own_port):
    """The archives that are installed, not yet started."""
    destinations = {"BENCH": own_port}
    if shutil.which("dcmqrscp"):
        yield "dcmqrscp", Dcmqrscp(folder / "dcmqrscp", "dcmqrscp", "dcmqridx", destinations)
    if shutil.which("Orthanc"):
        yield "Orthanc", Orthanc(folder / "orthanc", "Orthanc", destinations)


def measured(archive, label, count, options, own_port):
    """Run every program in turn, round by round; return rows."""
    results = {name: [] for name in PROGRAMS if not options.only or name in options.only}
    for number in range(options.rounds):
        for name, found in results.items():
            if name.startswith("pynetdicom") and number >= options.slow_rounds:
                continue
            seconds, kept, cpu = run(archive, *PROGRAMS[name], own_port, options.folder)
            if kept < count and name != "discarding receiver":
                print(f"{name}: only {kept} of {count} instances came", file=sys.stderr)
            found.append((seconds, cpu))
    limit = statistics.median(seconds for seconds, _ in results.get("discarding receiver", [(float("nan"), 0)]))
    for name, found in results.items():
        seconds = statistics.median(one for one, _ in found)
        cpu = statistics.median(one for _, one in found)
        spread = f"{seconds:.2f} ({min(found)[0]:.2f}-{max(found)[0]:.2f})"
        print(f"| {label} | {name} | {spread} | {count / seconds:.0f} | {limit / seconds:.2f} | {cpu:.2f} |", flush=True)
        yield {"workload": label, "program": name, "seconds": seconds, "limit": limit, "cpu": cpu, "count": count}


def main():
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=1)
    parser.add_argument("--only", action="append", help="names of programs")
    parser.add_argument("--folder", default="/dev/shm" if Path("/dev/shm").is_dir() else None, help="where files go")
    parser.add_argument("--json", type=Path, help="write the rows to this file too")
    options = parser.parse_args()
    rows = []
    print("| C-MOVE | program | seconds (spread) | instances/s | of the archive's limit | CPU s, start included |")
    print("|---|---|---|---|---|---|")
    for name in options.workloads:
        text, count, size = WORKLOADS[name]
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            own_port = free_port()
            made = Path(folder) / "made"
            made.mkdir()
            files = make_files(made, count, size)
            for archive_name, archive in archives(Path(folder), own_port):
                with archive:
                    archive.load(files)
                    rows += measured(archive, f"{text} from {archive_name}", count, options, own_port)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
