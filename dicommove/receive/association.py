"""The thin rim: one socket, one thread, one association; bytes from the socket to the parser, answers back."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import threading
from typing import TYPE_CHECKING

from .associate import NegotiationError, Request, accept_pdu, read_request, reject_pdu
from .dialogue import Dialogue, DialogueError
from .events import Aborted, AssociateRequest, Fragment, ProtocolFault, ReleaseRequest
from .limits import (
    IDLE_SECONDS,
    MESSAGE_SECONDS,
    RECEIVE_BUFFER,
    REQUEST_BUFFER,
    REQUEST_SECONDS,
    SILENCE_SECONDS,
    SLOWEST_PACE,
    STALL_SECONDS,
)
from .negotiation import CALLED_AE_TITLE, LOCAL_LIMIT, Rejection, choose, refusal_of, told_of
from .sink import Sender
from .stream import RELEASE_REPLY, PduStream, State, abort_pdu

if TYPE_CHECKING:
    from collections.abc import Callable

    from .house import House

__all__ = ["NO_TLS", "Association"]

_CLOSING_SECONDS = 2.0  # how long the peer has to close after our last word (ARTIM timer, PS3.8 9.1.4)
_SERVICE_USER, _SERVICE_PROVIDER = 0, 2  # sources of A-ABORT (PS3.8 9.3.8)
_DO_NOT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)
_CLOSED = "closed by the peer"
NO_TLS = "no TLS came about"
"""How the reason begins why a connection to a port with TLS ended before anything was said."""
_log = logging.getLogger("dicommove.receive")


class Association:
    """One connection from its first byte to its last.

    Attributes
    ----------
    established : bool
        Accepted and not over: it counts against the limit of associations.
    heard : float
        When the last bytes came, in seconds of the reception's clock.
    """

    def __init__(self, connection: socket.socket, address: tuple[str, int], number: int, house: House) -> None:
        self.established = False
        self.heard = house.clock()
        self._opened = self.heard
        self._closing: float | None = None
        self._message: tuple[int, float] | None = None  # the message that was under way at the last look: number, since when
        self._socket = connection
        self._address = address
        self._number = number
        self._house = house
        self._stream = PduStream()
        self._dialogue: Dialogue | None = None
        self._sender = Sender(number, address[0], address[1], "", "")
        self._sending = threading.Lock()
        self._end = _CLOSED
        self._handlers: dict[type, Callable[..., None]] = {
            AssociateRequest: self._on_request,
            ReleaseRequest: self._on_release,
            Aborted: self._on_aborted,
            ProtocolFault: self._on_fault,
        }
        self.thread = threading.Thread(target=self._run, name=f"dicommove-association-{number}", daemon=True)

    @property
    def in_message(self) -> bool:
        """A message, or a PDU, has begun and is not whole yet."""
        return self._stream.in_pdu or (self._dialogue is not None and self._dialogue.in_message)

    def overdue(self, now: float) -> str | None:
        """Why it has to end now, or None."""
        if self._closing is not None:
            return "not closed by the peer" if now - self._closing > _CLOSING_SECONDS else None
        if not self.established:
            return "no association was asked for" if now - self._opened > REQUEST_SECONDS else None
        if now - self.heard > (SILENCE_SECONDS if self.in_message else IDLE_SECONDS):
            return "silent for too long"
        return self._dripping(now)

    def stalled(self, now: float) -> bool:
        """Whether the message that is under way hardly moves: at the limit of associations it gives way to a newcomer."""
        if now - self.heard >= STALL_SECONDS:
            return True
        if self._message is None or self._dialogue is None:
            return False
        seconds = now - self._message[1]
        return seconds >= STALL_SECONDS and self._dialogue.taken < seconds * SLOWEST_PACE

    def _dripping(self, now: float) -> str | None:
        """Why a message that does come, but does not end, has to end now; or None."""
        if not self.in_message or self._dialogue is None:
            self._message = None
            return None
        number = self._dialogue.answered
        if self._message is None or self._message[0] != number:
            self._message = (number, now)
        return "a message took too long" if now - self._message[1] > MESSAGE_SECONDS else None

    def stop(self, reason: str) -> None:
        """End it from another thread: A-ABORT where it can be sent, then no more bytes; its thread does the rest."""
        self._end = reason
        # Within TLS two threads must not use one connection; there, and where its thread is sending, closing has to do.
        if self.established and self._closing is None and self._house.tls is None and self._sending.acquire(blocking=False):
            with contextlib.suppress(OSError):
                self._socket.send(abort_pdu(_SERVICE_USER, 0), _DO_NOT_WAIT)
            self._sending.release()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket without a word: in a forked child it is the parent's."""
        self._socket.close()

    def _run(self) -> None:
        try:
            self._secure()
            self._receive()
        except OSError as error:
            self._end = f"connection lost: {type(error).__name__}" if self._end == _CLOSED else self._end
        except Exception as error:  # noqa: BLE001 - claims and sinks are other people's code: only this association may suffer
            self._end = f"internal fault: {type(error).__name__}"
            _log.debug("association %s ended by %s", self._number, type(error).__name__, exc_info=True)
        finally:
            self._over()

    def _secure(self) -> None:
        """Handshake of TLS, here and not in the thread that accepts: a slow one keeps nobody waiting."""
        if self._house.tls is None:
            return
        try:
            self._socket = self._house.tls.wrap_socket(self._socket, server_side=True)
        except ssl.SSLError as error:
            self._end = f"{NO_TLS} ({(error.reason or type(error).__name__).lower().replace('_', ' ')})"
            self._note("aborted", reason=self._end)
            raise

    def _receive(self) -> None:
        receive_into, clock = self._socket.recv_into, self._house.clock
        buffer = memoryview(bytearray(REQUEST_BUFFER))
        while count := receive_into(buffer):
            self.heard = clock()
            self._take(buffer[:count])
            if self._dialogue is not None and len(buffer) < RECEIVE_BUFFER:
                buffer = memoryview(bytearray(RECEIVE_BUFFER))

    def _take(self, data: memoryview) -> None:
        for event in self._stream.feed(data):
            if type(event) is Fragment and self._dialogue is not None:
                self._on_fragment(event, self._dialogue)
            else:
                self._handlers[type(event)](event)
            if self._closing is not None:
                break

    def _on_fragment(self, fragment: Fragment, dialogue: Dialogue) -> None:
        if self._closing is not None:
            return
        try:
            answer = dialogue.take(fragment)
        except DialogueError as error:
            self._abort(_SERVICE_USER, 0, str(error))
            return
        if answer:
            try:
                self._send(answer)
            finally:
                dialogue.answer_sent()

    def _on_request(self, event: AssociateRequest) -> None:
        try:
            request = read_request(event.pdu)
        except NegotiationError as error:
            self._abort(_SERVICE_PROVIDER, 6, str(error))
            return
        self._sender = Sender(self._number, *self._address, request.calling_ae_title, request.called_ae_title)
        refusal = self._refusal(request)
        if refusal is None:
            self._accept(request)
        else:
            self._reject(refusal)

    def _refusal(self, request: Request) -> Rejection | None:
        if refusal := refusal_of(request):
            return refusal
        if not self._house.admission.takes_ae_title(request.called_ae_title):
            return CALLED_AE_TITLE
        return None if self._house.make_room(self) else LOCAL_LIMIT

    def _accept(self, request: Request) -> None:
        listener = self._house.listener
        contexts = choose(request.contexts, listener.transfer_syntaxes)
        accepted = {context.context_id: context for context in contexts if context.transfer_syntax is not None}
        admission = self._house.admission
        self._dialogue = Dialogue(accepted, self._sender, admission, admission.wanted, request.max_length)
        self._stream.state = State.ESTABLISHED
        self._note("accepted", **told_of(request, contexts))
        answers = ((context.context_id, context.result, context.transfer_syntax) for context in contexts)
        self._send(accept_pdu(request, answers, listener.max_pdu))

    def _reject(self, why: Rejection) -> None:
        self._note("rejected", reason=why.text)
        self._last_word(reject_pdu(*why[:3]), f"rejected: {why.text}")

    def _on_release(self, _: ReleaseRequest) -> None:
        self._lose("released in the middle of a message")
        self._note("released")
        self._last_word(RELEASE_REPLY, "released")

    def _on_aborted(self, event: Aborted) -> None:
        self._end = f"aborted by the peer (source {event.source}, reason {event.reason})"
        self._closing = self._house.clock()
        self._socket.shutdown(socket.SHUT_RDWR)  # nobody waits for an answer: closed at once (PS3.8 AA-2, AA-3)

    def _on_fault(self, event: ProtocolFault) -> None:
        if self._closing is not None:  # our last word is said
            return
        self._abort(event.source, event.reason, event.text)

    def _abort(self, source: int, reason: int, text: str) -> None:
        self._note("aborted", reason=text, abort_source=source, abort_reason=reason)
        self._last_word(abort_pdu(source, reason), f"aborted by us: {text}")

    def _last_word(self, pdu: bytes, end: str) -> None:
        """Send what ends the association; what still comes is read and dropped until the peer closes (PS3.8 Sta13).

        Closing at once would make the operating system reset the connection, and the peer might never read the answer.
        """
        self._end = end
        self._closing = self._house.clock()
        self._stream.state = State.AWAITING_CLOSE
        self._send(pdu)
        if self._house.tls is None:
            self._socket.shutdown(socket.SHUT_WR)

    def _send(self, data: bytes) -> None:
        with self._sending:
            self._socket.sendall(data)

    def _lose(self, reason: str) -> None:
        if self._dialogue is not None:
            self._dialogue.lose(reason)

    def _over(self) -> None:
        try:
            self._lose(self._end)
            self._note("ended" if self._sender.calling_ae_title else "unheard", reason=self._end)
        finally:
            self.established = False
            self._socket.close()
            self._house.forget(self)

    def _note(self, what: str, **facts: object) -> None:
        sender = self._sender
        known = {
            "event": what,
            "association": sender.association,
            "address": sender.address,
            "port": sender.port,
            "calling_ae_title": sender.calling_ae_title,
            "called_ae_title": sender.called_ae_title,
        }
        self._house.admission.note("association", known | facts)
