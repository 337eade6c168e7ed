"""What a large ledger costs: 100,000 SOP Instances in the journal of a data folder, read as DataFrames.

Run it with ``python benchmarks/ledger.py`` (``--help`` for less or more). The journal is filled as a move fills it: what was
expected, then an arrival each, with the columns that are read from the files later.
"""

from __future__ import annotations

import argparse
import gc
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from dicommove.entities import Remote
from dicommove.retrieve import Plan
from dicommove.retrieve.accounting.result import MoveResult
from dicommove.retrieve.planning.requests import Request
from dicommove.store import SqliteJournal
from dicommove.terms import Level

ROOT = "1.2.826.0.1.3680043.8.498.45787841905188114249811"
STATUS = {"request": 1, "asked_for": True, "status": 0, "disposition": "new", "quarantined": False, "note": "", "row": None}
PENDING = {"Status": 0xFF00, "status_category": "Pending", "status_meaning": "Sub-operations are continuing"}


def uids_of(number, per_series):
    """Study, Series and SOP Instance UID of an instance; four series in a study."""
    series = number // per_series
    return f"{ROOT}.1.{series // 4}", f"{ROOT}.2.{series}", f"{ROOT}.3.{series}.{number}"


def fill(journal, folder, count, per_series):
    """Write the facts of a move of so many instances; return the operation's number."""
    operation = journal.begin("move")
    shared = {}
    for number in range(count):
        study, series, uid = uids_of(number, per_series)
        names = {"StudyInstanceUID": study, "SeriesInstanceUID": series, "SOPInstanceUID": uid}
        journal.append("expected", operation, {"request": 1, **names})
    for number in range(count):
        study, series, uid = uids_of(number, per_series)
        if shared.get("SeriesInstanceUID") != series:
            kinds = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "TransferSyntaxUID": "1.2.840.10008.1.2.1"}
            shared = {**STATUS, **kinds, "StudyInstanceUID": study, "SeriesInstanceUID": series}
        path = f"{folder}/37bq6ixdwaausnn3/0003_CT_{number // per_series:016}/{number:05}_{number:016}.dcm"
        own = {"SOPInstanceUID": uid, "received_at": datetime.now(UTC).isoformat(), "seconds": 0.001234}
        journal.append("arrivals", operation, {**own, "path": path, "size_bytes": 526_336}, shared)
        if number % 10 == 0:
            journal.append("responses", operation, {"request": 1, **PENDING, "NumberOfCompletedSuboperations": number})
    return operation


def complete(journal):
    """Give the arrivals the columns that are read from their files."""
    while lacking := journal.unfilled(None, 5000):
        journal.fill((number, {**facts, **columns_of(number)}) for number, facts in lacking)


def columns_of(number):
    """Columns of a CT image: some are those of its series, some its own."""
    series = {"PatientID": "000123", "PatientName": "MEIER^ANNA", "AccessionNumber": "A7001", "StudyDate": "20240131"}
    series |= {"StudyTime": "101500", "StudyDescription": "CT Head", "SeriesNumber": "3", "SeriesDescription": "Head 2.5 soft"}
    series |= {"Modality": "CT", "ImageType": "ORIGINAL\\PRIMARY\\AXIAL", "Rows": "512", "Columns": "512"}
    series |= {"ImageOrientationPatient": "1\\0\\0\\0\\1\\0", "PixelSpacing": "0.48828125\\0.48828125", "SliceThickness": "2.5"}
    series |= {"FrameOfReferenceUID": f"{ROOT}.4", "ConvolutionKernel": "H31s"}
    return series | {"InstanceNumber": str(number % 500), "ImagePositionPatient": f"-125\\-125\\{2.5 * (number % 500)}"}


def timed(name, work):
    """Print what a piece of work took; return what it gave."""
    gc.collect()
    cpu, began = time.process_time(), time.perf_counter()
    given = work()
    print(f"| {name} | {time.perf_counter() - began:.2f} s | {time.process_time() - cpu:.2f} s |", flush=True)
    return given


def size_mb(folder):
    """Size of what the folder holds, in MB (10^6 bytes)."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main():
    """Fill a journal and read its frames."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--per-series", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base)
        print("| what | wall | CPU |\n|---|---|---|")
        journal = SqliteJournal(folder)
        operation = timed("recorded while received", lambda: fill(journal, folder, options.count, options.per_series))
        timed("folded", journal.flush)
        journal.close()
        print(f"| journal | {size_mb(folder):.1f} MB | |")
        request = Request(1, Level.STUDY, f"{ROOT}.1.0", expected=options.count, expected_by="instances")
        plan = Plan(remote=Remote("127.0.0.1", 104), folder=folder, requests=(request,))
        result = MoveResult("complete", "", folder, operation, plan)
        result.progress  # noqa: B018 - pandas is loaded here, not in what is measured
        for _ in range(options.rounds):
            ledger = timed("`.ledger`", lambda: result.ledger)
        assert len(ledger) == options.count
        assert set(ledger["state"]) == {"received"}
        journal = SqliteJournal(folder)
        timed("columns kept", lambda: complete(journal))
        journal.close()
        print(f"| journal with all columns | {size_mb(folder):.1f} MB | |")
        for _ in range(options.rounds):
            timed("`.ledger`", lambda: result.ledger)
        timed("`.instances`", lambda: result.instances)
        timed("`.series`", lambda: result.series)
        timed("repr", lambda: repr(result))
        print(f"| peak memory | {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB | |")


if __name__ == "__main__":
    main()
