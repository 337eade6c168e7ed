"""TAKE IN: our Storage SCP, from the socket to the sink."""

from __future__ import annotations

from .registry import Membership, join
from .sink import Claim, Claimant, Sender, Sink, StoreRequest

__all__ = ["Claim", "Claimant", "Membership", "Sender", "Sink", "StoreRequest", "join"]
