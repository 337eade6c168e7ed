"""Whether a date or time that an archive answered lies within what was asked (range matching: PS3.4 C.2.2.2.5). Pure.

A value of less precision stands for every moment that begins with it: 12 is any time from 12:00 to 12:59.
"""

from __future__ import annotations

import datetime as dt
import re

__all__ = ["date_times_agree", "dates_agree", "times_agree"]

_DT = r"\d{4,14}(?:\.\d{1,6})?(?:[+-]\d{4})?"
_DT_RANGE = re.compile(rf"({_DT})?-({_DT})?")
_DT_PARTS = re.compile(r"(\d{4,14})(?:\.(\d{1,6}))?([+-]\d{4})?")
_LEAST, _MOST = "00000101000000", "99991231235959"
_ZONES = dt.timedelta(hours=26)
"""The widest difference of two clocks on earth: between a moment whose offset is known and one whose offset is not."""


def dates_agree(asked: str, value: str) -> bool:
    """Compare a DA key, single or a range, with a value; the ``YYYY.MM.DD`` of ACR-NEMA is a date too.

    Examples
    --------
    >>> dates_agree("20240101-", "2024.03.01"), dates_agree("20240101", "20240102")
    (True, False)
    """
    return _within(asked, value.replace(".", "", 2) if re.fullmatch(r"\d{4}\.\d\d\.\d\d", value) else value)


def times_agree(asked: str, value: str) -> bool:
    """Compare a TM key, single or a range, with a value; the ``HH:MM:SS`` of ACR-NEMA is a time too.

    Examples
    --------
    >>> times_agree("0800-1200", "12:00:30"), times_agree("0800-1200", "120100")
    (True, False)
    """
    return _within(asked.replace(":", ""), value.replace(":", ""))


def date_times_agree(asked: str, value: str) -> bool:
    """Compare a DT key, single or a range, with a value, by UTC where both name their offset (PS3.5 6.2).

    Examples
    --------
    >>> date_times_agree("20240131120000+0100", "20240131110000+0000"), date_times_agree("20240131-20240201", "20240202")
    (True, False)
    """
    moment = _span(value)
    if moment is None:
        return False
    ends = _DT_RANGE.fullmatch(asked)
    is_range = ends is not None and any(ends.groups()) and not _DT_PARTS.fullmatch(asked)
    first, last = ends.groups() if is_range and ends is not None else (asked, asked)
    return (not first or _not_before(moment, _span(first))) and (not last or _not_before(_span(last), moment))


def _within(asked: str, value: str) -> bool:
    """Both ends belong to a range; a value that is none agrees with nothing."""
    if not re.fullmatch(r"[0-9.+]+", value):
        return False
    first, is_range, last = asked.partition("-")
    if not is_range:
        return value.startswith(asked) or asked.startswith(value)
    return (not first or value >= first or first.startswith(value)) and (not last or value <= last or value.startswith(last))


_Span = tuple[dt.datetime, dt.datetime, bool]
"""First and last moment that a text stands for, and whether its offset from UTC is known."""


def _span(text: str) -> _Span | None:
    parts = _DT_PARTS.fullmatch(text)
    if parts is None:
        return None
    digits, fraction, offset = parts.groups()
    try:
        shift = dt.timedelta(hours=int(offset[:3]), minutes=int(offset[0] + offset[3:])) if offset else dt.timedelta()
        return _moment(digits, fraction, "0") - shift, _moment(digits, fraction, "9") - shift, offset is not None
    except (ValueError, OverflowError):
        return None


def _moment(digits: str, fraction: str | None, fill: str) -> dt.datetime:
    """The earliest (fill 0) or latest (fill 9) moment that begins with these digits; the 31st is taken back to the last day."""
    whole = digits + (_LEAST if fill == "0" else _MOST)[len(digits) :]
    year, month, day = int(whole[:4]), int(whole[4:6]), int(whole[6:8])
    if len(digits) < 8 and fill == "9":
        day = ((dt.date(year, month, 28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)).day if month < 12 else 31
    hour, minute, second = int(whole[8:10]), int(whole[10:12]), min(int(whole[12:14]), 59)
    fine = int((fraction or "").ljust(6, fill))
    return dt.datetime(year, month, day, hour, minute, second, fine)  # noqa: DTZ001 - the offset is taken off by the caller


def _not_before(later: _Span | None, earlier: _Span | None) -> bool:
    """Whether one can be at or after the other; where only one offset is known, the clocks may differ by so much."""
    if later is None or earlier is None:
        return False
    slack = _ZONES if later[2] is not earlier[2] else dt.timedelta()
    return later[1] + slack >= earlier[0]
