"""Facts without what is purged: the plan of an operation that asked for more than that, and texts that mention it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    Row = Mapping[str, Any]

__all__ = ["PURGED", "Secrets", "people_of", "plan_without", "studies_of_patient", "without"]

PURGED = "(purged)"
"""Stands where a value was taken out."""

_PEOPLE = ("PatientID", "PatientName", "AccessionNumber")
_TOKEN = re.compile(r"[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*")
_USERS = ("rows", "fates", "question", "warnings")
"""Parts of a plan that hold what the user typed, under names of his own."""


class Secrets(NamedTuple):
    """What must not be left.

    Attributes
    ----------
    uids : Collection of str
        Of the studies, their series and instances.
    people : Collection of str
        IDs, names and accession numbers that stand for nobody else in the folder.
    """

    uids: Collection[str]
    people: Collection[str]


def people_of(facts: Row) -> set[str]:
    """Texts of a row that name a person or an order.

    Examples
    --------
    >>> sorted(people_of({"PatientID": "P1", "PatientName": "MEIER^ANNA", "Modality": "CT"}))
    ['MEIER^ANNA', 'P1']
    """
    return {str(facts[name]) for name in _PEOPLE if facts.get(name)}


def studies_of_patient(facts: Row, patient: str) -> set[str]:
    """Studies of a patient among the requests and series of a plan."""
    told: Iterable[Row] = (*(facts.get("requests") or ()), *(facts.get("series") or ()))
    return {str(one["StudyInstanceUID"]) for one in told if str(one.get("PatientID") or "").strip() == patient}


def plan_without(facts: Row, studies: Collection[str], secrets: Secrets) -> dict[str, Any]:
    """Facts of an operation without the requests, series and rows of the user's table that belong to studies.

    Requests keep their numbers. Where none is left, what the user asked for goes as well: it asked for nothing else.

    Examples
    --------
    >>> plan = {"requests": [{"request": 1, "StudyInstanceUID": "1.2"}], "question": {"level": "STUDY"}, "peer": "A"}
    >>> plan_without(plan, {"1.2"}, Secrets({"1.2"}, set()))
    {'requests': [], 'peer': 'A'}
    """
    left = dict(facts)
    gone = {one["request"] for one in facts.get("requests") or () if one["StudyInstanceUID"] in studies}
    for name in ("requests", "series"):
        if name in facts:
            left[name] = [one for one in facts[name] if one.get("StudyInstanceUID") not in studies]
    if "rows" in facts:
        left["rows"] = [one for one in facts["rows"] if one[0] not in gone]
    if "fates" in facts:
        left["fates"] = [one for one in facts["fates"] if one[3] not in gone or one[3] is None]
    if gone and not left["requests"]:
        for name in _USERS:
            left.pop(name, None)
    return {name: without(value, secrets, typed=name in _USERS) for name, value in left.items()}


def without(value: Any, secrets: Secrets, *, typed: bool = False, name: str = "") -> Any:
    """Give a plain value again, `PURGED` in place of every UID and, where they may stand, of names.

    Parameters
    ----------
    value : Any
        As in the journal.
    secrets : Secrets
    typed : bool
        It holds what the user typed, patterns with wildcards among it, under any name.
    name : str
        What the value is called.

    Examples
    --------
    >>> without({"reason": "1.2 is gone, 1.2.3 is not", "PatientID": "7", "SeriesNumber": "7"}, Secrets({"1.2"}, {"7"}))
    {'reason': '(purged) is gone, 1.2.3 is not', 'PatientID': '(purged)', 'SeriesNumber': '7'}
    """
    if isinstance(value, dict):
        return {key: without(one, secrets, typed=typed, name=key) for key, one in value.items()}
    if isinstance(value, list):
        return [without(one, secrets, typed=typed, name=name) for one in value]
    if not isinstance(value, str):
        return value
    if (typed or name in _PEOPLE) and _stands_for(value, secrets.people):
        return PURGED
    return _TOKEN.sub(lambda found: PURGED if found[0] in secrets.uids else found[0], value)


def _stands_for(value: str, people: Collection[str]) -> bool:
    """Whether a text, which may be a pattern (PS3.4 C.2.2.2.4), is one of the names."""
    if not value.strip("*?"):
        return False
    pattern = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in value)
    return any(re.fullmatch(pattern, one, re.IGNORECASE | re.DOTALL) for one in people)
