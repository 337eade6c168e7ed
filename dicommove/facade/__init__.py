"""The objects that users hold: a peer and a query with verbs, each a line or two."""

from __future__ import annotations

from .demo_peer import DemoPeer, demo
from .peer import Peer
from .peer_query import PeerQuery
from .resuming import resume, start_resume

__all__ = ["DemoPeer", "Peer", "PeerQuery", "demo", "resume", "start_resume"]
