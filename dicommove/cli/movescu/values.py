"""Values of options: text of the command line, read and checked; the sentence says what is wrong with it."""

from __future__ import annotations

import argparse
import math

from ...addressing import ae_title_problem, checked_host
from ...errors import EntityError

__all__ = ["ae_title", "host", "pdu_length", "port", "seconds", "store_port"]


def host(text: str) -> str:
    """Read a host name or IP address; raises `argparse.ArgumentTypeError`, as all functions here do."""
    try:
        return checked_host(text)
    except EntityError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("host=")) from None


def ae_title(text: str) -> str:
    """Read an AE title (PS3.5 6.2), spaces around it taken off.

    Examples
    --------
    >>> ae_title(" PACS ")
    'PACS'
    """
    if problem := ae_title_problem(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no AE title: {problem}")
    return text.strip(" ")


def port(text: str) -> int:
    """Read the TCP port of a peer."""
    return _whole_number(text, 1, 65535, "TCP port")


def store_port(text: str) -> int:
    """Read the TCP port of a listener; 0 lets the operating system choose."""
    return _whole_number(text, 0, 65535, "TCP port")


def pdu_length(text: str) -> int:
    """Read the length of the largest PDU, in bytes; 0 means no limit (PS3.8 D.1)."""
    return _whole_number(text, 0, 999_999_999, "number of bytes")


def seconds(text: str) -> float:
    """Read a number of seconds above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return max(number, 0.001)


def _whole_number(text: str, lowest: int, highest: int, what: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = lowest - 1
    if not lowest <= number <= highest:
        raise argparse.ArgumentTypeError(f"{text!r} is no {what}: a number from {lowest} to {highest} is needed")
    return number
