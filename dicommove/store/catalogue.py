"""The columns of instances that neither placing nor checking needs: read from the stored files, off the answer path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom.datadict import tag_for_keyword

from ..head import read_head
from .part10 import read_file_meta

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from .journal import Journal

__all__ = ["COLUMNS", "fill", "instance_rows"]

COLUMNS = tuple(
    """PatientID PatientName AccessionNumber StudyInstanceUID StudyDate StudyTime StudyDescription SeriesInstanceUID SeriesNumber
    SeriesDescription SOPInstanceUID SOPClassUID Modality ImageType InstanceNumber Rows Columns NumberOfFrames
    ImagePositionPatient ImageOrientationPatient PixelSpacing SliceThickness FrameOfReferenceUID ConvolutionKernel""".split()  # noqa: SIM905 - one name a line is no better to read
)
"""Keywords of an instance's columns that stand in its data set; the Transfer Syntax UID stands in its File Meta Information."""

_LAST_TAG = 0x0028_0030  # Pixel Spacing: the last of `COLUMNS`
_BATCH = 500


def fill(journal: Journal, operation: int | None = None) -> int:
    """Read the columns of arrivals that lack them and keep them in the journal.

    Parameters
    ----------
    journal : Journal
    operation : int, optional
        None stands for all of them.

    Returns
    -------
    int
        How many arrivals were filled. A file that is gone counts: it is not looked for again.

    Raises
    ------
    StoreError
        The journal does not take them.
    """
    filled = 0
    while lacking := journal.unfilled(operation, _BATCH):
        journal.fill((number, _completed(facts, COLUMNS)) for number, facts in lacking)
        filled += len(lacking)
    return filled


def instance_rows(
    arrivals: Iterable[Mapping[str, object] | str | os.PathLike[str]], *, columns: Sequence[str] = ()
) -> Iterator[dict[str, object]]:
    """Rows of the `instances` table: keyword to text verbatim, what is absent left out.

    Parameters
    ----------
    arrivals : iterable of Mapping or path-like
        Rows of the journal's table, or files. A row that was filled is not read again, unless it lacks one of `columns`.
    columns : sequence of str
        Further keywords of the data set's top level.

    Yields
    ------
    dict
        The row's own facts and its columns; of a file ``path`` and ``size_bytes`` besides. A file that is gone has no columns.
    """
    wanted = (*COLUMNS, *columns)
    for arrival in arrivals:
        if not isinstance(arrival, Mapping):
            yield _completed(_facts_of(Path(arrival)), wanted)
        elif "Modality" in arrival and not columns:
            yield dict(arrival)
        else:
            yield _completed(arrival, wanted)


def _facts_of(path: Path) -> dict[str, object]:
    facts: dict[str, object] = {"path": str(path.absolute())}
    try:
        with path.open("rb", buffering=0) as file:
            meta = read_file_meta(file.fileno())
            facts["size_bytes"] = path.stat().st_size
    except OSError:
        return facts
    return facts if meta is None else {**facts, "TransferSyntaxUID": meta.transfer_syntax_uid}


def _completed(facts: Mapping[str, object], wanted: Sequence[str]) -> dict[str, object]:
    """Facts with the columns of their file; what the facts say themselves (the request's UIDs, our own names) stands."""
    tags = {keyword: tag for keyword in wanted if (tag := tag_for_keyword(keyword)) is not None}
    try:
        head = read_head(str(facts["path"]), frozenset(tags.values()), max(_LAST_TAG, *tags.values()))
    except (OSError, KeyError):
        return dict(facts)
    texts = {keyword: text for keyword, tag in tags.items() if (text := head.text(tag)) is not None}
    return {"Modality": None, **texts, **{name: value for name, value in facts.items() if value is not None}}
