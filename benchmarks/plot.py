"""Draw the rows of ``receive.py --json`` as one picture: rates as parts of the bare loop's, a panel for each workload."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt


def draw(rows, path):
    """Draw horizontal bars, ours in another colour, and write an SVG without a date in it."""
    workloads = list(dict.fromkeys(row["workload"] for row in rows))
    figure, axes = plt.subplots(1, len(workloads), figsize=(3.1 * len(workloads) + 1.5, 3.6), sharey=True, layout="constrained")
    for axis, workload in zip(axes if len(workloads) > 1 else [axes], workloads, strict=True):
        found = [row for row in rows if row["workload"] == workload][::-1]
        colours = ["#1f6f8b" if row["receiver"].startswith("our") else "#b8b8b8" for row in found]
        axis.barh([row["receiver"] for row in found], [row["rate"] for row in found], color=colours)
        for number, row in enumerate(found):
            text = f"{row['rate']:.0f}" if row["rate"] >= 20 else f"{row['rate']:.1f}"
            axis.text(row["rate"], number, f" {text}", va="center", fontsize=8)
        axis.set_title(workload, fontsize=9)
        axis.set_xlabel("instances/s", fontsize=8)
        axis.margins(x=0.22)
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    mpl.rcParams.update({"svg.hashsalt": "dicommove", "svg.fonttype": "none"})
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
