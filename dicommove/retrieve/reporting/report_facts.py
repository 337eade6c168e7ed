"""The facts of a report, as plain values: what was asked, of whom, with what, and what came of it. Pure: rows in, values out."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...errors import QueryError
from ...query import move_identifier
from ...terms import InformationModel, status_meaning
from .commands import PROGRAMS, Call, command_lines, with_receiver
from .report_privacy import shown_keys, shown_question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..planning.planned import Planned
    from ..planning.requests import Request
    from ..running.worker import Ended
    from .manifest import Manifest

    Row = Mapping[str, Any]

__all__ = ["Account", "document_of"]

_NO_ROW: Row = {}
_GOOD = ("received", "unexpected")


@dataclass(frozen=True)
class Account:
    """What is known of one operation.

    Attributes
    ----------
    plan : Planned
    facts, began_at : Mapping and datetime
        Of the operation's row in the journal.
    outcome, reason, cancel_worked, ended
        As of `MoveResult`.
    events, ledger, series, studies : sequences of Mapping
        Rows of the journal, and of the tables of the result.
    size_bytes : int
        Of everything that is there.
    manifest : Manifest or None
        None when no hashes were asked for.
    """

    plan: Planned
    facts: Row
    began_at: object
    outcome: str
    reason: str
    cancel_worked: bool | None
    ended: Sequence[Ended]
    events: Sequence[Row] = ()
    ledger: Sequence[Row] = ()
    series: Sequence[Row] = ()
    studies: Sequence[Row] = ()
    size_bytes: int = 0
    manifest: Manifest | None = None
    sent: Mapping[int, Row] = field(init=False)

    def __post_init__(self) -> None:
        sent = {event["request"]: event for event in self.events if event.get("kind") == "request"}
        object.__setattr__(self, "sent", sent)

    def model_of(self, request: Request) -> InformationModel:
        """The Information Model that the archive accepted for a request; of one that was not sent, that of the plan."""
        name = self.sent.get(request.number, _NO_ROW).get("model")
        return InformationModel[name] if name else self.plan.model

    def last(self, kind: str) -> Row:
        """The last event of a kind."""
        return next((event for event in reversed(self.events) if event.get("kind") == kind), _NO_ROW)


def document_of(account: Account, *, private: bool, per_file: bool) -> dict[str, Any]:
    """Make the whole document: names to plain values, in the order in which they are shown."""
    plan, facts = account.plan, account.facts
    listening = next((event for event in account.events if event.get("kind") == "port" and event.get("port")), _NO_ROW)
    call = _call(plan, listening)
    return {
        "outcome": account.outcome,
        "reason": account.reason,
        "cancel_worked": account.cancel_worked,
        "began_at": str(account.began_at),
        "ended_at": account.last("ended").get("at"),
        "asked_by": {name: facts.get(name) for name in ("user", "host")},
        "purpose": facts.get("purpose"),
        "folder": str(plan.folder),
        "archive": _archive(account),
        "calling_ae_title": call.calling,
        "destination": {"ae_title": call.destination, "port": call.listen, "ours": plan.options.destination is None},
        "model": plan.model.value,
        "priority": plan.options.priority,
        "versions": facts.get("versions") or {"dicommove": facts.get("version")},
        "resumes": plan.resumes,
        "question": shown_question(plan.question, private=private),
        "searches": plan.searches,
        "warnings": list(plan.warnings),
        "rows": dict(Counter(fate.match for fate in plan.fates if fate.row is not None)),
        "counts": _counts(account),
        "states": dict(Counter(str(row["state"]) for row in account.ledger)),
        "series": [_series(row, private=private) for row in account.series],
        "not_received": [_instance(row) for row in account.ledger if row["state"] not in _GOOD],
        "requests": [_request(account, one, private=private) for one in account.ended],
        "hashes": _hashes(account.manifest, per_file=per_file, private=private),
        "secured": {"tls": plan.remote.tls is not None or bool((facts.get("remote") or {}).get("secured")),
                    "user_identity": plan.remote.identity is not None or bool((facts.get("remote") or {}).get("identified"))},
        "commands": {program: _lines(account, program, call, private=private) for program in PROGRAMS},
    }  # fmt: skip


def _archive(account: Account) -> dict[str, Any]:
    remote, sent = account.plan.remote, account.last("request")
    return {
        "ae_title": remote.ae_title,
        "host": remote.host,
        "port": remote.port,
        "implementation_class_uid": sent.get("implementation_class_uid") or None,
        "implementation_version_name": sent.get("implementation_version_name") or None,
    }


def _call(plan: Planned, listening: Row) -> Call:
    """Our port as it was open; a request that nothing was sent for never opened it."""
    remote, third = plan.remote, plan.options.destination
    port = None if third is not None else int(listening.get("port") or remote.listener.port)
    destination = third or remote.listener_ae_title
    return Call(remote.host, remote.port, remote.ae_title, remote.calling_ae_title, destination, port)


def _counts(account: Account) -> dict[str, Any]:
    rows, plan = account.ledger, account.plan
    observed = plan.options.destination is None
    return {
        "studies": len(account.studies) or plan.studies,
        "series": len(account.series),
        "expected": plan.expected,
        "expected_by": sorted({request.expected_by for request in plan.requests}),
        "received": sum(bool(row["received"]) for row in rows) if observed else None,
        "size_bytes": account.size_bytes if observed else None,
    }


def _series(row: Row, *, private: bool) -> dict[str, Any]:
    """A row of the table of series; its description and folder may name a person."""
    hidden = ("SeriesDescription", "folder") if private else ()
    return {name: value for name, value in row.items() if name not in hidden}


def _instance(row: Row) -> dict[str, Any]:
    names = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "state", "reason", "request")
    return {name: row[name] for name in names}


def _request(account: Account, one: Ended, *, private: bool) -> dict[str, Any]:
    """One C-MOVE: what was sent, what was answered, what came."""
    request, ending, sent = one.request, one.ending, account.sent.get(one.request.number, _NO_ROW)
    return {
        "request": request.number,
        "attempt": request.attempt,
        "sent_at": sent.get("at"),
        "message_id": sent.get("message_id"),
        "model": account.model_of(request).value,
        "identifier": shown_keys(_keys(account, request), private=private),
        "status": None if ending.status is None else f"0x{ending.status:04X}",
        "status_meaning": None if ending.status is None else status_meaning(ending.status),
        "completed": ending.completed,
        "failed": ending.failed,
        "warning": ending.warning,
        "expected": ending.expected,
        "expected_by": ending.expected_by,
        "received": None if ending.third_party else ending.received,
        "outcome": one.outcome,
        "reason": one.reason,
        "seconds": one.seconds,
    }


def _keys(account: Account, request: Request) -> dict[str, str]:
    """The Identifier as it is sent, keyword to text."""
    model = account.model_of(request)
    keys: dict[str, Any] = {"QueryRetrieveLevel": str(request.level), **request.keys(model)}
    with suppress(QueryError):  # what cannot be sent has no Identifier: its reason says so
        keys |= {element.keyword: element.value for element in move_identifier(request.level, model, request.keys(model))}
    return {keyword: value if isinstance(value, str) else "\\".join(value) for keyword, value in keys.items()}


def _hashes(manifest: Manifest | None, *, per_file: bool, private: bool) -> dict[str, Any] | None:
    if manifest is None:
        return None
    files = [
        {"SOPInstanceUID": one.uid, "size_bytes": one.size_bytes, "sha256": one.sha256} | ({} if private else {"path": one.path})
        for one in manifest.entries
    ]
    return {
        "manifest_sha256": manifest.sha256,
        "files": len(manifest.entries),
        "left_out": [{"SOPInstanceUID": uid, "reason": reason} for uid, reason in manifest.left_out],
        "per_file": files if per_file else None,
    }


def _lines(account: Account, program: str, call: Call, *, private: bool) -> list[str]:
    """One line per C-MOVE of the plan, and a receiver where it takes one.

    Attempts that asked again are left out, what was in the folder before is not.
    """
    lines = [
        line
        for request in account.plan.requests
        for keys in [shown_keys(_keys(account, request), private=private)]
        for line in command_lines(program, call, account.model_of(request), [keys])
    ]
    return with_receiver(program, call, lines)
