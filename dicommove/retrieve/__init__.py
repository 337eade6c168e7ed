"""RUN: searches, plans, operations and their reconciliation; where query, network, listener and store meet."""

from __future__ import annotations

from .accounting.result import MoveResult
from .asking.answers import Answers
from .asking.match import match_frame
from .asking.peek import Peek, plan_peek, plan_peek_of_series
from .asking.search import ask
from .checking import Check, Probe, check
from .checking.listening import Listening
from .checking.registration import Registration
from .explaining.explain import Explanation
from .planning.guards import Limit
from .planning.options import Options, read_options, require_purpose
from .planning.plan import Plan, plan_query
from .planning.table_plan import plan_table
from .reporting.catalog import Catalog
from .resuming.reopening import reopen
from .resuming.resuming import plan_resume
from .running.announce import register, unregister
from .running.events import Event, Snapshot
from .running.live import searching, wait_for
from .running.operation import MoveOperation
from .running.watch import Timeouts

__all__ = [
    "Answers",
    "Catalog",
    "Check",
    "Event",
    "Explanation",
    "Limit",
    "Listening",
    "MoveOperation",
    "MoveResult",
    "Options",
    "Peek",
    "Plan",
    "Probe",
    "Registration",
    "Snapshot",
    "Timeouts",
    "ask",
    "check",
    "match_frame",
    "plan_peek",
    "plan_peek_of_series",
    "plan_query",
    "plan_resume",
    "plan_table",
    "read_options",
    "register",
    "reopen",
    "require_purpose",
    "searching",
    "unregister",
    "wait_for",
]
