"""How to move: the options of a move as one value, read from what the user gave."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from ...allowance import PRIORITIES, Priority
from ...entities import ae_title_problem
from ...errors import EntityError, QueryError
from ...named import everywhere
from ...store import Layout
from ..retrying.pace import PATIENCE_S, read_patience
from ..running.watch import Timeouts
from .guards import Limit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...entities import Remote

__all__ = ["LONGEST_PURPOSE", "Options", "read_options", "require_purpose", "site_limit"]

LONGEST_PURPOSE = 1_000
"""Characters of a purpose: it stands in the journal, in reports and in each line of the audit trail."""

Durability = Literal["process", "power"]
_CHOICES: dict[str, tuple[str | None, ...]] = {
    "priority": PRIORITIES,
    "durability": ("process", "power"),
    "retry": (None, "missing"),
    "surplus": ("keep", "drop"),
    "split": (None, "auto"),
    "unverified": ("refuse", "accept"),
}
_TIMEOUTS = tuple(one.name for one in fields(Timeouts))


@dataclass(frozen=True, slots=True)
class Options:
    """How to move.

    Attributes
    ----------
    layout : Layout or None
        Template of the paths below the folder; None is the default layout.
    limit : Limit
        How much a query may resolve to.
    destination : str or None
        AE title of a third party; None is our own Storage SCP.
    priority : {"low", "medium", "high"}
        Of the C-MOVE (PS3.7 9.1.4.1.7).
    timeouts : Timeouts
        Silence, total, grace and stragglers, in seconds.
    sha256 : bool
        Whether a hash of each data set is computed while it streams.
    private : bool
        Whether folder and files are the user's alone (0700, 0600).
    durability : {"process", "power"}
        What was answered with 0x0000 outlives a killed process, or a power cut as well (slower).
    purpose : str or None
        What the data are wanted for, in the user's words (a study's number, an approval): kept in the journal, never sent.
    retry : {"missing", None}
        Whether what is missing is asked for again at the end.
    patience : float or None
        Seconds that an archive which cannot be reached is waited for then; None waits without end.
    surplus : {"keep", "drop"}
        What becomes of instances that nobody asked for and that come because the archive moves whole series or studies only.
    split : {"auto", None}
        Whether C-FIND answers that look cut off are asked for in parts.
    unverified : {"refuse", "accept"}
        Whether a move may build on answers that do not hold a key that was asked for.
    """

    layout: Layout | None = None
    limit: Limit = field(default_factory=Limit)
    destination: str | None = None
    priority: Priority = "low"
    timeouts: Timeouts = field(default_factory=Timeouts)
    sha256: bool = False
    private: bool = True
    durability: Durability = "process"
    purpose: str | None = None
    retry: Literal["missing"] | None = None
    patience: float | None = PATIENCE_S
    surplus: Literal["keep", "drop"] = "keep"
    split: Literal["auto"] | None = "auto"
    unverified: Literal["refuse", "accept"] = "refuse"


def read_options(remote: Remote, **given: Any) -> Options:
    """Read the keyword arguments of a move.

    Parameters
    ----------
    remote : Remote
        Its limits and its priority hold where the user gives none; what the site's file says of them cannot be loosened.
    **given
        Names of `Options` and of `Timeouts`.

    Raises
    ------
    QueryError
        A name is unknown, a value is none of those that are taken, or it is more than the site allows.
    EntityError
        ``destination`` is no AE title.
    """
    _check_names(given)
    _check_values(given)
    seconds = {name: _seconds(name, given.pop(name)) for name in _TIMEOUTS if name in given}
    limit = Limit.of(given.pop("limit")) if "limit" in given else Limit(remote.limit_studies, remote.limit_instances)
    given.setdefault("priority", remote.priority)
    _check_site(remote, limit, given["priority"])
    if "patience" in given:
        given["patience"] = read_patience(given["patience"])
    layout = given.pop("layout", None)
    given["layout"] = Layout(layout) if isinstance(layout, str) else layout
    return Options(limit=limit, timeouts=Timeouts(**seconds), **given)


def site_limit(remote: Remote) -> Limit:
    """What the site's file lets a user ask for at all; what it does not say is no limit.

    Examples
    --------
    >>> from dicommove.entities import Remote
    >>> site_limit(Remote("pacs", 104, limit_studies=20, fixed=("limit_studies",)))
    Limit(studies=20, instances=None)
    """
    fixed = ("limit_studies", "limit_instances")
    return Limit(*(getattr(remote, name) if name in remote.fixed else None for name in fixed))


def require_purpose(remote: Remote, purpose: object) -> None:
    """Refuse a move that does not say what the data are wanted for, where the site's configuration asks for that.

    Raises
    ------
    QueryError
        A purpose is needed, and there is none.

    Examples
    --------
    >>> from dicommove.entities import Remote
    >>> require_purpose(Remote("pacs", 104, require_purpose=True), "study 2024-17")
    """
    if isinstance(purpose, str) and purpose.strip():
        return
    if remote.require_purpose or any(everywhere("require_purpose")):
        raise QueryError(
            f"purpose: a move from {remote.address} must say what the data are wanted for, as the configuration asks: give "
            'purpose="..." (--purpose in a shell), such as the number of your study'
        )


def _check_names(given: Mapping[str, object]) -> None:
    allowed = (*(one.name for one in fields(Options) if one.name != "timeouts"), *_TIMEOUTS)
    for name in given:
        if name not in allowed:
            nearest = difflib.get_close_matches(name, allowed, 1)
            raise QueryError(f"{name}= is no option of a move" + (f"; did you mean {nearest[0]}=?" if nearest else ""))


def _check_values(given: Mapping[str, Any]) -> None:
    for name, choices in _CHOICES.items():
        if given.get(name, choices[0]) not in choices:
            raise QueryError(f"{name}={given[name]!r}: one of {', '.join(map(str, choices))} is needed")
    if given.get("retry") and given.get("destination") is not None:
        raise QueryError("retry=: what another destination received cannot be seen, so nobody can say what is missing")
    for name in ("sha256", "private"):
        if not isinstance(given.get(name, False), bool):
            raise QueryError(f"{name}={given[name]!r}: True or False is needed")
    purpose = given.get("purpose")
    if purpose is not None and not (isinstance(purpose, str) and len(purpose) <= LONGEST_PURPOSE):
        raise QueryError(f"purpose: a text of at most {LONGEST_PURPOSE} characters is needed, such as the number of your study")
    destination = given.get("destination")
    if destination is None:
        return
    if problem := ae_title_problem(destination) if isinstance(destination, str) else "not a text":
        raise EntityError(f"destination={destination!r} is no AE title: {problem} (PS3.5 6.2)")


def _check_site(remote: Remote, limit: Limit, priority: Priority) -> None:
    """What the site's file fixes holds against the options of a call too."""
    most = site_limit(remote)
    if not limit.within(most):
        raise QueryError(f"limit: the site's configuration allows {most} a move (your own entry, where it says less)")
    if "priority" in remote.fixed and PRIORITIES.index(priority) > PRIORITIES.index(remote.priority):
        raise QueryError(f"priority={priority!r}: the site's configuration allows {remote.priority!r}")


def _seconds(name: str, value: object) -> Any:
    if value is None and name in ("silence", "total"):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise QueryError(f"{name}={value!r}: a number of seconds is needed")
    return float(value)
