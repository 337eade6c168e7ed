"""The signals that ask a command to end in good order, beside Ctrl-C."""

from __future__ import annotations

import signal

__all__ = ["ending_signals"]


def ending_signals() -> list[int]:
    """SIGTERM; and SIGHUP of a terminal that is closed, where the system has it and ``nohup`` did not have it ignored.

    Examples
    --------
    >>> signal.SIGTERM in ending_signals()
    True
    """
    hangup: int | None = getattr(signal, "SIGHUP", None)
    if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN:
        return [signal.SIGTERM]
    return [signal.SIGTERM, hangup]
