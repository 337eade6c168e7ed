"""Keeps what a log must not hold out of pynetdicom's loggers, for our threads only.

pynetdicom prints a passcode when it logs an A-ASSOCIATE-RQ, and the text of exceptions that may quote values of a data set. Its
configuration is global to the process and others may use it, so a filter looks at the thread that logs.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pynetdicom  # noqa: F401 - its loggers are there once it is loaded

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["THREAD_NAME", "install", "ours"]

THREAD_NAME = "dicommove-net"
"""Name of the threads that speak DICOM for us."""


class _Local(threading.local):
    depth = 0


_local = _Local()


@contextmanager
def ours() -> Iterator[None]:
    """Count what the calling thread logs as ours, until the end of the block."""
    _local.depth += 1
    try:
        yield
    finally:
        _local.depth -= 1


class _Quiet(logging.Filter):
    """Passcodes at no level; texts of exceptions only where the logger shows DEBUG."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may be shown; takes out of it what may not."""
        if not (record.threadName == THREAD_NAME or _local.depth):
            return True
        if "Password:" in record.getMessage():
            return False
        if record.exc_info and not logging.getLogger(record.name).isEnabledFor(logging.DEBUG):
            kind = record.exc_info[0]
            record.msg, record.args = f"{kind.__name__ if kind else 'error'} (its text is shown at level DEBUG only)", ()
            record.exc_info = record.exc_text = None
        return True


_quiet = _Quiet()


def install() -> None:
    """Put the filter on pynetdicom's loggers; doing it again changes nothing.

    Filters of a logger do not see what its children log, so each module's logger has it.
    """
    names = [name for name in list(logging.root.manager.loggerDict) if name.partition(".")[0] == "pynetdicom"]
    for name in names:
        logging.getLogger(name).addFilter(_quiet)
