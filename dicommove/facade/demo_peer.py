"""The demo peer: an embedded archive in this process, and the `Peer` that talks to it."""

from __future__ import annotations

import atexit
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from .. import retrieve
from ..demo_archive import DemoArchive
from ..entities import Listener
from ..terms import Level
from .peer import Peer

if TYPE_CHECKING:
    from pathlib import Path

    from ..retrieve import Check

__all__ = ["DemoPeer", "demo"]

_running: dict[int, DemoArchive] = {}
"""Archives of this process by their port: peers are values, what runs is found here."""


@dataclass(frozen=True, repr=False)
class DemoPeer(Peer):
    """A `Peer` whose archive runs in this process; a context manager that stops it at the end.

    Examples
    --------
    >>> import dicommove as dm
    >>> with dm.demo(fault="refuse") as pacs:
    ...     pacs.echo()
    0
    """

    def check(self, *, study: str | None = None, timeout: float = 3.0) -> Check:
        """As `Peer.check`; without a ``study`` one of the archive's own is taken, the smallest."""
        archive = _running.get(self.port)
        known = archive.index.nodes(Level.STUDY) if archive is not None else ()
        of_images = [node for node in known if not {"SR", "DOC"} & set(node.modalities)]
        smallest = min(of_images or known, key=lambda node: node.count(Level.IMAGE), default=None)
        return super().check(study=study or (smallest.uid if smallest else None), timeout=timeout)

    def stop(self) -> None:
        """Stop the archive; a second call does nothing."""
        archive = _running.pop(self.port, None)
        retrieve.unregister(self.host, self.port)
        if archive is not None:
            archive.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def demo(*, fault: str | None = None, data: str | Path | None = None) -> DemoPeer:
    """Start the embedded archive on 127.0.0.1, on a port of its own choice, and return its peer.

    Parameters
    ----------
    fault : str, optional
        What goes wrong, such as ``"drop:3"``, ``"refuse"``, ``"abort:5"``, ``"slow:0.1"`` or ``"unknown-destination"``; several
        are joined by ``+``. A wrong one raises with the list of all.
    data : str or Path, optional
        A folder of DICOM files to serve instead of the synthetic patients; it is read, never changed.

    Raises
    ------
    QueryError
        The fault is unknown.

    Examples
    --------
    >>> import dicommove as dm
    >>> with dm.demo() as pacs:
    ...     pacs.studies().where(PatientID="000123").count() > 0
    True
    """
    archive = DemoArchive(data=data, fault=fault)
    archive.start()
    _running[archive.port] = archive
    peer = DemoPeer("127.0.0.1", archive.port, ae_title=archive.ae_title, calling_ae_title="NOTEBOOK", listener=Listener(port=0))
    retrieve.register(peer.host, peer.port, archive.register)
    return peer


@atexit.register
def _stop_all() -> None:
    for archive in list(_running.values()):
        archive.stop()
