"""A case: one sentence, what the other side does, and what is right afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .peers import Talk

CODES = {"complete": 0, "no_association": 1, "usage": 2, "partial": 3, "refused": 4, "lost": 4, "no_match": 5, "cancelled": 6}
"""Exit codes of ``movescu`` for the outcomes of a move."""


@dataclass(frozen=True)
class Case:
    """One fault, or one thing that an honest peer may do.

    Attributes
    ----------
    sentence : str
        What the other side does.
    script : callable
        Does it.
    right : tuple of str
        Outcomes that tell the truth (see `CODES`).
    api : tuple of str or None
        The same for `Peer.move`, where it differs: it knows by C-FIND what to expect. Outcomes, or names of exceptions.
    kept : int or None
        How many instances must be there; None: those that were acknowledged, whatever their number.
    at : str
        Where the script takes over: "connection", "association", "proposal" (of an association that C-MOVE is proposed for:
        what only queries is let through) or "move".
    finding : callable or None
        Answers a C-FIND in the place of an honest archive: gets the connection, the Identifier and the honest matches.
    arguments : tuple of str
        Further options of the command line; ``{folder}`` in them is the folder.
    options : dict
        Further options of `Peer.move`.
    subjects : tuple of str
        Who is judged: the command line, the API.
    prepare : callable or None
        Gets the folder before the start.
    within : float
        Seconds within which everything must have ended.
    megabytes : int
        Memory that the process may take at most.
    wrapper : tuple of str
        A command that runs the command line, for limits of the system.
    signalled : tuple of int
        Exit codes, negative ones by signal, that are right besides.
    runs : int
        How often the command line is run, one after the other; `Story.run` counts, and the last one is judged.
    """

    sentence: str
    script: Callable[[Talk], None]
    right: tuple[str, ...] = ("complete",)
    api: tuple[str, ...] | None = None
    kept: int | None = None
    at: str = "move"
    finding: Callable[[Talk, bytes, list[bytes]], None] | None = None
    arguments: tuple[str, ...] = ()
    options: dict[str, object] = field(default_factory=dict)
    subjects: tuple[str, ...] = ("movescu", "api")
    prepare: Callable[[Path], None] | None = None
    within: float = 40.0
    megabytes: int = 130
    wrapper: tuple[str, ...] = ()
    signalled: tuple[int, ...] = ()
    runs: int = 1

    @property
    def name(self) -> str:
        """Of the script."""
        return self.script.__name__

    def __str__(self) -> str:
        return self.name


class Cases(list):
    """The cases of a group; used as a decorator of their scripts."""

    def __call__(self, sentence: str, *right: str, **how: object) -> Callable:
        """Add a case: ``@cases("does this", "partial", kept=2)``."""

        def add(script: Callable[[Talk], None]) -> Callable[[Talk], None]:
            self.append(Case(sentence, script, right or ("complete",), **how))
            return script

        return add

    def judged(self, *subjects: str) -> list[tuple[Case, str]]:
        """Each case with each of its subjects."""
        return [(case, subject) for case in self for subject in (subjects or case.subjects) if subject in case.subjects]
