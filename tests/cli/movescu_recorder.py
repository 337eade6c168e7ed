"""Runs ``movescu`` of one package many times in one process, and says each time what it left behind.

A script: ``python movescu_recorder.py pynetdicom``; each line of its input is a run, each line of its output what came of it.
"""

from __future__ import annotations

import io
import json
import logging
import os
import resource
import sys
import threading
from contextlib import redirect_stderr, redirect_stdout, suppress
from importlib import import_module
from pathlib import Path

LONGEST_SECONDS = 10.0
LOGGERS = ("movescu", "pynetdicom")


def record(package: str, run: dict) -> dict:
    """Run it once: the records of its loggers whatever is shown of them, its exit code, and the names of its files."""
    os.chdir(run["folder"])
    records = []
    make = logging.LogRecord

    def keep(*arguments, **more):
        made = make(*arguments, **more)
        records.append([made.name, made.levelname[0], made.getMessage()])
        return made

    logging.setLogRecordFactory(keep)
    out, err = io.StringIO(), io.StringIO()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (run.get("file_bytes", before[0]), before[1]))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = started(package, run["arguments"])
            ended()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        logging.setLogRecordFactory(make)
        forgotten()
    return {"code": code, "records": records, "out": out.getvalue(), "err": err.getvalue(), "files": names()}


def names() -> list[str]:
    """Of what is in the working folder."""
    return sorted(path.name for path in Path().iterdir())


def started(package: str, arguments: list[str]) -> object:
    """The program's exit code; the name of the exception where it ends in a traceback."""
    try:
        if package == "dicommove":
            return import_module("dicommove.cli").main(["movescu", *arguments])
        return import_module("pynetdicom.apps.movescu.movescu").main(arguments)
    except SystemExit as ended:
        return ended.code or 0
    except BaseException as error:  # noqa: BLE001 - what a shell would show as a traceback
        return type(error).__name__


def ended() -> None:
    """Wait for the threads that the program left, as Python does at its end."""
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(LONGEST_SECONDS)


def forgotten() -> None:
    """Take the handlers off that the original leaves on its loggers: they belong to the stream of the run before."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.NOTSET)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        for line in sys.stdin:
            sys.stdout.write(json.dumps(record(sys.argv[1], json.loads(line))) + "\n")
            sys.stdout.flush()
    os._exit(0)  # a run of the original may leave a thread that waits for its timeout
