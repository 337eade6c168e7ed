"""RUN: searches, plans, operations and their reconciliation; where query, network, listener and store meet."""

from __future__ import annotations

from .announce import register, unregister
from .answers import Answers
from .catalog import Catalog
from .checking import Check, Probe, check
from .events import Event, Snapshot
from .explain import Explanation
from .guards import Limit
from .listening import Listening
from .live import searching, wait_for
from .match import match_frame
from .operation import MoveOperation
from .options import Options, read_options
from .peek import Peek, plan_peek, plan_peek_of_series
from .plan import Plan, plan_query
from .registration import Registration
from .reopening import reopen
from .result import MoveResult
from .resuming import plan_resume
from .search import ask
from .table_plan import plan_table
from .watch import Timeouts

__all__ = [
    "Answers",
    "Check",
    "Catalog",
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
    "searching",
    "unregister",
    "wait_for",
]
