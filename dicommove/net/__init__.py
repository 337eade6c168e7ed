"""ASK: associations with a peer and the services requested over them; knows Datasets, not queries."""

from __future__ import annotations

from .association import Association, open_association
from .echo import echo
from .find import FindAnswer, find
from .matches import Match
from .message_id import new_message_id, release_message_id
from .move import HIGH, LOW, MEDIUM, move
from .negotiation import FindOptions, MoveOptions, Service
from .responses import MoveResponse

__all__ = [
    "HIGH",
    "LOW",
    "MEDIUM",
    "Association",
    "FindAnswer",
    "FindOptions",
    "Match",
    "MoveOptions",
    "MoveResponse",
    "Service",
    "echo",
    "find",
    "move",
    "new_message_id",
    "open_association",
    "release_message_id",
]
