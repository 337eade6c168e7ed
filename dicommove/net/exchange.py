"""One request and its responses, over an open association (PS3.7 8.1)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, Self

from ..terms import IMPLICIT_VR_LITTLE_ENDIAN, StatusCategory, status_category
from .command import RESPONSE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from ..errors import AssociationLost
    from .messages import Message, Messages

__all__ = ["Exchange"]

TICK_SECONDS = 0.2
"""How often a wait looks whether it should end."""


class _Carrier(Protocol):
    """What an exchange needs of its association."""

    @property
    def messages(self) -> Messages: ...

    def is_over(self) -> bool: ...

    def loss(self, responses: int, *, how: str | None = None, seconds: float = 0.0) -> AssociationLost: ...


class Exchange:
    """Iterator over the responses to one request; ends after the final one.

    Parameters
    ----------
    carrier : Association
        What carries it.
    command : Mapping
        The command set of the request.
    context_id : int
        Presentation Context ID that it is sent on.
    transfer_syntax : str
        What data sets on this context are written in.
    timeout : float or None
        Seconds that may pass without a response; None waits until the association ends.
    earlier : set of int
        Message IDs that this association has used before: their responses come late and are passed over.

    Attributes
    ----------
    explicit : bool
        Whether data sets on this context are in Explicit VR.
    responses : int
        How many responses have come.
    ended : bool
        Whether the final response has come, or the association has ended.
    strays : int
        How many messages were passed over: late answers to earlier requests, and what is no answer at all.
    """

    def __init__(
        self,
        carrier: _Carrier,
        command: Mapping[str, int | str],
        context_id: int,
        *,
        transfer_syntax: str,
        timeout: float | None,
        earlier: AbstractSet[int],
    ) -> None:
        self._carrier = carrier
        self._answer = int(command["CommandField"]) | RESPONSE
        self._earlier = frozenset(earlier)
        self.message_id = int(command["MessageID"])
        self.context_id = context_id
        self.transfer_syntax = transfer_syntax
        self.explicit = transfer_syntax != IMPLICIT_VR_LITTLE_ENDIAN
        self.timeout = timeout
        self.responses = 0
        self.strays = 0
        self.ended = False
        self._heard = time.monotonic()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Message:
        """Wait for the next response.

        Raises
        ------
        AssociationLost
            When the association ends first, or nothing comes within ``timeout``; it is aborted then.
        """
        if self.ended:
            raise StopIteration
        while True:
            if (message := self.wait(TICK_SECONDS)) is not None:
                return message

    @property
    def _left(self) -> float:
        """Seconds of the timeout that are left; endless without one."""
        return float("inf") if self.timeout is None else self._heard + self.timeout - time.monotonic()

    def wait(self, seconds: float) -> Message | None:
        """Take the next response if one comes within so many seconds; None when not.

        Raises
        ------
        AssociationLost
            When the association ends first, or nothing has come for ``timeout``; it is aborted then.
        """
        deadline = time.monotonic() + min(seconds, max(self._left, 0.001))
        while (left := deadline - time.monotonic()) > 0:
            message = self._carrier.messages.next(left)
            if message is not None and self._is_answer(message):
                return self._counted(message)
            if message is None and self._carrier.is_over():
                raise self._lost(None)
        if self.timeout is not None and self._left <= 0:
            raise self._lost("silent", self.timeout)
        return None

    def _is_answer(self, message: Message) -> bool:
        """Take any Message ID but one used before: some peers answer with a number of their own."""
        number = message.command.number
        answer = number("CommandField") == self._answer and number("MessageIDBeingRespondedTo") not in self._earlier
        self.strays += not answer
        return answer

    def _counted(self, message: Message) -> Message:
        status = message.command.number("Status")
        if status is None:
            raise self._lost("malformed")
        self.responses += 1
        self._heard = time.monotonic()
        self.ended = status_category(status) is not StatusCategory.PENDING
        return message

    def _lost(self, how: str | None, seconds: float = 0.0) -> AssociationLost:
        self.ended = True
        return self._carrier.loss(self.responses, how=how, seconds=seconds)
