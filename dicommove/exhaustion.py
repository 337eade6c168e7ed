"""What this computer has no more of, descriptors or threads: told apart from what a peer, a port or a disk refuses.

What belongs here: its signs and its words; each room raises them as its own kind of exception.
"""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

__all__ = ["spent", "started", "starting"]

_WORDS = {
    errno.EMFILE: "too many files are open in this process; close some, or raise the limit (ulimit -n)",
    errno.ENFILE: "too many files are open on this computer; end other programs",
    errno.EAGAIN: "this process may start no more threads; end other kernels and programs, or raise the limit (ulimit -u)",
}


def spent(error: OSError) -> str:
    """Say what this computer has no more of, and what to do next; empty when that was not the reason.

    Examples
    --------
    >>> spent(OSError(24, "Too many open files"))
    'too many files are open in this process; close some, or raise the limit (ulimit -n)'
    >>> spent(ConnectionRefusedError(111, "Connection refused"))
    ''
    """
    return _WORDS.get(error.errno or 0, "")


@contextmanager
def starting() -> Iterator[None]:
    """Start threads within.

    Raises
    ------
    OSError
        With ``EAGAIN``: the system gives this process no more threads.

    Examples
    --------
    >>> import threading
    >>> with starting():
    ...     threading.Thread(target=print, args=("started",)).start()
    started
    """
    try:
        yield
    except RuntimeError as error:
        raise OSError(errno.EAGAIN, _WORDS[errno.EAGAIN]) from error


def started(thread: threading.Thread) -> threading.Thread:
    """Start a thread and return it.

    Raises
    ------
    OSError
        As `starting`.
    """
    with starting():
        thread.start()
    return thread
