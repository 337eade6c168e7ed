"""The audit trail: one line for each thing that was done with patient data, in a file or in syslog, without names.

What belongs here: where lines go, how one looks, and what happens when it cannot be written. Who does something calls `record`.
"""

from __future__ import annotations

import errno
import getpass
import json
import logging
import os
import socket
import stat
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import AuditError, AuditWarning, DicomMoveError, EntityError
from .named import everywhere
from .platform import O_BINARY, O_NOFOLLOW, O_NONBLOCK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["asked_by", "audit_targets", "line_of", "record", "required", "trouble"]

SYSLOG = "syslog"
LONGEST_VALUE = 300
"""Characters of a value in a line: a path and a purpose fit, and no stranger's text makes a line of megabytes."""
LONGEST_LIST = 20
"""Values of a list in a line, such as Study Instance UIDs; how many there were stands beside it."""
_SOCKETS = ("/dev/log", "/var/run/syslog", "/var/run/log")
_PRIORITY = 10 * 8 + 6  # facility authpriv, severity info (RFC 5424 6.2.1): who may read patient data is no public matter
_PATIENCE_S = 2.0
_NO_FILE = {errno.ELOOP: "it is a link, which somebody else could turn elsewhere", errno.ENXIO: "it is a pipe"}
_LOGGER = logging.getLogger(__name__)


def audit_targets(value: object) -> tuple[str, ...]:
    """Read ``audit=``: a file, ``"syslog"``, or several of them; files become absolute paths.

    Raises
    ------
    EntityError
        It is none of that.

    Examples
    --------
    >>> audit_targets("syslog"), audit_targets(None), len(audit_targets(["syslog", "audit.log"]))
    (('syslog',), (), 2)
    """
    if value is None or isinstance(value, (str, os.PathLike)):
        value = () if value is None else (value,)
    if not isinstance(value, (list, tuple)):
        raise EntityError(f'audit={value!r}: the name of a file is needed, "syslog", or a list of them')
    return tuple(dict.fromkeys(_target(one) for one in value))


def _target(one: object) -> str:
    text = os.fspath(one) if isinstance(one, (str, os.PathLike)) else None
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise EntityError(f'audit={one!r}: the name of a file is needed, or "syslog"')
    return text if text == SYSLOG else str(Path(text).expanduser().absolute())


def record(event: str, *, to: Iterable[str] = (), require: bool = False, **facts: object) -> None:
    """Write one line to the targets given, and to those that the configuration files name for everything on this machine.

    Parameters
    ----------
    event : str
        What was done: ``"query"``, ``"move"``, ``"refusal"``, ``"purge"`` and so on.
    to : iterable of str
        As of `audit_targets`.
    require : bool
        Whether what is being done may not go on without its line; the site's file may ask for that too.
    **facts
        Plain values, lists of them, or None, which is left out. No name of a person, and no secret: what stands here is written.

    Raises
    ------
    AuditError
        The line could not be written, and is required.

    Warns
    -----
    AuditWarning
        The line could not be written, and is not required.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "audit.log")
    ...     record("purge", to=[str(file)], instances=3)
    ...     '"event": "purge"' in file.read_text(), '"instances": 3' in file.read_text()
    (True, True)
    """
    problem = trouble(event, to=to, **facts)
    if problem is None:
        return
    if require or required():
        raise AuditError(f"{problem}. Nothing is done without its line in the audit trail here: have it mended first")
    warnings.warn(f"{problem}; what was asked for is done all the same", AuditWarning, stacklevel=2)


def required() -> bool:
    """Whether a configuration file says that nothing on this machine is done without its line."""
    return any(everywhere("require_audit"))


def trouble(event: str, *, to: Iterable[str] = (), **facts: object) -> str | None:
    """Do what `record` does, from any thread: it neither raises nor warns, but says what went wrong, or None."""
    problems = []
    try:
        chosen = [*to, *(target for value in everywhere("audit") for target in audit_targets(value))]
    except DicomMoveError as error:  # a configuration file that cannot be read: the targets given are served all the same
        chosen, problems = [*to], [str(error)]
    line = line_of(event, facts) if chosen else ""
    for target in dict.fromkeys(chosen):
        try:
            _write(target, line)
        except OSError as error:
            problems.append(f"{target} cannot be written: {error.strerror or type(error).__name__}")
    if not problems:
        return None
    text = f"the audit trail: {'; '.join(problems)}"
    _LOGGER.warning("%s", text)
    return text


def line_of(event: str, facts: Mapping[str, object]) -> str:
    r"""One line of JSON in ASCII: whatever a value holds, it stays within its line and steers no terminal.

    Examples
    --------
    >>> line_of("refusal", {"reason": "a\nb\x1b[2J", "port": None}).partition('"event"')[2]
    ': "refusal", "reason": "a\\nb\\u001b[2J"}'
    """
    when = datetime.now(UTC).isoformat(timespec="milliseconds")
    who = {"time": when, **asked_by(), "pid": os.getpid(), "event": event}
    return json.dumps({key: _bounded(value) for key, value in {**who, **facts}.items() if value is not None}, default=_text)


def asked_by() -> dict[str, str | None]:
    """User and host; in a container whose user has no name ``user`` is None.

    Examples
    --------
    >>> list(asked_by())
    ['user', 'host']
    """
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = None
    return {"user": user, "host": socket.gethostname()}


def _bounded(value: object) -> object:
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_bounded(one) for one in list(value)[:LONGEST_LIST]]
    return value if value is None or isinstance(value, (bool, int, float)) else _text(value)


def _text(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "..."


def _write(target: str, line: str) -> None:
    if target == SYSLOG:
        _send(f"<{_PRIORITY}>dicommove[{os.getpid()}]: {line}".encode("ascii"))
    else:
        _append(target, line.encode("ascii") + b"\n")


def _append(path: str, line: bytes) -> None:
    """Open the file for each line, so that somebody else may rotate it; one write each, so that processes do not mix lines.

    Neither a link nor a pipe under its name is followed.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | O_BINARY | O_NOFOLLOW | O_NONBLOCK
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise OSError(error.errno, _NO_FILE.get(error.errno or 0) or error.strerror) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is no regular file")
        if os.write(descriptor, line) != len(line):
            raise OSError(0, "the line was not written whole")
    finally:
        os.close(descriptor)


def _send(message: bytes) -> None:
    family = getattr(socket, "AF_UNIX", None)
    address = next((name for name in _SOCKETS if Path(name).exists()), None)
    if family is None or address is None:
        raise OSError(0, "this computer has no syslog: name a file instead")
    with socket.socket(family, socket.SOCK_DGRAM) as connection:
        connection.settimeout(_PATIENCE_S)
        connection.connect(address)
        connection.send(message)
