"""The run of ``movescu``: prepare, associate, ask, and say how it ended; with ``--store``, `storing` adds to it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from ...entities import Remote
from ...errors import AssociationError, EntityError, ListenerError, PeerUnreachable, QueryError
from ...exhaustion import spent
from ...net import open_association
from .asking import TRANSFER_SYNTAXES, ask, services
from .guard import objection
from .identifier import prepare
from .interruption import Interrupted, Interruption
from .options import program_version
from .transcript import Transcript
from .verdict import Ending, ExitCode, verdict

if TYPE_CHECKING:
    from ...net import Association, MoveResponse
    from .identifier import Identifier
    from .options import Options

__all__ = ["HARDLY_SECONDS", "Run", "run", "run_as"]

HARDLY_SECONDS = 1.0
"""How long to wait where hardly anything can be expected: after a failure, or when the archive gave no counts."""
_RELEASE_SECONDS = 5.0


def run(options: Options) -> int:
    """Run the program and return its exit code (`ExitCode`, or with ``compat`` those of the program that this one replaces)."""
    return run_as(Run, options)


def run_as(kind: type[Run], options: Options) -> int:
    """Run the program in one of its kinds: with or without a Storage SCP."""
    with Transcript(options) as transcript, Interruption() as interruption:
        transcript.debug(program_version(), "")
        try:
            code = kind(options, transcript, interruption).run()
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
    if isinstance(cause, OSError) and (words := spent(cause)):
        return f"Unable to start the Storage SCP on port {error.port}: {words}"
    by = f" by process {holder['pid']}" if holder else ""
    return f"Unable to start the Storage SCP on port {error.port}: {said}{by}; end what listens there, or give --store-port"


class Run:
    """One run, step by step.

    Parameters
    ----------
    options : Options
    transcript : Transcript
    interruption : Interruption
    """

    def __init__(self, options: Options, transcript: Transcript, interruption: Interruption) -> None:
        self.options = options
        self.transcript = transcript
        self.interruption = interruption

    def run(self) -> ExitCode:
        """Run; what must not be there at the end is gone when this returns or raises."""
        remote = self._remote()
        identifier = self._identifier()
        with ExitStack() as stack:
            self.prepare(stack, identifier)
            try:
                final = self._move(remote, identifier)
            except AssociationError:  # told line by line where it happened
                return ExitCode.NO_ASSOCIATION
            self.finish(final)
            code, reason = verdict(self.ending(final))
            if reason:
                self.transcript.warning("%s", reason)
            return code

    def prepare(self, stack: ExitStack, identifier: Identifier) -> None:
        """Get ready what must be there before anything is sent; what is entered on the stack is left at the end."""

    def finish(self, final: MoveResponse | None) -> None:
        """Do what is to be done after the final response."""

    def taken(self) -> int:
        """How many bytes our Storage SCP has taken; 0 where there is none."""
        return 0

    def ending(self, final: MoveResponse | None) -> Ending:
        """How it ended."""
        return Ending(final, interrupted=bool(self.interruption))

    def _remote(self) -> Remote:
        options = self.options
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
        options = self.options
        identifier = prepare(options.file, options.keyword)
        for remark in identifier.remarks:
            self.transcript.warning("%s", remark)
        reason = objection(identifier.data_set, options.model, relational=options.relational_retrieval)
        if reason and options.strict:
            raise QueryError(f"{reason}; --strict refuses to send this")
        if reason:
            self.transcript.warning("%s: the archive may refuse this, or copy more than was meant", reason)
        return identifier

    def _move(self, remote: Remote, identifier: Identifier) -> MoveResponse | None:
        try:
            association = open_association(remote, services=services(self.options), transfer_syntaxes=TRANSFER_SYNTAXES)
        except PeerUnreachable as error:
            self.transcript.info("Requesting Association")
            self.transcript.error("Association request failed: unable to connect to remote")
            self.transcript.error("TCP Initialisation Error: %s", error.__cause__)
            self.transcript.info("Aborting Association")
            raise
        with association:
            self._tell_negotiated(association)
            final = ask(association, identifier, self.options, self.transcript, self.interruption, taken=self.taken)
            if association.is_open:
                self.transcript.info("Releasing Association")
                association.release(HARDLY_SECONDS if self.interruption else _RELEASE_SECONDS)
            return final

    def _tell_negotiated(self, association: Association) -> None:
        """Say what the archive granted of what was asked for."""
        granted = association.move_options(self.options.model.move_uid)
        for name in ("relational_retrieval", "enhanced_conversion"):
            if not getattr(self.options, name):
                continue
            words = name.replace("_", " ").capitalize()
            if getattr(granted, name.removesuffix("_retrieval")):
                self.transcript.info("%s: accepted by the peer", words)
            else:
                self.transcript.warning("%s: not accepted by the peer", words)
