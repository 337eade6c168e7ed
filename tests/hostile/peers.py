"""Peers by the byte: an archive that follows a script once it is asked to move, and senders that store, or try to."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING, Self

from . import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HERE = "127.0.0.1"
DEADLINE = 20.0
"""Seconds that anything may take; nothing here waits for a time, all waits end by an event."""


class EndedError(Exception):
    """The other side has closed the connection, or reset it."""


class Connection:
    """A socket that speaks PDUs, and says when it was closed."""

    def __init__(self, peer: socket.socket) -> None:
        self.socket = peer
        peer.settimeout(DEADLINE)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        """Send bytes, whatever they are."""
        try:
            self.socket.sendall(data)
        except (ConnectionError, BrokenPipeError) as error:
            raise EndedError(str(error)) from None

    def take(self, size: int) -> bytes:
        """Read exactly so many bytes."""
        data = b""
        while len(data) < size:
            try:
                piece = self.socket.recv(size - len(data))
            except ConnectionError as error:
                raise EndedError(str(error)) from None
            if not piece:
                raise EndedError("closed")
            data += piece
        return data

    def pdu(self) -> tuple[int, bytes]:
        """Read a PDU: its type and body."""
        kind, length = struct.unpack(">BxI", self.take(6))
        return kind, self.take(length)

    def message(self) -> tuple[int, dict[int, object], bytes]:
        """Read a message: presentation context, command set, data set; a release instead is answered, and ends it."""
        context, parts, wanted = 0, {True: b"", False: b""}, True
        while wanted is not None:
            kind, body = self.pdu()
            if kind == wire.RELEASE_RQ:
                self.send(wire.pdu(wire.RELEASE_RP, bytes(4)))
            if kind != wire.P_DATA:
                raise EndedError(f"PDU {kind} {body[:4].hex()} instead of a message")
            while body and wanted is not None:
                length, context, control = struct.unpack_from(">IBB", body)
                parts[bool(control & 1)] += body[6 : 4 + length]
                body = body[4 + length :]
                if control & 2:
                    more = control & 1 and wire.read_command(parts[True])[0x0800] != 0x0101
                    wanted = False if more else None
        return context, wire.read_command(parts[True]), parts[False]

    def gone(self) -> list[tuple[int, bytes]]:
        """Wait until the other side has closed; return the PDUs that it sent before."""
        last: list[tuple[int, bytes]] = []
        with contextlib.suppress(EndedError):
            while True:
                last.append(self.pdu())
        return last

    def half_close(self) -> None:
        """Say that nothing more will come, and stay to read."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close it in order (FIN)."""
        self.socket.close()

    def reset(self) -> None:
        """Close it with a reset (RST), as a crashed host does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Sender(Connection):
    """Stores to our port. What it has sent whole, and what of it was acknowledged, is kept for the judge."""

    def __init__(self, port: int, story: Story) -> None:
        super().__init__(socket.create_connection((HERE, port), DEADLINE))
        self.story = story
        self.contexts: dict[int, tuple[int, str]] = {}

    def associate(self, *classes: str, syntax: str = wire.EXPLICIT, **how: object) -> Self:
        """Ask for an association with a context (1, 3, 5, ...) for each class; it must be accepted."""
        offered = how.pop("contexts", None) or [(2 * n + 1, each, (syntax,)) for n, each in enumerate(classes or (wire.CT,))]
        self.send(wire.associate_rq(offered, **how))
        kind, body = self.pdu()
        assert kind == wire.ASSOCIATE_AC, f"no A-ASSOCIATE-AC but PDU {kind} {body.hex()}"
        self.contexts = wire.accepted(body)
        return self

    def offer(self, one: wire.Instance, *, context: int = 1, message_id: int = 1, size: int = 16000, **more: object) -> None:
        """Send a C-STORE-RQ and its data set, and wait for nothing; ``more`` changes the command set (``fields={...}``)."""
        request = wire.c_store(one.uid, one.sop_class, message_id, more.pop("fields", None))
        self.send(wire.p_data(context, request, command=True) + wire.p_data(context, one.data, size=size))
        self.story.sent.append(one)

    def status(self) -> int:
        """The status of the next response."""
        return self.message()[1][0x0900]

    def store(self, one: wire.Instance, **how: object) -> int:
        """Store an instance; return the status that was answered."""
        self.offer(one, **how)
        status = self.status()
        if status == 0:
            self.story.acknowledged.append(one)
        return status

    def echo(self, *, context: int = 1) -> int:
        """C-ECHO; return its status."""
        fields = {0x0002: wire.VERIFICATION, 0x0100: wire.C_ECHO, 0x0110: 7, 0x0800: 0x0101}
        self.send(wire.p_data(context, wire.command_set(fields), command=True))
        return self.status()

    def release(self) -> None:
        """Release the association in order."""
        self.send(wire.pdu(wire.RELEASE_RQ, bytes(4)))
        assert self.pdu()[0] == wire.RELEASE_RP
        self.close()

    def aborted(self) -> tuple[int, int]:
        """Source and reason of the A-ABORT that must come before the connection ends (PS3.8 9.3.8)."""
        self.half_close()
        said = self.gone()
        assert said, "closed without an A-ABORT"
        assert said[-1][0] == wire.ABORT, f"the last PDU is {said[-1][0]}, not A-ABORT"
        return said[-1][1][2], said[-1][1][3]


class Story:
    """What happened: for the script that plays the archive, and for the judge.

    Attributes
    ----------
    sent, acknowledged : list of Instance
        What was sent whole, and which of it was answered 0x0000.
    folder : Path
        Where the instances must go.
    destination : int
        The port of our Storage SCP.
    signal : callable or None
        Sends a signal to the program that is judged; None where that is this process.
    run : int
        How often the program has been started.
    """

    def __init__(self, folder: Path, destination: int) -> None:
        self.folder, self.destination = folder, destination
        self.sent: list[wire.Instance] = []
        self.acknowledged: list[wire.Instance] = []
        self.errors: list[str] = []
        self.signal: Callable[[int], None] | None = None
        self.run = 1
        self.over = threading.Event()
        self._senders: list[Sender] = []

    def sender(self) -> Sender:
        """A connection to our Storage SCP, without an association; closed with the case at the latest."""
        self._senders.append(Sender(self.destination, self))
        return self._senders[-1]

    def close(self) -> None:
        """Close what its senders left open."""
        for sender in self._senders:
            sender.close()

    def send(self, *what: int | wire.Instance) -> list[int]:
        """Store instances over an association of their own, as an honest archive does; return the statuses."""
        wanted = [wire.instance(each) if isinstance(each, int) else each for each in what]
        kinds = list(dict.fromkeys((one.sop_class, one.syntax) for one in wanted))
        contexts = [(2 * n + 1, sop_class, (syntax,)) for n, (sop_class, syntax) in enumerate(kinds)]
        with self.sender().associate(contexts=contexts) as sender:
            statuses = [
                sender.store(one, context=2 * kinds.index((one.sop_class, one.syntax)) + 1, message_id=number)
                for number, one in enumerate(wanted, 1)
            ]
            sender.release()
        return statuses


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
