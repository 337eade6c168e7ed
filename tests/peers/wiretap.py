"""A wire between a sender and a receiver that remembers what went over it, read by rules of its own.

So "what was sent" is known for every sender, also for those that write a data set anew before they send it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple, Self

from pynetdicom.dsutils import decode
from pynetdicom.pdu import A_ASSOCIATE_AC

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACCEPT, _P_DATA = 2, 4
_STORE_REQUEST, _STORE_RESPONSE = 0x0001, 0x8001
_DEADLINE = 60.0


class Sent(NamedTuple):
    """One C-STORE as it went over the wire; the status is None when no answer came."""

    uid: str
    sop_class: str
    syntax: str
    content: bytes
    status: int | None


@dataclass
class _Connection:
    """What went either way over one connection."""

    asked: bytearray = field(default_factory=bytearray)
    answered: bytearray = field(default_factory=bytearray)
    ended: threading.Event = field(default_factory=threading.Event)


class Wiretap:
    """Forwards every connection to a port of 127.0.0.1; a context manager.

    Attributes
    ----------
    port : int
        What the sender is to be told.
    target : int
        The port of the receiver.
    """

    def __init__(self, target: int = 0) -> None:
        self.target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._connections: list[_Connection] = []
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        with contextlib.suppress(OSError):  # else its accept would not end
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(_DEADLINE)

    def sent(self) -> list[Sent]:
        """Every C-STORE that went by whole, once all connections have ended."""
        assert all(connection.ended.wait(_DEADLINE) for connection in self._connections)
        return [one for connection in self._connections for one in _stores(connection)]

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                connection = _Connection()
                self._connections.append(connection)
                threading.Thread(target=self._join, args=(caller, connection)).start()

    def _join(self, caller: socket.socket, connection: _Connection) -> None:
        with contextlib.suppress(OSError), caller, socket.create_connection(("127.0.0.1", self.target)) as receiver:
            back = threading.Thread(target=_forward, args=(receiver, caller, connection.answered))
            back.start()
            _forward(caller, receiver, connection.asked)
            back.join()
        connection.ended.set()


def _forward(source: socket.socket, sink: socket.socket, record: bytearray) -> None:
    with contextlib.suppress(OSError):
        sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := source.recv(1 << 18):
            record += data
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _pdus(record: bytearray) -> Iterator[bytes]:
    position = 0
    while len(record) - position >= 6:
        end = position + 6 + int.from_bytes(record[position + 2 : position + 6], "big")
        if end > len(record):
            return
        yield bytes(record[position:end])
        position = end


def _messages(record: bytearray) -> Iterator[tuple[int, bool, bytes]]:
    """Context ID, whether it is a command, and the whole of each command set and data set (PS3.8 9.3.5, annex E)."""
    parts: list[bytes] = []
    for pdu in _pdus(record):
        position = 6 if pdu[0] == _P_DATA else len(pdu)
        while position < len(pdu):
            end = position + 4 + int.from_bytes(pdu[position : position + 4], "big")
            parts.append(pdu[position + 6 : end])
            if pdu[position + 5] & 2:
                yield pdu[position + 4], bool(pdu[position + 5] & 1), b"".join(parts)
                parts = []
            position = end


def _stores(connection: _Connection) -> Iterator[Sent]:
    syntaxes = _accepted(connection.answered)
    answers = [decode(BytesIO(data), True, True) for _, is_command, data in _messages(connection.answered) if is_command]
    statuses = iter([int(one.Status) for one in answers if one.CommandField == _STORE_RESPONSE])
    command = None
    for context_id, is_command, data in _messages(connection.asked):
        if is_command:
            command = decode(BytesIO(data), True, True)
        elif command is not None and command.CommandField == _STORE_REQUEST:
            uid, sop_class = str(command.AffectedSOPInstanceUID), str(command.AffectedSOPClassUID)
            yield Sent(uid, sop_class, syntaxes[context_id], data, next(statuses, None))


def _accepted(record: bytearray) -> dict[int, str]:
    """Transfer syntax of each accepted context."""
    accept = next((pdu for pdu in _pdus(record) if pdu[0] == _ACCEPT), None)
    if accept is None:
        return {}
    answer = A_ASSOCIATE_AC()
    answer.decode(accept)
    return {item.presentation_context_id: str(item.transfer_syntax) for item in answer.presentation_context if item.result == 0}
