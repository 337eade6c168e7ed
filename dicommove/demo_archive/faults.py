"""Faults that the demo archive can have, so that trouble can be met, and mended, without a broken archive.

A new fault is one subclass of `Fault` and one line in `FAULTS`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from ..errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FAULTS", "Deed", "Fault", "FaultKind", "describe_faults", "fault_from"]


class Deed(Enum):
    """What the archive does with the next instance of a C-MOVE."""

    SEND = auto()
    DROP = auto()
    """Count it as completed and send nothing."""
    ABORT = auto()
    """Abort the C-MOVE's association and the one that it sends over."""


class Fault:
    """No fault at all, and what each fault changes.

    Attributes
    ----------
    delay_seconds : float
        Seconds that pass before each instance is sent.
    refusal : int or None
        Status that answers every C-MOVE at once; None to go on.
    """

    delay_seconds: float = 0.0
    refusal: int | None = None

    def deed(self, number: int) -> Deed:  # noqa: ARG002 - the faults below look at the number
        """What happens to an instance, by its number (from 0) within its C-MOVE."""
        return Deed.SEND


class _Refuse(Fault):
    def __init__(self, status: int) -> None:
        self.refusal = status


class _Slow(Fault):
    def __init__(self, seconds: float) -> None:
        self.delay_seconds = seconds


class _Drop(Fault):
    """Once the archive has dropped so many it is well again, so that asking for the missing ones mends the result."""

    def __init__(self, count: float) -> None:
        self._left = int(count)
        self._lock = threading.Lock()

    def deed(self, number: int) -> Deed:  # noqa: ARG002 - the signature of `Fault`
        """Drop while there is something left to drop."""
        with self._lock:
            if not self._left:
                return Deed.SEND
            self._left -= 1
            return Deed.DROP


class _Abort(Fault):
    def __init__(self, count: float) -> None:
        self._count = int(count)

    def deed(self, number: int) -> Deed:
        """Abort when so many were sent."""
        return Deed.SEND if number < self._count else Deed.ABORT


@dataclass(frozen=True)
class FaultKind:
    """One line of the table of faults.

    Attributes
    ----------
    summary : str
        What the archive does.
    make : Callable
        Makes the fault from the number after the colon (0 when the fault takes none).
    argument : str
        What the number means; empty when the fault takes none.
    whole : bool
        Whether the number must be a whole one.
    """

    summary: str
    make: Callable[[float], Fault]
    argument: str = ""
    whole: bool = True


FAULTS: dict[str, FaultKind] = {
    "drop": FaultKind("counts the first N instances as completed and does not send them; asked for again they come", _Drop, "N"),
    "refuse": FaultKind("answers every C-MOVE with 0xA702 (out of resources); C-FIND works", lambda _: _Refuse(0xA702)),
    "abort": FaultKind("aborts its associations after N instances of each C-MOVE", _Abort, "N"),
    "slow": FaultKind("waits SECONDS before each instance; C-FIND at full speed", _Slow, "SECONDS", whole=False),
    "unknown-destination": FaultKind("answers every C-MOVE with 0xA801 (move destination unknown)", lambda _: _Refuse(0xA801)),
}
"""Every fault by its name."""


def describe_faults() -> str:
    """One line of text for each fault.

    Examples
    --------
    >>> print(describe_faults().splitlines()[1])
    refuse: answers every C-MOVE with 0xA702 (out of resources); C-FIND works
    """
    return "\n".join(f"{name}{':' * bool(kind.argument)}{kind.argument}: {kind.summary}" for name, kind in FAULTS.items())


def fault_from(text: str | None) -> Fault:
    """Make a fault from its text, such as ``"drop:3"``; None is an archive without a fault.

    Raises
    ------
    QueryError
        No such fault, or its number is missing or wrong; the text lists all faults.

    Examples
    --------
    >>> fault_from("slow:0.1").delay_seconds
    0.1
    """
    if text is None:
        return Fault()
    name, _, argument = text.partition(":")
    kind = FAULTS.get(name)
    if kind is None:
        raise QueryError(f"there is no fault {text!r}; the demo archive has these:\n{describe_faults()}")
    return kind.make(_number(kind, text, argument))


def _number(kind: FaultKind, text: str, argument: str) -> float:
    if not kind.argument and not argument and ":" not in text:
        return 0
    try:
        number = int(argument) if kind.whole else float(argument)
    except ValueError:
        number = -1
    if not kind.argument or not 0 <= number < float("inf"):
        raise QueryError(f"the fault {text!r} cannot be read; the demo archive has these:\n{describe_faults()}")
    return number
