"""What of a data folder belongs to studies: rows of its journal by number, files by path. Read only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .facts import decode, join
from .journal import TABLES
from .purge_facts import Secrets, people_of, studies_of_patient

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator, Mapping

    Row = Mapping[str, Any]

__all__ = ["Scope", "all_rows", "operation_facts", "scope_of", "studies_of"]

_BY_UID = ("arrivals", "expected")
"""Tables whose rows say which UIDs belong to a study: they are read before the others."""


@dataclass
class Scope:
    """What belongs to some studies.

    Attributes
    ----------
    studies : frozenset of str
        Study Instance UIDs.
    rows : dict
        Numbers of rows, by table.
    paths : dict
        SOP Instance UID by path, as the journal gives it.
    instances : set of str
        SOP Instance UIDs that came.
    secrets : Secrets
        What must not be left in other rows.
    """

    studies: frozenset[str]
    rows: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    paths: dict[str, str] = field(default_factory=dict)
    instances: set[str] = field(default_factory=set)
    secrets: Secrets = field(default_factory=lambda: Secrets(frozenset(), frozenset()))


def all_rows(db: sqlite3.Connection, table: str, root: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Number, operation and facts of each row of a table, of `TABLES`."""
    shared: dict[int | None, dict[str, Any]] = {None: {}}
    query = f"SELECT id, operation, shared, uid, path, size_bytes, own FROM {table} ORDER BY id"  # noqa: S608 - of TABLES
    for number, operation, key, *row in db.execute(query):
        if key not in shared:
            (text,) = db.execute("SELECT facts FROM shared WHERE id = ?", (key,)).fetchone()
            shared[key] = dict(decode(text))  # type: ignore[call-overload]  # what `part` wrote is a dict
        yield number, operation, join(row, shared[key], root)


def operation_facts(db: sqlite3.Connection) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and facts of each operation."""
    for number, text in db.execute("SELECT id, facts FROM operations ORDER BY id").fetchall():
        yield number, dict(decode(text or "{}"))  # type: ignore[call-overload]  # what `begin` wrote is a dict


def studies_of(db: sqlite3.Connection, root: str, patient: str) -> set[str]:
    """Studies in which anything that came, or was asked for, has a Patient ID."""
    wanted = patient.strip()
    found = {study for _, facts in operation_facts(db) for study in studies_of_patient(facts, wanted)}
    for _, _, row in all_rows(db, "arrivals", root):
        if str(row.get("PatientID") or "").strip() == wanted and row.get("StudyInstanceUID"):
            found.add(str(row["StudyInstanceUID"]))
    return found


def scope_of(db: sqlite3.Connection, root: str, studies: Collection[str]) -> Scope:
    """Find what belongs to studies.

    Parameters
    ----------
    db : sqlite3.Connection
        Of the journal, its arrivals filled.
    root : str
        The data folder with its separator.
    studies : Collection of str
        Study Instance UIDs.
    """
    scope, finder = Scope(frozenset(studies)), _Finder(frozenset(studies))
    for _, facts in operation_facts(db):
        finder.learn_plan(facts)
    finder.requests = _requests(db, root, finder.studies)
    for table in (*_BY_UID, *(name for name in TABLES if name not in _BY_UID)):
        for number, operation, row in all_rows(db, table, root):
            if not finder.belongs(operation, row):
                finder.others |= people_of(row) if table == "arrivals" else set()
                continue
            scope.rows[table].append(number)
            finder.learn(table, row)
            if table == "arrivals":
                _note_file(scope, row)
    scope.secrets = Secrets(frozenset(finder.uids | finder.studies), frozenset(finder.people - finder.others))
    return scope


def _note_file(scope: Scope, row: Row) -> None:
    uid = str(row.get("SOPInstanceUID") or "")
    scope.instances.add(uid)
    if isinstance(row.get("path"), str):
        scope.paths[row["path"]] = uid


def _requests(db: sqlite3.Connection, root: str, studies: Collection[str]) -> dict[int, set[int]]:
    """Numbers of the requests for studies, those asked again among them, by operation."""
    found: dict[int, set[int]] = defaultdict(set)
    for number, facts in operation_facts(db):
        found[number] |= {one["request"] for one in facts.get("requests") or () if one["StudyInstanceUID"] in studies}
    for _, operation, row in all_rows(db, "requests", root):
        if (row.get("asked") or {}).get("StudyInstanceUID") in studies:
            found[operation].add(row["asked"]["request"])
    return found


class _Finder:
    """Tells what belongs to studies, and learns UIDs and names on the way."""

    def __init__(self, studies: frozenset[str]) -> None:
        self.studies = studies
        self.requests: Mapping[int, Collection[int]] = {}
        self.uids: set[str] = set()
        self.people: set[str] = set()
        self.others: set[str] = set()

    def learn_plan(self, facts: Row) -> None:
        """Take names and series from the plan of an operation."""
        for one in (*(facts.get("requests") or ()), *(facts.get("series") or ())):
            ours = one.get("StudyInstanceUID") in self.studies
            (self.people if ours else self.others).update(people_of(one))
            if ours and isinstance(one.get("SeriesInstanceUID"), str):
                self.uids.add(one["SeriesInstanceUID"])

    def learn(self, table: str, row: Row) -> None:
        """Take UIDs and names from a row that belongs to a study."""
        self.people |= people_of(row)
        if table in _BY_UID:
            self.uids |= {str(row[name]) for name in ("SeriesInstanceUID", "SOPInstanceUID") if row.get(name)}

    def belongs(self, operation: int, row: Row) -> bool:
        """Whether a row does; one that names no study does by its instance, or by the request that brought it."""
        study = row.get("StudyInstanceUID")
        if study:
            return study in self.studies
        return row.get("request") in self.requests.get(operation, ()) or row.get("SOPInstanceUID") in self.uids
