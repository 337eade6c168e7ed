"""Every call of the system that a store makes, counted, and the k-th of them made to fail, or to be the last one of its process.

The calls are those of ``os``, of file locks and of SQLite, made by the thread that is watched; whoever else calls goes unharmed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sqlite3
import threading

CHANGING = ("open", "write", "writev", "fsync", "link", "rename", "replace", "mkdir", "unlink", "rmdir", "close")
"""Calls that change what is on the disk, or let go of it."""
READING = ("stat", "lstat", "fstat", "statvfs", "read", "lseek", "listdir", "scandir")
STATEMENTS = ("BEGIN", "INSERT", "UPDATE", "DELETE", "COMMIT", "CREATE", "PRAGMA")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EMFILE)


class System:
    """Stands before the system's calls as long as a test wants it to.

    Attributes
    ----------
    names : list of str
        The calls since `watch` began, in order.
    """

    def __init__(self):
        self.names = []
        self._deed = None
        self._thread = None

    @contextlib.contextmanager
    def watch(self, deed=None):
        """Count this thread's calls; before each one ``deed(number, name)`` is called, and after it the same with ``-number``."""
        self.names, self._deed, self._thread = [], deed, threading.get_ident()
        try:
            yield self
        finally:
            self._thread = None

    def called(self, name, call, *given, **named):
        """Make a call, told to who watches."""
        if threading.get_ident() != self._thread:
            return call(*given, **named)
        self.names.append(name)
        number = len(self.names)
        if self._deed is not None:
            self._deed(number, name)
        result = call(*given, **named)
        if self._deed is not None:
            self._deed(-number, name)
        return result

    def install(self, replace):
        """Take the place of the calls; ``replace(owner, name, value)`` is ``setattr``, or what undoes itself."""
        for name in (*CHANGING, *READING):
            replace(os, name, self._standing_for(name, getattr(os, name)))
        replace(fcntl, "flock", self._standing_for("flock", fcntl.flock))
        replace(sqlite3, "connect", self._connecting(sqlite3.connect))

    def _standing_for(self, name, call):
        return lambda *given, **named: self.called(name, call, *given, **named)

    def _connecting(self, connect):
        called = self.called

        class Connection(sqlite3.Connection):
            def execute(self, statement, *values):
                return called(f"sqlite {statement.split()[0]}", super().execute, statement, *values)

            def executemany(self, statement, *values):
                return called(f"sqlite {statement.split()[0]}", super().executemany, statement, *values)

        return lambda *given, **named: called("sqlite connect", connect, *given, factory=Connection, **named)


def failing(first, last, code):
    """Deed: the calls from the ``first`` to the ``last`` fail with an error of the system; SQLite says what it says then."""

    def deed(number, name):
        # What is closed is closed, whatever the system has to say of it.
        if not first <= (-number if name == "close" else number) <= last:
            return
        if name.startswith("sqlite"):
            raise sqlite3.OperationalError("database or disk is full" if code == errno.ENOSPC else "disk I/O error")
        raise OSError(*((errno.EIO, "Input/output error") if name == "flock" else (code, os.strerror(code))))

    return deed
