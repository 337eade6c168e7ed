"""Studies that the archive had counted and no longer has: asked for where a C-MOVE brought nothing and did not say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import DicomMoveError
from ...terms import Level
from ..asking.known import ask_known
from ..asking.search import Searcher

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable

    from ...entities import Remote
    from ..accounting.outcome import Ending
    from .worker import Ended

__all__ = ["vanished"]

_MOST_ASKED = 5
"""Requests: what holds for the first ones explains the others too."""
_UNKNOWN_DESTINATION = 0xA801


def vanished(remote: Remote, ended: Iterable[Ended], cancelling: threading.Event) -> list[int]:
    """Numbers of the requests whose study is gone; none when the archive does not answer.

    Parameters
    ----------
    remote : Remote
        The archive.
    ended : iterable of Ended
        How the requests ended.
    cancelling : threading.Event
        Ends it.
    """
    doubtful = [one.request for one in ended if _brought_nothing(one.ending)][:_MOST_ASKED]
    if not doubtful or cancelling.is_set():
        return []
    try:
        with Searcher(remote, cancel=cancelling) as searcher:
            studies = dict.fromkeys(request.study for request in doubtful)
            absent = ask_known(searcher, [{"StudyInstanceUID": uid} for uid in studies], Level.STUDY).absent
    except DicomMoveError:
        return []
    return [request.number for request in doubtful if request.study in absent]


def _brought_nothing(ending: Ending) -> bool:
    """Whether something was counted before, nothing came, and the archive gave an answer that does not say why."""
    answered = ending.status is not None and ending.status != _UNKNOWN_DESTINATION and not ending.failure
    return answered and bool(ending.expected) and not (ending.received or ending.completed or ending.failed or ending.refusal)
