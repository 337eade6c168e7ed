"""What an archive lets us ask of it, and when: hours, limits and priority, as values and pure rules.

What belongs here: reading what a peer's entry says about load, and which of two entries holds where a site's file says it too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from .errors import EntityError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

__all__ = ["INSTANCES_PER_STUDY", "PRIORITIES", "Hours", "Priority", "limits_of", "stricter", "with_limits"]

Priority = Literal["low", "medium", "high"]
PRIORITIES: tuple[Priority, ...] = ("low", "medium", "high")
"""Of a C-MOVE (PS3.7 9.1.4.1.7), from the most patient to the least."""
INSTANCES_PER_STUDY = 400
"""How many instances a limit of one study stands for."""

_DAY_MIN = 24 * 60
_HOURS = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)")
_REQUIRED = ("require_audit", "require_purpose")
_HELD = ("hours", "parallel", "pause", "limit_studies", "limit_instances", "priority", "audit", *_REQUIRED)


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of each day, in the local time of this machine; it may pass midnight.

    Attributes
    ----------
    start, end : int
        Minutes after midnight; the start belongs to it, the end does not.

    Examples
    --------
    >>> import datetime as dt
    >>> night = Hours.read("18:00-06:00")
    >>> night.seconds_until_open(dt.time(17, 59, 30)), night.seconds_until_open(dt.time(3))
    (30.0, 0.0)
    """

    start: int
    end: int

    @classmethod
    def read(cls, text: object) -> Self:
        """Read ``"18:00-06:00"``.

        Raises
        ------
        EntityError
            It is not of that form, or no time at all.

        Examples
        --------
        >>> str(Hours.read("9:00 - 24:00"))
        '09:00-24:00'
        """
        found = _HOURS.fullmatch(text.strip()) if isinstance(text, str) and text.isascii() else None
        if found is None:
            raise EntityError(f'hours={text!r}: two times of day are needed, such as "18:00-06:00"')
        start, end = (int(found[place]) * 60 + int(found[place + 1]) for place in (1, 3))
        if start >= _DAY_MIN or end > _DAY_MIN or start == end:
            raise EntityError(f'hours={text!r}: no such part of a day; "00:00-24:00" is all of it')
        return cls(start, end)

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"

    @property
    def opens(self) -> str:
        """When it begins.

        Examples
        --------
        >>> Hours.read("18:00-06:00").opens
        '18:00'
        """
        return _clock(self.start)

    def seconds_until_open(self, now: dt.time) -> float:
        """Seconds from this time of day until the part begins; 0 within it."""
        seconds = now.hour * 3600 + now.minute * 60 + now.second + now.microsecond / 1e6
        since, length = (seconds - self.start * 60) % (_DAY_MIN * 60), (self.end - self.start) % _DAY_MIN * 60
        return 0.0 if since < (length or _DAY_MIN * 60) else _DAY_MIN * 60 - since


def limits_of(limit: object) -> tuple[int | None, int | None]:
    """Studies and instances that one number stands for: 400 instances a study; None is no limit.

    Raises
    ------
    EntityError
        It is neither a number of studies nor None.

    Examples
    --------
    >>> limits_of(100)
    (100, 40000)
    """
    if limit is None:
        return None, None
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise EntityError(f"limit={limit!r}: a number of studies is needed, or None for no limit")
    return limit, limit * INSTANCES_PER_STUDY


def with_limits(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Write ``limit`` of an entry as the two numbers that it stands for; one that is given beside it holds.

    Raises
    ------
    EntityError
        ``limit`` is no limit.

    Examples
    --------
    >>> with_limits({"port": 104, "limit": 10, "limit_instances": 99})
    {'limit_studies': 10, 'limit_instances': 99, 'port': 104}
    """
    if "limit" not in entry:
        return dict(entry)
    studies, instances = limits_of(entry["limit"])
    both = {"limit_studies": studies, "limit_instances": instances}
    return {**both, **{key: value for key, value in entry.items() if key != "limit"}}


def stricter(site: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Say what holds of what a site's entry says about load and audit: the site's word, except where the user's is stricter.

    Returns
    -------
    dict
        Values for the keys that the site's entry has.

    Examples
    --------
    >>> stricter({"limit_studies": 20, "pause": 5}, {"limit_studies": 100, "pause": 60})
    {'pause': 60, 'limit_studies': 20}
    """
    return {key: _held(key, site[key], own.get(key, site[key])) for key in _HELD if key in site}


def _held(key: str, site: Any, own: Any) -> Any:
    if site is None and key != "hours":
        return own
    if key == "audit":
        return (*_listed(site), *_listed(own))
    if key == "hours" or own is None:
        return site
    if key == "priority":
        return min(site, own, key=PRIORITIES.index) if {site, own} <= set(PRIORITIES) else own
    if not (isinstance(site, (int, float)) and isinstance(own, (int, float))):
        return own  # no number: whoever builds the peer says so
    return max(site, own) if key in ("pause", *_REQUIRED) else min(site, own)


def _listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
