"""What listens on one port: its sockets, the thread that accepts, the limits, and the end of all that."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import threading
import time
from typing import TYPE_CHECKING

from ..errors import ListenerError
from ..exhaustion import spent, started
from .admission import Admission
from .association import Association
from .limits import CONNECTIONS, PATIENCE_SECONDS, YIELD_SECONDS
from .portlock import PortLock, holder_of
from .sockets import WILDCARDS, listen, plain

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    from ..entities import Listener

__all__ = ["Reception"]

_ROUND_SECONDS = 0.5  # how often overdue connections are looked for
_CLOSING_SECONDS = 2.0  # how long the threads of associations get to end when the port is closed
_WAIT_SECONDS = 0.1  # how often a newcomer looks whether there is room
_NOT_OURS = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


class Reception:
    """Listens on one port for all in this process who wait there; made, shared and closed by the registry.

    Parameters
    ----------
    listener : Listener
        Its TLS, transfer syntaxes and limits hold for the port.
    clock : callable
        Monotonic seconds.

    Attributes
    ----------
    port : int
        The TCP port; 0 until it is open, where the operating system chooses.
    """

    def __init__(self, listener: Listener, clock: Callable[[], float] = time.monotonic) -> None:
        self.listener = listener
        self.clock = clock
        self.admission = Admission()
        self.tls: ssl.SSLContext | None = None if listener.tls is None else listener.tls.server_context()
        self.port = listener.port
        self._lock: PortLock | None = None
        self._sockets: dict[str, socket.socket] = {}
        self._selector, self._waker, self._waken = _own_descriptors(listener.port)
        self._associations: set[Association] = set()
        self._room = threading.Condition()
        self._numbers = 0
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="dicommove-reception", daemon=True)

    @property
    def addresses(self) -> tuple[str, ...]:
        """IP addresses that are listened on."""
        return tuple(self._sockets)

    @property
    def associations(self) -> int:
        """How many associations are established now."""
        with self._room:
            return sum(association.established for association in self._associations)

    def open(self, addresses: Iterable[str], folder: str = "") -> None:
        """Listen on these addresses too.

        Raises
        ------
        ListenerError
            A port is in use (by whom, where that is known) or must not be opened, or an address is not ours.
        """
        refused: list[OSError] = []
        for address in addresses:
            if address not in self._sockets and _wildcard_of(address) not in self._sockets:
                try:
                    self._listen(address)
                except OSError as error:
                    refused.append(error)
        firm = [error for error in refused if spent(error) or (self.listener.port and error.errno not in _NOT_OURS)]
        if refused and (firm or not self._sockets):
            raise _listener_error([*firm, *refused][0], self.listener.port) from refused[0]
        if self._lock is None:
            self._lock = PortLock(self.port, folder)
            try:
                started(self._thread)
            except OSError as error:
                raise _listener_error(error, self.port) from error

    def _listen(self, address: str) -> None:
        if address in WILDCARDS.values():
            for other in [known for known in self._sockets if _wildcard_of(known) == address]:
                self._stop_listening(other)  # a socket for every address takes its place
        listening = listen(address, self.port)
        self.port = listening.getsockname()[1]
        self._sockets[address] = listening
        self._selector.register(listening, selectors.EVENT_READ)
        self._waker.send(b"\0")

    def _stop_listening(self, address: str) -> None:
        listening = self._sockets.pop(address)
        self._selector.unregister(listening)
        listening.close()

    def _serve(self) -> None:
        while not self._closed:
            for key, _ in self._selector.select(_ROUND_SECONDS):
                if key.fileobj is self._waken:
                    self._waken.recv(64)
                elif isinstance(key.fileobj, socket.socket):
                    self._accept(key.fileobj)
            now = self.clock()
            for association in self._all():
                if reason := association.overdue(now):
                    association.stop(reason)

    def _accept(self, listening: socket.socket) -> None:
        try:
            connection, address = listening.accept()
        except (BlockingIOError, ConnectionError):  # gone again
            return
        except OSError:  # no descriptors left: without a pause this would be tried again and again at once
            time.sleep(_WAIT_SECONDS)
            return
        if self._closed or not self._room_for_connection():
            connection.close()
            return
        with contextlib.suppress(OSError):
            connection.setblocking(True)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._numbers += 1
        association = Association(connection, (plain(address[0]), address[1]), self._numbers, self)
        with self._room:
            self._associations.add(association)
        try:
            association.thread.start()
        except RuntimeError:  # no more threads: this connection is lost, the port stays open
            connection.close()
            self.forget(association)

    def _room_for_connection(self) -> bool:
        """At the limit of connections the one gives way that has waited longest without asking for an association."""
        waiting = self._all()
        if len(waiting) < max(CONNECTIONS, 2 * self.listener.max_associations):
            return True
        silent = [association for association in waiting if not association.established]
        if silent:
            min(silent, key=lambda association: association.heard).stop("gave way to a newer connection")
        return bool(silent)

    def make_room(self, association: Association) -> bool:
        """Establish one more association; at the limit an idle one gives way, else a stuck one, or the newcomer waits for that.

        Returns
        -------
        bool
            False when all the others are at work: the newcomer is to be rejected.
        """
        deadline = self.clock() + PATIENCE_SECONDS
        with self._room:
            while not self._closed:
                established = [other for other in self._associations if other.established]
                if len(established) < self.listener.max_associations:
                    association.established = True
                    return True
                if self.clock() >= deadline:
                    break
                self._ask_to_leave(established)
                self._room.wait(_WAIT_SECONDS)
        return False

    def _ask_to_leave(self, established: Iterable[Association]) -> None:
        now = self.clock()
        idle = [other for other in established if not other.in_message and now - other.heard >= YIELD_SECONDS]
        if leaving := idle or [other for other in established if other.stalled(now)]:
            min(leaving, key=lambda other: other.heard).stop("gave way at the limit of associations")

    def forget(self, association: Association) -> None:
        """Let go of an association that has ended."""
        with self._room:
            self._associations.discard(association)
            self._room.notify_all()

    def _all(self) -> tuple[Association, ...]:
        with self._room:
            return tuple(self._associations)

    def close(self) -> None:
        """Close the port, abort the associations, and wait for their threads, a moment at most."""
        self._closed = True
        self._waker.send(b"\0")
        _join(self._thread, _CLOSING_SECONDS)
        for address in self.addresses:
            self._stop_listening(address)
        deadline = time.monotonic() + _CLOSING_SECONDS
        for association in self._all():
            association.stop("the listener was closed")
        for association in self._all():
            _join(association.thread, max(0.0, deadline - time.monotonic()))
        self._close_own()
        if self._lock is not None:
            self._lock.release()

    def leave_to_parent(self) -> None:
        """In a forked child: close every descriptor and touch nothing else, for all of it is the parent's."""
        self._closed = True
        for listening in self._sockets.values():
            listening.close()
        for association in self._associations:
            association.close()
        self._close_own()
        if self._lock is not None:
            self._lock.forget()

    def _close_own(self) -> None:
        self._selector.close()
        self._waker.close()
        self._waken.close()


def _own_descriptors(port: int) -> tuple[selectors.BaseSelector, socket.socket, socket.socket]:
    """What waits for the sockets, and a pair that wakes it."""
    try:
        with contextlib.ExitStack() as stack:
            selector = stack.enter_context(selectors.DefaultSelector())
            waker, waken = socket.socketpair()
            stack.pop_all()
    except OSError as error:
        raise _listener_error(error, port) from error
    selector.register(waken, selectors.EVENT_READ)
    return selector, waker, waken


def _join(thread: threading.Thread, timeout: float) -> None:
    if thread.is_alive() and thread is not threading.current_thread():
        thread.join(timeout)


def _wildcard_of(address: str) -> str:
    return WILDCARDS[socket.AF_INET6 if ":" in address else socket.AF_INET]


def _listener_error(error: OSError, port: int) -> ListenerError:
    if words := spent(error):
        return ListenerError(f"port {port} was not opened: {words}", port=port)
    if error.errno in _NOT_OURS:
        text = f"port {port} cannot be opened: the address is not one of this machine; check Listener(bind=...)"
        return ListenerError(text, port=port)
    if error.errno in (errno.EACCES, errno.EPERM) and 0 < port < 1024:
        return ListenerError(f"port {port} may be opened by an administrator only: choose one above 1023", port=port)
    holder = holder_of(port)
    who = "another program"
    if holder:
        folder = f", for the folder {holder['folder']}" if holder["folder"] else ""
        who = f"process {holder['pid']} of {holder['user'] or 'another user'}{folder}, since {holder['since']}"
    text = (
        f"port {port} is in use by {who}. Three ways out: end that process (a notebook: restart its kernel); "
        "give another Listener(port=...) that is registered at the archive; or wait until its operation has ended, which "
        'Listener(wait="30min") does'
    )
    return ListenerError(text, port=port, holder=holder, in_use=True)
