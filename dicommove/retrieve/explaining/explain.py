"""Why a move is what it is: the causes that fit the evidence, ranked, in plain words, with the text for the administrator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ... import markup
from ...receive.negotiation import CALLED_AE_TITLE
from . import clues
from .causes_concluded import CONCLUDED, UNCLEAR
from .causes_seen import SEEN
from .habits import habits_of, known_status
from .letter import letter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .evidence import Evidence
    from .rules import Rule

__all__ = ["CAUSES", "Cause", "Explanation", "explain"]

CAUSES: tuple[Rule, ...] = (*SEEN, *CONCLUDED)
"""The table of causes: every line that fits gives a cause, and they are ranked by weight."""
_REMARKS = (clues.callers, clues.counters, clues.instances, clues.conflicts, clues.not_kept, clues.questions)


@dataclass(frozen=True, slots=True)
class Cause:
    """One possible cause, in plain words.

    Attributes
    ----------
    name : str
        Short and stable, for programs.
    weight : int
        How strongly the evidence speaks for it, 1 to 100; causes are ranked by it.
    why : str
        What happened.
    evidence : tuple of str
        What speaks for it.
    next_step : str
        What to do.
    habits : tuple of str
        What products are known to do in this case.
    mail : bool
        Whether the administrator of the archive has to do something.
    """

    name: str
    weight: int
    why: str
    evidence: tuple[str, ...] = ()
    next_step: str = ""
    habits: tuple[str, ...] = ()
    mail: bool = False

    def facts(self) -> Iterator[tuple[str, str]]:
        """Name and value of what text and HTML show under its first sentence."""
        yield from (("Seen", line) for line in self.evidence)
        yield from (("Known", line) for line in self.habits)
        yield "Next", self.next_step


def explain(evidence: Evidence) -> tuple[Cause, ...]:
    """Causes that fit the evidence, the likeliest first; none for a move that is complete.

    Examples
    --------
    >>> from dicommove.retrieve.explaining.evidence import Answer, Evidence
    >>> explain(Evidence("refused", answers=(Answer(status=0xA801, expected=3),)))[0].name
    'unknown_destination'
    """
    if evidence.outcome == "complete":
        return ()
    fitting = [rule for rule in CAUSES if rule.fits(evidence)] or [UNCLEAR]
    return tuple(_cause(rule, evidence) for rule in sorted(fitting, key=lambda rule: -rule.weight))


def _cause(rule: Rule, evidence: Evidence) -> Cause:
    words = _words(evidence)
    lines = dict.fromkeys(line for clue in rule.clues for line in clue(evidence))
    statuses = {answer.status for answer in evidence.troubled if answer.status is not None}
    why, next_step = rule.why.format_map(words), rule.next_step.format_map(words)
    return Cause(rule.name, rule.weight, why, tuple(lines), next_step, habits_of(rule.name, statuses), rule.mail)


def _words(evidence: Evidence) -> dict[str, str]:
    known = known_status(next((answer.status or 0 for answer in evidence.troubled if answer.refused), 0))
    called = next((one.called for one in evidence.suspects if one.rejected == CALLED_AE_TITLE.text), "")
    return {
        "calling": evidence.calling or "our calling AE title",
        "destination": evidence.way_back.ae_title or "our AE title",
        "tell_apart": "" if evidence.third_party else " pacs.check() tells which of the two it is.",
        "called": markup.visible(called, 16) or "by another AE title",
        "status_why": known.why,
        "status_next": known.next_step,
    }


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why a move is what it is; ``str()`` of it is the whole text.

    Attributes
    ----------
    outcome, reason : str
        As of `MoveResult`.
    causes : tuple of Cause
        The likeliest first; empty when the move is complete.
    remarks : tuple of str
        What else was seen, when the move is complete.
    letter : str
        The text to send to the administrator of the archive; empty when there is nothing for them to do.
    comments : tuple of str
        Error Comments (0000,0902) of the archive; empty unless asked for with ``private=False``, for they may name a patient.

    Examples
    --------
    >>> import tempfile, dicommove as dm
    >>> with dm.demo(fault="unknown-destination") as pacs, tempfile.TemporaryDirectory() as folder:
    ...     result = pacs.studies().where(PatientID="JP-0042").move(folder, progress=False)
    ...     print(result.explain().causes[0].why)
    The archive does not know NOTEBOOK as a move destination.
    """

    outcome: str
    reason: str = ""
    causes: tuple[Cause, ...] = ()
    remarks: tuple[str, ...] = ()
    letter: str = ""
    comments: tuple[str, ...] = ()

    @classmethod
    def of(cls, evidence: Evidence, *, private: bool = True) -> Self:
        """Explain the evidence; ``private=False`` adds the archive's own words."""
        causes = explain(evidence)
        remarks = () if causes else tuple(dict.fromkeys(line for clue in _REMARKS for line in clue(evidence)))
        text = letter(evidence, causes[0].why) if any(cause.mail for cause in causes) else ""
        return cls(evidence.outcome, evidence.reason, causes, remarks, text, () if private else evidence.comments)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _lines(self) -> Iterator[str]:
        yield self._heading()
        for number, cause in enumerate(self.causes, 1):
            yield ""
            yield f"{number}. {cause.why}"
            yield from (f"   {name + ':':6} {value}" for name, value in cause.facts())
        yield from (f"   Seen:  {line}" for line in self.remarks)
        for name, text in self._texts():
            yield ""
            yield f"{name}:"
            yield from (f"   {line}".rstrip() for line in text.splitlines())

    def _heading(self) -> str:
        if self.causes:
            return f"The move is {self.outcome}: {self.reason}. Why, the likeliest first:"
        return f"There is nothing to explain: the move is {self.outcome} ({self.reason})."

    def _texts(self) -> Iterator[tuple[str, str]]:
        if self.comments:
            yield "In the archive's own words (they may name a patient)", "\n".join(map(markup.visible, self.comments))
        if self.letter:
            yield "To send to the administrator of the archive", self.letter

    def _repr_html_(self) -> str:
        parts = [markup.paragraph(self._heading())]
        for number, cause in enumerate(self.causes, 1):
            parts += [markup.heading(f"{number}. {cause.why}"), markup.definition_list(cause.facts())]
        if self.remarks:
            parts.append(markup.definition_list(("Seen", line) for line in self.remarks))
        for name, text in self._texts():
            parts += [markup.heading(name), markup.element("pre", text)]
        return markup.document(str(self), *parts)
