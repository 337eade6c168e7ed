"""Reports of a move, for a methods section and an audit: gathered from journal and plan, written as Markdown or JSON."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...errors import QueryError, StoreError
from ...store import SqliteJournal
from .manifest import manifest_of
from .report_facts import Account, document_of
from .report_markdown import markdown_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from ..accounting.result import MoveResult

__all__ = ["Hashes", "report_document", "write_report"]

Hashes = Literal["manifest", "files"]
_FORMAT = {"format": "dicommove report", "format_version": 1}
_HASHES = ("manifest", "files", None)


def write_report(result: MoveResult, path: str | os.PathLike[str], *, private: bool, hashes: Hashes | None) -> Path:
    """Write the report of a move; see `MoveResult.report`.

    Raises
    ------
    QueryError
        The name ends neither in ``.md`` nor in ``.json``.
    StoreError
        It cannot be written, or the journal not be read.
    """
    place = Path(path).expanduser().absolute()
    if place.suffix.lower() not in _WRITERS:
        raise QueryError(f"{place.name}: a report is Markdown or JSON; give a name that ends in .md or .json")
    text = _WRITERS[place.suffix.lower()](report_document(result, private=private, hashes=hashes))
    try:
        place.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise StoreError(f"{place} cannot be written: {error.strerror or type(error).__name__}") from error
    return place


def _json_of(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


_WRITERS: dict[str, Callable[[Mapping[str, object]], str]] = {".md": markdown_of, ".json": _json_of}


def report_document(result: MoveResult, *, private: bool = True, hashes: Hashes | None = "manifest") -> dict[str, object]:
    """Make the report as plain values, as its JSON has them.

    Raises
    ------
    QueryError
        ``hashes`` is none of those that are taken.
    StoreError
        The journal cannot be read.
    """
    if hashes not in _HASHES:
        raise QueryError(f"hashes={hashes!r}: one of 'manifest', 'files' or None is needed")
    head = {**_FORMAT, "written_at": datetime.now(UTC).isoformat(), "patient_data": not private}
    document = document_of(_account(result, hashed=hashes is not None), private=private, per_file=hashes == "files")
    plain: dict[str, object] = json.loads(json.dumps({**head, **document}, default=_plain))
    return plain


def _account(result: MoveResult, *, hashed: bool) -> Account:
    accounts = result.accounts
    ledger = accounts.ledger()
    with closing(SqliteJournal(result.folder)) as journal:
        row = next(row for row in journal.operations() if row["id"] == result.operation)
        return Account(
            plan=result.plan,
            facts=row["facts"],  # type: ignore[arg-type]  # a dict, by `plan_facts`
            began_at=row["began_at"],
            outcome=result.outcome,
            reason=result.reason,
            cancel_worked=result.cancel_worked,
            ended=result.ended,
            events=journal.rows("events", result.operation),
            ledger=ledger,
            series=accounts.series(),
            studies=accounts.studies(),
            size_bytes=accounts.size_bytes(),
            manifest=manifest_of(journal, result.folder, ledger) if hashed else None,
        )


def _plain(value: object) -> str:
    """A moment as ISO 8601, whatever else as text."""
    return value.isoformat() if isinstance(value, (datetime, date)) else str(value)
