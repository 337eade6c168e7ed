"""What stands under a name, compared with what has arrived: the same instance, other bytes of it, a torn file, another thing."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import TYPE_CHECKING, Literal, NamedTuple

from .part10 import begins_like_dicom, read_file_meta

if TYPE_CHECKING:
    from .drafts import Draft

__all__ = ["Candidate", "Likeness", "compare", "data_digest"]

Likeness = Literal["duplicate", "conflict", "damaged", "other"]

_PIECE = 1 << 20


class Candidate(NamedTuple):
    """A whole file that waits for its name; sizes and offsets in bytes."""

    draft: Draft
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_start: int
    size_bytes: int


def compare(candidate: Candidate, descriptor: int, known_bytes: int | None) -> tuple[Likeness, int]:
    """Compare a candidate with a file that is there.

    Parameters
    ----------
    candidate : Candidate
    descriptor : int
        The file, open for reading; its position is changed.
    known_bytes : int or None
        Size that a file of this instance had there when it was published; None when nothing is known.

    Returns
    -------
    Likeness
        ``duplicate``: the same data set in the same transfer syntax. ``damaged``: it is empty, or no longer what was published
        there. ``conflict``: other bytes of this SOP Instance UID. ``other``: no file of this instance.
    int
        Size in bytes of the file.
    """
    size_bytes = os.fstat(descriptor).st_size
    changed = known_bytes is not None and known_bytes != size_bytes
    meta = read_file_meta(descriptor)
    if meta is None:
        damaged = not size_bytes or (changed and begins_like_dicom(descriptor))
        return ("damaged" if damaged else "other"), size_bytes
    if meta.sop_instance_uid != candidate.sop_instance_uid:
        return "other", size_bytes
    if meta.transfer_syntax_uid == candidate.transfer_syntax_uid and _same_bytes(
        (candidate.draft.descriptor, candidate.data_start), (descriptor, meta.data_start)
    ):
        return "duplicate", size_bytes
    return ("damaged" if changed else "conflict"), size_bytes


def data_digest(candidate: Candidate) -> str:
    """Digest of a candidate's transfer syntax and data set, fit for a file name."""
    hashed = hashlib.blake2b(candidate.transfer_syntax_uid.encode(), digest_size=15)
    os.lseek(candidate.draft.descriptor, candidate.data_start, os.SEEK_SET)
    while piece := os.read(candidate.draft.descriptor, _PIECE):
        hashed.update(piece)
    return base64.b32encode(hashed.digest()).decode("ascii").lower()


def _same_bytes(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Tell whether two data sets, each given by descriptor and offset, have the same bytes."""
    (a, a_start), (b, b_start) = one, other
    if os.fstat(a).st_size - a_start != os.fstat(b).st_size - b_start:
        return False
    os.lseek(a, a_start, os.SEEK_SET)
    os.lseek(b, b_start, os.SEEK_SET)
    while piece := os.read(a, _PIECE):
        if piece != _exactly(b, len(piece)):
            return False
    return True


def _exactly(descriptor: int, size: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < size and (piece := os.read(descriptor, size - len(pieces))):
        pieces += piece
    return bytes(pieces)
