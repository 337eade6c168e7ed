"""Days and seconds as whole numbers, their ranges as DICOM text, and where a range is best cut in two. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["DAYS", "SECONDS", "Ends", "Scale", "cut"]

Ends = tuple[int | None, int | None]
"""First and last number of a range, both belonging to it; None where it is open."""


@dataclass(frozen=True)
class Scale:
    """How the values of a VR are numbered.

    Attributes
    ----------
    read : callable
        Number of a value that an archive answered; None when it is none.
    read_last : callable
        Number of the last moment that a text stands for.
    first_text, last_text : callables
        DICOM text of a number as the first, or as the last, of a range.
    """

    read: Callable[[str], int | None]
    read_last: Callable[[str], int | None]
    first_text: Callable[[int], str]
    last_text: Callable[[int], str]

    def read_range(self, text: str) -> Ends | None:
        """Ends of what is asked: open where nothing is; None when they cannot be read.

        Examples
        --------
        >>> DAYS.read_range(""), DAYS.read_range("20240101-")[1], SECONDS.read_range("0001-0001")
        ((None, None), None, (60, 119))
        """
        first, is_range, last = text.partition("-")
        last = last if is_range else first
        ends = self.read(first), self.read_last(last)
        readable = all(end is not None or not part for end, part in zip(ends, (first, last), strict=True))
        return ends if readable else None

    def range_text(self, first: int | None, last: int | None) -> str:
        """DICOM text of a range; of a single day the day, for archives that do not know ranges of one.

        Examples
        --------
        >>> DAYS.range_text(None, 738886), DAYS.range_text(738886, 738886), SECONDS.range_text(60, 119)
        ('-20240101', '20240101', '000100-000159.999999')
        """
        begin = "" if first is None else self.first_text(first)
        end = "" if last is None else self.last_text(last)
        return begin if begin == end else f"{begin}-{end}"


def cut(first: int | None, last: int | None, seen: Sequence[int]) -> int | None:
    """Where to cut a range so that half of what was seen lies on either side: the last number of the lower part.

    Parameters
    ----------
    first, last : int or None
        Ends of the range; None where it is open.
    seen : sequence of int
        Numbers within it, sorted.

    Returns
    -------
    int or None
        None when it is a single number, or nothing was seen in it.

    Examples
    --------
    >>> cut(None, None, [3, 5, 8, 9]), cut(None, None, [7, 7]), cut(7, None, [7, 7]), cut(7, 7, [7, 7])
    (5, 6, 7, None)
    """
    if not seen or (first is not None and first == last):
        return None
    place = seen[(len(seen) - 1) // 2]
    if place == seen[-1] and place > (1 if first is None else first):
        place -= 1
    return place if last is None else min(place, last - 1)


def _day(text: str) -> int | None:
    plain = text.strip("\0 ").replace(".", "")
    if not re.fullmatch(r"[0-9]{8}", plain):
        return None
    try:
        return dt.date(int(plain[:4]), int(plain[4:6]), int(plain[6:])).toordinal()
    except ValueError:
        return None


def _day_text(number: int) -> str:
    return dt.date.fromordinal(number).isoformat().replace("-", "")


def _second(text: str, fill: str = "00") -> int | None:
    """Seconds since midnight; minutes and seconds that are not given are filled."""
    match = re.fullmatch(r"([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:\.[0-9]{0,6})?)?)?", text.strip("\0 ").replace(":", ""))
    if match is None:
        return None
    hour, minute, second = (min(int(part or fill), most) for part, most in zip(match.groups(), (23, 59, 59), strict=True))
    return hour * 3600 + minute * 60 + second


def _second_text(number: int) -> str:
    return f"{number // 3600:02}{number // 60 % 60:02}{number % 60:02}"


DAYS = Scale(_day, _day, _day_text, _day_text)
SECONDS = Scale(_second, lambda text: _second(text, "59"), _second_text, lambda number: f"{_second_text(number)}.999999")
"""Of a day, from 0; the last of a range holds the fractions of its second."""
