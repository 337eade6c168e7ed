"""AE titles, hosts and ports: what makes one, and the sentence for what does not."""

from __future__ import annotations

import re

from .errors import EntityError

__all__ = ["ae_title_problem", "check_numbers", "check_port", "checked_ae_title", "checked_host", "split_address"]

_ENDLESS = 1e9
"""Beyond this a number is none: seconds would not fit into what the operating system takes."""


def ae_title_problem(title: str) -> str | None:
    r"""Why this is no AE title (PS3.5 6.2, VR AE), or None when it is one.

    Examples
    --------
    >>> ae_title_problem("PACS"), ae_title_problem("A" * 17), ae_title_problem("A\\B")
    (None, 'longer than 16 characters', 'a backslash')
    """
    if not title.strip(" "):
        return "empty, or spaces only"
    if len(title) > 16:
        return "longer than 16 characters"
    if "\\" in title:
        return "a backslash"
    if not (title.isascii() and title.isprintable()):
        return "a control character, or one outside ASCII"
    return None


def checked_ae_title(title: object, option: str) -> str:
    """Take insignificant spaces off an AE title.

    Raises
    ------
    EntityError
        When it is none.
    """
    title = _text(title, option).strip(" ")  # leading and trailing spaces are not significant (PS3.5 6.2)
    if problem := ae_title_problem(title):
        raise EntityError(f"{option}={title!r} is no AE title: {problem} (1 to 16 ASCII characters, no backslash; PS3.5 6.2)")
    return title


def check_port(port: object, option: str, lowest: int) -> None:
    """Refuse what is no TCP port.

    Raises
    ------
    EntityError
        When it is no number from ``lowest`` to 65535.
    """
    if not isinstance(port, int) or isinstance(port, bool) or not lowest <= port <= 65535:
        raise EntityError(f"{option}={port!r} is no TCP port: a number from {lowest} to 65535 is needed")


def check_numbers(owner: object, *options: str, lowest: float = 0, optional: bool = False) -> None:
    """Refuse attributes of a value that are no numbers, or too small or large.

    Raises
    ------
    EntityError
        One is none, and is not None where that may be.
    """
    for option in options:
        value = getattr(owner, option)
        if value is None and optional:
            continue
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not lowest <= value < _ENDLESS:
            raise EntityError(f"{option}={value!r}: a number of at least {lowest:g} is needed{' (or None)' if optional else ''}")


def checked_host(host: object, option: str = "host") -> str:
    """Take spaces and brackets off a name or an IP address.

    Raises
    ------
    EntityError
        When it is none, or has the port in it.

    Examples
    --------
    >>> checked_host("[::1]")
    '::1'
    """
    host = _text(host, option).strip(" ").removeprefix("[").removesuffix("]")
    if re.fullmatch(r"[^:/]+:\d+", host):
        raise EntityError(f"{option}={host!r}: give the port apart, as port={host.rpartition(':')[2]}")
    if not re.fullmatch(r"[\w.:%-]{1,253}", host):
        raise EntityError(f"{option}={host!r} is no host: a name or an IP address is needed, without scheme, path or spaces")
    return host


def split_address(text: object, option: str) -> tuple[str, int | None]:
    """Take ``host``, ``host:port`` or ``[v6 address]:port`` apart.

    Raises
    ------
    EntityError
        When it is none of these.

    Examples
    --------
    >>> split_address("ws7:11113", "advertise"), split_address("ws7", "advertise")
    (('ws7', 11113), ('ws7', None))
    """
    found = re.fullmatch(r"(\[[^\]]+\]|[^:]+)(?::(\d+))?", _text(text, option).strip(" "))
    if not found:
        raise EntityError(f"{option}={text!r} is no address: host or host:port is needed (an IPv6 address in brackets)")
    port = int(found[2]) if found[2] else None
    if port is not None:
        check_port(port, option, 1)
    return checked_host(found[1], option), port


def _text(value: object, option: str) -> str:
    if not isinstance(value, str):
        raise EntityError(f"{option}={value!r}: text is needed")
    return value
