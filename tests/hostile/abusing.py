"""Cases of an abused port: whatever was done to it, an honest sender is served afterwards, and the move is complete."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING
from unittest.mock import ANY

from . import wire
from .cases import Case, Cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from .peers import Talk
    from .senders import Sender

API = ("api",)
"""Subjects where program and API do the same: a process of its own for each would cost a second."""

PATIENT = {"arguments": ("-td", "30"), "options": {"silence": 30.0}, "within": 80.0}
"""The archive says nothing while the port is abused: that is not what is judged."""


class Abuses(Cases):
    """Cases of abuse: a script that yields wants the honest sender served at that point, with its own connections still open."""

    def __call__(self, sentence: str, *right: str, kept: int | None = 3, **how: object) -> Callable:
        """Add a case."""

        def add(script: Callable[[Talk], object]) -> Callable[[Talk], object]:
            self.append(Case(sentence, then_served(script), right or ("complete",), kept=kept, **PATIENT | how))
            return script

        return add

    def plainly(self, sentence: str, *right: str, **how: object) -> Callable:
        """Add a case whose script ends the move by itself."""
        return super().__call__(sentence, *right, **PATIENT | how)


def then_served(script: Callable[[Talk], object]) -> Callable[[Talk], None]:
    """Do what the script does, and be an honest archive then."""

    @functools.wraps(script)
    def both(talk: Talk) -> None:
        going = script(talk)
        if inspect.isgenerator(going):
            next(going)
        serve(talk)
        if inspect.isgenerator(going):
            next(going, None)

    return both


def serve(talk: Talk) -> None:
    """Send the three instances that are asked for, each of which must be acknowledged, and end with a true count."""
    statuses = talk.send_instances(1, 2, 3)
    assert statuses == [0, 0, 0], f"an honest sender was answered {statuses}"
    talk.end(completed=len({one.uid for one in talk.story.acknowledged}))


def refused(sender: Sender) -> tuple[int, int]:
    """Source and reason of the A-ABORT that must answer before there is an association.

    The Standard lets the service user abort here (PS3.8 AA-1), which has no reasons: that is as right as any.
    """
    source, reason = sender.aborted()
    return (source, reason) if source else ANY


def rejected(sender: Sender, request: bytes) -> tuple[int, int, int]:
    """Result, source and reason of the A-ASSOCIATE-RJ that must answer a request (PS3.8 9.3.4)."""
    sender.send(request)
    kind, body = sender.pdu()
    assert kind == wire.ASSOCIATE_RJ, f"PDU {kind} instead of A-ASSOCIATE-RJ"
    assert not sender.gone(), "more after an A-ASSOCIATE-RJ"
    return body[1], body[2], body[3]
