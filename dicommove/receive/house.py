"""What an association needs of the reception that it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from ..entities import Listener
    from .admission import Admission
    from .association import Association

__all__ = ["House"]


class House(Protocol):
    """What an association needs of the reception that it belongs to."""

    @property
    def listener(self) -> Listener:
        """How we listen: TLS, longest PDU, transfer syntaxes."""

    @property
    def admission(self) -> Admission:
        """Who waits here."""

    @property
    def clock(self) -> Callable[[], float]:
        """Monotonic seconds."""

    @property
    def tls(self) -> ssl.SSLContext | None:
        """Our side of TLS; None without."""

    def make_room(self, association: Association) -> bool:
        """Tell whether one more association may begin; may wait a moment for one to give way."""

    def forget(self, association: Association) -> None:
        """Hear that it has ended."""
