"""A receiver of ours that keeps whatever comes: the real port and the real store, with nothing asked for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from dicommove.entities import Listener
from dicommove.receive import Claim, join
from dicommove.store import Store

from .archives import data_set_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dicommove.head import Head
    from dicommove.receive import StoreRequest
    from dicommove.store import Incoming


class Keeper:
    """Fulfils `dicommove.receive.Claimant`: claims everything, and keeps it in a store.

    Attributes
    ----------
    port : int
        Where it listens.
    notes : list of (str, dict)
        What was no instance.
    """

    began = 0.0

    def __init__(self, store: Store) -> None:
        self.port = 0
        self.notes: list[tuple[str, dict[str, object]]] = []
        self._store = store
        self._incoming: list[tuple[str, Incoming]] = []

    def claim(self, _request: StoreRequest, _head: Head | None) -> Claim:
        """Want it."""
        return Claim.ADDRESS

    def open(self, request: StoreRequest, _head: Head) -> Incoming:
        """Open the file of an instance."""
        incoming = self._store.incoming(
            sop_class_uid=request.sop_class_uid,
            sop_instance_uid=request.sop_instance_uid,
            transfer_syntax_uid=request.transfer_syntax_uid,
            source_ae_title=request.sender.calling_ae_title,
        )
        self._incoming.append((request.sop_instance_uid, incoming))
        return incoming

    def note(self, kind: str, facts: dict[str, object]) -> None:
        """Keep the note."""
        self.notes.append((kind, facts))

    def kept(self) -> dict[str, bytes]:
        """Encoded data set of each file, by SOP Instance UID."""
        return {uid: data_set_bytes(incoming.kept.path) for uid, incoming in self._incoming if incoming.kept is not None}


@contextlib.contextmanager
def keeping(folder: Path) -> Iterator[Keeper]:
    """Listen, and keep what comes in a folder."""
    with Store(folder) as store:
        keeper = Keeper(store)
        with join(Listener(port=0), peer_host="127.0.0.1", claimant=keeper) as membership:
            keeper.port = membership.port
            yield keeper
