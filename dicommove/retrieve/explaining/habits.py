"""Known statuses, and what products are known to do: one table each. Pure.

What belongs here: a status with what usually stands behind it, and a habit that was measured, or read in a public report.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HABITS", "STATUSES", "Habit", "Known", "habits_of", "known_status"]


@dataclass(frozen=True, slots=True)
class Known:
    """What usually stands behind a final status of C-MOVE.

    Attributes
    ----------
    why : str
        A sentence in plain words.
    next_step : str
        What to do about it.
    """

    why: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Habit:
    """What a product is known to do.

    Attributes
    ----------
    cause : str
        Name of the cause that it belongs to.
    text : str
        In one sentence.
    statuses : tuple of int
        Final statuses that it is seen with; empty for any.
    """

    cause: str
    text: str
    statuses: tuple[int, ...] = ()


_ASK = "Ask the administrator to look into the archive's log at that time."

STATUSES: dict[int, Known] = {
    0x0105: Known("The archive does not know an attribute of the request.", _ASK),
    0x0106: Known("The archive does not take a value of the request.", _ASK),
    0x0110: Known("Something failed inside the archive.", _ASK),
    0x0112: Known("The archive no longer has what was asked for.", "Search again: it may have been deleted or moved."),
    0x0118: Known("The archive does not have this Information Model.", "Give the other one: Peer(model='PATIENT_ROOT')."),
    0x0119: Known("The archive does not find the instance in the class that was asked for.", _ASK),
    0x0122: Known("The archive has no C-MOVE in this Information Model.", "Give the other one: Peer(model='PATIENT_ROOT')."),
    0x0124: Known("The archive does not allow this.", "Ask the administrator to allow C-MOVE to the calling AE title."),
    0x0210: Known("The archive takes the request for one that still runs.", "Wait until it has ended, and move again."),
    0x0211: Known("The archive does not know C-MOVE.", "Ask the administrator whether another port or AE title has it."),
    0x0212: Known("The archive does not understand the request.", _ASK),
    0x0213: Known("The archive is out of resources.", "Move again later, or fewer studies at once."),
    0xA701: Known(
        "The archive is out of resources: it could not count the matches.", "Move again later, or fewer studies at once."
    ),
    0xA702: Known("The archive could not perform the sub-operations.", "Move again later, or fewer studies at once."),
    0xA900: Known("The archive does not take the Identifier.", "Move whole studies, or try the other Information Model."),
    0xAA04: Known("The archive does not take the request.", _ASK),
}
"""Final statuses of C-MOVE that say what they are (PS3.4 C.4.2.1.5, PS3.7 C); 0xCxxx says none, 0xA801 is a cause of its own."""

HABITS: tuple[Habit, ...] = (
    Habit(
        "never_connected", "Orthanc answers 0xC000 without a comment for an unknown destination and for a wrong port.", (0xC000,)
    ),
    Habit(
        "unknown_or_unreachable",
        "pynetdicom answers 0xA801 also when it knows the destination and cannot connect to it.",
        (0xA801,),
    ),
    Habit("aborted_at_once", "Some archives are reported to abort the association when they do not know the destination."),
    Habit("no_way_back", "DCMTK's dcmqrscp answers 0xA702 with a list of failed UIDs when it cannot connect.", (0xA702,)),
    Habit(
        "context_refused",
        "Orthanc stops the whole move at the first object that is refused, with all counters at zero.",
        (0xC000,),
    ),
    Habit(
        "stopped", "Orthanc stops the whole move at the first object that it cannot deliver, with its counters reset.", (0xC000,)
    ),
    Habit("our_disk", "Orthanc stops the whole move at the first instance that is refused, with its counters reset.", (0xC000,)),
    Habit("nothing_found", "DCMTK and pynetdicom archives answer success, 0 of 0, when nothing matches.", (0x0000,)),
    Habit(
        "dropped",
        "Archives of several makers (GE, Synapse and IMPAX are reported) answer success although sub-operations failed.",
    ),
    Habit("cancelled", "Some archives are reported to ignore C-CANCEL, and GE's to abort 20 s after it."),
)
"""Measured on Orthanc 1.10 and DCMTK 3.6.7, read in pynetdicom 3.0.4; what is only reported publicly says so."""


def known_status(status: int) -> Known:
    """What usually stands behind a final status.

    Examples
    --------
    >>> known_status(0x0124).why
    'The archive does not allow this.'
    """
    return STATUSES.get(status, Known("The archive does not say why it refused.", _ASK))


def habits_of(cause: str, statuses: set[int]) -> tuple[str, ...]:
    """Habits that belong to a cause and fit the statuses seen.

    Examples
    --------
    >>> len(habits_of("never_connected", {0xC000})), habits_of("never_connected", {0xA801})
    (1, ())
    """
    return tuple(one.text for one in HABITS if one.cause == cause and (not one.statuses or statuses & set(one.statuses)))
