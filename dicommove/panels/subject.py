"""What is to be looked at, as rows: a result, a running move, a table, a folder, files, data sets, or several of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydicom import Dataset

from .. import frames
from ..errors import PixelError, StoreError
from ..images import read_header
from ..images.attributes import texts
from ..retrieve import MoveOperation, MoveResult
from ..store import found_rows, instance_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Row = Mapping[str, object]

__all__ = ["Subject", "expected_of", "subject_of"]

_KEYWORDS = """PatientID PatientName PatientBirthDate PatientSex AccessionNumber StudyInstanceUID StudyDate StudyDescription
    SeriesInstanceUID SeriesNumber SeriesDescription SOPInstanceUID SOPClassUID Modality InstanceNumber Rows Columns
    NumberOfFrames ImagePositionPatient ImageOrientationPatient""".split()  # noqa: SIM905 - one name a line is no better to read
_PLACING = {"SeriesInstanceUID", "Modality", "Rows", "InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient"}
"""Columns of a table that make it needless to open its files."""
_WANTED = "a MoveResult, a running move, a table with a column path, a folder, a file, a data set, or a list of these"


@dataclass(frozen=True)
class Subject:
    """What is to be looked at.

    Attributes
    ----------
    rows : list of Mapping
        One per instance: keyword to value, and ``path`` or ``dataset``.
    expected : Mapping
        Instances expected, by Series Instance UID, where somebody said.
    operation : MoveOperation or None
        The move that goes on bringing more.
    name : str
        What it is, in words.
    """

    rows: list[Row] = field(repr=False)
    expected: Mapping[str, int] = field(default_factory=dict, repr=False)
    operation: MoveOperation | None = None
    name: str = ""


def subject_of(given: object) -> Subject:
    """Read what the user gave.

    Raises
    ------
    TypeError
        It is nothing of the kind.
    StoreError
        A folder or file is not there, or a table does not say where its files are.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> image = Dataset()
    >>> image.Modality, image.Rows = "CT", 512
    >>> [row["Modality"] for row in subject_of([image, image]).rows]
    ['CT', 'CT']
    """
    if isinstance(given, MoveOperation):
        return Subject([], expected_of(given.plan.series, ()), given, "a running move")
    if isinstance(given, MoveResult):
        accounts = given.accounts
        return Subject([*accounts.instances()], expected_of({}, accounts.series()), name="the result of a move")
    if isinstance(given, Dataset):
        return Subject([{**row_of(given), "dataset": given}], name="a data set")
    if isinstance(given, (str, Path)):
        place = Path(given).expanduser().absolute()
        return Subject(list(_of_path(place)), name=f"folder {place}" if place.is_dir() else f"file {place.name}")
    if isinstance(given, (list, tuple)):
        return _joined([subject_of(one) for one in given])
    if not hasattr(given, "iloc"):
        raise TypeError(f"preview takes {_WANTED}, not {type(given).__name__}")
    return Subject(list(_of_table(given)), name="a table")


def _joined(parts: Sequence[Subject]) -> Subject:
    running = [part.operation for part in parts if part.operation is not None]
    if running:
        raise TypeError("a running move is previewed alone: dm.preview(operation)")
    expected = {uid: number for part in parts for uid, number in part.expected.items()}
    return Subject([row for part in parts for row in part.rows], expected, name=f"{len(parts)} things")


def expected_of(planned: Mapping[str, Mapping[str, str]], series: Sequence[Row]) -> dict[str, int]:
    """Instances expected by Series Instance UID: what the archive said of a series, or what the account of a move says."""
    found = {uid: facts.get("NumberOfSeriesRelatedInstances") for uid, facts in planned.items()}
    counted: dict[str, Any] = {**found, **{str(row.get("SeriesInstanceUID")): row.get("expected") for row in series}}
    return {uid: int(number) for uid, number in counted.items() if str(number or "").strip().isdigit()}


def _of_path(place: Path) -> Iterator[Row]:
    if place.is_dir():
        return found_rows(place)
    if not place.exists():
        raise StoreError(f"there is neither folder nor file {place}")
    return _of_files([str(place)])


def _of_files(paths: Sequence[str]) -> Iterator[Row]:
    """Rows of files that were named one by one; those without preamble are read too."""
    for row in instance_rows(paths):
        try:
            yield row if "SOPInstanceUID" in row else {**row, **row_of(read_header(str(row["path"])))}
        except (OSError, PixelError):
            yield row


def _of_table(table: object) -> Iterator[Row]:
    """Rows of a table: of instances as they are, of series by the folders that it names."""
    names, rows, _ = frames.read_table(table)
    if "path" in names:
        there = [row for row in rows if row["path"]]
        return iter(there) if set(names) >= _PLACING else _of_files([str(row["path"]) for row in there])
    if {"folder", "SeriesInstanceUID"} <= set(names):
        wanted = {str(row["SeriesInstanceUID"]) for row in rows}
        folders = dict.fromkeys(str(row["folder"]) for row in rows if row["folder"])
        found = (row for folder in folders for row in found_rows(Path(folder)))
        return (row for row in found if row.get("SeriesInstanceUID") in wanted)
    raise StoreError("the table does not say where its files are: it needs a column path, as result.instances has")


def row_of(header: Dataset) -> dict[str, object]:
    """What a preview wants to know of an instance: keyword to text, values joined by a backslash."""
    found = ((keyword, "\\".join(texts(header, keyword))) for keyword in _KEYWORDS)
    return {keyword: text for keyword, text in found if text}
