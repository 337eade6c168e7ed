"""RUN: searches, plans, operations and their reconciliation; where query, network, listener and store meet."""

from __future__ import annotations

from .announce import register, unregister
from .answers import Answers
from .catalog import Catalog
from .events import Event, Snapshot
from .explain import Explanation
from .guards import Limit
from .live import searching, wait_for
from .match import match_frame
from .operation import MoveOperation
from .options import Options, read_options
from .plan import Plan, plan_query
from .reopening import reopen
from .result import MoveResult
from .resuming import plan_resume
from .search import ask
from .table_plan import plan_table
from .watch import Timeouts

__all__ = [
    "Answers",
    "Catalog",
    "Event",
    "Explanation",
    "Limit",
    "MoveOperation",
    "MoveResult",
    "Options",
    "Plan",
    "Snapshot",
    "Timeouts",
    "ask",
    "match_frame",
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
