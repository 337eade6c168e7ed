"""The connection under an association: pynetdicom's state machine over a socket of ours, bounded against a hostile peer.

What belongs here: how long and how much is read, and how the threads of pynetdicom end. Every wait ends, also for a
peer that stops in the middle of a PDU, sends without end, or sends what cannot be decoded.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from pynetdicom import AE, evt
from pynetdicom.association import Association as Requestor
from pynetdicom.pdu import A_ABORT_RQ
from pynetdicom.pdu_primitives import A_ASSOCIATE, A_P_ABORT
from pynetdicom.transport import AddressInformation, AssociationSocket

from ..terms import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from .messages import Messages
from .negotiation import refuse_unknown_syntaxes
from .provider import Provider

if TYPE_CHECKING:
    from pynetdicom.events import Event
    from pynetdicom.transport import T_CONNECT

    from ..entities import Remote

__all__ = ["Connection"]

STALL_SECONDS = 60.0
"""How long one PDU may take from its first byte to its last."""
MAX_ASSOCIATE_PDU = 1 << 20
"""Bytes of the largest PDU taken when our own limit is lower: an A-ASSOCIATE-AC has no limit of its own."""
UNLIMITED_PDU = 1 << 26
"""Bytes of the largest PDU taken when ``max_pdu`` is 0."""
_SLICE_SECONDS = 0.2
"""How often a read looks whether its time is over: it may be cut short while it waits."""
_UNEXPECTED = 0x05
"""What pynetdicom gives as reason when its state machine could not take a PDU (PS3.8 9.2.3, action AA-8)."""
BACKLOG = 256
"""Responses that wait for their reader; beyond that nothing is read, and the peer has to wait."""
BACKLOG_BYTES = 1 << 25
"""Bytes of their Identifiers, likewise: 256 of the largest that are taken would be 4 GB."""
_FULL_SECONDS = 0.005
"""How often it is looked whether there is room again."""


class _Wire(AssociationSocket):
    """A socket that is connected already, and that reads with limits."""

    def __init__(self, requestor: Requestor, connected: socket.socket, largest_pdu: int, provider: Provider) -> None:
        self._connected = connected
        self._provider = provider
        self._largest_pdu = largest_pdu
        self.stalled = self.too_large = False
        self.ends_at: float | None = None
        super().__init__(requestor, address=requestor.acceptor.address_info)

    def _create_socket(self, address: AddressInformation) -> socket.socket:
        del address  # it is that of the connection which we have
        self._is_connected = False
        return self._connected

    def connect(self, primitive: T_CONNECT) -> None:
        """Say that the transport connection is there (PS3.8 9.2, event 2)."""
        self._is_connected = True
        primitive.result = "Evt2"
        self.provider_queue.put(primitive)
        self._ready.set()

    @property
    def ready(self) -> bool:
        """Whether there is something to read, room for what it brings, and somebody who waits for it; waits a moment for that.

        A rejection that is read, with the end of the connection, before anybody waits for it would pass for a failed connection.
        """
        if self.socket is None or not self._is_connected:
            return False
        try:
            if not self._provider.awaited.is_set() or self._is_full():
                self._provider.alarm.wait(None, _FULL_SECONDS)
                return False
            if isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
                return True
            return self._provider.await_peer(self.socket)
        except (OSError, ValueError):
            self.event_queue.put("Evt17")  # the connection is closed
            return False

    def _is_full(self) -> bool:
        messages = self._provider.messages
        return messages.msg_queue.qsize() >= BACKLOG or messages.waiting_bytes >= BACKLOG_BYTES

    def recv(self, nr_bytes: int) -> bytearray:
        """Read so many bytes; fewer when the peer closed the connection.

        Raises
        ------
        OSError
            When they do not come in time, or the PDU is larger than was agreed on.
        """
        if nr_bytes > self._largest_pdu:
            self.too_large = True
            raise OSError(f"a PDU of {nr_bytes} bytes")
        if self.socket is None:
            raise OSError("closed")
        try:
            return self._read(self.socket, nr_bytes)
        except TimeoutError:
            self.stalled = True
            raise

    def _read(self, connected: socket.socket, nr_bytes: int) -> bytearray:
        deadline = time.monotonic() + STALL_SECONDS
        received = bytearray()
        while len(received) < nr_bytes:
            left = min(deadline, self.ends_at or deadline) - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{len(received)} of {nr_bytes} bytes came in time")
            connected.settimeout(min(left, _SLICE_SECONDS))
            try:
                piece = connected.recv(min(nr_bytes - len(received), 1 << 16))
            except TimeoutError:  # whoever waits for us may have less patience by now
                continue
            if not piece:
                break
            received += piece
        connected.settimeout(STALL_SECONDS)
        return received

    def cut(self) -> None:
        """Close the connection now, whoever reads or writes on it."""
        with suppress(OSError, AttributeError):  # it may be closed already, from either side, by another thread
            self._connected.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._connected.close()


class Connection:
    """A transport connection with pynetdicom's state machine on it, not yet associated.

    Parameters
    ----------
    remote : Remote
        The peer.
    connected : socket.socket
        The connection to it; this owns it from here on.

    Attributes
    ----------
    requestor : pynetdicom.association.Association
        Its reactor thread is never started: it would poll, and take responses that are ours.
    messages : Messages
        The DIMSE messages that come and go.
    abort_source : int or None
        Source of the A-ABORT that the peer sent (PS3.8 9.3.8), or None.
    """

    def __init__(self, remote: Remote, connected: socket.socket) -> None:
        ae = AE(remote.calling_ae_title)
        ae.implementation_class_uid = IMPLEMENTATION_CLASS_UID
        self.abort_source: int | None = None
        self._released = False
        self._last: object = None
        self.requestor = requestor = Requestor(ae, "requestor")
        requestor.dimse = self.messages = Messages(requestor)
        requestor.dul = self._provider = Provider(requestor, self.messages)
        requestor.acse_timeout = remote.acse_timeout
        requestor.network_timeout = requestor.dimse_timeout = None
        requestor.acceptor.ae_title = remote.ae_title
        requestor.acceptor.address_info = _address(connected.getpeername())
        requestor.requestor.ae_title = remote.calling_ae_title
        requestor.requestor.address_info = _address(connected.getsockname())
        requestor.requestor.maximum_length = remote.max_pdu
        requestor.requestor.implementation_version_name = IMPLEMENTATION_VERSION_NAME
        largest_pdu = max(remote.max_pdu + 6, MAX_ASSOCIATE_PDU) if remote.max_pdu else UNLIMITED_PDU
        self._wire = _Wire(requestor, connected, largest_pdu, self._provider)
        requestor.set_socket(self._wire)
        requestor.bind(evt.EVT_PDU_RECV, self._note_abort)
        requestor.bind(evt.EVT_ACSE_RECV, self._note_last)
        self._ending = threading.Lock()

    def _note_abort(self, event: Event) -> None:
        if isinstance(event.pdu, A_ABORT_RQ):
            self.abort_source = event.pdu.source

    def _note_last(self, event: Event) -> None:
        self._last = getattr(event, "primitive", None)  # an event has the attributes of its kind
        if isinstance(self._last, A_ASSOCIATE):
            refuse_unknown_syntaxes(self.requestor, self._last)

    @property
    def rejection(self) -> tuple[int, int, int] | None:
        """Result, source and reason of the A-ASSOCIATE-RJ that the peer sent; None when there was none."""
        return self._provider.rejection

    @property
    def answer(self) -> A_ASSOCIATE | None:
        """The peer's answer to A-ASSOCIATE-RQ; None when there was none.

        A rejection may come, and close the connection, before pynetdicom looks whether it is connected: then it waits here.
        """
        if self.requestor.acceptor.primitive is not None:
            return self.requestor.acceptor.primitive
        waiting: object = self.requestor.dul.peek_next_pdu()
        return waiting if isinstance(waiting, A_ASSOCIATE) else None

    @property
    def ended_by(self) -> str:
        """How it ended: ``aborted``, ``closed`` or ``released`` by the peer, ``malformed`` (we gave up), else ``silent``."""
        if self.abort_source is not None:
            return "aborted"
        if self._released:
            return "released"
        waiting: object = self.requestor.dul.peek_next_pdu()
        last = self._last if waiting is None else waiting
        reason = last.provider_reason if isinstance(last, A_P_ABORT) else None
        if self.messages.malformed or self._wire.too_large or reason == _UNEXPECTED:
            return "malformed"
        return "closed" if reason is not None and not self._wire.stalled else "silent"

    def hurry(self, seconds: float | None) -> None:
        """Say how long what is read from now on may take in all; None lets each PDU have its own time."""
        self._wire.ends_at = None if seconds is None else time.monotonic() + seconds

    @property
    def is_alive(self) -> bool:
        """Whether the state machine runs: nobody has aborted, released or closed."""
        return bool(
            self._provider.is_alive()
            and not self._released
            and not self.requestor.acse.is_aborted()
            and not self.requestor.is_aborted
        )

    def answer_release(self) -> None:
        """Answer A-RELEASE-RQ when there is one (PS3.8 7.2.2); the association is over then."""
        if self._provider.is_alive() and self.requestor.acse.is_release_requested():
            self.requestor.acse.send_release(is_response=True)
            self.requestor.is_released, self.requestor.is_established = True, False
            self._released = True

    def abort(self, seconds: float = 0.5) -> None:
        """Send A-ABORT (PS3.8 7.3) and close; whoever waits for a response is woken at once.

        Parameters
        ----------
        seconds : float
            How long the A-ABORT may take to leave before the connection is cut.
        """
        with self._ending:
            if self.is_alive:
                self.requestor.acse.send_abort(0x00)
                self.messages.wake()
            if self._provider.is_alive():  # what is queued, an A-ABORT or the answer to a release, leaves first
                self._provider.join(seconds)
            self.close()

    def close(self) -> None:
        """Cut the connection and end the thread."""
        self._provider.kill_dul()
        self._wire.cut()
        if self._provider.is_alive():
            self._provider.join(1.0)
        self._provider.alarm.close()
        self.messages.wake()


def _address(name: tuple[str, int]) -> AddressInformation:
    return AddressInformation.from_tuple(name)
