"""One instance on its way to the disk: takes the bytes as they come and says at the end what to answer."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import StoreError
from ..terms import uid_remark
from .comparison import Candidate
from .faults import as_store_error
from .part10 import file_start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..head import Head
    from .drafts import Draft
    from .layout import Layout
    from .shelf import Disposition, Settled, Shelf

__all__ = ["Delivery", "Incoming", "Kept"]

_STORED = 0x0000
_OUT_OF_RESOURCES = 0xA700  # PS3.4 B.2.3


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an instance.

    Attributes
    ----------
    location : str
        Absolute path of the file that holds its bytes. Of a duplicate it is the one that was there.
    size_bytes : int
        Of that file.
    disposition : {"new", "duplicate", "conflict"}
        Not seen before; the same bytes were there; other bytes of this SOP Instance UID were there, and both are kept.
    quarantined : bool
        Kept, although what follows its beginning cannot be read as a data set.
    note : str
        What is odd about it, in words, no value of it; empty when nothing is.
    sha256 : str or None
        Of the file, in hexadecimal, when asked for.
    """

    location: str
    size_bytes: int
    disposition: Disposition
    quarantined: bool
    note: str
    sha256: str | None = None

    @property
    def path(self) -> Path:
        """Where it is, as a Path."""
        return Path(self.location)


class Delivery(NamedTuple):
    """What is known of an instance before its data set: from its C-STORE request, its association and the table that asked."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    source_ae_title: str
    row: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What all deliveries to one folder share."""

    folder: Path
    root: str  # its name with a separator
    layout: Layout
    shelf: Shelf
    sha256: bool


class Incoming:
    """Takes one data set; fulfils the receiver's Sink. Made by `Store.incoming`, used by one thread.

    Attributes
    ----------
    kept : Kept or None
        What became of it, once `finish` answered 0x0000.
    failure : str or None
        Why it was not kept, in words.
    """

    def __init__(self, desk: Desk, draft: Draft, delivery: Delivery, record: Callable[[dict[str, object]], None] | None) -> None:
        self.kept: Kept | None = None
        self.failure: str | None = None
        self._desk = desk
        self._draft: Draft | None = draft
        self._delivery = delivery
        self._record = record
        self._began = time.monotonic()
        self._start = file_start(
            sop_class_uid=delivery.sop_class_uid,
            sop_instance_uid=delivery.sop_instance_uid,
            transfer_syntax_uid=delivery.transfer_syntax_uid,
            source_ae_title=delivery.source_ae_title,
        )
        self._size_bytes = 0
        self._hash = hashlib.sha256() if desk.sha256 else None

    def write(self, data: memoryview | bytes) -> None:
        """Write the next bytes of the data set, as they came.

        Raises
        ------
        StoreError
            The disk does not take them; what was written is gone, and nothing has the instance's name.
        """
        self.write_all((data,))

    def write_all(self, pieces: Sequence[memoryview | bytes]) -> None:
        """Write what arrived together, with as few calls of the system as it takes; raises as `write`."""
        if self._draft is None:
            raise StoreError(self.failure or "this instance was given up")
        if not self._size_bytes:
            pieces = (self._start, *pieces)
        try:
            self._size_bytes += self._draft.write(pieces)
        except OSError as error:
            told = as_store_error(error, self._desk.folder)
            self.abandon(str(told))
            raise told from error
        if self._hash is not None:
            for piece in pieces:
                self._hash.update(piece)

    def finish(self, head: Head) -> int:
        """Give the file its place and its name; only then 0x0000.

        Returns
        -------
        int
            0x0000, or 0xA700 with the reason in `failure` (PS3.4 B.2.3).
        """
        if self._draft is None:
            return _OUT_OF_RESOURCES
        try:
            self.kept = self._settle(self._draft, head)
            if self._record is not None:
                self._record(self._facts(self.kept, head))
        except OSError as error:
            self.kept = None
            self.failure = str(as_store_error(error, self._desk.folder))
        finally:
            self._close()
        return _STORED if self.failure is None else _OUT_OF_RESOURCES

    def abandon(self, reason: str) -> None:
        """Forget what was written.

        Parameters
        ----------
        reason : str
            In words; kept as `failure`, unless there is an earlier one.
        """
        if self._draft is not None:
            self.failure = self.failure or reason
            self._close()

    def _settle(self, draft: Draft, head: Head) -> Kept:
        if not self._size_bytes:
            raise StoreError("the data set is empty")
        delivery = self._delivery
        place = self._desk.layout.parts_for(head, delivery.sop_instance_uid, delivery.row)
        uid, syntax = delivery.sop_instance_uid, delivery.transfer_syntax_uid
        settled = self._desk.shelf.settle(Candidate(draft, uid, syntax, len(self._start), self._size_bytes), place)
        path = self._desk.root + settled.path.replace("/", os.sep)
        return Kept(
            path,
            settled.size_bytes,
            settled.disposition,
            not head.readable,
            _note(head, uid, settled.note),
            self._sha256(settled, path),
        )

    def _sha256(self, settled: Settled, path: str) -> str | None:
        if self._hash is None:
            return None
        if settled.disposition == "new":
            return self._hash.hexdigest()
        with Path(path).open("rb") as file:  # an earlier delivery may have come from another AE title: that file counts
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _facts(self, kept: Kept, head: Head) -> dict[str, object]:
        """Give the row of an arrival, as far as it is known without reading the file."""
        facts: dict[str, object] = {
            "received_at": datetime.now(UTC),
            "SOPInstanceUID": self._delivery.sop_instance_uid,
            "SOPClassUID": self._delivery.sop_class_uid,
            "TransferSyntaxUID": self._delivery.transfer_syntax_uid,
            "StudyInstanceUID": head.text(0x0020000D),
            "SeriesInstanceUID": head.text(0x0020000E),
            "path": kept.location,
            "size_bytes": kept.size_bytes,
            "seconds": round(time.monotonic() - self._began, 6),
            "disposition": kept.disposition,
            "status": _STORED,
        }
        odd = {"quarantined": kept.quarantined, "note": kept.note, "sha256": kept.sha256}
        return facts | {name: value for name, value in odd.items() if value}

    def _close(self) -> None:
        if self._draft is not None:
            self._draft.discard()
            self._draft = None


def _note(head: Head, uid: str, settled: str) -> str:
    remark = uid_remark(uid)
    if not (settled or head.fault or head.dropped_leading or remark):
        return ""
    notes = (
        settled,
        head.fault,
        "leading elements of groups 0000-0007 were left out" if head.dropped_leading else "",
        f"its SOP Instance UID has {remark} (PS3.5 9.1)" if remark else "",
    )
    return "; ".join(note for note in notes if note)
