"""An archive by the byte: it answers queries honestly, and follows a script once it is asked to move."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from . import wire
from .connection import DEADLINE, HERE, Connection, EndedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .senders import Story


class Talk(Connection):
    """The connection that the archive was asked over; a script goes on from where the case wants to take over.

    Attributes
    ----------
    story : Story
        What happened, and the way to our port.
    request : dict
        The command set that is answered: that of the C-MOVE.
    proposal, identifier : bytes
        Body of the A-ASSOCIATE-RQ, and the encoded Identifier of the C-MOVE.
    """

    def __init__(self, peer: socket.socket, story: Story) -> None:
        super().__init__(peer)
        self.story = story
        self.context, self.request, self.proposal, self.identifier = 0, {}, b"", b""

    @property
    def services(self) -> set[str]:
        """Abstract syntaxes that were proposed."""
        return {abstract for abstract, _ in wire.proposed(self.proposal).values()}

    def send_instances(self, *what: int | wire.Instance) -> list[int]:
        """Store instances at our port, in order; return the statuses."""
        return self.story.send(*what)

    def accept(self, **how: object) -> None:
        """Accept the association."""
        self.send(wire.associate_ac(self.proposal, **how))

    def answer(self, status: int | None, *, data: bytes = b"", more: dict | None = None, **counts: int) -> None:
        """One C-MOVE response; ``remaining``, ``completed``, ``failed``, ``warning`` are absent unless given (PS3.7 9.3.4.2)."""
        numbers = {"remaining": 0x1020, "completed": 0x1021, "failed": 0x1022, "warning": 0x1023}
        fields = {numbers[name]: count for name, count in counts.items()} | ({0x0800: 1} if data else {}) | (more or {})
        self.send(wire.p_data(self.context, wire.response(self.request, status, fields), command=True))
        if data:
            self.send(wire.p_data(self.context, data))

    def command(self, data: bytes) -> None:
        """Bytes in the place of a command set."""
        self.send(wire.p_data(self.context, data, command=True))

    def pending(self, remaining: int, completed: int, failed: int = 0, warning: int = 0) -> None:
        """A pending response, 0xFF00."""
        self.answer(0xFF00, remaining=remaining, completed=completed, failed=failed, warning=warning)

    def end(self, status: int = 0, *, completed: int = 0, failed: int = 0, warning: int = 0, **how: object) -> None:
        """The final response, with its counters."""
        self.answer(status, completed=completed, failed=failed, warning=warning, **how)

    def found(self, matches: list[bytes], status: int = 0x0000) -> None:
        """The answer to a C-FIND: a pending response for each match, and the final one."""
        for match in matches:
            self.answer(0xFF00, data=match)
        self.answer(status)

    def cancelled(self) -> None:
        """Wait for a C-CANCEL."""
        _, command, _ = self.message()
        assert command[0x0100] == wire.C_CANCEL, f"command {command[0x0100]:#06x} instead of C-CANCEL"

    def released(self) -> None:
        """Wait until we are asked to release, agree, and wait for the end of the connection."""
        kind, _ = self.pdu()
        assert kind == wire.RELEASE_RQ, f"PDU {kind} instead of A-RELEASE-RQ"
        self.send(wire.pdu(wire.RELEASE_RP, bytes(4)))
        self.gone()

    def rest(self) -> None:
        """Whatever comes after the script: a release is answered, everything else is let pass."""
        with contextlib.suppress(EndedError, OSError):
            while self.pdu()[0] not in {wire.RELEASE_RQ, wire.ABORT}:
                pass
            self.send(wire.pdu(wire.RELEASE_RP, bytes(4)))


@contextlib.contextmanager
def archive(story: Story, script: Callable[[Talk], None], at: str, finding: Callable[[Talk, bytes], None]) -> Iterator[int]:
    """Serve a port: ``script`` takes over ``at`` the connection, the association or the C-MOVE; ``finding`` answers a C-FIND."""
    threads, talks = [], []

    def serve(talk: Talk) -> None:
        try:
            with talk:
                _converse(talk, script, at, finding)
        except Exception as error:  # noqa: BLE001 - whatever it is: it belongs to the case that made it
            if not story.over.is_set():
                story.errors.append(f"{type(error).__name__}: {error}")

    def accept() -> None:
        while True:
            try:
                talk = Talk(server.accept()[0], story)
            except OSError:
                return
            talks.append(talk)
            threads.append(threading.Thread(target=serve, args=(talk,), daemon=True))
            threads[-1].start()

    with socket.create_server((HERE, 0)) as server:
        listener = threading.Thread(target=accept, daemon=True)
        listener.start()
        try:
            yield server.getsockname()[1]
        finally:
            story.over.set()
            server.shutdown(socket.SHUT_RDWR)
            listener.join(DEADLINE)
            for talk in talks:
                with contextlib.suppress(OSError):
                    talk.socket.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(DEADLINE)
            story.close()


def _converse(talk: Talk, script: Callable[[Talk], None], at: str, finding: Callable[[Talk, bytes], None]) -> None:
    if at == "connection":
        return script(talk)
    _, talk.proposal = talk.pdu()
    if at == "association" or (at == "proposal" and wire.STUDY_ROOT_MOVE in talk.services):
        return script(talk)
    talk.accept()
    with contextlib.suppress(EndedError):
        while True:
            talk.context, talk.request, talk.identifier = talk.message()
            if talk.request[0x0100] == wire.C_MOVE:
                break
            if talk.request[0x0100] == wire.C_FIND:
                finding(talk, talk.identifier)
            else:
                talk.answer(0x0000)
    if talk.request.get(0x0100) != wire.C_MOVE:
        return talk.rest()
    script(talk)
    return talk.rest()
