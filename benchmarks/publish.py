"""Writes what `receive.py` and `move.py` measured into the page on speed: tables between its marks, and two pictures.

Run it with ``python benchmarks/publish.py receive.json move.json``, either file first or alone.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from plot import draw
from receivers import BARE, BEST, DISK_WORKLOADS, OURS, WORKLOADS

_DOCS = Path(__file__).parents[1] / "docs"
_PAGE = _DOCS / "explanation" / "performance.md"
_MAIN = [WORKLOADS[name].name for name in ("ct", "mr", "large", "four")]
_AGAINST = ("pynetdicom movescu", "pynetdicom storescp", "DCMTK movescu", "DCMTK storescp", *BEST, *BARE)


def receive_parts(found):
    """Give the parts of the page that `receive.py` measured."""
    rows = {(row["workload"], row["receiver"]): row for row in found["rows"]}
    return {
        "machine": described(found["machine"]),
        "receive": receive_table(found["rows"], _MAIN),
        "ratios": ratio_table(rows),
        "disk": receive_table(found["rows"], [one.name for one in DISK_WORKLOADS.values()]),
        "growth": growth_table(rows),
        "receive-noise": noise_line(found["noise"]),
    }


def described(machine):
    """The machine in a sentence."""
    versions = [f"{name} {machine[key]}" for key, name in (("dcmtk", "DCMTK"), ("orthanc", "Orthanc")) if machine[key]]
    others = ", ".join([f"CPython {machine['python']}", f"pynetdicom {machine['pynetdicom']}", *versions])
    hardware = f"{machine['processors']} cores of an {machine['processor']}, {machine['memory_gb']} GB of memory"
    return f"The machine: {hardware}, {machine['system']}, {others}; loopback."


def receive_table(rows, workloads):
    """Every receiver of some workloads."""
    lines = ["| workload | receiver | instances/s (spread) | MB/s | CPU ms an instance | peak MB | until accepted, ms |"]
    lines.append("|---|---|---|---|---|---|---|")
    for row in rows:
        if row["workload"] in workloads:
            numbers = f"{row['mb_per_s']:.0f} | {row['cpu_ms']:.2f} | {row['rss_mb']:.0f} | {row['accept_ms']:.0f}"
            lines.append(f"| {row['workload']} | {row['receiver']} | {spread(row)} | {numbers} |")
    return "\n".join(lines)


def spread(row):
    """A rate with its slowest and fastest round."""
    digits = 0 if row["rate"] >= 20 else 2
    return f"{row['rate']:.{digits}f} ({row['slowest']:.{digits}f}-{row['fastest']:.{digits}f})"


def ratio_table(rows):
    """How many times as fast as each other receiver ours are."""
    lines = [f"| times as fast as | {' | '.join(_MAIN)} |", f"|---{'|---' * len(_MAIN)}|"]
    for other in _AGAINST:
        cells = []
        for workload in _MAIN:
            rates = [rows[workload, name]["rate"] for name in (*OURS, other) if (workload, name) in rows]
            cells.append(f"{times(rates[0] / rates[2])} / {times(rates[1] / rates[2])}" if len(rates) == 3 else "")
        lines.append(f"| {other} | {' | '.join(cells)} |")
    return "\n".join(lines)


def times(ratio):
    """A ratio with two digits that count."""
    return f"{ratio:.0f}" if ratio >= 9.5 else f"{ratio:.1f}" if ratio >= 2 else f"{ratio:.2f}"


def growth_table(rows):
    """Rates and memory as the number, or the size, of instances grows."""
    workloads = [WORKLOADS[name].name for name in ("short", "long", "huge")]
    lines = [f"| instances/s, and MB grown | {' | '.join(workloads)} |", f"|---{'|---' * len(workloads)}|"]
    for name in (*OURS, *BEST, *BARE):
        found = [rows.get((workload, name)) for workload in workloads]
        if any(found):
            cells = [f"{one['rate']:.{0 if one['rate'] >= 20 else 2}f}, {one['grown_mb']:.0f}" if one else "" for one in found]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def noise_line(noises):
    """How quiet the machine was, in a sentence."""
    others, stolen = (sorted(one[key] for one in noises) for key in ("others", "stolen"))
    middle = len(noises) // 2
    return (
        f"While this was measured, other programs took {others[middle]:.2f} processors (median of {len(noises)} rounds; at most "
        f"{others[-1]:.2f}), and the host of the virtual machine took {stolen[middle]:.2f} (at most {stolen[-1]:.2f})."
    )


def move_parts(found):
    """Give the parts of the page that `move.py` measured."""
    limits = {row["workload"]: row["seconds"] for row in reversed(found["rows"]) if row["program"].startswith("discarding")}
    titles = "C-MOVE s (spread) | of the limit | CPU s | peak MB | before it, s | after it, s"
    lines = [f"| C-MOVE | program | {titles} |", "|---|---|---|---|---|---|---|---|"]
    for row in found["rows"]:
        seconds = f"{row['seconds']:.2f} ({row['fastest']:.2f}-{row['slowest']:.2f})"
        part = f"{limits[row['workload']] / row['seconds']:.2f}" if row["workload"] in limits else ""
        numbers = f"{part} | {row['cpu']:.2f} | {row['rss_mb']:.0f} | {row['before']:.2f} | {row['after']:.2f}"
        lines.append(f"| {row['workload']} | {row['program']} | {seconds} | {numbers} |")
    return {"move": "\n".join(lines), "move-noise": noise_line(found["noise"])}


def filled(page, parts):
    """Put each part between its marks.

    Raises
    ------
    SystemExit
        The page has no such marks.
    """
    for name, text in parts.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        page, count = re.subn(f"{begin}.*?{end}", lambda _, t=f"{begin}\n{text}\n{end}": t, page, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"the page has no place for {name}")
    return page


def main(paths):
    """Fill the page and draw the pictures."""
    page = _PAGE.read_text(encoding="utf-8")
    for path in paths:
        found = json.loads(Path(path).read_text())
        panels = {}
        if "receiver" in found["rows"][0]:
            page = filled(page, receive_parts(found))
            for row in [row for row in found["rows"] if row["workload"] in _MAIN]:
                panels.setdefault(row["workload"], []).append((row["receiver"], row["rate"], row["slowest"], row["fastest"]))
            draw(panels, _DOCS / "images" / "receive.svg")
        else:
            page = filled(page, move_parts(found))
            for row in found["rows"]:
                rates = [row["count"] / row[key] for key in ("seconds", "slowest", "fastest")]
                panels.setdefault(row["workload"], []).append((row["program"], *rates))
            draw(panels, _DOCS / "images" / "move.svg")
    _PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
