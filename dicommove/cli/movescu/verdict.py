"""The exit code of ``movescu``: what was asked for, what was reported and what arrived, in one number. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from ...terms import StatusCategory

if TYPE_CHECKING:
    from ...net import MoveResponse

__all__ = ["Ending", "ExitCode", "verdict"]


class ExitCode(IntEnum):
    """What a script can tell apart."""

    COMPLETE = 0
    """Everything that the archive reports was sent, and with ``--store`` all of it is here."""
    NO_ASSOCIATION = 1
    """Nothing was asked: no connection, no association, no C-MOVE service, or no port for our Storage SCP."""
    USAGE = 2
    """An option, an Identifier or a folder cannot be used; nothing was sent."""
    PARTIAL = 3
    """Something is missing, failed, or not of what was asked for; or the archive ended with a warning."""
    FAILED = 4
    """Refused, failed, or the association was lost."""
    NOTHING = 5
    """Nothing matched."""
    CANCELLED = 6
    """Stopped by a signal, or by the archive."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a C-MOVE ended.

    Attributes
    ----------
    final : MoveResponse or None
        The final response; None when the association was lost before it.
    storing : bool
        The instances come to our own Storage SCP.
    arrived : int
        How many distinct SOP Instances that were asked for are here.
    strangers : int
        How many others came.
    refused : int
        How many could not be stored, or were no instance.
    interrupted : bool
        A signal asked to stop.
    """

    final: MoveResponse | None
    storing: bool = False
    arrived: int = 0
    strangers: int = 0
    refused: int = 0
    interrupted: bool = False


def verdict(ending: Ending) -> tuple[ExitCode, str]:
    """Exit code, and in words what the responses alone do not show (empty when they do).

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from dicommove.net import MoveResponse
    >>> final = MoveResponse(0, datetime(2024, 1, 31, tzinfo=UTC), completed=3)
    >>> verdict(Ending(final, storing=True, arrived=3))
    (<ExitCode.COMPLETE: 0>, '')
    >>> verdict(Ending(final, storing=True, arrived=2))
    (<ExitCode.PARTIAL: 3>, '2 SOP Instances arrived where the archive reports 3')
    """
    final = ending.final
    if ending.interrupted:
        return ExitCode.CANCELLED, ""
    if final is None:
        return ExitCode.FAILED, ""
    sent = (final.completed or 0) + (final.warning or 0)
    if final.category is StatusCategory.CANCEL:
        return ExitCode.CANCELLED, ""
    if final.category in (StatusCategory.FAILURE, StatusCategory.UNKNOWN) or final.failed:
        return (ExitCode.PARTIAL if sent or ending.arrived else ExitCode.FAILED), ""
    if final.category is StatusCategory.WARNING or final.remaining:
        return ExitCode.PARTIAL, ""
    return _of_success(ending, sent, known=final.completed is not None)


def _of_success(ending: Ending, sent: int, *, known: bool) -> tuple[ExitCode, str]:
    """Success is believed as far as it agrees with what arrived; a counter that is absent contradicts nothing."""
    if ending.strangers:
        return ExitCode.PARTIAL, f"{ending.strangers} SOP Instances arrived that were not asked for"
    if ending.refused and not ending.arrived:
        return ExitCode.PARTIAL, f"{ending.refused} SOP Instances were not stored"
    if not sent and not ending.arrived and (known or ending.storing):
        return ExitCode.NOTHING, "nothing matched"
    if ending.storing and known and ending.arrived < sent:
        return ExitCode.PARTIAL, f"{ending.arrived} SOP Instances arrived where the archive reports {sent}"
    if ending.storing and known and ending.arrived > sent:
        return ExitCode.PARTIAL, f"{ending.arrived} SOP Instances arrived where the archive reports only {sent}"
    return ExitCode.COMPLETE, ""
