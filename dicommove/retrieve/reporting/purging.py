"""A purge with its lines in the audit trail: what is going to be removed, and what was; digests and numbers, no UID, no name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ...audit import record
from ...store import purge
from ..planning.provenance import asked_by

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from ...store import Purge

__all__ = ["recorded_purge"]


def recorded_purge(
    folder: Path, *, studies: Collection[str], patients: Collection[str], confirm: bool, purpose: str | None
) -> Purge:
    """As `purge`; where it is confirmed, with a line before and one after it.

    Raises
    ------
    AuditError
        The line before cannot be written, and is required: nothing was removed.
    StoreError
        As of `purge`.
    """
    facts = {**asked_by(), "purpose": purpose}
    looked = purge(folder, facts, studies=studies, patients=patients)
    if not confirm:
        return looked
    named = [hashlib.sha256(uid.encode("utf-8", "surrogatepass")).hexdigest() for uid in looked.studies]
    record("purge", folder=str(folder), purpose=purpose, studies=len(named), study_sha256=named, instances=looked.instances)
    done = purge(folder, facts, studies=studies, patients=patients, confirm=True)
    record("purged", folder=str(folder), operation=done.operation, files=done.files, rows=done.rows, kept=len(done.kept))
    return done
