"""How a command ends: its answer on stdout as text or as one JSON document, errors in one line on stderr, and the exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console

from ..errors import DicomMoveError, EntityError, QueryError
from ..markup import visible
from .signals import ending_signals

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "CANCELLED",
    "CANNOT",
    "DONE",
    "DOUBTFUL",
    "EXITS",
    "NOTHING",
    "USAGE",
    "Answer",
    "concluded",
    "in_shell_words",
    "remark",
    "say",
]

DONE, CANNOT, USAGE, DOUBTFUL, NOTHING, CANCELLED = 0, 1, 2, 3, 5, 6
EXITS = {
    "complete": DONE,
    "partial": DOUBTFUL,
    "unverified": DOUBTFUL,
    "refused": 4,
    "lost": 4,
    "no_match": NOTHING,
    "cancelled": CANCELLED,
}
"""Exit code of each outcome of a move."""

_PIPE_WIDTH = 10_000
"""Columns where nobody looks: a line is a row, and no UID is cut."""
_ERROR_LENGTH = 1000
_SHELL_WORDS = (
    (r"call \.(?:studies)\(\) first", "put --study before it"),
    (r"call \.(series)\(\) first", r"put --\1 before it"),
    (r"call \.(?:images)\(\) first", "put --image before it"),
    (r"\.returning\('(\w+)'\)", r"--returning \1"),
    (r"\.series\(\)\.where\((\w+)=\.\.\.\)", r"--series --where \1=..."),
    (r"\.where\((\w+)=\.\.\.\)", r"--where \1=..."),
    (r"use between\(\.\.\.\)|or between\(\.\.\.\) for a range", "or FROM..TO for a range"),
    (r"give limit=(\d+)", r"give --limit \1"),
    (r"\(limit=None for no limit\)", "(--limit none for no limit)"),
    (r"give (several|unverified)='(\w+)'", r"give --\1 \2"),
    (r"^limit=", "--limit "),
    (r"datetime\.\w+, ", ""),
    (r"query\.identifiers\(\)", "--dry-run"),
    (r"result\.explain\(\)", "dicommove explain FOLDER"),
    (r"result\.(requests|ledger|series|progress)\b", r"\1 (dicommove ledger FOLDER --json)"),
    (r"(?:query\.)?\bfind\(\)", "dicommove find"),
    (r"Listener\((\w+)=(?:\.\.\.|'\w+')\)", r"\1 in the listener of the archive's entry"),
    (r'Listener\(advertise="host:port"\)', "--advertise HOST:PORT"),
    (r"Listener\(port=11113\)", "--listen 11113"),
    (r"pacs\.registration\(\)", "dicommove register"),
    (r"pacs\.check\(\)", "dicommove check"),
    (r"check again with timeout=60", "check again with --timeout 60"),
    (r"Peer\(\.\.\., tls=dm\.TLS\(ca_file=\.\.\.\)\)", "tls = { ca_file = ... } in the archive's entry"),
    (r"Take out tls=", "Take tls out of the archive's entry"),
    (r"Give the Study Instance UID of a small study", "Give --study UID, of a small study"),
    (r"Peer\(model='(\w+)'\)", r"model = \1 in the archive's entry"),
    (r"\b(silence|destination)=", r"--\1"),
    (r"end the query with \.studies\(\)", "end the query with --study"),
    (r"\bscan\(\) reads", "--scan reads"),
    (r"study= takes (.*), patient= ", r"--study takes \1, --patient "),
    (r": give confirm=True", ""),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say at its end.

    Attributes
    ----------
    exit_code : int
    document : Mapping
        For ``--json``.
    show : callable
        Prints it for people, on a console that takes no markup from values.
    """

    exit_code: int
    document: Mapping[str, object]
    show: Callable[[Console], object]


def concluded(work: Callable[[argparse.Namespace], Answer], arguments: argparse.Namespace) -> int:
    """Do a command's work, print its answer or its error, and return the exit code.

    SIGTERM and SIGHUP are taken as Ctrl-C, so that a service that is stopped cancels in good order.
    """
    with _terminable(), _warnings_in_one_line():
        try:
            answer = work(arguments)
        except DicomMoveError as error:
            answer = _refusal(error)
        except KeyboardInterrupt:
            answer = _failure("Cancelled", "cancelled", CANCELLED)
        _print(answer, as_json=getattr(arguments, "json", False))
    return answer.exit_code


def remark(text: str) -> None:
    """Write one line to stderr; values of the wire in it cannot steer a terminal."""
    say(f"dicommove: {visible(text, _ERROR_LENGTH)}")


def say(line: str) -> None:
    """Write a line to stderr; when its reader has gone, what is running goes on without being told."""
    try:
        print(line, file=sys.stderr, flush=True)
    except BrokenPipeError:
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    """Lead to nowhere what is still written, also by the interpreter at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def in_shell_words(text: str) -> str:
    """Say what an error advises in the words of the command line: it was written for Python.

    Examples
    --------
    >>> in_shell_words("Modality is a key of SERIES level and this query is at STUDY: call .series() first")
    'Modality is a key of SERIES level and this query is at STUDY: put --series before it'
    """
    for python, shell in _SHELL_WORDS:
        text = re.sub(python, shell, text)
    return text


def _refusal(error: DicomMoveError) -> Answer:
    usage = isinstance(error, (QueryError, EntityError))
    return _failure(type(error).__name__, in_shell_words(str(error)), USAGE if usage else CANNOT)


def _failure(kind: str, text: str, exit_code: int) -> Answer:
    """The line on stderr is told at once; for ``--json`` there is a document too, so that a reader always gets one."""
    remark(text)
    return Answer(exit_code, {"error": kind, "message": text, "exit_code": exit_code}, lambda _: None)


def _print(answer: Answer, *, as_json: bool) -> None:
    """A reader of our output that has gone (``| head``) changes no exit code."""
    try:
        if as_json:
            print(json.dumps(answer.document, ensure_ascii=True, allow_nan=False))
        else:
            answer.show(_console())
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)


class _Console(Console):
    """Tells us that the reader has gone, instead of ending the process with a code of its own."""

    def on_broken_pipe(self) -> None:
        """Leave it to who prints."""
        raise BrokenPipeError


def _console() -> Console:
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a stream of text is always one that can
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return _Console(width=width, markup=False, highlight=False, emoji=False, soft_wrap=width is not None)


@contextmanager
def _terminable() -> Iterator[None]:
    """Within this block SIGTERM and SIGHUP interrupt as Ctrl-C does; in the main thread only, where Python delivers signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.default_int_handler) for number in ending_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """Within this block a warning is one line, without the place in our source that a shell user cannot use."""
    before = warnings.showwarning

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        remark(f"warning: {in_shell_words(str(message))}")

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before
