"""The receptions of this process: an operation joins the one on its port, or opens it; the last one to leave closes it."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Self

from ..errors import ListenerError
from ..head import PLACING
from .admission import Member
from .reception import Reception
from .sockets import addresses_for, addresses_of

if TYPE_CHECKING:
    from types import TracebackType

    from ..entities import Listener
    from .sink import Claimant

__all__ = ["Membership", "join"]

_LEAVING_SECONDS = 5.0  # how long an operation that leaves waits for its data sets under way
_receptions: dict[int, Reception] = {}
_lock = threading.Lock()


class Membership:
    """An operation's place at a reception; a context manager.

    Attributes
    ----------
    port : int
        The TCP port that is listened on, chosen by the operating system where the listener said 0.
    """

    def __init__(self, reception: Reception, member: Member) -> None:
        self.port = reception.port
        self._reception = reception
        self._member = member
        self._process = os.getpid()

    @property
    def addresses(self) -> tuple[str, ...]:
        """IP addresses that are listened on."""
        return self._reception.addresses

    @property
    def associations(self) -> int:
        """How many associations are established now, whoever they are for."""
        return self._reception.associations

    def close(self) -> None:
        """Leave; the last one to leave closes the port. Data sets under way are waited for when others stay."""
        if os.getpid() != self._process or self._member.gone:
            return
        if any(other is not self._member for other in self._reception.admission.members):
            self._member.leave(_LEAVING_SECONDS)
        with _lock:
            self._member.gone = True
            self._reception.admission.remove(self._member)
            if not self._reception.admission.members and _receptions.get(self.port) is self._reception:
                del _receptions[self.port]
                self._reception.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def join(
    listener: Listener, *, peer_host: str, claimant: Claimant, wanted: frozenset[int] = PLACING, folder: str = ""
) -> Membership:
    """Wait for instances on a port: open it, or join those in this process who listen there already.

    Parameters
    ----------
    listener : Listener
        Port 0 shares the running reception of an equal listener, else lets the operating system choose. Without an AE title any
        called AE title is taken.
    peer_host : str
        Whom the instances are expected from: decides on which address to listen, and what a claim by address means.
    claimant : Claimant
        Asked for its claim to each instance, from the threads of the associations.
    wanted : frozenset of int
        Tags, (0028,0011) at most, that its claims and its layout need.
    folder : str
        Its data folder, for the message that another process gets when it wants the port.

    Raises
    ------
    ListenerError
        The port cannot be opened, or is open in this process with other TLS settings or transfer syntaxes.
    EntityError
        The TLS settings cannot be used.
    """
    member = Member(listener, claimant, addresses_of(peer_host), wanted)
    addresses = addresses_for(listener, peer_host)
    with _lock:
        reception = _find(listener) or Reception(listener)
        # Before the port opens, so that the first sender finds somebody to ask.
        reception.admission.add(member)
        try:
            reception.open(addresses, folder)
        except BaseException:
            reception.admission.remove(member)
            if not reception.admission.members:
                reception.close()
            raise
        _receptions[reception.port] = reception
        return Membership(reception, member)


def _find(listener: Listener) -> Reception | None:
    if listener.port == 0:
        return next((reception for reception in _receptions.values() if reception.listener == listener), None)
    reception = _receptions.get(listener.port)
    if reception is None:
        return None
    ours = (reception.listener.tls, reception.listener.transfer_syntaxes)
    if ours != (listener.tls, listener.transfer_syntaxes):
        raise ListenerError(
            f"this process listens on port {listener.port} already, with other TLS settings or transfer syntaxes: "
            "use an equal Listener, or another port that is registered at the archive",
            port=listener.port,
        )
    return reception


def _after_fork() -> None:
    """A child has the parent's sockets: it must not answer on them, nor keep the port open when the parent ends."""
    global _lock  # noqa: PLW0603 - the parent's lock may be held by a thread that the child does not have
    _lock = threading.Lock()
    for reception in _receptions.values():
        reception.leave_to_parent()
    _receptions.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
