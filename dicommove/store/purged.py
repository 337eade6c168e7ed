"""What a purge removes, or has removed, as a value, and what no purge can reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import markup

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OUT_OF_REACH", "Purge"]

OUT_OF_REACH = (
    "copies of the files elsewhere, backups, snapshots, and what the disk itself keeps of removed files",
    "tables, reports, Parquet files and pictures that were made of them, and saved notebooks (dicommove clean notebook.ipynb)",
    "what programs that still run have in memory, and log files of other programs",
    "files in the folder that are no DICOM files (PS3.10 7.1), and purposes that somebody typed",
    "the archive: it has the study as before",
)
"""What no purge can remove, to be told to whoever asks for one."""


@dataclass(frozen=True, slots=True)
class Purge:
    """What a purge removes, or has removed.

    Attributes
    ----------
    folder : Path
        The data folder.
    studies : tuple of str
        Study Instance UIDs that it was asked for, or that the patient has there.
    instances : int
        SOP Instances of them that came.
    files : int
        Files, those kept apart in ``.dicommove`` among them.
    size_bytes : int
        Of the files.
    rows : int
        Rows of the journal.
    journals : int
        Files of damaged journals that were set aside: nobody can say whom they name, so they go too.
    confirmed : bool
        It was done. False: it was looked, and nothing was removed.
    operation : int or None
        Number of the receipt in the journal.
    kept : tuple of str
        Files that were left, and why.
    out_of_reach : tuple of str
        What may still tell of the studies.

    Examples
    --------
    >>> import tempfile, dicommove as dm
    >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
    ...     result = pacs.studies().where(PatientID="JP-0042").move(folder, progress=False)
    ...     looked = dm.Catalog(folder).purge(patient="JP-0042")
    ...     looked.files, looked.confirmed, dm.Catalog(folder).purge(patient="JP-0042", confirm=True).files
    (2, False, 2)
    """

    folder: Path
    studies: tuple[str, ...]
    instances: int = 0
    files: int = 0
    size_bytes: int = 0
    rows: int = 0
    journals: int = 0
    confirmed: bool = False
    operation: int | None = None
    kept: tuple[str, ...] = ()
    out_of_reach: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is, or was, anything to remove."""
        return bool(self.instances or self.files or self.rows)

    def facts(self) -> list[tuple[str, str]]:
        """Return what text and HTML show, as (name, value): UIDs and numbers."""
        if not self:
            return [("Folder", str(self.folder)), ("Found", "nothing of this in the folder and its journal"), *self._remarks()]
        done = "removed" if self.confirmed else "would be removed; nothing is yet: give confirm=True"
        return [
            ("Folder", str(self.folder)),
            *(("Study", study) for study in self.studies),
            ("State", done),
            ("Instances", f"{self.instances} in {self.files} files, {self.size_bytes:,} bytes"),
            ("Journal", f"{self.rows} rows" + (f", {self.journals} files of damaged journals" if self.journals else "")),
            *([("Receipt", f"operation {self.operation}")] if self.operation else []),
            *self._remarks(),
        ]

    def _remarks(self) -> list[tuple[str, str]]:
        left = [("Not removed", one) for one in self.kept]
        return left + [("Out of reach", one) for one in self.out_of_reach]

    def __repr__(self) -> str:
        return "\n".join(["<Purge>", *(f"  {name + ':':14}{markup.visible(value, 400)}" for name, value in self.facts())])

    def _repr_html_(self) -> str:
        return markup.document(repr(self), markup.heading("Purge"), markup.definition_list(self.facts()))
