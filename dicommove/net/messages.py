"""DIMSE messages to P-DATA fragments and back (PS3.7 8, PS3.8 E), in the place of pynetdicom's DIMSE provider.

pynetdicom decodes each message as it comes and logs its Identifier; here a message stays bytes until somebody reads it.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.pdu_primitives import P_DATA

from .command import NO_DATA_SET, CommandSet, encode_command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pynetdicom.association import Association as Requestor

__all__ = ["MAX_MESSAGE", "Message", "Messages"]

MAX_MESSAGE = 1 << 24
"""Bytes of the largest message that is taken: an Identifier is some kilobytes."""
MAX_COMMAND = 1 << 17
"""Bytes of the largest command set that is taken: an Error Comment that breaks every rule fits."""
_IS_COMMAND, _IS_LAST = 0x01, 0x02


@dataclass(frozen=True, slots=True)
class Message:
    """One message as received.

    Attributes
    ----------
    context_id : int
        Presentation Context ID that it came on.
    command : CommandSet
    data : bytes
        The encoded data set; empty when there is none.
    """

    context_id: int
    command: CommandSet
    data: bytes


class Messages(DIMSEServiceProvider):
    """The messages of one association: puts fragments together, cuts messages up.

    Attributes
    ----------
    msg_queue : queue.Queue
        What was received, in order; the state machine of pynetdicom puts a pair of None when the association ends.
    malformed : bool
        Whether the peer sent what is no message; the association is aborted then.
    """

    def __init__(self, requestor: Requestor) -> None:
        super().__init__(requestor)
        self._sending = threading.Lock()
        self.malformed = False
        self._put = self._taken = 0  # bytes; each is counted by one thread only
        self._restart()

    @property
    def waiting_bytes(self) -> int:
        """Bytes of what was received and nobody has taken yet."""
        return self._put - self._taken

    def _restart(self) -> None:
        self._command = bytearray()
        self._data = bytearray()
        self._received: CommandSet | None = None

    def receive_primitive(self, primitive: P_DATA) -> None:
        """Take the fragments of one P-DATA-TF; called by the state machine in its thread, and never raises."""
        for context_id, value in primitive.presentation_data_value_list:
            if self.malformed or not self._take(context_id, value):
                self.malformed = True
                self.assoc.dul.event_queue.put("Evt19")  # invalid PDU: abort (PS3.8 9.2.3)
                self.wake()
                return

    def _take(self, context_id: int, value: bytes) -> bool:
        """Take one fragment; False when it does not belong to a message, or the message grows too large."""
        if not value or len(self._command) + len(self._data) + len(value) > MAX_MESSAGE:
            return False
        header, is_command = value[0], bool(value[0] & _IS_COMMAND)
        if is_command is (self._received is not None):
            return False
        (self._command if is_command else self._data).extend(value[1:])
        if len(self._command) > MAX_COMMAND:
            return False
        if header & _IS_LAST:
            self._end_of_part(context_id, is_command=is_command)
        return True

    def _end_of_part(self, context_id: int, *, is_command: bool) -> None:
        if is_command:
            self._received = CommandSet(bytes(self._command))
            if self._received.number("CommandDataSetType") not in {None, NO_DATA_SET}:
                return
        if self._received is not None:
            message = Message(context_id, self._received, bytes(self._data))
            self._put += len(message.data)
            self.msg_queue.put(message)  # type: ignore[arg-type]  # pynetdicom puts its own messages there; only we take them
        self._restart()

    def next(self, seconds: float) -> Message | None:
        """Take the next message; None when none came in time, or the wait was ended.

        Parameters
        ----------
        seconds : float
            How long to wait.
        """
        try:
            message: object = self.msg_queue.get(timeout=max(seconds, 0))
        except queue.Empty:
            return None
        if not isinstance(message, Message):
            return None
        self._taken += len(message.data)
        return message

    def wake(self) -> None:
        """End the wait of whoever waits for a message."""
        self.msg_queue.put((None, None))

    def send(self, context_id: int, command: Mapping[str, int | str], data: bytes = b"") -> None:
        """Send a message; a C-CANCEL of another thread never falls between its fragments.

        Parameters
        ----------
        context_id : int
            Presentation Context ID to send on.
        command : Mapping
            Keyword to value; CommandDataSetType is added.
        data : bytes
            The encoded data set; empty for none.
        """
        encoded = encode_command({**command, "CommandDataSetType": 0x0000 if data else NO_DATA_SET})
        with self._sending:
            self._send_part(context_id, encoded, _IS_COMMAND)
            if data:
                self._send_part(context_id, data, 0)

    def _send_part(self, context_id: int, part: bytes, kind: int) -> None:
        # The length of a PDV counts its context ID and header too (PS3.8 D.1, 9.3.5.1); 0 means that the peer sets no limit.
        limit = self.assoc.acceptor.maximum_length or 1 << 16
        size = max(min(limit, 1 << 16) - 6, 64)
        for start in range(0, len(part), size):
            last = _IS_LAST if start + size >= len(part) else 0
            primitive = P_DATA()
            primitive.presentation_data_value_list.append((context_id, bytes([kind | last]) + part[start : start + size]))
            self.assoc.dul.send_pdu(primitive)
