"""What ``movescu`` says, line by line, on standard error: a letter for the level, and the words that scripts look for.

The lines about the association itself come from pynetdicom, whose loggers are shown next to our own.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Self

from pynetdicom.dsutils import pretty_dataset

from ...terms import StatusCategory
from .messages import move_request, move_response

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from ...net import MoveResponse
    from .options import Options

__all__ = ["Transcript"]

_NAMES = ("movescu", "pynetdicom")
_LEVELS = {
    "critical": logging.CRITICAL,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}


_SHOWN_UIDS = 16
"""More are told as a number, as by the original; each of them at level DEBUG."""


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]  # generic for type checkers only, before Python 3.13
    """Writes to standard error; a reader that has gone (``| head``) ends the writing, not the move."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging calls it by this name
        if isinstance(sys.exc_info()[1], BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())
        else:
            super().handleError(record)


class Transcript:
    """The program's log; a context manager that leaves the process' loggers as they were.

    Parameters
    ----------
    options : Options
        How much is shown: ``-q``, ``-v``, ``-d``, ``-ll``.
    """

    def __init__(self, options: Options) -> None:
        level = _LEVELS[options.log_level] if options.log_level else logging.DEBUG if options.log_type == "d" else logging.INFO
        self._handler: logging.Handler = logging.NullHandler() if options.log_type == "q" else _Handler(sys.stderr)
        self._handler.setFormatter(logging.Formatter("%(levelname).1s: %(message)s"))
        self._level = level if options.log_type != "q" else logging.CRITICAL + 1
        self._before: list[tuple[logging.Logger, int, bool]] = []
        self._log = logging.getLogger(_NAMES[0])
        self.info = self._log.info
        self.warning = self._log.warning
        self.error = self._log.error

    def __enter__(self) -> Self:
        for logger in map(logging.getLogger, _NAMES):
            self._before.append((logger, logger.level, logger.propagate))
            logger.addHandler(self._handler)
            logger.setLevel(self._level)
            logger.propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        for logger, level, propagate in self._before:
            logger.removeHandler(self._handler)
            logger.setLevel(level)
            logger.propagate = propagate

    @property
    def shows_messages(self) -> bool:
        """Whether PDUs and messages are shown."""
        return self._log.isEnabledFor(logging.DEBUG)

    def debug(self, *lines: str) -> None:
        """Say lines at level DEBUG."""
        for line in lines:
            self._log.debug("%s", line)

    def request(self, identifier: Dataset, *, model_uid: str, destination: str, message_id: int) -> None:
        """Show the request that is about to be sent, with its Identifier."""
        self.info("Sending Move Request: MsgID %s", message_id)
        self.info("")
        self.info("# Request Identifier")
        for line in pretty_dataset(identifier):
            self.info("%s", line)
        self.info("")
        if self.shows_messages:
            self.debug(*move_request(model_uid, destination, message_id))

    def response(self, response: MoveResponse, number: int, *, model_uid: str, message_id: int, context_id: int) -> None:
        """Show a response; a number that the archive did not say is shown as 0."""
        if self.shows_messages:
            self.debug(*move_response(response, model_uid, message_id, context_id), "")
        if response.category is StatusCategory.PENDING:
            self.info("Move SCP Response: %s - 0x%04X (Pending)", number, response.status)
        else:
            self.info("Move SCP Result: 0x%04X (%s)", response.status, response.category)
        self.info(
            "Sub-Operations Remaining: %s, Completed: %s, Failed: %s, Warning: %s",
            response.remaining or 0,
            response.completed or 0,
            response.failed or 0,
            response.warning or 0,
        )
        if response.failed_uids:
            self._failed(response.failed_uids)

    def _failed(self, uids: tuple[str, ...]) -> None:
        """Show the one attribute of a response's Identifier; nothing else in it is shown."""
        many = len(uids) > _SHOWN_UIDS
        shown = f"Array of {len(uids)} elements" if many else uids[0] if len(uids) == 1 else str(list(uids))
        self.info("")
        self.info("# Response Identifier")
        self.info("(0008,0058) Failed SOP Instance UID List        UI: %s", shown)
        self.debug(*(uids if many else ()))
        self.info("")
