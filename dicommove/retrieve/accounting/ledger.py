"""Reconciliation: what was expected, what arrived and what was refused, per SOP Instance. Pure: rows in, rows out.

Every state is derived here, by one table; what the peer reported and what arrived are never merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Row = Mapping[str, object]

__all__ = ["Entry", "reconcile", "state_of"]


@dataclass(slots=True)
class Entry:
    """What is known of one SOP Instance; `reconcile` fills it, `state_of` reads it."""

    uid: str
    study: str | None = None
    series: str | None = None
    request: int | None = None
    path: str | None = None
    reason: str | None = None
    copies: int = 0
    observed: bool = True
    expected: bool = False
    asked_for: bool = False
    received: bool = False
    conflict: bool = False
    quarantined: bool = False
    refused: bool = False
    reported_failed: bool = False

    def expect(self, row: Row) -> None:
        """Take in a row of what the archive said it would send."""
        self.expected = self.asked_for = True
        self._place(row)

    def arrive(self, row: Row) -> None:
        """Take in an arrival."""
        self.received = True
        self.copies += 1
        self.asked_for = self.asked_for or bool(row.get("asked_for"))
        self.conflict = self.conflict or row.get("disposition") == "conflict"
        self.quarantined = self.quarantined or bool(row.get("quarantined"))
        self.reason = str(row.get("note") or "") or self.reason
        if not (self.path and row.get("disposition") == "conflict"):
            self.path = _text(row.get("path")) or self.path
        self._place(row)

    def lose(self, copies: int) -> None:
        """Take in that it was not in the folder any more after so many arrivals."""
        if self.received and self.copies <= copies:
            self.received, self.path = False, None
            self.reason = "it came, and was then removed or changed in the folder"

    def refuse(self, row: Row) -> None:
        """Take in a C-STORE that we answered with a failure."""
        self.refused = True
        if not self.received:
            self.reason = _text(row.get("reason")) or self.reason
        self._place(row)

    def _place(self, row: Row) -> None:
        self.study = _text(row.get("StudyInstanceUID")) or self.study
        self.series = _text(row.get("SeriesInstanceUID")) or self.series
        request = row.get("request")
        self.request = request if isinstance(request, int) else self.request


_STATES: tuple[tuple[str, Callable[[Entry], bool]], ...] = (
    ("not_observed", lambda e: not e.observed),
    ("conflict", lambda e: e.received and e.conflict),
    ("quarantined", lambda e: e.received and e.quarantined),
    ("unexpected", lambda e: e.received and not e.asked_for),
    ("received", lambda e: e.received),
    ("refused", lambda e: e.refused),
    ("failed", lambda e: e.reported_failed),
    ("missing", lambda _: True),
)
"""The one table of states: the first line that fits is the state."""


def state_of(entry: Entry) -> str:
    """State of an entry, by the one table.

    Examples
    --------
    >>> state_of(Entry("1.2", expected=True)), state_of(Entry("1.2", received=True))
    ('missing', 'unexpected')
    """
    return next(state for state, fits in _STATES if fits(entry))


def reconcile(
    expected: Iterable[Row],
    arrivals: Iterable[Row],
    refusals: Iterable[Row],
    failed_uids: Iterable[str] = (),
    *,
    observed: bool = True,
    reasons: Mapping[str, str] | None = None,
    gone: Iterable[Row] = (),
) -> Iterator[dict[str, object]]:
    """Yield one row per SOP Instance that was expected, arrived, was refused or was reported failed.

    ``expected`` is None for an arrival within what was asked for, where only a number was known and no UIDs; what a third
    party received is None too.

    Parameters
    ----------
    expected, arrivals, refusals : iterables of Mapping
        Rows of the journal; each has ``SOPInstanceUID``.
    failed_uids : iterable of str
        The union of the peer's Failed SOP Instance UID Lists (PS3.4 C.4.2.1.6): a hint, shown apart.
    observed : bool
        False when the instances went to a third party and nothing can be known of them.
    reasons : Mapping, optional
        By SOP Instance UID why it did not come, where it was asked for again.
    gone : iterable of Mapping
        What was found to be no longer in the folder: ``SOPInstanceUID``, and after how many arrivals (``copies``).
    """
    entries: dict[str, Entry] = {}

    def entry(uid: object) -> Entry:
        known = entries.get(str(uid))
        if known is None:
            known = entries[str(uid)] = Entry(str(uid), observed=observed)
        return known

    for row in expected:
        entry(row["SOPInstanceUID"]).expect(row)
    for row in arrivals:
        entry(row["SOPInstanceUID"]).arrive(row)
    for row in gone:
        entry(row["SOPInstanceUID"]).lose(int(str(row["copies"])))
    for row in refusals:
        if row.get("SOPInstanceUID"):
            entry(row["SOPInstanceUID"]).refuse(row)
    for uid in failed_uids:
        entry(uid).reported_failed = True
    _give_reasons(entries, reasons or {})
    return map(_row, entries.values())


def _give_reasons(entries: Mapping[str, Entry], reasons: Mapping[str, str]) -> None:
    for uid, reason in reasons.items():
        if uid in entries and not entries[uid].received:
            entries[uid].reason = reason


def _row(entry: Entry) -> dict[str, object]:
    return {
        "StudyInstanceUID": entry.study,
        "SeriesInstanceUID": entry.series,
        "SOPInstanceUID": entry.uid,
        "expected": entry.expected or (None if entry.asked_for else False),
        "received": entry.received if entry.observed else None,
        "reported_failed": entry.reported_failed,
        "copies": entry.copies if entry.observed else None,
        "state": state_of(entry),
        "reason": entry.reason,
        "request": entry.request,
        "path": entry.path,
    }


def _text(value: object) -> str | None:
    return str(value) if value else None
