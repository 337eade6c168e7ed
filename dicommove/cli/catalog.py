"""``dicommove catalog``: everything that ever came into a data folder, and whether it is still there as it came."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from ..retrieve import Catalog
from .conclusion import DONE, DOUBTFUL, Answer, concluded
from .documents import rows_of
from .help_text import HelpText
from .tables import cell, plain_table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove catalog data
  dicommove catalog data --verify
  dicommove catalog data --verify --hashes record
  dicommove catalog old-study --scan --to old-study.parquet

--scan takes DICOM files of other tools into the folder's journal; the files stay as they are.

exit codes: 0 done, 3 --verify found something, 1 it cannot be done (no such folder, no journal), 2 wrong usage
"""
_COLUMNS = ("problem", "path", "SOPInstanceUID", "reason")
_SHOWN = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog, parser.formatter_class = _EXAMPLES, HelpText
    parser.add_argument("folder", help="a data folder, or with --scan one that other tools filled")
    parser.add_argument("--scan", action="store_true", help="take in the DICOM files that the journal does not know")
    parser.add_argument("--verify", action="store_true", help="compare the files with the journal's sizes and hashes")
    parser.add_argument(
        "--hashes",
        choices=("check", "record", "skip"),
        default="check",
        help="of --verify: read the files whose hash is recorded (default), record that of the others too, or read none",
    )
    parser.add_argument(
        "--to",
        metavar="FILE",
        help="write the table of all instances to a file, Parquet or, by its ending, .csv: it holds patient data",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout, without patient data")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_catalog, arguments)


def _catalog(arguments: argparse.Namespace) -> Answer:
    catalog = Catalog(arguments.folder)
    document: dict[str, Any] = {"folder": str(catalog.folder)}
    if arguments.scan:
        document["taken_in"] = catalog.take_in()
    if arguments.to:
        document["written"] = str(_written(catalog, arguments.to))
    document["operations"] = rows_of(catalog.moves)
    findings: list[dict[str, Any]] = []
    if arguments.verify:
        found = catalog.verify(hashes=arguments.hashes)
        findings = rows_of(found)
        document |= {"checked": found.attrs["checked"], "proven": found.attrs["proven"], "findings": findings}
    exit_code = DOUBTFUL if findings else DONE
    text = repr(catalog)
    return Answer(exit_code, {**document, "exit_code": exit_code}, lambda console: _show(console, text, document, findings))


def _written(catalog: Catalog, name: str) -> Path:
    return catalog.to_csv(name) if name.lower().endswith(".csv") else catalog.to_parquet(name)


def _show(console: Console, text: str, document: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> None:
    """The catalogue, then what was done, then the findings; names of files and UIDs only."""
    console.print(text)
    if "taken_in" in document:
        console.print(f"taken in: {document['taken_in']} files")
    if "written" in document:
        console.print(f"written: {document['written']}")
    if "findings" in document:
        kinds = ", ".join(f"{number} {kind}" for kind, number in Counter(row["problem"] for row in findings).items())
        proven = f"{document['proven']} of them by a hash"
        console.print(f"verified: {document['checked']} files, {proven}: {kinds or 'nothing is wrong'}")
    if findings:
        root = os.path.join(document["folder"], "")  # noqa: PTH118 - the separator at its end is wanted
        shown = [{**row, "path": row["path"].removeprefix(root)} for row in findings[:_SHOWN]]
        console.print(plain_table(_COLUMNS, ([cell(row[name]) for name in _COLUMNS] for row in shown)))
    if len(findings) > _SHOWN:
        console.print(f"... and {len(findings) - _SHOWN} more (--json has them all)")
