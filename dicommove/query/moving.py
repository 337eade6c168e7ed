"""Identifiers of a C-MOVE: unique keys and nothing else (PS3.4 C.4.2.1.4, C.4.2.2.1)."""

from __future__ import annotations

import shlex
from itertools import product
from typing import TYPE_CHECKING

from ..errors import QueryError
from ..terms import InformationModel, Level, uid_problem
from .charset import check_characters
from .identifier import MAX_UIDS, build, chunks, unique
from .selectivity import exact_keys, is_exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydicom.dataset import Dataset

    from .chain import Chain

__all__ = ["move_identifier", "movescu_lines"]

_FLAGS = {
    InformationModel.PATIENT_ROOT: "-P",
    InformationModel.STUDY_ROOT: "-S",
    InformationModel.PATIENT_STUDY_ONLY: "-O",
}


def move_identifier(level: Level, model: InformationModel, keys: Mapping[str, str | Sequence[str]]) -> Dataset:
    """Build the Identifier of a C-MOVE.

    Parameters
    ----------
    level : Level
        What is moved.
    model : InformationModel
        The model that the peer has accepted.
    keys : mapping of str to str or sequence of str
        Keyword to value for the unique key of every level of the model down to ``level``; several UIDs only for ``level``
        itself, at most 300 (`chunks` cuts longer lists). Values may come from answers: their length is not judged.

    Raises
    ------
    QueryError
        A key is missing, is not a unique key of the model, has several values where one is allowed, or would match
        more than itself: a universal or wildcard C-MOVE is never built.

    Examples
    --------
    >>> from dicommove.terms import InformationModel, Level
    >>> move_identifier(Level.STUDY, InformationModel.STUDY_ROOT, {"StudyInstanceUID": "1.2.3"}).StudyInstanceUID
    '1.2.3'
    >>> move_identifier(Level.STUDY, InformationModel.STUDY_ROOT, {"StudyInstanceUID": "*"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dicommove.errors.QueryError: StudyInstanceUID: a character outside 0-9 A-Z a-z . _ - (a C-MOVE takes exact keys only, ...
    """
    level = Level(level)
    needed = _needed(level, model)
    foreign = sorted(set(keys) - {above.unique_key for above in needed})
    if foreign:
        raise QueryError(
            f"{', '.join(foreign)}: a C-MOVE at {level} level of {model.value} takes unique keys only (PS3.4 C.4.2.2.1)"
        )
    return build(level, [(unique(above), _values(above, level, keys)) for above in needed])


def _needed(level: Level, model: InformationModel) -> list[Level]:
    if level not in model.levels:
        raise QueryError(f"{model.value} has no {level} level (PS3.4 C.6)")
    return [above for above in model.levels if above <= level]


def _values(above: Level, level: Level, keys: Mapping[str, str | Sequence[str]]) -> str:
    keyword = above.unique_key
    given = keys.get(keyword, ())
    values = (given,) if isinstance(given, str) else tuple(given)
    if not values:
        raise QueryError(f"a C-MOVE at {level} level needs {keyword} (PS3.4 C.4.2.2.1)")
    most = MAX_UIDS if above is level and level is not Level.PATIENT else 1
    if len(values) > most:
        raise QueryError(f"{keyword}: {len(values)} values, and at most {most} are possible here (PS3.4 C.4.2.2.1)")
    for value in values:
        _check_exact(above, value)
    return "\\".join(values)


def _check_exact(level: Level, value: str) -> None:
    keyword = level.unique_key
    if not isinstance(value, str):
        raise QueryError(f"{keyword} is text, not {type(value).__name__}")
    if level is Level.PATIENT:
        check_characters(value, "LO", keyword)
        matches_more = not value.strip() or bool(set("*?\\") & set(value))
        problem = "empty, or with a wildcard or backslash" if matches_more else None
    else:
        problem = uid_problem(value)
    if problem:
        raise QueryError(f"{keyword}: {problem} (a C-MOVE takes exact keys only, PS3.4 C.4.2.2.1)")


def movescu_lines(
    chain: Chain, model: InformationModel | None, host: str, port: int, *, ae_title: str, calling_ae_title: str, destination: str
) -> Iterator[str]:
    """Give the shell lines that move what an exact query names, one for each C-MOVE; raises `QueryError` for any other."""
    level, known = chain.level, exact_keys(chain)
    model = model or (InformationModel.PATIENT_ROOT if Level.PATIENT.unique_key in known else chain.default_model)
    if not is_exact(chain, model):
        raise QueryError(
            "a C-MOVE takes exact unique keys only, and this query has others (PS3.4 C.4.2.2.1): find() what it matches first,"
            " then name the studies, series or images by their UIDs"
        )
    titles = ["-aec", ae_title, "-aet", calling_ae_title, "-aem", destination]
    command = ["python", "-m", "dicommove", "movescu", _FLAGS[model], *titles, host, str(port)]
    for keys in _requests(level, model, known):
        parts = [f"{keyword}={value}" for keyword, value in keys]
        yield shlex.join([*command, *(word for part in parts for word in ("-k", part))])


def _requests(level: Level, model: InformationModel, known: Mapping[str, tuple[str, ...]]) -> Iterator[list[tuple[str, str]]]:
    size = 1 if level is Level.PATIENT else MAX_UIDS
    needed = _needed(level, model)
    choices = [known[above.unique_key] for above in needed[:-1]]
    own = ["\\".join(some) for some in chunks(known[level.unique_key], size)]
    for values in product(*choices, own):
        keywords = [above.unique_key for above in needed]
        yield [("QueryRetrieveLevel", level.value), *zip(keywords, values, strict=True)]
