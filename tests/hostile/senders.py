"""Senders that store to our port, or try to; and the story of what was sent and acknowledged, for the judge."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Self

from . import wire
from .connection import DEADLINE, HERE, Connection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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
