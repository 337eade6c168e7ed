"""ASK: associations with a peer and the services requested over them; knows Datasets, not queries."""

from __future__ import annotations

from .association import Association
from .echo import echo
from .failures import unreachable
from .find import FindAnswer, find
from .matches import Match
from .message_id import new_message_id, release_message_id
from .move import HIGH, LOW, MEDIUM, MoveResponses, move
from .negotiation import FindOptions, MoveOptions, MoveOptionsInFull, Service
from .opening import associate, open_association
from .probing import reach, secure, speaks_tls
from .responses import MoveResponse
from .syntax import encode_data_set

__all__ = [
    "HIGH",
    "LOW",
    "MEDIUM",
    "Association",
    "FindAnswer",
    "FindOptions",
    "Match",
    "MoveOptions",
    "MoveOptionsInFull",
    "MoveResponse",
    "MoveResponses",
    "Service",
    "associate",
    "echo",
    "encode_data_set",
    "find",
    "move",
    "new_message_id",
    "open_association",
    "reach",
    "release_message_id",
    "secure",
    "speaks_tls",
    "unreachable",
]
