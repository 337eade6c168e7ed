"""A table of matches on a page without a notebook, its kernel side a stub that answers as match_table.py does."""

from __future__ import annotations

import json

from dicommove.panels.static import module, styles

COLUMNS = [
    {"title": "Patient", "kind": "private"},
    {"title": "Description", "kind": "text"},
    {"title": "Images", "kind": "number"},
]
KERNEL = """
const images = (n) => n === 3 ? "" : String((n * 7919) %% 1000);
const rows = Array.from({length: %(number)d}, (_, n) => [n, `NAME ${n %% 97}`, `CT ${n %% 7} <i>x</i>`, images(n)]);
const series = [[90001, "", "soft", "64"], [90002, "", "bone", "9"]];
window.kernel = (content) => {
  if (content.type === "ready") {
    window.deliver({type: "begin", columns: %(columns)s, shown: true, opened: false, private: %(private)s});
    for (let at = 0; at < rows.length; at += 1000) window.deliver({type: "rows", of: null, rows: rows.slice(at, at + 1000)});
    window.deliver({type: "end", warnings: ["there may be more"]});
  }
  if (content.type === "open") window.deliver({type: "rows", of: content.row, rows: series});
};
"""


def show_matches(page, number=5, *, private=False):
    """Load the table with so many studies; each has two series, 90001 and 90002."""
    kernel = KERNEL % {"number": number, "columns": json.dumps(COLUMNS), "private": json.dumps(private)}
    page.show(module("match_table.js"), styles("form.css"), kernel, fault="")
    page.wait("document.querySelectorAll('tbody tr').length > 2")
    return page


def texts(page, column):
    """What a column shows from the top, 0 the first."""
    page.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")
    return page.page.locator(f"tbody tr:not([aria-hidden]) td:nth-child({column + 2})").all_inner_texts()


def ticked(page):
    """Rows that the kernel was last told."""
    return sorted(page.sent("ticks")[-1]["rows"])
