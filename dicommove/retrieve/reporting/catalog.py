"""The catalogue of a data folder: everything that ever came into it, as tables, and whether it is still there as it came."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import frames
from ...errors import QueryError, StoreError
from ...store import HOME, SqliteJournal, finding_rows, found_rows, scan, verify
from ...store.faults import as_store_error
from ..planning.provenance import asked_by
from .catalog_rows import instance_rows, move_rows, purge_rows, totals
from .catalog_showing import facts_of, html_of, text_of
from .purging import recorded_purge

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    import pandas as pd

    from ...store import Purge
    from ...store.verification import Hashes, Verification

__all__ = ["Catalog"]

_HASHES = ("check", "record", "skip")


@dataclass(frozen=True, init=False, repr=False)
class Catalog:
    """Everything that ever came into a data folder, across runs; a frozen value: what it shows is read when asked.

    Parameters
    ----------
    folder : path-like
        A data folder that moves went to, or one that other tools filled (see `scan`).

    Attributes
    ----------
    folder : Path
        Absolute.

    Raises
    ------
    StoreError
        There is no such folder.

    Examples
    --------
    >>> import tempfile, dicommove as dm
    >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
    ...     for patient in ("JP-0042", "000123"):
    ...         _ = pacs.studies().where(PatientID=patient).move(folder, progress=False)
    ...     catalog = dm.Catalog(folder)
    ...     catalog.instances["operation"].nunique(), len(catalog.moves), len(catalog.verify())
    (2, 2, 0)
    """

    folder: Path

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        place = Path(folder).expanduser().absolute()
        if not place.is_dir():
            raise StoreError(f"there is no folder {place}: give the folder that moves went to, or one that holds DICOM files")
        object.__setattr__(self, "folder", place)

    @property
    def instances(self) -> pd.DataFrame:
        """One row per file that arrived, across runs: columns of `MoveResult.instances`, with the number of the ``operation``.

        A file that came again is one row. What was found in the folder has no ``received_at``. A file that has gone since is
        still listed: it came; `verify` says that it is missing.

        Raises
        ------
        StoreError
            The folder has no journal.
        """
        with closing(self._journal()) as journal:
            return frames.build(frames.CATALOGUE, instance_rows(journal))

    @property
    def moves(self) -> pd.DataFrame:
        """One row per operation: when, who, which archive, what for, and its outcome.

        Raises
        ------
        StoreError
            The folder has no journal.
        """
        with closing(self._journal()) as journal:
            return frames.build(frames.MOVES, move_rows(journal))

    @property
    def purges(self) -> pd.DataFrame:
        """One row per `purge` that was done: when, who, what for, the SHA-256 of each Study Instance UID, and how much it was.

        Raises
        ------
        StoreError
            The folder has no journal.
        """
        with closing(self._journal()) as journal:
            return frames.build(frames.PURGES, purge_rows(journal))

    def purge(
        self,
        *,
        study: str | Iterable[str] = (),
        patient: str | Iterable[str] = (),
        confirm: bool = False,
        purpose: str | None = None,
    ) -> Purge:
        """Remove studies from the folder: files, what was kept apart, damaged journals, and what the journal tells of them.

        Without ``confirm`` nothing is removed: the value says what would be, and what no purge can reach. A purged study can be
        moved again. One that was killed on the way is finished by running it again.

        Parameters
        ----------
        study : str or iterable of str
            Study Instance UIDs.
        patient : str or iterable of str
            Patient IDs (0010,0020), whole: every study of the folder that was asked for with it, or in which it came.
        confirm : bool
            Do it. The journal keeps a receipt by digest, see `purges`: no name and no UID.
        purpose : str, optional
            What for; kept in the receipt.

        Raises
        ------
        QueryError
            Neither a study nor a patient is given.
        StoreError
            A move into the folder is under way, the folder has no journal, or it cannot be written.

        Examples
        --------
        >>> import tempfile, dicommove as dm
        >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
        ...     result = pacs.studies().where(PatientID="JP-0042").move(folder, progress=False)
        ...     done = dm.Catalog(folder).purge(patient="JP-0042", confirm=True)
        ...     len(done.studies), done.instances, len(dm.Catalog(folder).instances)
        (2, 2, 0)
        """
        wanted = {"studies": _texts(study), "patients": _texts(patient)}
        if not any(wanted.values()):
            raise QueryError("say what to purge: study= takes Study Instance UIDs, patient= Patient IDs")
        self._journal().close()
        return recorded_purge(self.folder, **wanted, confirm=confirm, purpose=purpose)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write `instances` to a Parquet file that only its user may read: it holds patient data, as the table does.

        Returns
        -------
        Path
            The file, absolute.

        Raises
        ------
        MissingExtra
            pyarrow is not installed: ``pip install "dicommove[parquet]"``.
        StoreError
            The file cannot be written, or the folder has no journal.
        """
        return frames.write_parquet(self.instances, path)

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write `instances` to a CSV file for a spreadsheet, that only its user may read: it holds patient data.

        Texts that a spreadsheet would take for a formula (they begin with ``=``, ``+``, ``-``, ``@`` or a tab) get an apostrophe
        in front, and control characters are written as their code points: an archive could have put commands there. For
        programs `to_parquet` keeps every value as it is.

        Returns
        -------
        Path
            The file, absolute.

        Raises
        ------
        StoreError
            The file cannot be written, or the folder has no journal.
        """
        return frames.write_csv(self.instances, path)

    def verify(self, *, hashes: Hashes = "check") -> pd.DataFrame:
        """Compare the files with what the journal says of them; no file is changed.

        Parameters
        ----------
        hashes : {"check", "record", "skip"}
            ``check`` reads the files whose hash is in the journal (``move(..., sha256=True)``, or recorded here or by a report
            before). ``record`` also reads the others and keeps their hash, so that a byte that changes later is found.
            ``skip`` reads none: sizes, File Meta Information and times only.

        Returns
        -------
        DataFrame
            One row per finding: ``path``, ``SOPInstanceUID``, ``problem`` (missing, truncated, changed, touched, unreadable,
            foreign), ``reason``, ``size_bytes``, ``recorded_size_bytes``. ``attrs["checked"]`` counts the files that the journal
            knows, ``attrs["proven"]`` those of them whose bytes were compared by a hash.

        Raises
        ------
        StoreError
            The folder has no journal, or cannot be read.
        QueryError
            ``hashes`` is none of the three.
        """
        done = self.verification(hashes=hashes)
        frame = frames.build(frames.VERIFICATION, finding_rows(done.findings))
        frame.attrs.update(checked=done.checked, proven=done.proven)
        return frame

    def verification(self, *, hashes: Hashes = "check") -> Verification:
        """As `verify`, as plain values."""
        if hashes not in _HASHES:
            raise QueryError(f"hashes={hashes!r}: one of {', '.join(_HASHES)} is needed")
        with closing(self._journal()) as journal:
            try:
                return verify(self.folder, journal, hashes=hashes)
            except OSError as error:
                raise as_store_error(error, self.folder) from error

    def scan(self, *, remember: bool = True) -> pd.DataFrame:
        """Read the DICOM files that other tools have put into the folder.

        Parameters
        ----------
        remember : bool
            Take them into the journal, so that `instances` lists them and `verify` watches over them; a folder without a
            journal gets one. False writes nothing, for folders that must stay as they are.

        Returns
        -------
        DataFrame
            As `instances`: of the whole catalogue, or without ``remember`` of the DICOM files that are there.

        Raises
        ------
        StoreError
            The folder cannot be read; or, to remember, not be written.

        Examples
        --------
        >>> import tempfile, pathlib, shutil, pydicom.data, dicommove as dm
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = shutil.copy(pydicom.data.get_testdata_file("CT_small.dcm"), folder)
        >>> dm.Catalog(folder).scan()[["Modality", "Rows"]].values.tolist()
        [['CT', 128]]
        """
        if not remember:
            return frames.build(frames.CATALOGUE, found_rows(self.folder))
        self.take_in()
        return self.instances

    def take_in(self) -> int:
        """As `scan`, and return how many files were new to the journal instead of a table."""
        return scan(self.folder, private=not self.folder.stat().st_mode & 0o077, **asked_by())

    def facts(self) -> list[tuple[str, str]]:
        """Return what text and HTML show, as (name, value): numbers, no patient data."""
        if not self._has_journal:
            return facts_of(self.folder, None)
        with closing(self._journal()) as journal:
            return facts_of(self.folder, totals(journal))

    def __repr__(self) -> str:
        return text_of(self.facts(), self._moves())

    def _repr_html_(self) -> str:
        return html_of(self.facts(), self._moves())

    def _moves(self) -> list[dict[str, Any]]:
        if not self._has_journal:
            return []
        with closing(self._journal()) as journal:
            return list(move_rows(journal))

    @property
    def _has_journal(self) -> bool:
        return (self.folder / HOME).is_dir()

    def _journal(self) -> SqliteJournal:
        if not self._has_journal:
            raise StoreError(f"{self.folder} has no journal: no move went there. scan() reads what other tools have put there")
        return SqliteJournal(self.folder)


def _texts(values: str | Iterable[str]) -> frozenset[str]:
    """One text, or several, without the blanks around them; empty ones name nothing."""
    several = [values] if isinstance(values, str) else values
    return frozenset(stripped for value in several if (stripped := str(value).strip()))
