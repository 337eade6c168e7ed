"""The journal of a folder made again on purpose, of what can be read of it and of the files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import StoreError
from .damage import renew
from .drafts import HOME
from .faults import as_store_error
from .folder import Store
from .journal import TAKEN_IN
from .purge_rows import PURGE
from .scanning import SCAN
from .whereabouts import journal_folder

__all__ = ["Rebuilt", "rebuild"]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a journal knows after it was made again.

    Attributes
    ----------
    folder : Path
        The data folder.
    instances : int
        SOP Instances that are in the folder with their size.
    missing : int
        SOP Instances that came once and are gone, or have another size: the next move asks for them again.
    taken_in : int
        Files of which only the folder itself tells: no record of their arrival could be read.
    moves : int
        Operations whose record could be read.
    set_aside : Path or None
        The journal as it was before; it may be removed. None when there was none.
    """

    folder: Path
    instances: int
    missing: int
    taken_in: int
    moves: int
    set_aside: Path | None

    def __str__(self) -> str:
        old = f"; the old one is {self.set_aside}" if self.set_aside is not None else ""
        return (
            f"journal of {self.folder}: {self.instances} SOP Instances are there, {self.missing} are gone or damaged, "
            f"{self.taken_in} were found that no record told of, moves that are known: {self.moves}{old}"
        )


def rebuild(folder: str | Path) -> Rebuilt:
    """Make the journal of a data folder again: what can be read is kept, files that it lacks are taken in.

    Nothing is deleted: the journal as it was is set aside. A damaged journal is made again by the next move too; this is for
    who wants to see it done, or doubts a journal that can be read.

    Parameters
    ----------
    folder : str or Path
        The data folder; a folder of DICOM files that never had a journal gets one.

    Raises
    ------
    StoreError
        There is no such folder, or it cannot be written; `JournalDamaged` when a move still writes to the journal.

    Examples
    --------
    >>> import tempfile, dicommove as dm
    >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
    ...     result = pacs.studies().where(PatientID="JP-0042").move(folder, progress=False)
    ...     _ = (result.folder / ".dicommove" / "journal.sqlite").write_bytes(b"what a broken disk left")
    ...     rebuilt = dm.rebuild(folder)
    ...     rebuilt.instances == rebuilt.taken_in == len(list(result.folder.rglob("*.dcm"))), rebuilt.moves
    (True, 0)
    """
    place = Path(folder).expanduser().absolute()
    if not place.is_dir():
        raise StoreError(f"there is no folder {place}: give the folder that a move went to")
    private = not place.stat().st_mode & 0o077
    try:
        old = renew(journal_folder(place), 0o600 if private else 0o666, whatever=True) if (place / HOME).is_dir() else None
    except OSError as error:
        raise as_store_error(error, place) from error
    with Store(place, private=private) as store:
        known = {uid for uid, _, _ in store.journal.files()}
        there = sum(store.holds(uid) is not None for uid in known)
        taken_in = store.journal.count("arrivals", TAKEN_IN)
        moves = sum(one["kind"] not in (SCAN, PURGE) for one in store.journal.operations())
    return Rebuilt(place, there, len(known) - there, taken_in, moves, old)
