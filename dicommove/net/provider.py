"""pynetdicom's upper layer in a thread of ours: it sleeps until something comes or is to be sent, and never dies unseen.

pynetdicom looks a thousand times a second whether there is something to do, and makes objects of each P-DATA-TF. While images
arrive in the same process both would cost more than the C-MOVE itself.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from struct import Struct
from typing import TYPE_CHECKING, Any

from pynetdicom.dul import DULServiceProvider
from pynetdicom.pdu_primitives import A_P_ABORT

from .. import platform
from ..exhaustion import starting
from .quiet import THREAD_NAME

if TYPE_CHECKING:
    from pynetdicom.association import Association as Requestor

    from .messages import Messages

__all__ = ["Alarm", "Provider"]

_LOOK_SECONDS = 0.1
"""How often timers are looked at while nothing happens."""
_A_ASSOCIATE_RJ, _P_DATA_TF = 0x03, 0x04
_value_header = Struct(">IB").unpack_from


class Alarm:
    """Ends a wait for a connection from another thread."""

    def __init__(self) -> None:
        self._ends: tuple[socket.socket, ...] = ()  # what there is to close where no pair can be had
        self._ends = self._waiting, self._ringing = socket.socketpair()
        self._waiting.setblocking(False)
        self._ringing.setblocking(False)

    def ring(self) -> None:
        """End the wait, or the next one."""
        with suppress(OSError):  # it rings already, or is closed
            self._ringing.send(b"\0")

    def wait(self, connection: socket.socket | None, seconds: float) -> bool:
        """Wait until the connection can be read, the alarm rings, or the time is over; tell whether it can be read.

        Raises
        ------
        OSError, ValueError
            The connection is closed.
        """
        ready = platform.readable([self._waiting, connection] if connection else [self._waiting], seconds)
        if self._waiting in ready:
            with suppress(OSError):
                self._waiting.recv(4096)
        return connection in ready

    def __del__(self) -> None:
        self.close()  # of a connection that nobody ended

    def close(self) -> None:
        """Let go of its sockets."""
        for end in self._ends:
            end.close()


class _Values:
    """The values of one P-DATA-TF, as pynetdicom's state machine passes them on (PS3.8 9.3.5)."""

    def __init__(self, pdu: bytes | bytearray) -> None:
        self.presentation_data_value_list: list[tuple[int, bytes]] = []
        position = 6
        while position < len(pdu):
            length, context_id = _value_header(pdu, position)
            end = position + 4 + length
            if length < 2 or end > len(pdu):
                raise ValueError("a presentation data value longer than its PDU")
            self.presentation_data_value_list.append((context_id, bytes(pdu[position + 5 : end])))
            position = end

    def to_primitive(self) -> _Values:
        """Give what `Messages.receive_primitive` takes."""
        return self


class Provider(DULServiceProvider):
    """The upper layer of one association, in a daemon thread.

    Attributes
    ----------
    messages : Messages
        What the messages of the peer are put together in.
    awaited : threading.Event
        Set when somebody waits for what the peer sends: nothing is read from the connection before.
    alarm : Alarm
        Ends its wait.
    rejection : tuple of int or None
        Result, source and reason of the A-ASSOCIATE-RJ that came, known to the Standard or not (PS3.8 9.3.4).
    """

    def __init__(self, requestor: Requestor, messages: Messages) -> None:
        super().__init__(requestor)
        self.messages = messages
        self.awaited = threading.Event()
        self.alarm = Alarm()
        self.rejection: tuple[int, int, int] | None = None
        self.daemon = True  # an interpreter that ends must not wait for an archive
        self.name = THREAD_NAME

    def start(self) -> None:
        """Start the thread.

        Raises
        ------
        OSError
            The system gives none.
        """
        with starting():
            super().start()

    def await_peer(self, connection: socket.socket | None) -> bool:
        """Wait a moment for the peer's next bytes; told at once when there is something to send, or to end.

        Raises
        ------
        OSError, ValueError
            The connection is closed.
        """
        # A connection that is to be closed is closed at once (PS3.8 9.2, Sta13).
        closing = self._kill_thread or self.state_machine.current_state in ("Sta1", "Sta13")
        return self.alarm.wait(connection, 0 if closing else _LOOK_SECONDS)

    def receive_pdu(self, wait: bool = False, timeout: float | None = None) -> object:
        """Take what the peer sent, waiting for it if told so; nothing is read from the connection before the first call."""
        if not self.awaited.is_set():
            self.awaited.set()
            self.alarm.ring()
        return super().receive_pdu(wait, timeout)

    def send_pdu(self, primitive: Any) -> None:
        """Queue what is to be sent, and say so."""
        super().send_pdu(primitive)
        self.alarm.ring()

    def kill_dul(self) -> None:
        """End the thread."""
        super().kill_dul()
        self.alarm.ring()

    def _decode_pdu(self, bytestream: bytearray) -> tuple[Any, str]:
        if bytestream[0] == _P_DATA_TF:
            return _Values(bytestream), "Evt10"
        if (
            bytestream[0] == _A_ASSOCIATE_RJ and len(bytestream) >= 10
        ):  # pynetdicom makes nothing of numbers that it does not know
            self.rejection = (bytestream[7], bytestream[8], bytestream[9])
        return super()._decode_pdu(bytestream)

    def run(self) -> None:
        """Run the state machine; what it cannot stand ends the association instead of printing a traceback."""
        try:
            super().run()
        except Exception:  # noqa: BLE001 - pynetdicom raises many kinds on PDUs that it cannot take
            self.messages.malformed = True
            primitive = A_P_ABORT()
            primitive.provider_reason = 0x00
            self.to_user_queue.put(primitive)
        finally:
            self.messages.wake()
