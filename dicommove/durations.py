"""Lengths of time as people write them: ``"90s"``, ``"15 min"``, ``"12h"``, ``"2d"``. Pure."""

from __future__ import annotations

import re

from .errors import EntityError

__all__ = ["optional_seconds", "seconds_of"]

_SECONDS = {"": 1, "s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)\s*")


def seconds_of(given: object) -> float:
    """Read seconds, or a text with its unit.

    Raises
    ------
    ValueError
        It is neither; the text says what is needed.

    Examples
    --------
    >>> seconds_of("30min"), seconds_of("1.5 h"), seconds_of(30)
    (1800.0, 5400.0, 30.0)
    """
    if isinstance(given, str):
        found = _DURATION.fullmatch(given.lower())
        if found is not None and found[2] in _SECONDS:
            return float(found[1]) * _SECONDS[found[2]]
    elif isinstance(given, (int, float)) and not isinstance(given, bool) and given >= 0:  # NaN is not
        return float(given)
    raise ValueError("seconds, or a text such as '90s', '15min', '12h', '2d', is needed")


def optional_seconds(option: str, given: object) -> float | None:
    """Read the value of an option that may be None.

    Raises
    ------
    EntityError
        It is no length of time.

    Examples
    --------
    >>> optional_seconds("wait", "30min"), optional_seconds("wait", None)
    (1800.0, None)
    """
    try:
        return None if given is None else seconds_of(given)
    except ValueError as error:
        raise EntityError(f"{option}={given!r}: {error}") from None
