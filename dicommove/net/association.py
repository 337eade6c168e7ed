"""An association with a peer: opened, used for one request at a time, and ended in every case (PS3.8 7)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from . import failures, quiet
from .command import C_CANCEL_RQ
from .exchange import Exchange
from .negotiation import FindOptions, MoveOptions, refusals
from .syntax import encode_data_set

if TYPE_CHECKING:
    from types import TracebackType

    from pydicom.dataset import Dataset

    from ..entities import Remote
    from ..errors import AssociationLost
    from ..terms import InformationModel
    from .messages import Messages
    from .wire import Connection

__all__ = ["Association"]

_LOGGER = logging.getLogger(__name__)
RELEASE_SECONDS = 5.0
"""How long the peer may take to answer A-RELEASE-RQ before the connection is cut."""


class Association:
    """An open association; made by :func:`open_association`.

    One request at a time (PS3.7 D.3.3.3: no asynchronous operations are negotiated); :meth:`abort` and the cancels may be called
    from any thread meanwhile.

    Attributes
    ----------
    remote : Remote
        The peer.
    """

    def __init__(self, remote: Remote, connection: Connection) -> None:
        self.remote = remote
        self._connection = connection
        self._contexts = {
            str(cx.abstract_syntax): (cx.context_id or 0, str(cx.transfer_syntax[0]))
            for cx in connection.requestor.accepted_contexts
        }
        self._extended = {str(uid): info for uid, info in connection.requestor.acceptor.sop_class_extended.items()}
        self._state = threading.Lock()
        self._running: Exchange | None = None
        self._aborted = False
        self._seen: set[int] = set()

    def __repr__(self) -> str:
        return f"<Association with {self.remote.address}, {'open' if self.is_open else 'ended'}>"

    @property
    def is_open(self) -> bool:
        """Whether requests can be sent."""
        return not self._aborted and self._connection.is_alive and bool(self._connection.requestor.is_established)

    @property
    def refused(self) -> Mapping[str, str]:
        """Abstract syntaxes that were proposed and not accepted, with the reason in words."""
        return refusals(self._connection.requestor)

    @property
    def implementation(self) -> tuple[str, str]:
        """Implementation Class UID and Version Name of the peer (PS3.7 D.3.3.2); empty where it gave none."""
        peer = self._connection.requestor.acceptor
        return str(peer.implementation_class_uid or ""), str(peer.implementation_version_name or "")

    def accepted(self, uid: str) -> bool:
        """Whether the peer accepted this abstract syntax."""
        return uid in self._contexts

    def transfer_syntax(self, uid: str) -> str | None:
        """Transfer syntax that the peer chose for this abstract syntax; None when it did not accept it."""
        return self._contexts[uid][1] if uid in self._contexts else None

    def find_options(self, uid: str) -> FindOptions:
        """Options of a FIND SOP Class that the peer granted; no answer is no (PS3.4 C.5.1.1)."""
        return FindOptions.from_bytes(self._extended.get(uid, b""))

    def move_options(self, uid: str) -> MoveOptions:
        """Options of a MOVE SOP Class that the peer granted; no answer is no (PS3.4 C.5.2.1)."""
        return MoveOptions.from_bytes(self._extended.get(uid, b""))

    def relational(self, uid: str) -> bool:
        """Whether the peer granted relational queries, or relational retrieval, for this abstract syntax."""
        return self.find_options(uid).relational  # the first byte has this meaning in both

    def request(
        self,
        command: Mapping[str, int | str],
        *,
        abstract_syntax: str,
        identifier: Dataset | Mapping[str, bytes] | None = None,
        timeout: float | None,
    ) -> Exchange:
        """Send a request now and return the iterator over its responses.

        Parameters
        ----------
        command : Mapping
            The command set, keyword to value, with CommandField and MessageID.
        abstract_syntax : str
            UID of the service; its context is used, and it is the Affected SOP Class UID.
        identifier : Dataset, Mapping, or None
            The Identifier, written in the transfer syntax that was agreed on; or encoded already, by transfer syntax.
        timeout : float or None
            Seconds that may pass without a response; None waits until somebody aborts.

        Raises
        ------
        PresentationContextRejected
            The peer did not accept this service.
        AssociationLost
            The association has ended.
        RuntimeError
            Another request is running on it.
        """
        if not self.accepted(abstract_syntax):
            raise failures.not_accepted(self.remote, {abstract_syntax: self.refused.get(abstract_syntax, "it was not proposed")})
        context_id, transfer_syntax = self._contexts[abstract_syntax]
        data = _encoded(identifier, transfer_syntax)
        whole = {"AffectedSOPClassUID": abstract_syntax, **command}
        with self._state:
            if self._running is not None and not self._running.ended:
                raise RuntimeError(
                    "one request at a time: end the iterator over the responses first, or open another association"
                )
            if self.is_over():
                raise failures.lost(self.remote, "ours" if self._aborted else self._connection.ended_by, responses=0)
            exchange = Exchange(self, whole, context_id, transfer_syntax=transfer_syntax, timeout=timeout, earlier=self._seen)
            self._seen.add(exchange.message_id)
            self._running = exchange
            self.messages.send(context_id, whole, data)
        return exchange

    def cancel(self, message_id: int) -> bool:
        """Send C-CANCEL for the running request (PS3.7 9.3.2.3); from any thread.

        Returns
        -------
        bool
            Whether it was sent: not when no such request is running, or the association has ended. The peer answers with
            a final response when it obeys; many do not.
        """
        with self._state:
            running = self._running
            if running is None or running.ended or running.message_id != message_id or not self.is_open:
                return False
            command = {"CommandField": C_CANCEL_RQ, "MessageIDBeingRespondedTo": message_id}
            self.messages.send(running.context_id, command)
        _LOGGER.debug("C-CANCEL sent to %s", self.remote.address)
        return True

    def cancel_move(self, message_id: int, model: InformationModel) -> bool:
        """Send C-CANCEL for the running C-MOVE of this Message ID and Information Model; as :meth:`cancel`."""
        return self.accepted(model.move_uid) and self.cancel(message_id)

    @property
    def messages(self) -> Messages:
        """The messages that come and go."""
        return self._connection.messages

    def is_over(self) -> bool:
        """Whether no response can come any more; answers a peer that wants to release (PS3.8 7.2)."""
        self._connection.answer_release()
        return not self.is_open

    def loss(self, responses: int, *, how: str | None = None, seconds: float = 0.0) -> AssociationLost:
        """End the association and make the exception that says how it ended; None takes what is known."""
        how = how or ("ours" if self._aborted else self._connection.ended_by)
        self.abort()
        return failures.lost(self.remote, how, responses=responses, seconds=seconds)

    def release(self, seconds: float = RELEASE_SECONDS) -> None:
        """Release the association (PS3.8 7.2); while a request is running, or when the peer is gone, abort it.

        Parameters
        ----------
        seconds : float
            How long the peer may take to answer before the connection is cut.
        """
        if not self.is_open or (self._running is not None and not self._running.ended):
            self.abort()
            return
        with quiet.ours():
            requestor = self._connection.requestor
            requestor.acse_timeout = seconds
            self._connection.hurry(seconds)
            requestor.acse.negotiate_release()
            self._aborted = True
            self._connection.close()

    def abort(self) -> None:
        """Abort the association (PS3.8 7.3), from any thread; who waits for a response gets `AssociationLost` at once."""
        with quiet.ours():
            if self.is_open:
                self._aborted = True
            self._connection.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.release()
        else:
            self.abort()


def _encoded(identifier: Dataset | Mapping[str, bytes] | None, transfer_syntax: str) -> bytes:
    if identifier is None:
        return b""
    return identifier[transfer_syntax] if isinstance(identifier, Mapping) else encode_data_set(identifier, transfer_syntax)
