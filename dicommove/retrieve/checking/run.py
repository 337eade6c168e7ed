"""Runs the probes, one after the other, within a time that somebody at a desk waits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...errors import EntityError
from ...terms import uid_problem
from .calling import call
from .calling_back import call_back
from .check import Check

if TYPE_CHECKING:
    from ...entities import Remote

__all__ = ["check"]


def check(remote: Remote, *, study: str | None = None, timeout: float = 3.0) -> Check:
    """Try the way to the archive and the way back.

    Parameters
    ----------
    remote : Remote
        The archive.
    study : str, optional
        Study Instance UID of a small study: one instance of it is moved here and removed again.
    timeout : float
        Seconds that each answer may take at most.

    Raises
    ------
    EntityError
        ``study`` is no UID, or ``timeout`` no number above 0.
    """
    if study is not None and (problem := uid_problem(study)):
        raise EntityError(f"study={study!r} is no UID: {problem}")
    limits = ("connect_timeout", "acse_timeout", "dimse_timeout")
    brief = replace(remote, **{name: min(timeout, getattr(remote, name)) for name in limits})
    there, model = call(brief)
    return Check(remote, (*there, *call_back(brief, model, study)))
