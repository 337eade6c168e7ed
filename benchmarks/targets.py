"""Compares what `receive.py` and `move.py` measured with what the receiver has to reach; every target is a ratio.

Run it with ``python benchmarks/targets.py receive.json move.json``; it ends with 1 where something falls short.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from receivers import BARE, BEST, OURS, WORKLOADS

MOVESCU, API = OURS
PYNETDICOM, STOCK = "pynetdicom movescu", "DCMTK movescu"
RATES = {
    "ct": [
        (MOVESCU, 12, (PYNETDICOM,)), (MOVESCU, 30, (STOCK,)), (MOVESCU, 1.1, BEST), (MOVESCU, 0.7, BARE),
        (API, 1.0, BEST), (API, 30, (STOCK,)),
    ],
    "mr": [
        (MOVESCU, 15, (PYNETDICOM,)), (MOVESCU, 30, (STOCK,)), (MOVESCU, 0.95, BEST), (MOVESCU, 0.5, BARE),
        (API, 0.7, BEST), (API, 30, (STOCK,)),
    ],
    "large": [(MOVESCU, 9, (PYNETDICOM,)), (MOVESCU, 1.0, BEST), (MOVESCU, 0.7, BARE), (API, 1.0, BEST)],
    "four": [(MOVESCU, 15, (PYNETDICOM,)), (MOVESCU, 1.5, BEST[:1]), (API, 1.3, BEST[:1])],
}  # fmt: skip
"""By workload: ours, how many times as fast it has to be at least, and as whom."""
CPU = {"ct": 12, "four": 12, "mr": 20}
"""By workload: pynetdicom's CPU time an instance must be so many times ours; 10 is enough for the API."""
INDEX_MB = 6.0  # 30,000 instances of 200 bytes each in the index


def receive_targets(rows):
    """Compare; yield what, how much it is, what is wanted, and whether it is reached."""
    found = {(row["workload"], row["receiver"]): row for row in rows}
    for name, targets in RATES.items():
        for ours, wanted, others in targets:
            for other in others:
                yield from compared(found, WORKLOADS[name].name, ours, other, wanted=wanted)
    for name, wanted in CPU.items():
        for ours, least in ((MOVESCU, wanted), (API, 10)):
            yield from compared(found, WORKLOADS[name].name, ours, PYNETDICOM, wanted=least, key="cpu_ms")
    yield from growth_targets(found)


def compared(found, workload, ours, other, *, wanted, key="rate"):
    """One ratio, where both were measured."""
    pair = [found.get((workload, name)) for name in (ours, other)]
    if all(pair) and pair[0][key]:
        ratio = pair[0][key] / pair[1][key] if key == "rate" else pair[1][key] / pair[0][key]
        what = f"{workload}: {ours}, {'' if key == 'rate' else 'CPU '}against {other}"
        yield what, f"{ratio:.2f}", f"at least {wanted}", ratio >= wanted


def growth_targets(found):
    """Time and memory as the number or the size of instances grows."""
    short, long, huge = (WORKLOADS[name].name for name in ("short", "long", "huge"))
    for ours in OURS:
        if (short, ours) in found and (long, ours) in found:
            ratio = found[short, ours]["rate"] / found[long, ours]["rate"]
            yield f"30,000 instead of 1,000: {ours}, time an instance", f"{ratio:.2f}", "at most 1.3", ratio <= 1.3
            grown = found[long, ours]["grown_mb"] - INDEX_MB
            yield f"30,000: {ours}, MB grown beside the index", f"{grown:.0f}", "at most 16", grown <= 16
        if (huge, ours) in found:
            row = found[huge, ours]
            yield f"{huge}: {ours}, MB grown", f"{row['grown_mb']:.1f}", "at most 16", row["grown_mb"] <= 16
            yield f"{huge}: {ours}, peak MB", f"{row['rss_mb']:.0f}", "at most 100", row["rss_mb"] <= 100


def move_targets(rows):
    """Compare whole C-MOVEs."""
    for workload in dict.fromkeys(row["workload"] for row in rows):
        found = {row["program"]: row for row in rows if row["workload"] == workload}
        limit = next((row for name, row in found.items() if name.startswith("discarding")), None)
        others = [(limit, 0.85), *((found.get(name), 0.9) for name in BEST), (found.get(PYNETDICOM), 4)]
        for ours in [found[name] for name in OURS if name in found]:
            for other, wanted in others:
                if other:
                    ratio = other["seconds"] / ours["seconds"]
                    what = f"{workload}: {ours['program']} against {other['program']}"
                    yield what, f"{ratio:.2f}", f"at least {wanted}", ratio >= wanted
            if PYNETDICOM in found:
                ratio = ours["cpu"] / found[PYNETDICOM]["cpu"]
                yield f"{workload}: {ours['program']}, CPU of {PYNETDICOM}'s", f"{ratio:.2f}", "below 1", ratio < 1


def main(paths):
    """Print a table; return how many fall short."""
    print("| target | measured | wanted | reached |\n|---|---|---|---|")
    short = 0
    for path in paths:
        rows = json.loads(Path(path).read_text())["rows"]
        for what, measured, wanted, reached in (receive_targets if "receiver" in rows[0] else move_targets)(rows):
            print(f"| {what} | {measured} | {wanted} | {'yes' if reached else 'NO'} |")
            short += not reached
    return short


if __name__ == "__main__":
    sys.exit(min(1, main(sys.argv[1:])))
