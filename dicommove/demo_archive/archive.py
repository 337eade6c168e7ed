"""The embedded archive as one object: start it, tell it its destinations, stop it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ListenerError, QueryError
from .acceptor import Acceptor
from .cache import demo_folders
from .faults import fault_from
from .index import index_folders
from .services import QueryRetrieveService

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from .index import Index

__all__ = ["DemoArchive"]


class DemoArchive:
    """A small PACS inside this process: C-ECHO, C-FIND and C-MOVE over synthetic patients or a folder of DICOM files.

    Parameters
    ----------
    data : Path, optional
        Serve the DICOM files of this folder, read once at `start` and never changed; without it the synthetic patients.
    fault : str, optional
        What goes wrong, such as ``"drop:3"``, or several joined by ``+``; see `faults.FAULTS`.
    host : str
        Address to listen on.
    port : int
        TCP port; 0 takes a free one, `port` then tells which.
    ae_title : str
        The archive's AE title; associations that call another one (except ``ANY-SCP``) are rejected.
    destinations : mapping of str to (str, int), optional
        Move destinations by AE title; more by `register`. A C-MOVE to any other is answered 0xA801.
    relational : bool
        Whether relational queries are accepted where they are negotiated (PS3.4 C.5.1.1).

    Raises
    ------
    QueryError
        No such fault, or `data` is no folder.

    Examples
    --------
    >>> archive = DemoArchive(fault="refuse")
    >>> archive.register("NOTEBOOK", "127.0.0.1", 11113)
    >>> archive.destinations
    {'NOTEBOOK': ('127.0.0.1', 11113)}
    """

    def __init__(
        self,
        *,
        data: Path | str | None = None,
        fault: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        ae_title: str = "DEMO",
        destinations: Mapping[str, tuple[str, int]] | None = None,
        relational: bool = True,
    ) -> None:
        if data is not None and not Path(data).is_dir():
            raise QueryError(f"there is no folder {str(data)!r} to serve; data= takes a folder of DICOM files")
        self.host = host
        self.ae_title = ae_title
        self.fault = fault
        self._data = None if data is None else Path(data)
        self._conduct = fault_from(fault)
        self._asked_port = port
        self._relational = relational
        self._destinations = dict(destinations or {})
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._acceptor: Acceptor | None = None
        self._index: Index | None = None

    @property
    def port(self) -> int:
        """TCP port that it listens on; 0 before `start` when any free one was asked for."""
        return self._acceptor.port if self._acceptor is not None else self._asked_port

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return self._acceptor is not None

    @property
    def destinations(self) -> dict[str, tuple[str, int]]:
        """A copy of the registered move destinations, (host, port) by AE title."""
        with self._lock:
            return dict(self._destinations)

    @property
    def index(self) -> Index:
        """What it holds; read when first asked for."""
        if self._index is None:
            folders = (self._data,) if self._data is not None else demo_folders()
            self._index = index_folders(*folders)
        return self._index

    def register(self, ae_title: str, host: str, port: int) -> None:
        """Tell the archive where a move destination listens, as the administrator of a PACS does."""
        with self._lock:
            self._destinations[ae_title.strip()] = (host, port)

    def start(self) -> Self:
        """Read the data and listen; started already, it does nothing.

        Raises
        ------
        ListenerError
            The port is taken, or may not be opened.
        """
        if self._acceptor is not None:
            return self
        # Each run has its own: what is left of an earlier one must not go on.
        self._stopping = threading.Event()
        service = QueryRetrieveService(
            self.index, ae_title=self.ae_title, address_of=self._address_of, conduct=self._conduct, stopping=self._stopping
        )
        try:
            self._acceptor = Acceptor(
                service, address=(self.host, self._asked_port), ae_title=self.ae_title, relational=self._relational
            )
        except OSError as error:
            message = (
                f"the demo archive cannot listen on {self.host}:{self._asked_port} ({error.strerror}); port=0 takes a free one"
            )
            raise ListenerError(message, port=self._asked_port) from error
        return self

    def stop(self) -> None:
        """Abort what is open and stop listening; stopped already, it does nothing."""
        acceptor, self._acceptor = self._acceptor, None
        if acceptor is not None:
            self._stopping.set()
            acceptor.close()

    def _address_of(self, ae_title: str) -> tuple[str, int] | None:
        with self._lock:
            return self._destinations.get(ae_title)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = f"{self.ae_title}@{self.host}:{self.port}" if self.running else "stopped"
        return f"<DemoArchive {state}{f' fault={self.fault}' if self.fault else ''}>"
