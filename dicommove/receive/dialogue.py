"""Messages of one association, without I/O: fragments in, encoded responses out (PS3.7 8, 9.1, 9.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..terms import VERIFICATION, uid_problem
from .command import C_CANCEL_RQ, C_ECHO_RQ, C_STORE_RQ, Command, CommandError, read_command, response
from .intake import CANNOT_UNDERSTAND, Discard, Intake, Refused
from .limits import LONGEST_COMMAND
from .sink import StoreRequest
from .stream import data_pdus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .events import Fragment
    from .intake import Admit
    from .negotiation import Context
    from .sink import Sender

__all__ = ["Dialogue", "DialogueError"]

_SUCCESS = 0x0000
_SOP_CLASS_NOT_SUPPORTED = 0x0122
_UNRECOGNIZED_OPERATION = 0x0211


class DialogueError(Exception):
    """The peer broke the rules of messages: A-ABORT is due."""


class Dialogue:
    """Answers C-STORE and C-ECHO on one association, one message after the other.

    Parameters
    ----------
    contexts : mapping of int to Context
        The accepted presentation contexts by ID.
    sender : Sender
    admit : Admit
        Decides whose an instance is.
    wanted : frozenset of int
        Tags that the scan of each data set keeps.
    max_length : int
        The longest P-DATA-TF that the peer takes, in bytes; 0 means no limit.

    Attributes
    ----------
    answered : int
        How many requests were answered.
    """

    def __init__(
        self, contexts: Mapping[int, Context], sender: Sender, admit: Admit, wanted: frozenset[int], max_length: int = 0
    ) -> None:
        self.answered = 0
        self._contexts = contexts
        self._sender = sender
        self._admit = admit
        self._wanted = wanted
        self._max_length = max_length
        self._command = bytearray()  # of a command set that is not whole yet
        self._context_id = 0
        self._request: Command | None = None  # whose data set is due
        self._taker: Intake | Discard | None = None
        self._done: Intake | Discard | None = None  # whose answer is on its way

    @property
    def in_message(self) -> bool:
        """A message has begun and is not whole yet."""
        return self._request is not None or bool(self._command)

    @property
    def taken(self) -> int:
        """Bytes so far of the data set that is under way."""
        return 0 if self._taker is None else self._taker.size

    def take(self, fragment: Fragment) -> bytes:
        """Take a fragment; return the PDUs to send, empty when nothing is due.

        Raises
        ------
        DialogueError
            A context that was not accepted, a command while a data set is due, a data set without a command, a command set that
            is none.
        """
        if fragment.context_id not in self._contexts:
            raise DialogueError("a presentation context that was not accepted")
        if fragment.is_command:
            return self._take_command(fragment)
        return self._take_data(fragment)

    def answer_sent(self) -> None:
        """Hear that what `take` returned was sent, or cannot be sent: what could wait is done now."""
        done, self._done = self._done, None
        if done is not None:
            done.answered()

    def lose(self, reason: str) -> bool:
        """End without the rest; return whether a data set was under way."""
        taker, self._taker = self._taker, None
        if taker is not None:
            taker.lose(reason)
        return taker is not None

    def _take_data(self, fragment: Fragment) -> bytes:
        if self._request is None or self._taker is None or fragment.context_id != self._context_id:
            raise DialogueError("a data set that no command announced")
        self._taker.take(fragment.pieces)
        if not fragment.is_last:
            return b""
        request, taker = self._request, self._taker
        self._request = self._taker = None
        status = taker.end()
        self._done = taker
        return self._answer(request, status)

    def _take_command(self, fragment: Fragment) -> bytes:
        if self._request is not None or (self._command and fragment.context_id != self._context_id):
            raise DialogueError("a command while another message is not whole")
        self._context_id = fragment.context_id
        for piece in fragment.pieces:
            self._command += piece
        if len(self._command) > LONGEST_COMMAND:
            raise DialogueError(f"a command set of more than {LONGEST_COMMAND} bytes")
        if not fragment.is_last:
            return b""
        data = bytes(self._command)
        self._command.clear()
        try:
            return self._dispatch(read_command(data))
        except CommandError as error:
            raise DialogueError(str(error)) from None

    def _dispatch(self, command: Command) -> bytes:
        if command.field == C_CANCEL_RQ:
            return b""  # has no response, and there is nothing to cancel (PS3.7 9.3.2.3)
        refusal = self._refusal(command)
        if command.has_data_set:
            self._request = command
            self._taker = self._intake(command) if refusal is None else self._discard(command, refusal)
            return b""
        if refusal is not None and command.field == C_STORE_RQ:
            self._admit.refused(self._store_request(command), refusal, 0)
        if refusal is None:
            self._admit.echoed(self._sender)  # the only request of ours without a data set
        return self._answer(command, _SUCCESS if refusal is None else refusal.status)

    def _refusal(self, command: Command) -> Refused | None:
        """Why a request is refused by its command alone."""
        abstract_syntax = self._contexts[self._context_id].abstract_syntax
        if command.field == C_ECHO_RQ:
            wrong = command.sop_class_uid not in ("", abstract_syntax)
            return Refused(_SOP_CLASS_NOT_SUPPORTED, "not the SOP Class of the context") if wrong else None
        if command.field != C_STORE_RQ:
            return Refused(_UNRECOGNIZED_OPERATION, f"no operation of ours: 0x{command.field:04X}")
        if not command.has_data_set:
            return Refused(CANNOT_UNDERSTAND, "a C-STORE-RQ without data set")
        if problem := uid_problem(command.sop_class_uid) or uid_problem(command.sop_instance_uid):
            return Refused(CANNOT_UNDERSTAND, f"a UID of the command is none: {problem}")
        if command.sop_class_uid != abstract_syntax or abstract_syntax == VERIFICATION:
            return Refused(_SOP_CLASS_NOT_SUPPORTED, "not the SOP Class of the context")
        return None

    def _intake(self, command: Command) -> Intake | Discard:
        if command.field != C_STORE_RQ:
            return Discard(_SUCCESS, lambda _: None)  # a C-ECHO-RQ that says it has a data set
        return Intake(self._store_request(command), self._admit, self._wanted)

    def _discard(self, command: Command, refusal: Refused) -> Discard:
        if command.field != C_STORE_RQ:
            return Discard(refusal.status, lambda _: None)
        request = self._store_request(command)
        return Discard(refusal.status, lambda size: self._admit.refused(request, refusal, size))

    def _store_request(self, command: Command) -> StoreRequest:
        return StoreRequest(
            self._sender,
            command.message_id or 0,
            command.sop_class_uid,
            command.sop_instance_uid,
            self._contexts[self._context_id].transfer_syntax or "",
            command.move_originator,
            command.move_originator_message_id,
            self._context_id,
            command.priority,
        )

    def _answer(self, command: Command, status: int) -> bytes:
        self.answered += 1
        return data_pdus(self._context_id, response(command, status), self._max_length)
