"""Dates, times and their ranges as DICOM text (VRs DA, TM, DT: PS3.5 6.2; range matching: PS3.4 C.2.2.2.5)."""

from __future__ import annotations

import datetime as dt
import re

from ..errors import QueryError

__all__ = ["TEMPORAL_VRS", "range_text", "temporal_text"]

_FORMS = {"DA": "datetime.date, '2024-01-31' or '20240131'", "TM": "datetime.time, '13:30' or '133000'"}
_FORMS["DT"] = "datetime.datetime, '2024-01-31T13:30:00' or '20240131133000'"
TEMPORAL_VRS = frozenset(_FORMS)
"""VRs that ranges are matched in."""

_TIME = re.compile(r"(\d\d)(?::?(\d\d)(?::?(\d\d)(\.\d{1,6})?)?)?")
_DATE_TIME = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(?<=\d{14})(\.\d{1,6}))?([+-]\d{4})?")


def temporal_text(vr: str, value: object, label: str) -> str:
    """Write one date, time, or date and time as DICOM text; a DICOM range as text (``"20240101-"``) is taken too.

    Parameters
    ----------
    vr : {"DA", "TM", "DT"}
        Value Representation.
    value : datetime.date, datetime.time, datetime.datetime or str
        What the user wrote; text in ISO 8601 or DICOM form.
    label : str
        Name of the attribute, for the exception text.

    Raises
    ------
    QueryError
        It is none, or not a day or time that exists.

    Examples
    --------
    >>> temporal_text("DA", "2024-01-31", "StudyDate"), temporal_text("TM", "13:30", "StudyTime")
    ('20240131', '1330')
    """
    if isinstance(value, str):
        return _from_text(vr, value.strip(), label)
    text = _from_object(vr, value)
    if text is None:
        raise QueryError(f"{label}: VR {vr} takes {_FORMS[vr]}, not {type(value).__name__}{_remark(vr, value)}")
    return text


def range_text(vr: str, start: object, end: object, label: str) -> str:
    """Write a range; None leaves an end open.

    Raises
    ------
    QueryError
        An end is no date or time, both are open, or the range ends before it starts.

    Examples
    --------
    >>> range_text("DA", "2024-01-01", None, "StudyDate")
    '20240101-'
    """
    first, last = ("" if end_ is None else _end_text(vr, end_, label) for end_ in (start, end))
    if not first and not last:
        raise QueryError(f"{label}: a range needs at least one end")
    common = min(len(_clock(first)), len(_clock(last)))
    if _clock(first)[:common] > _clock(last)[:common]:
        hint = "; one that passes midnight is two: a list of two between(...)" if vr == "TM" else ""
        raise QueryError(f"{label}: the range ends before it starts{hint}")
    return f"{first}-{last}"


def _end_text(vr: str, value: object, label: str) -> str:
    if isinstance(value, str) and _parse(vr, value.strip()) is None:
        raise QueryError(f"{label}: an end of the range is no {vr} value that exists; write {_FORMS[vr]}")
    return temporal_text(vr, value, label)


def _clock(text: str) -> str:
    """Leave the offset from UTC out: where the two ends have different ones, only the archive can compare them."""
    return re.split("[+-]", text)[0]


def _from_text(vr: str, text: str, label: str) -> str:
    single = _parse(vr, text)
    if single is not None:
        return single
    for place in (match.start() for match in re.finditer("-", text)):
        ends = [_parse(vr, end) if end else "" for end in (text[:place].strip(), text[place + 1 :].strip())]
        if None not in ends and any(ends):
            return range_text(vr, ends[0] or None, ends[1] or None, label)
    raise QueryError(f"{label}: this is no {vr} value that exists; write {_FORMS[vr]}, or between(...) for a range")


def _parse(vr: str, text: str) -> str | None:
    try:
        return {"DA": _date, "TM": _time, "DT": _date_time}[vr](text)
    except ValueError:
        return None


def _date(text: str) -> str | None:
    if not re.fullmatch(r"\d{8}|\d{4}-\d\d-\d\d", text, re.ASCII):
        return None
    return dt.date.fromisoformat(text).isoformat().replace("-", "")


def _time(text: str) -> str | None:
    match = _TIME.fullmatch(text) if text.isascii() else None
    if match is None:
        return None
    hour, minute, second, fraction = match.groups()
    # 60 is a leap second (PS3.5 6.2, VR TM)
    dt.time(int(hour), int(minute or 0), min(int(second or 0), 59 if second == "60" else 60))
    return "".join(part or "" for part in (hour, minute, second, fraction))


def _date_time(text: str) -> str | None:
    match = _DATE_TIME.fullmatch(text) if text.isascii() else None
    if match is None:
        moment = dt.datetime.fromisoformat(text)
        return _of_moment(moment) if "-" in text else None
    year, month, day, hour, minute, second, _, offset = match.groups()
    dt.datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), min(int(second or 0), 59))  # noqa: DTZ001 - only whether it exists
    if offset and not -1200 <= int(offset) <= 1400:
        return None
    return text


def _from_object(vr: str, value: object) -> str | None:
    if value != value:  # noqa: PLR0124 - true of NaT and NaN only, and needs no pandas
        return None
    if isinstance(value, dt.datetime):
        return {"DA": _of_midnight, "DT": _of_moment}.get(vr, lambda _: None)(value)
    if isinstance(value, dt.date) and vr != "TM":
        return value.isoformat().replace("-", "")
    if isinstance(value, dt.time) and vr == "TM" and value.tzinfo is None:
        return value.strftime("%H%M%S") + (f".{value.microsecond:06}" if value.microsecond else "")
    return None


def _of_midnight(moment: dt.datetime) -> str | None:
    is_day = moment.time() == dt.time() and moment.tzinfo is None
    return moment.date().isoformat().replace("-", "") if is_day else None


def _of_moment(moment: dt.datetime) -> str:
    text = moment.date().isoformat().replace("-", "") + moment.strftime("%H%M%S")
    fraction = f".{moment.microsecond:06}" if moment.microsecond else ""
    return text + fraction + moment.strftime("%z")[:5]


def _remark(vr: str, value: object) -> str:
    if isinstance(value, dt.datetime) and vr == "DA":
        return " with a time of day: use .date()"
    if isinstance(value, dt.datetime) and vr == "TM":
        return ": use .time()"
    return ""
