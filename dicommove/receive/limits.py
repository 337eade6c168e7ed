"""What bounds a stranger's claim on our memory, threads and time; each with its reason."""

from __future__ import annotations

__all__ = [
    "BACKLOG",
    "CONNECTIONS",
    "HEAD_BYTES",
    "IDLE_SECONDS",
    "LONGEST_COMMAND",
    "LONGEST_REQUEST",
    "MESSAGE_SECONDS",
    "NAME_TOLD",
    "OFFERS_TOLD",
    "PATIENCE_SECONDS",
    "RECEIVE_BUFFER",
    "REQUEST_BUFFER",
    "REQUEST_SECONDS",
    "SILENCE_SECONDS",
    "SLOWEST_PACE",
    "STALL_SECONDS",
    "YIELD_SECONDS",
]

CONNECTIONS = 256
"""TCP connections at once: twice the associations, so that port scanners and balancers' probes crowd nobody out."""

BACKLOG = 128
"""Connections that the operating system keeps until we take them."""

REQUEST_SECONDS = 10.0
"""A connection without a whole A-ASSOCIATE-RQ is closed after that (the ARTIM timer of PS3.8 9.1.4)."""

LONGEST_REQUEST = 1_048_576
"""Bytes of an A-ASSOCIATE-RQ: 128 contexts with every transfer syntax there is take some 150 KB."""

OFFERS_TOLD = 512
"""Transfer syntaxes of an association that the journal hears of: four for each of 128 contexts; 1 MB of them is no news."""

NAME_TOLD = 65
"""Characters of a UID or name in a request that the journal hears of: one more than a UID may have, so that it is seen."""

LONGEST_COMMAND = 8_192
"""Bytes of a command set: a C-STORE-RQ takes some 300 (PS3.7 9.3.1.1)."""

HEAD_BYTES = 65_536
"""How much of a data set is held back until it is known whose it is (a CT head takes some 3 KB)."""

RECEIVE_BUFFER = 262_144
"""Bytes asked of the socket at once, one buffer an association: larger ones leave the processor's cache and gain nothing."""

REQUEST_BUFFER = 16_384
"""The same for a connection that has not asked for an association yet: hundreds of them take hardly any memory."""

IDLE_SECONDS = 900.0
"""An association without a message for that long is aborted; archives that fetch from tape pause for minutes."""

SILENCE_SECONDS = 120.0
"""A sender that stops in the middle of a message for that long is aborted: its peer is gone, or it means no good."""

MESSAGE_SECONDS = 3600.0
"""A message that has not ended after that long is aborted, however often bytes of it drip in: 2 GB take an hour at 5 Mbit/s."""

YIELD_SECONDS = 1.0
"""At the limit of associations the one idle longest gives way, if it has been idle between messages for that long at least."""

STALL_SECONDS = 4.0
"""If none is idle, one in the middle of a message gives way that has said nothing for that long, or crawled (SLOWEST_PACE)."""

SLOWEST_PACE = 1_000
"""Bytes a second; at the limit of associations a message that comes more slowly, for STALL_SECONDS at least, gives way."""

PATIENCE_SECONDS = 8.0
"""How long a newcomer waits at the limit for one to end or give way, before it is rejected (transient, local limit exceeded).

Longer than a crowd of stuck associations needs to give way, shorter than REQUEST_SECONDS."""
