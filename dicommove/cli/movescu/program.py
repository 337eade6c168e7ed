"""The run of ``movescu``: prepare, listen, associate, ask, wait, and say how it ended."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ...entities import Listener, Remote
from ...errors import AssociationError, EntityError, ListenerError, PeerUnreachable, QueryError
from ...net import open_association
from ...receive import join
from ...terms import StatusCategory
from .asking import TRANSFER_SYNTAXES, ask, services
from .folder import opened
from .guard import objection
from .identifier import prepare
from .interruption import Interrupted, Interruption
from .options import program_version
from .receiving import Asked, Receiving
from .transcript import Transcript
from .verdict import Ending, ExitCode, verdict

if TYPE_CHECKING:
    from ...net import Association, MoveResponse
    from ...receive import Membership
    from .identifier import Identifier
    from .options import Options

__all__ = ["run"]

_STRAGGLERS_SECONDS = 5.0
_HARDLY_SECONDS = 1.0
"""How long to wait where hardly anything can be expected: after a failure, or when the archive gave no counts."""
_RELEASE_SECONDS = 5.0
_PARTING_SECONDS = 0.3
"""How long a sender gets, once everything is here, to release its association."""


def run(options: Options) -> int:
    """Run the program and return its exit code (`ExitCode`, or with ``compat`` those of the program that this one replaces)."""
    with Transcript(options) as transcript, Interruption() as interruption:
        transcript.debug(program_version(), "")
        try:
            code = _Run(options, transcript, interruption).run()
        except Interrupted:
            code = ExitCode.CANCELLED
        except (QueryError, EntityError) as error:
            transcript.error("%s", error)
            code = ExitCode.USAGE
        except ListenerError as error:
            transcript.error("%s", _busy(error))
            code = ExitCode.NO_ASSOCIATION
        return _as_before(code, interruption) if options.compat else code


def _as_before(code: ExitCode, interruption: Interruption) -> int:
    """Whatever happened once an association was there was 0; a signal was left to the shell; all else was 1."""
    if interruption:
        return 128 + interruption.signal
    return 1 if code in (ExitCode.NO_ASSOCIATION, ExitCode.USAGE) else 0


def _busy(error: ListenerError) -> str:
    cause, holder = error.__cause__, error.holder
    said = cause.strerror if isinstance(cause, OSError) else str(error)
    by = f" by process {holder['pid']}" if holder else ""
    return f"Unable to start the Storage SCP on port {error.port}: {said}{by}; end what listens there, or give --store-port"


class _Run:
    """One run, step by step."""

    def __init__(self, options: Options, transcript: Transcript, interruption: Interruption) -> None:
        self._options = options
        self._transcript = transcript
        self._interruption = interruption
        self._receiving: Receiving | None = None
        self._membership: Membership | None = None

    def run(self) -> ExitCode:
        """Run; what must not be there at the end is gone when this returns or raises."""
        remote = self._remote()
        identifier = self._identifier()
        with ExitStack() as stack:
            if self._options.store:
                self._listen(stack, identifier)
            try:
                final = self._move(remote, identifier)
            except AssociationError:  # told line by line where it happened
                return ExitCode.NO_ASSOCIATION
            self._await_stragglers(final)
            return self._judge(final)

    def _remote(self) -> Remote:
        options = self._options
        return Remote(
            options.addr,
            options.port,
            ae_title=options.called_aet,
            calling_ae_title=options.calling_aet,
            connect_timeout=options.network_timeout,
            acse_timeout=options.acse_timeout,
            dimse_timeout=options.dimse_timeout,
            max_pdu=options.max_pdu,
        )

    def _identifier(self) -> Identifier:
        options = self._options
        identifier = prepare(options.file, options.keyword)
        for remark in identifier.remarks:
            self._transcript.warning("%s", remark)
        reason = objection(identifier.data_set, options.model, relational=options.relational_retrieval)
        if reason and options.strict:
            raise QueryError(f"{reason}; --strict refuses to send this")
        if reason:
            self._transcript.warning("%s: the archive may refuse this, or copy more than was meant", reason)
        return identifier

    def _listen(self, stack: ExitStack, identifier: Identifier) -> None:
        options = self._options
        store = None if options.ignore else stack.enter_context(opened(options.output_directory))
        listener = Listener(port=options.store_port, admit="any")
        asked = Asked(identifier.data_set, converted=options.enhanced_conversion)
        self._receiving = Receiving(store, asked, self._transcript, overwrite=options.compat, max_pdu=listener.max_pdu)
        self._membership = stack.enter_context(join(listener, peer_host=options.addr, claimant=self._receiving))

    def _move(self, remote: Remote, identifier: Identifier) -> MoveResponse | None:
        try:
            association = open_association(remote, services=services(self._options), transfer_syntaxes=TRANSFER_SYNTAXES)
        except PeerUnreachable as error:
            self._transcript.info("Requesting Association")
            self._transcript.error("Association request failed: unable to connect to remote")
            self._transcript.error("TCP Initialisation Error: %s", error.__cause__)
            self._transcript.info("Aborting Association")
            raise
        with association:
            self._tell_negotiated(association)
            final = ask(association, identifier, self._options, self._transcript, self._interruption)
            if association.is_open:
                self._transcript.info("Releasing Association")
                association.release(_HARDLY_SECONDS if self._interruption else _RELEASE_SECONDS)
            return final

    def _tell_negotiated(self, association: Association) -> None:
        """Say what the archive granted of what was asked for."""
        granted = association.move_options(self._options.model.move_uid)
        for name in ("relational_retrieval", "enhanced_conversion"):
            if not getattr(self._options, name):
                continue
            words = name.replace("_", " ").capitalize()
            if getattr(granted, name.removesuffix("_retrieval")):
                self._transcript.info("%s: accepted by the peer", words)
            else:
                self._transcript.warning("%s: not accepted by the peer", words)

    def _await_stragglers(self, final: MoveResponse | None) -> None:
        """Archives send after the final response: wait for what they have counted."""
        if self._receiving is None or self._membership is None or final is None:
            return
        expected = None if final.completed is None else final.completed + (final.warning or 0)
        hopeful = expected and final.category is not StatusCategory.FAILURE
        with self._interruption.noted():
            quiet = _STRAGGLERS_SECONDS if hopeful else _HARDLY_SECONDS
            self._receiving.wait(expected, quiet, lambda: bool(self._interruption))
            until = time.monotonic() + _PARTING_SECONDS
            while self._membership.associations and time.monotonic() < until and not self._interruption:
                time.sleep(0.01)

    def _judge(self, final: MoveResponse | None) -> ExitCode:
        receiving = self._receiving
        ending = Ending(
            final,
            storing=receiving is not None,
            arrived=receiving.arrived if receiving else 0,
            strangers=receiving.strangers if receiving else 0,
            refused=receiving.refused if receiving else 0,
            interrupted=bool(self._interruption),
        )
        code, reason = verdict(ending)
        if reason:
            self._transcript.warning("%s", reason)
        return code
