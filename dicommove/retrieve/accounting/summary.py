"""Rows of the summaries: requests with the fate of each input row, series and studies. Pure: rows in, rows out."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from ..planning.planned import Fate, Planned
    from ..running.worker import Ended

    Row = Mapping[str, object]

__all__ = ["request_rows", "series_rows", "study_rows"]

_ASKED = ("instances", "counts")
"""Sources of an expectation that were asked for before the move."""


def request_rows(plan: Planned, ended: Sequence[Ended]) -> Iterator[dict[str, object]]:
    """One row per request; for a table one per fate of a row, in the order of the table; last what was not asked for."""
    rows = {one.request.number: _request_row(one, plan.asked_at) for one in ended}
    for fate in (one for one in plan.fates if one.row is not None):
        own = rows.get(fate.request) if fate.request is not None else None
        yield _fate_row(fate, own)
    row_of = {fate.request: fate.row for fate in reversed(plan.fates)}
    for one in ended:
        if one.request.number not in row_of:
            yield {**rows[one.request.number], "row": row_of.get(one.request.origin)}
    yield from (_fate_row(fate, None) for fate in plan.fates if fate.row is None)


def _fate_row(fate: Fate, request: Mapping[str, object] | None) -> dict[str, object]:
    facts = dict(request or {})
    reason = "; ".join(str(one) for one in (fate.reason, facts.get("reason")) if one) or None
    return {**facts, **fate.keys, "row": fate.row, "match": fate.match, "reason": reason, "request": fate.request}


def _request_row(one: Ended, asked_at: datetime) -> dict[str, object]:
    request, ending = one.request, one.ending
    return {
        "request": request.number,
        "reason": one.reason,
        "level": str(request.level),
        "PatientID": request.patient,
        "StudyInstanceUID": request.study,
        "SeriesInstanceUID": "\\".join(request.series) or None,
        "SOPInstanceUID": "\\".join(request.instances) or None,
        "attempt": request.attempt,
        "Status": ending.status,
        "expected_by": ending.expected_by,
        "expected_at": asked_at if ending.expected_by in _ASKED else None,
        "expected": ending.expected,
        "received": None if ending.third_party else ending.received,
        "outcome": one.outcome,
        "seconds": one.seconds,
    }


def series_rows(
    ledger: Iterable[Row], instances: Iterable[Row], known: Mapping[str, Mapping[str, str]] | None = None
) -> Iterator[dict[str, object]]:
    """One row per series of the ledger, in the order of first sight.

    Parameters
    ----------
    ledger, instances : iterables of Mapping
        Rows of the two tables.
    known : Mapping, optional
        By Series Instance UID what the archive said of it: fills in where nothing arrived, and its count where it named no UIDs.
    """
    facts = _first_by_uid(instances)
    for (study, series), rows in _grouped(ledger, "StudyInstanceUID", "SeriesInstanceUID").items():
        own = [facts[row["SOPInstanceUID"]] for row in rows if row["SOPInstanceUID"] in facts]
        first: Row = own[0] if own else (known or {}).get(str(series), {})
        path = first.get("path")
        yield {
            "StudyInstanceUID": study,
            "SeriesInstanceUID": series,
            **{keyword: first.get(keyword) for keyword in ("SeriesNumber", "Modality", "SeriesDescription")},
            **_by_count(_counts(rows, own), _number((known or {}).get(str(series), {}).get("NumberOfSeriesRelatedInstances"))),
            "folder": str(Path(str(path)).parent) if path else None,
        }


def study_rows(
    ledger: Iterable[Row], instances: Iterable[Row], counted: Mapping[str, int] | None = None
) -> Iterator[dict[str, object]]:
    """One row per study of the ledger, in the order of first sight.

    Parameters
    ----------
    ledger, instances : iterables of Mapping
        Rows of the two tables.
    counted : Mapping, optional
        By Study Instance UID how many instances the archive counts: stands in where it did not name them.
    """
    facts = _first_by_uid(instances)
    for (study,), rows in _grouped(ledger, "StudyInstanceUID").items():
        own = [facts[row["SOPInstanceUID"]] for row in rows if row["SOPInstanceUID"] in facts]
        first: Row = own[0] if own else {}
        yield {
            "StudyInstanceUID": study,
            **{keyword: first.get(keyword) for keyword in ("PatientID", "AccessionNumber", "StudyDate", "StudyDescription")},
            "series": len({row["SeriesInstanceUID"] for row in rows} - {None}),
            **_by_count(_counts(rows, own), (counted or {}).get(str(study))),
        }


def _first_by_uid(instances: Iterable[Row]) -> dict[object, Row]:
    """The first arrival of each instance: a later one is a copy, or lies beside the user's tree."""
    first: dict[object, Row] = {}
    for row in instances:
        first.setdefault(row.get("SOPInstanceUID"), row)
    return first


def _counts(rows: Sequence[Row], own: Sequence[Row]) -> dict[str, object]:
    if all(row["received"] is None for row in rows):
        return {"expected_by": "instances", "expected": len(rows), "received": None, "state": "unverified", "size_bytes": None}
    received = sum(1 for row in rows if row["received"])
    known = any(row["expected"] for row in rows)
    expected = sum(1 for row in rows if row["expected"])
    good = all(row["state"] in ("received", "unexpected") for row in rows)
    state = "missing" if not received else ("complete" if known else "unverified") if good else "partial"
    size_bytes = sum(int(str(row.get("size_bytes") or 0)) for row in own)
    return {
        "expected_by": "instances" if known else "none",
        "expected": expected if known else None,
        "received": received,
        "state": state,
        "size_bytes": size_bytes,
    }


def _by_count(counts: dict[str, object], counted: int | None) -> dict[str, object]:
    """With a number and no UIDs: complete when as many arrived, nothing of it spoilt."""
    if counts["state"] != "unverified" or counts["received"] is None or counted is None:
        return counts
    state = "complete" if counts["received"] == counted else "partial" if counts["received"] < counted else "unverified"  # type: ignore[operator]  # a number, by the line above
    return {**counts, "expected_by": "counts", "expected": counted, "state": state}


def _number(text: object) -> int | None:
    """A count as the archive wrote it; 0 is what archives say that do not count."""
    digits = str(text or "").strip()
    return int(digits) or None if digits.isdecimal() else None


def _grouped(rows: Iterable[Row], *names: str) -> dict[tuple[object, ...], list[Row]]:
    """Rows by these columns; what we refused and nobody expected is of no series that we could name."""
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row["state"] == "refused" and not (row["expected"] or row.get("SeriesInstanceUID")):
            continue
        groups[tuple(row.get(name) for name in names)].append(row)
    return groups
