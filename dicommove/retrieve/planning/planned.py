"""What a move would do, as a value: requests, expectation, estimate, disk, and the fate of each row of the user's table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ... import markup
from ...store import Store
from ...terms import InformationModel, Level
from .guards import check_disk, check_limit, in_bytes
from .options import Options, require_purpose, site_limit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ...entities import Remote
    from ..asking.expectation import ExpectedInstance
    from .requests import Request

__all__ = ["Fate", "Planned"]

_SHOWN_REQUESTS = 20
_LONGEST = 1000
_HEAD = ("C-MOVE", "level", "modalities", "expected", "known by", "there already")
_KNOWN_BY = {"instances": "UID", "counts": "count", "peer": "the archive's counters", "none": "-"}
"""What `Request.expected_by` is called in texts for people, as in the reasons of an outcome."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one row of the user's table before any C-MOVE: the request it went into, or why into none.

    Attributes
    ----------
    row : int or None
        Position in the table, from 0; None for a match of a query that is not asked for.
    match : {"found", "none", "several", "refused"}
    reason : str or None
    request : int or None
        Number of the request; None when there is none.
    keys : Mapping
        Unique keys, where known.
    """

    row: int | None
    match: str
    reason: str | None = None
    request: int | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Planned:
    """What a move would do, as a value: exact unique keys, counts, estimate, disk. Nothing was sent but C-FINDs.

    Attributes
    ----------
    remote : Remote
        The archive.
    folder : Path
        Where instances would go.
    requests : tuple of Request
        The C-MOVEs, in order.
    instances : tuple of ExpectedInstance
        What is expected by UID, where the archive said so.
    model : InformationModel
        For the C-MOVEs.
    options : Options
    fates : tuple of Fate
        One per row of the user's table, and match; of a query, one per match that is not asked for.
    warnings : tuple of str
        What is doubtful about the answers.
    truncated : bool
        The answers look cut off, so that there may be more than is shown.
    searches : int
        C-FINDs that it took.
    series : Mapping
        By Series Instance UID: what the archive says of a series, where it was asked.
    rows : Mapping
        By number of a request: position and cells, as text, of the first row of the user's table that it was made for.
    guarded : bool
        Whether the limits apply: a query is guarded, a table or list of UIDs is taken as meant.
    there : tuple of ExpectedInstance
        Instances in the folder that earlier attempts brought for requests whose UIDs the archive never told.
    resumes : int or None
        Number of the operation that this one goes on with.
    question : Mapping
        What the user asked for, as of `question_of_query` or `question_of_table`.
    asked_at : datetime
        When the archive had said all this (UTC): the time of the expectation.
    """

    remote: Remote
    folder: Path
    requests: tuple[Request, ...]
    instances: tuple[ExpectedInstance, ...] = ()
    model: InformationModel = InformationModel.STUDY_ROOT
    options: Options = field(default_factory=Options)
    fates: tuple[Fate, ...] = ()
    warnings: tuple[str, ...] = ()
    truncated: bool = False
    searches: int = 0
    series: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rows: Mapping[int, tuple[int, Mapping[str, str]]] = field(default_factory=dict)
    guarded: bool = True
    there: tuple[ExpectedInstance, ...] = ()
    resumes: int | None = None
    question: Mapping[str, object] = field(default_factory=dict)
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

    @property
    def studies(self) -> int:
        """Number of studies."""
        return len({request.study for request in self.requests})

    @property
    def expected(self) -> int | None:
        """Number of instances in all; None when the archive did not say for every request."""
        counts = [request.expected for request in self.requests]
        return None if None in counts else sum(count for count in counts if count is not None)

    @property
    def left_rows(self) -> frozenset[int]:
        """Rows of the user's table that led to no C-MOVE: they matched nothing, or several things, or cannot be asked for."""
        moved = {fate.row for fate in self.fates if fate.request is not None}
        return frozenset(fate.row for fate in self.fates if fate.row is not None) - moved

    @property
    def not_asked(self) -> int:
        """Matches of a query that are not asked for: the archive says that they are offline."""
        return sum(fate.row is None for fate in self.fates)

    @property
    def present(self) -> int:
        """Instances that are in the folder already and are not asked for again."""
        return sum(request.present for request in self.requests)

    @property
    def size_bytes(self) -> int:
        """Estimated bytes still to come, by what is typical of the modalities."""
        return sum(request.size_bytes for request in self.requests if not request.present)

    @property
    def free_bytes(self) -> int:
        """Bytes free on the disk of the folder."""
        return Store(self.folder).free_bytes()

    def check(self) -> None:
        """Refuse what is too large, does not fit on the disk, or has no purpose where one is required.

        Raises
        ------
        QueryError
            The site asks what the data are wanted for; `MoveTooLarge`: more studies or instances than the limit.
        StoreError
            Too little room on the disk.
        """
        require_purpose(self.remote, self.options.purpose)
        if self.guarded:
            known = sum(request.expected or 0 for request in self.requests)
            level = self.requests[0].level if self.requests else Level.STUDY
            amount = {"studies": self.studies, "instances": known, "size_bytes": self.size_bytes}
            check_limit(self.options.limit, **amount, level=level, most=site_limit(self.remote))
        if self.options.destination is None:
            check_disk(size_bytes=self.size_bytes, free_bytes=self.free_bytes, folder=str(self.folder))

    def facts(self) -> list[tuple[str, str]]:
        """Return what text and HTML show, as (name, value); series facts only."""
        asked = Counter(str(request.level) for request in self.requests)
        facts = [
            ("Archive", self.remote.address),
            ("Folder", str(self.folder)),
            ("C-MOVE requests", ", ".join(f"{number} at {level} level" for level, number in asked.items()) or "none"),
            ("Studies", str(self.studies)),
            ("Instances", _counted(self.expected, self.requests)),
            ("Already there", str(self.present)),
            ("Estimated size", in_bytes(self.size_bytes)),
            ("Free on disk", in_bytes(self.free_bytes)),
        ]
        if any(fate.row is not None for fate in self.fates):
            facts.append(("Table", _fates(self.fates)))
        return facts + [("Warning", warning) for warning in self.warnings]

    def __repr__(self) -> str:
        lines = [
            f"<{type(self).__name__}>",
            *(f"  {name + ':':17}{markup.visible(value, _LONGEST)}" for name, value in self.facts()),
        ]
        return "\n".join(lines + markup.aligned(_HEAD, self._rows()) if self.requests else lines)

    def _repr_html_(self) -> str:
        requests = markup.table(_HEAD, self._rows())
        return markup.document(repr(self), markup.heading(type(self).__name__), markup.definition_list(self.facts()), requests)

    def _rows(self) -> list[tuple[str, ...]]:
        shown: list[tuple[str, ...]] = [
            (
                f"#{request.number}",
                str(request.level),
                ",".join(request.modalities) or "-",
                "?" if request.expected is None else str(request.expected),
                _KNOWN_BY[request.expected_by],
                str(request.present),
            )
            for request in self.requests[:_SHOWN_REQUESTS]
        ]
        more = len(self.requests) - _SHOWN_REQUESTS
        return [*shown, (f"... and {more} more",)] if more > 0 else shown


def _counted(expected: int | None, requests: tuple[Request, ...]) -> str:
    known = sum(request.expected or 0 for request in requests)
    sources = ", ".join(dict.fromkeys(_KNOWN_BY[request.expected_by] for request in requests))
    if expected is None:
        return f"at least {known}: the archive does not count all of them"
    return f"{known} (known by {sources})" if sources else "0"


def _fates(fates: tuple[Fate, ...]) -> str:
    return ", ".join(f"{number} {match}" for match, number in Counter(fate.match for fate in fates).items())
