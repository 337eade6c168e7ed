"""The faults that the demo archive can have, by name, so that trouble can be met, and mended, without a broken archive.

A new fault is a field of `Conduct`, a line in `FAULTS`, and the place in `move`, `services` or `answers` that looks at the field.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydicom.datadict import tag_for_keyword

from ..errors import QueryError
from .attributes import UNIQUE_TAGS
from .conduct import Conduct, Drops

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FAULTS", "FaultKind", "describe_faults", "fault_from"]


@dataclass(frozen=True)
class FaultKind:
    """One line of the table of faults.

    Attributes
    ----------
    summary : str
        What the archive does.
    field : str
        The field of `Conduct` that it sets.
    value : object
        What the field is set to when nothing stands after the colon; None when something must.
    argument : str
        What stands after the colon; empty when nothing may.
    read : Callable
        Reads what stands after the colon; ValueError when it cannot.
    """

    summary: str
    field: str
    value: object = None
    argument: str = ""
    read: Callable[[str], object] = str

    @property
    def pattern(self) -> str:
        """What stands after the name: ``:N``, ``[:SECONDS]`` when it may be left out, or nothing."""
        required = f":{self.argument}" if self.argument else ""
        return f"[{required}]" if required and self.value is not None else required

    def setting(self, argument: str | None) -> object:
        """Value of the field for what stands after the colon (None: there is no colon).

        Raises
        ------
        ValueError
            It is missing, not allowed, or cannot be read.
        """
        if argument is None and self.value is not None:
            return self.value
        if argument is None or not self.argument:
            raise ValueError(argument)
        return self.read(argument)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(text)
    return int(text)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < math.inf:
        raise ValueError(text)
    return seconds


def _key(text: str) -> int:
    # The dictionary has retired attributes without a keyword.
    tag = tag_for_keyword(text) if text else None
    if tag is None or tag in UNIQUE_TAGS.values():
        raise ValueError(text)
    return tag


FAULTS: dict[str, FaultKind] = {
    "drop": FaultKind(
        "counts the first N instances as completed and does not send them; asked for again they come",
        "drops",
        argument="N",
        read=lambda text: Drops(_count(text)),
    ),
    "refuse": FaultKind("answers every C-MOVE with 0xA702 (out of resources); C-FIND works", "refusal", 0xA702),
    "abort": FaultKind("aborts its associations after N instances of each C-MOVE", "abort_after", argument="N", read=_count),
    "slow": FaultKind(
        "waits SECONDS before each instance; C-FIND at full speed", "delay_seconds", argument="SECONDS", read=_seconds
    ),
    "unknown-destination": FaultKind("answers every C-MOVE with 0xA801 (move destination unknown)", "refusal", 0xA801),
    "lie": FaultKind("delivers everything, and tells and lists every second instance as failed; 0xB000 at the end", "lies", True),
    "late": FaultKind(
        "says 0x0000 with everything completed first, and sends it SECONDS (0.5) later over another association",
        "late_seconds",
        0.5,
        argument="SECONDS",
        read=_seconds,
    ),
    "duplicate": FaultKind("sends every third instance twice and counts it once", "duplicates", True),
    "conflict": FaultKind("sends every third instance again with other Image Comments under the same UID", "conflicts", True),
    "unexpected": FaultKind("sends, and counts, up to three instances of a study that was not asked for too", "unexpected", True),
    "ignores": FaultKind(
        "does not look at this key in C-FIND: everything matches it; no unique key", "ignored", argument="KEYWORD", read=_key
    ),
    "cap": FaultKind("ends every C-FIND after N answers with 0x0000", "cap", argument="N", read=_count),
    "study-only": FaultKind("answers a C-MOVE at SERIES or IMAGE level with 0xA900", "study_only", True),
    "nearline": FaultKind(
        "says NEARLINE of every second study, and is silent for SECONDS (0.5) before it moves one",
        "preparation_seconds",
        0.5,
        argument="SECONDS",
        read=_seconds,
    ),
    "deaf": FaultKind("does not listen to C-CANCEL", "deaf", True),
}
"""Every fault by its name."""


def describe_faults() -> str:
    """One line of text for each fault.

    Examples
    --------
    >>> print(describe_faults().splitlines()[1])
    refuse: answers every C-MOVE with 0xA702 (out of resources); C-FIND works
    """
    return "\n".join(f"{name}{kind.pattern}: {kind.summary}" for name, kind in FAULTS.items())


def fault_from(text: str | None) -> Conduct:
    """Read a fault such as ``"drop:3"``, or several joined by ``+`` or ``,``; None is an archive without a fault.

    Raises
    ------
    QueryError
        No such fault, what stands after its colon is missing or wrong, or two of them contradict each other; the text lists all.

    Examples
    --------
    >>> conduct = fault_from("slow:0.1+deaf")
    >>> conduct.delay_seconds, conduct.deaf
    (0.1, True)
    """
    settings: dict[str, Any] = {}
    for part in re.split("[+,]", text) if text is not None else ():
        name, colon, argument = part.strip().partition(":")
        kind = FAULTS.get(name)
        if kind is None:
            raise _refused(f"there is no fault {name!r}")
        if kind.field in settings:
            raise _refused(f"the faults {text!r} cannot be had together")
        try:
            settings[kind.field] = kind.setting(argument if colon else None)
        except ValueError as error:
            raise _refused(f"the fault {part.strip()!r} cannot be read") from error
    return Conduct(**settings)


def _refused(what: str) -> QueryError:
    return QueryError(f"{what}; the demo archive has these, and several joined by +:\n{describe_faults()}")
