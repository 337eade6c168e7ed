"""SAY WHAT: the query as a frozen value, pure: no archive, no I/O."""

from .attributes import nearest_keyword
from .builder import Query
from .dividers import own_values, text_of
from .identifier import chunks
from .keys import Key
from .lint import Finding
from .moving import move_identifier
from .path import apply_path, parse_path
from .rules import level_of
from .splitting import Reply, SplitResult, split
from .values import AllOf, Between, all_of, between
from .walk import Match, Step, WalkResult

__all__ = [
    "AllOf",
    "Between",
    "Finding",
    "Key",
    "Match",
    "Query",
    "Reply",
    "SplitResult",
    "Step",
    "WalkResult",
    "all_of",
    "apply_path",
    "between",
    "chunks",
    "level_of",
    "move_identifier",
    "nearest_keyword",
    "own_values",
    "parse_path",
    "split",
    "text_of",
]
