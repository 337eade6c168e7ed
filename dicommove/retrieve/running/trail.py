"""What searches and moves leave in the audit trail: archive, folder, counts and UIDs of studies, and never a name.

Who an archive is asked for by name or ID does not stand here: of a query the keywords of its keys do, without their values.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ...audit import audit_targets, record, required, trouble
from ...errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...entities import Remote
    from ...query import Query
    from ..planning.planned import Planned

__all__ = [
    "MOST_REFUSAL_LINES",
    "Refusals",
    "is_refusal",
    "move_begins",
    "move_ended",
    "port_closed",
    "port_opened",
    "query_begins",
]

MOST_REFUSAL_LINES = 1_000
"""Lines about refusals while our port is open once: a port scanner must not fill the disk; how many more there were is said."""
_OF_REFUSAL = ("address", "calling_ae_title", "called_ae_title", "reason", "status", "sop_class_uid", "sop_instance_uid")


def query_begins(remote: Remote, query: Query) -> None:
    """Say that an archive is going to be asked, and by which keys.

    Raises
    ------
    AuditError
        The line cannot be written, and is required.
    """
    keys = dict.fromkeys(key.label for leg in query.chain.legs for key in leg.keys if key.values)
    _record("query", remote, level=str(query.level), keys=list(keys))


def move_begins(plan: Planned, *, again: int | None = None) -> None:
    """Say that a move begins; ``again`` is the number of an operation that asks once more for what it misses.

    Raises
    ------
    AuditError
        The line cannot be written, and is required.
    """
    options, studies = plan.options, dict.fromkeys(request.study for request in plan.requests)
    _record(
        "move",
        plan.remote,
        folder=str(plan.folder),
        destination=options.destination or plan.remote.listener_ae_title,
        purpose=options.purpose,
        requests=len(plan.requests),
        expected=plan.expected,
        studies=len(studies),
        study_instance_uids=list(studies),
        resumes=plan.resumes,
        again=again,
    )


def move_ended(plan: Planned, operation: int, outcome: str, received: int) -> str | None:
    """Say how a move ended; what hinders that is returned in words."""
    return _trouble("move_ended", plan.remote, folder=str(plan.folder), operation=operation, outcome=outcome, received=received)


def port_opened(remote: Remote, port: int, tell: Callable[[str], object]) -> None:
    """Say that our port is open; what hinders that is told.

    Raises
    ------
    AuditError
        The line cannot be written, and is required.
    """
    problem = _trouble("listener_opened", remote, port=port, ae_title=remote.listener_ae_title)
    if problem is not None and (remote.require_audit or required()):
        raise AuditError(f"{problem}. Our port is not opened without its line in the audit trail here: have it mended first")
    if problem is not None:
        tell(problem)


def port_closed(remote: Remote, port: int, tell: Callable[[str], object]) -> None:
    """Say that our port is closed; what hinders that is told."""
    if problem := _trouble("listener_closed", remote, port=port, ae_title=remote.listener_ae_title):
        tell(problem)


def is_refusal(kind: str, facts: Mapping[str, object]) -> bool:
    """Whether what our port reports is a refusal: a status of failure, or an association that was rejected or aborted by us.

    Examples
    --------
    >>> is_refusal("association", {"event": "rejected"}), is_refusal("echo", {})
    (True, False)
    """
    if kind == "association":
        return facts.get("event") in ("rejected", "aborted")
    return kind in ("refusal", "fault") and facts.get("status") is not None


class Refusals:
    """Lines about what was refused while our port was open; any thread may call it.

    Parameters
    ----------
    remote : Remote
        The archive that the port was opened for.
    """

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._lock = threading.Lock()
        self._count = 0
        self._failed = False

    def note(self, facts: Mapping[str, object]) -> str | None:
        """Write a line; what hinders that is returned in words, the first time."""
        with self._lock:
            self._count += 1
            if self._count > MOST_REFUSAL_LINES:
                return None
        problem = _trouble("refusal", self._remote, **_readable(facts))
        with self._lock:
            before, self._failed = self._failed, problem is not None
        return None if before else problem

    def close(self) -> None:
        """Say how many more there were than lines."""
        if self._count > MOST_REFUSAL_LINES:
            _trouble("refusal", self._remote, more=self._count - MOST_REFUSAL_LINES)


def _readable(facts: Mapping[str, object]) -> dict[str, Any]:
    known: dict[str, Any] = {name: facts[name] for name in _OF_REFUSAL if facts.get(name) not in (None, "")}
    status = known.get("status")
    return {**known, "status": f"0x{status:04X}"} if isinstance(status, int) else known


def _about(remote: Remote, facts: Mapping[str, object]) -> dict[str, Any]:
    identity = None if remote.identity is None else remote.identity.user
    return {"archive": remote.address, "calling_ae_title": remote.calling_ae_title, "as_user": identity, **facts}


def _record(event: str, remote: Remote, **facts: object) -> None:
    record(event, to=audit_targets(remote.audit), require=remote.require_audit, **_about(remote, facts))


def _trouble(event: str, remote: Remote, **facts: object) -> str | None:
    return trouble(event, to=audit_targets(remote.audit), **_about(remote, facts))
