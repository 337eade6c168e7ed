"""Gathers the evidence of an operation: from the journal, from the plan, and from what this computer knows of the network."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ...receive.sockets import addresses_of
from ...terms import NOT_STORAGE, VERIFICATION
from ..asking.availability import is_not_asked
from .evidence import Answer, Connection, Evidence, NotKept
from .way_back import WayBack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ...store import Journal
    from ..planning.planned import Planned

    Row = Mapping[str, Any]

__all__ = ["evidence_of", "read_evidence"]

_TABLES = ("requests", "responses", "refusals", "events")


def evidence_of(
    journal: Journal,
    operation: int,
    plan: Planned | None,
    *,
    outcome: str,
    reason: str,
    cancel_worked: bool | None,
    states: Mapping[str, int],
) -> Evidence:
    """Gather what is known of an operation that has ended; nothing is sent.

    Parameters
    ----------
    journal : Journal
    operation : int
        Its number in the journal.
    plan : Planned or None
        What it carried out; None when only the journal knows it.
    outcome, reason, cancel_worked
        As of `MoveResult`.
    states : Mapping
        How many SOP Instances of the ledger are in each state.
    """
    row = next((row for row in journal.operations() if row["id"] == operation), {})
    destination = plan.options.destination if plan is not None else None
    return read_evidence(
        row,
        {table: journal.rows(table, operation) for table in _TABLES},
        outcome=outcome,
        reason=reason,
        cancel_worked=cancel_worked,
        states=dict(states),
        way_back=WayBack.of(plan.remote, destination) if plan is not None else _as_recorded(row),
        third_party=destination is not None,
        archive_addresses=addresses_of(plan.remote.host) if plan is not None else frozenset(),
        **_left_out(plan),
        doubts=plan.warnings if plan is not None else (),
    )


def _left_out(plan: Planned | None) -> dict[str, tuple[str, ...]]:
    """Why rows and matches led to no C-MOVE, those that the archive cannot give now apart."""
    reasons = [fate.reason or fate.match for fate in plan.fates if fate.request is None] if plan is not None else []
    return {
        "unmatched": tuple(reason for reason in reasons if not is_not_asked(reason)),
        "offline": tuple(reason for reason in reasons if is_not_asked(reason)),
    }


def read_evidence(operation: Row, tables: Mapping[str, Sequence[Row]], **known: Any) -> Evidence:
    """Make evidence of journal rows.

    Parameters
    ----------
    operation : Mapping
        The operation's row: ``began_at`` and ``facts``.
    tables : Mapping
        Rows of ``requests``, ``responses``, ``refusals`` and ``events``.
    **known
        Fields of `Evidence` that the journal does not hold.

    Examples
    --------
    >>> tables = {"requests": [{"request": 1, "Status": 0xA801, "received": 0, "outcome": "refused"}]}
    >>> read_evidence({"facts": {"peer": "PACS@10.0.0.5:104"}}, tables, outcome="refused").answers[0].refused
    True
    """
    facts, events = operation.get("facts") or {}, tables.get("events", ())
    responses = tables.get("responses", ())
    return Evidence(
        archive=str(facts.get("peer") or "the archive"),
        calling=str(facts.get("calling_ae_title") or ""),
        answers=tuple(_answers(facts.get("requests") or (), tables.get("requests", ()), responses, _gone(events))),
        connections=tuple(_connections(row for row in events if row.get("kind") == "association")),
        not_kept=tuple(_not_kept(tables.get("refusals", ()), events)),
        implementation=next((str(row["implementation_class_uid"]) for row in events if row.get("implementation_class_uid")), ""),
        comments=tuple(dict.fromkeys(str(row["ErrorComment"]) for row in responses if row.get("ErrorComment"))),
        vanished=sum(row.get("kind") == "vanished" for row in events),
        began_at=str(operation.get("began_at") or ""),
        ended_at=next((str(row.get("at")) for row in reversed(events) if row.get("kind") == "ended"), ""),
        **known,
    )


def _as_recorded(row: Mapping[str, object]) -> WayBack:
    facts = row.get("facts")
    return WayBack(str(facts.get("destination") or "") if isinstance(facts, dict) else "", ours=False)


def _gone(events: Iterable[Row]) -> Counter[object]:
    """How many instances of each request came and were no longer in the folder when it went on."""
    return Counter({row.get("SOPInstanceUID"): row.get("request") for row in events if row.get("kind") == "gone"}.values())


def _answers(
    asked: Iterable[Row], ended: Iterable[Row], responses: Iterable[Row], gone: Mapping[object, int]
) -> Iterable[Answer]:
    by_request = {row.get("request"): row for row in asked}
    final = {row.get("request"): row for row in responses}  # the last response of each
    for number, row in {row.get("request"): row for row in ended}.items():
        wanted, counts = row.get("asked") or by_request.get(number, {}), final.get(number, {})
        yield Answer(
            request=int(number or 0),
            level=str(wanted.get("level") or ""),
            outcome=str(row.get("outcome") or ""),
            status=row.get("Status"),
            completed=counts.get("NumberOfCompletedSuboperations"),
            warning=counts.get("NumberOfWarningSuboperations"),
            failed=counts.get("NumberOfFailedSuboperations"),
            expected=wanted.get("expected"),
            received=max(0, int(row.get("received") or 0) - gone.get(number, 0)),
            failure=str(row.get("failure") or ""),
            origin=wanted.get("origin"),
            wanted=tuple(wanted.get("SOPInstanceUID") or ()),
            whole=wanted.get("origin") is not None and wanted.get("expected_by") != "instances",
        )


def _connections(events: Iterable[Row]) -> Iterable[Connection]:
    by_number: dict[object, list[Row]] = {}
    for row in events:
        if row.get("event") == "unheard":  # connected and left without a word, as a port scanner does: nobody wanted to store
            continue
        by_number.setdefault(row.get("association"), []).append(row)
    return map(_connection, by_number.values())


def _connection(rows: Sequence[Row]) -> Connection:
    first, said = rows[0], {row.get("event"): str(row.get("reason") or "") for row in rows}
    contexts = [context for row in rows for context in row.get("contexts") or ()]
    return Connection(
        address=str(first.get("address") or ""),
        calling=str(first.get("calling_ae_title") or ""),
        called=str(first.get("called_ae_title") or ""),
        rejected=said.get("rejected", ""),
        aborted=said.get("aborted", ""),
        ended=said.get("ended", ""),
        refused=tuple(_refused_contexts(contexts)),
        stores=not contexts or any(_of_storage(context) for context in contexts),
    )


def _refused_contexts(contexts: Iterable[Row]) -> Iterable[tuple[str, tuple[str, ...]]]:
    for context in contexts:
        if context.get("chosen") is None and _of_storage(context):
            yield str(context["abstract_syntax"]), tuple(map(str, context.get("offered") or ()))


def _of_storage(context: Row) -> bool:
    uid = context.get("abstract_syntax")
    return uid != VERIFICATION and uid not in NOT_STORAGE


def _not_kept(refusals: Iterable[Row], events: Iterable[Row]) -> Iterable[NotKept]:
    rows = [*refusals, *(row for row in events if row.get("kind") == "fault" and row.get("sop_instance_uid"))]
    counted = Counter((row.get("status"), str(row.get("reason") or ""), str(row.get("address") or "")) for row in rows)
    return (NotKept(*what, times=times) for what, times in counted.items())
