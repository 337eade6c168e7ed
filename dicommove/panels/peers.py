"""The archives that a form can choose from: the one that it was given, and the named ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from ..errors import EntityError
from ..facade import Peer
from ..named import config_file, entry_names

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Peers"]


@dataclass(frozen=True)
class Peers:
    """Archives by the name that the form shows; a named one is read when it is chosen.

    Attributes
    ----------
    names : tuple of str
    chosen : int
    peer : Peer
        The one that is chosen.
    given : Peer or None
        The one that the form was made with: its name is the first.
    """

    names: tuple[str, ...]
    chosen: int
    peer: Peer
    given: Peer | None = None

    @classmethod
    def of(cls, peer: Peer | None, named: Callable[[], tuple[str, ...]] = entry_names) -> Self:
        """Begin with a peer, or with the first of the named ones that can be used.

        Raises
        ------
        EntityError
            Neither is there.
        """
        if peer is None:
            names = named()
            if not names:
                raise EntityError(f"no archive: give one, as in dm.form(pacs), or name some in {config_file()}")
            return cls(names, *_first_usable(names))
        others = tuple(name for name in _readable(named) if name != peer.name)
        return cls((peer.name or peer.address, *others), 0, peer, peer)

    def choose(self, number: int) -> Self:
        """Choose another one.

        Raises
        ------
        EntityError
            Its entry cannot be used.
        """
        first = self.given if number == 0 else None
        return replace(self, chosen=number, peer=first or Peer.named(self.names[number]))


def _first_usable(names: tuple[str, ...]) -> tuple[int, Peer]:
    """Place and peer of the first entry that can be used; when none can, the fault of the first is raised."""
    for number, name in enumerate(names):
        try:
            return number, Peer.named(name)
        except EntityError:
            continue
    return 0, Peer.named(names[0])


def _readable(named: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """Names of the entries; a file that cannot be read names none, for the form works without it."""
    try:
        return named()
    except EntityError:
        return ()
