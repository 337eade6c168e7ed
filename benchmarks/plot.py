"""Draws what `receive.py` and `move.py` measured: bars of instances a second with their spread, a panel for each workload."""

from __future__ import annotations

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

_OURS, _OTHERS, _LIMITS = "#1f6f8b", "#b8b8b8", "#e3d5b8"


def draw(panels, path):
    """Draw a panel of horizontal bars for each workload and write an SVG without a date in it.

    Parameters
    ----------
    panels : dict of str to list of (str, float, float, float)
        By workload: name, instances a second, the slowest and the fastest round.
    """
    names = list(dict.fromkeys(name for bars in panels.values() for name, *_ in bars))[::-1]
    size = (3.1 * len(panels) + 1.5, 0.3 * len(names) + 0.9)
    mpl.rcParams.update({"svg.hashsalt": "dicommove", "svg.fonttype": "none"})
    figure, axes = plt.subplots(1, len(panels), figsize=size, sharey=True, layout="constrained", squeeze=False)
    for axis, (title, bars) in zip(axes[0], panels.items(), strict=True):
        _panel(axis, title, sorted(bars, key=lambda bar: names.index(bar[0])))
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _panel(axis, title, bars):
    rates = [rate for _, rate, _, _ in bars]
    spread = [[rate - slowest for _, rate, slowest, _ in bars], [fastest - rate for _, rate, _, fastest in bars]]
    style = {"ecolor": "#555555", "elinewidth": 0.8, "capsize": 2}
    axis.barh([name for name, *_ in bars], rates, xerr=spread, error_kw=style, color=[_colour(name) for name, *_ in bars])
    for number, (_, rate, _, fastest) in enumerate(bars):
        axis.text(fastest, number, f"  {rate:.0f}" if rate >= 20 else f"  {rate:.1f}", va="center", fontsize=8)
    axis.set_title(title, fontsize=9)
    axis.set_xlabel("instances/s", fontsize=8)
    axis.margins(x=0.25)
    axis.tick_params(labelsize=8)
    axis.spines[["top", "right"]].set_visible(False)


def _colour(name):
    limits = ("bare", "discarding")
    return _OURS if name.startswith("our") else _LIMITS if name.startswith(limits) else _OTHERS
