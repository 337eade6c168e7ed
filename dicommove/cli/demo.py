"""``dicommove demo``: the main job on the embedded archive, from the query to the pictures; or the archive alone, for a class."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..errors import MissingExtra, QueryError
from ..facade import demo
from ..markup import visible
from ..query import between
from .serve import add_serve_arguments, serve

if TYPE_CHECKING:
    import argparse

    import pandas as pd

    from ..facade import DemoPeer
    from ..retrieve import MoveResult

__all__ = ["add_arguments", "run"]

_NEXT = """
[bold]What to type next[/bold]
  {python}
  >>> import dicommove as dm
  >>> pacs = dm.demo()                                    # or dm.Peer("10.0.0.5", 104, ae_title="PACS")
  >>> query = pacs.studies().where(PatientName="MEIER*")
  >>> query                                               # the Identifier, before anything is sent
  >>> result = query.move("data")
  >>> result.ledger                                       # every SOP Instance: expected, received, missing
  >>> result.preview()                                    # in a notebook: the pictures
Things go wrong on purpose with dm.demo(fault="drop:3"), and the archive alone runs with:
  {python} -m dicommove demo --serve
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--to", metavar="FOLDER", default="dicommove-demo", help="data folder (default: %(default)s)")
    parser.add_argument(
        "--fault", help="what goes wrong, such as drop:3, refuse, abort:5 or slow:0.1+deaf; a wrong one lists all"
    )
    parser.add_argument("--data", metavar="FOLDER", help="serve these DICOM files instead of the synthetic patients")
    add_serve_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; 0 when the move is complete, 1 when it is not."""
    if arguments.serve:
        return serve(arguments)
    if arguments.register or arguments.bind or arguments.port is not None:
        raise QueryError("--port, --register and --bind belong to the archive that runs alone: add --serve")
    console = Console(width=None if sys.stdout.isatty() else 120, soft_wrap=True)
    with demo(fault=arguments.fault, data=arguments.data) as pacs:
        result = _tour(console, pacs, arguments)
    _pictures(console, result)
    console.print(f"\n[bold]Where everything is[/bold]\n  {result.folder}", highlight=False)
    console.print(_NEXT.format(python=escape(_python())), highlight=False)
    return 0 if result.outcome == "complete" else 1


def _tour(console: Console, pacs: DemoPeer, arguments: argparse.Namespace) -> MoveResult:
    """Say what, plan, move, look at the tables."""
    query = pacs.studies()
    if arguments.data is None:
        query = query.where(PatientName="MEIER*", StudyDate=between("2024-01-01", "2024-03-31"))
    else:
        query = query.where(StudyDate=between("1900-01-01", "2100-01-01"))
    _step(console, 1, "Say what: the query, as it will be sent")
    console.print(repr(query), markup=False, highlight=False)
    _step(console, 2, "What the archive has")
    _show(console, query.find(), "PatientID", "StudyDate", "StudyInstanceUID")
    _step(console, 3, "The plan: a dry run")
    plan = query.plan(Path(arguments.to))
    console.print(repr(plan), markup=False, highlight=False)
    _step(console, 4, "Move it")
    result = plan.move()
    console.print(repr(result), markup=False, highlight=False)
    _step(console, 5, "The tables")
    _show(console, result.requests, "request", "Status", "expected_by", "expected", "received", "outcome", "seconds")
    _show(console, result.series, "Modality", "SeriesDescription", "expected", "received", "state", "size_bytes")
    return result


def _python() -> str:
    """The interpreter that has this package, as it is typed from here: a bare ``python`` may be another one."""
    here = os.path.relpath(sys.executable)
    return here if len(here) < len(sys.executable) else sys.executable


def _step(console: Console, number: int, text: str) -> None:
    console.print(f"\n[bold]{number}. {text}[/bold]", highlight=False)


def _show(console: Console, frame: pd.DataFrame, *columns: str, rows: int = 12) -> None:
    """A DataFrame in short: these columns, its first rows."""
    table = Table(*columns)
    for values in frame[list(columns)].head(rows).itertuples(index=False):
        table.add_row(*(_cell(value) for value in values))
    console.print(table)
    if len(frame) > rows:
        console.print(f"... and {len(frame) - rows} more", highlight=False)


def _cell(value: object) -> str:
    text = str(value)
    return "" if text in ("<NA>", "NaT", "nan") else escape(visible(text).removesuffix(" 00:00:00"))


def _pictures(console: Console, result: MoveResult) -> None:
    _step(console, 6, "See it: one picture a series")
    path = result.folder / "contact-sheet.png"
    try:
        result.contact_sheet().savefig(path)
    except MissingExtra as missing:
        console.print(str(missing), markup=False, highlight=False)
    else:
        console.print(f"  {path}", highlight=False)
