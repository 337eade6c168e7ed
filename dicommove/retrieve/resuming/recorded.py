"""A plan as the journal holds it: enough to go on with it, or to show its result, after its process is gone. Pure."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

from ...errors import StoreError
from ...store import Layout
from ...terms import InformationModel, Level
from ..asking.expectation import ExpectedInstance
from ..planning.guards import Limit
from ..planning.options import Options
from ..planning.planned import Fate
from ..planning.requests import Request
from ..running.watch import Timeouts
from .recorded_peer import peer_facts, peer_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...entities import Remote
    from ..planning.planned import Planned

    Row = Mapping[str, Any]

__all__ = ["Recorded", "expected_instances", "plan_facts", "recorded", "request_facts", "request_from"]

_OPTIONS = tuple(one.name for one in fields(Options) if one.name not in ("layout", "limit", "timeouts"))
_PLAN = ("truncated", "searches", "guarded", "question", "asked_at")


class Recorded(NamedTuple):
    """What a journal says of a plan: fields of `Planned` by name, but for the folder and the instances."""

    remote: Remote
    requests: tuple[Request, ...]
    fields: Mapping[str, Any]


def plan_facts(plan: Planned) -> dict[str, object]:
    """Return plain values for the journal's row of the operation.

    Parameters
    ----------
    plan : Planned
    """
    how = plan.options
    return {
        "peer": plan.remote.address,
        "calling_ae_title": plan.remote.calling_ae_title,
        "destination": how.destination or plan.remote.listener_ae_title,
        "model": plan.model.name,
        "remote": peer_facts(plan.remote),
        "requests": [request_facts(request) for request in plan.requests],
        "options": {
            **{name: getattr(how, name) for name in _OPTIONS},
            "layout": None if how.layout is None else how.layout.template,
            "limit": [how.limit.studies, how.limit.instances],
            "timeouts": {one.name: getattr(how.timeouts, one.name) for one in fields(Timeouts)},
        },
        "fates": [[fate.row, fate.match, fate.reason, fate.request, dict(fate.keys)] for fate in plan.fates],
        "rows": [[number, row, dict(cells)] for number, (row, cells) in plan.rows.items()],
        "series": [dict(series) for series in plan.series.values()],
        "warnings": list(plan.warnings),
        **{name: getattr(plan, name) for name in _PLAN},
    }


def recorded(facts: Row, remote: Remote | None = None) -> Recorded:
    """Read the plan of an operation's row again.

    Parameters
    ----------
    facts : Mapping
        As of `plan_facts`.
    remote : Remote, optional
        The archive, where the journal cannot say how it was called.

    Raises
    ------
    StoreError
        An earlier version has written it, or the archive was called with TLS or as a user.
    """
    if "remote" not in facts:
        raise StoreError("an earlier version has recorded this move: run it again, and only what is missing is asked for")
    told = {name: facts[name] for name in _PLAN if name in facts}
    return Recorded(
        remote or peer_from(facts["remote"]),
        tuple(request_from(row) for row in facts.get("requests") or ()),
        {
            **told,
            "model": InformationModel[facts["model"]],
            "options": _options(facts["options"]),
            "fates": tuple(Fate(*row) for row in facts.get("fates") or ()),
            "rows": {number: (row, cells) for number, row, cells in facts.get("rows") or ()},
            "series": {series["SeriesInstanceUID"]: series for series in facts.get("series") or ()},
            "warnings": tuple(facts.get("warnings") or ()),
        },
    )


def expected_instances(rows: Iterable[Row]) -> tuple[ExpectedInstance, ...]:
    """Read the rows of the journal's table ``expected``."""
    return tuple(
        ExpectedInstance(row["request"], row["StudyInstanceUID"], row["SeriesInstanceUID"], row["SOPInstanceUID"]) for row in rows
    )


def request_facts(request: Request) -> dict[str, object]:
    """Return plain values for the journal."""
    return {
        "request": request.number,
        "level": str(request.level),
        "PatientID": request.patient,
        "StudyInstanceUID": request.study,
        "SeriesInstanceUID": list(request.series),
        "SOPInstanceUID": list(request.instances),
        "expected": request.expected,
        "expected_by": request.expected_by,
        "size_bytes": request.size_bytes,
        "modalities": list(request.modalities),
        "present": request.present,
        "attempt": request.attempt,
        "origin": request.origin,
    }


def request_from(row: Row) -> Request:
    """Read a request again, from values as of `request_facts`."""
    return Request(
        number=row["request"],
        level=Level(row["level"]),
        study=row["StudyInstanceUID"],
        patient=row.get("PatientID"),
        series=tuple(row["SeriesInstanceUID"]),
        instances=tuple(row["SOPInstanceUID"]),
        expected=row.get("expected"),
        expected_by=row["expected_by"],
        size_bytes=row.get("size_bytes") or 0,
        modalities=tuple(row.get("modalities") or ()),
        present=row.get("present") or 0,
        attempt=row.get("attempt") or 1,
        origin=row.get("origin"),
    )


def _options(facts: Row) -> Options:
    layout = facts.get("layout")
    return Options(
        **{name: facts[name] for name in _OPTIONS if name in facts},
        layout=None if layout is None else Layout(layout),
        limit=Limit(*facts["limit"]),
        timeouts=Timeouts(**{one.name: facts["timeouts"][one.name] for one in fields(Timeouts) if one.name in facts["timeouts"]}),
    )
