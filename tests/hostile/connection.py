"""A connection that speaks PDUs, and says when the other side has closed it."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import Self

from . import wire

HERE = "127.0.0.1"
DEADLINE = 20.0
"""Seconds that anything may take; nothing here waits for a time, all waits end by an event."""


class EndedError(Exception):
    """The other side has closed the connection, or reset it."""


class Connection:
    """A socket that speaks PDUs, and says when it was closed."""

    def __init__(self, peer: socket.socket) -> None:
        self.socket = peer
        peer.settimeout(DEADLINE)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        """Send bytes, whatever they are."""
        try:
            self.socket.sendall(data)
        except (ConnectionError, BrokenPipeError) as error:
            raise EndedError(str(error)) from None

    def take(self, size: int) -> bytes:
        """Read exactly so many bytes."""
        data = b""
        while len(data) < size:
            try:
                piece = self.socket.recv(size - len(data))
            except ConnectionError as error:
                raise EndedError(str(error)) from None
            if not piece:
                raise EndedError("closed")
            data += piece
        return data

    def pdu(self) -> tuple[int, bytes]:
        """Read a PDU: its type and body."""
        kind, length = struct.unpack(">BxI", self.take(6))
        return kind, self.take(length)

    def message(self) -> tuple[int, dict[int, object], bytes]:
        """Read a message: presentation context, command set, data set; a release instead is answered, and ends it."""
        context, parts, wanted = 0, {True: b"", False: b""}, True
        while wanted is not None:
            kind, body = self.pdu()
            if kind == wire.RELEASE_RQ:
                self.send(wire.pdu(wire.RELEASE_RP, bytes(4)))
            if kind != wire.P_DATA:
                raise EndedError(f"PDU {kind} {body[:4].hex()} instead of a message")
            while body and wanted is not None:
                length, context, control = struct.unpack_from(">IBB", body)
                parts[bool(control & 1)] += body[6 : 4 + length]
                body = body[4 + length :]
                if control & 2:
                    more = control & 1 and wire.read_command(parts[True])[0x0800] != 0x0101
                    wanted = False if more else None
        return context, wire.read_command(parts[True]), parts[False]

    def gone(self) -> list[tuple[int, bytes]]:
        """Wait until the other side has closed; return the PDUs that it sent before."""
        last: list[tuple[int, bytes]] = []
        with contextlib.suppress(EndedError):
            while True:
                last.append(self.pdu())
        return last

    def half_close(self) -> None:
        """Say that nothing more will come, and stay to read."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close it in order (FIN)."""
        self.socket.close()

    def reset(self) -> None:
        """Close it with a reset (RST), as a crashed host does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
