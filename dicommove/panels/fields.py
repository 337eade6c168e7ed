"""The fields of the form: what is typed goes to the kernel by message, and what it means comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .asking import LEVELS, Asked, Stated, state
from .base import Panel
from .completion import complete
from .static import module, styles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..query import Query
    from ..retrieve import Check

__all__ = ["Fields"]

_ECHO = "C-ECHO"
"""The probe of a check after which the archive is known to answer."""
_MODALITIES = ("CT", "MR", "PT", "NM", "US", "DX", "CR", "MG", "XA", "RF", "SR")


class Fields(Panel):
    """What people search by. What is typed may name a patient, so it is in no trait: a saved notebook does not hold it.

    Parameters
    ----------
    root : Query
        A query without a level, as which `query` begins.
    calls : Mapping
        What the buttons ``search``, ``stop`` and ``check`` do.
    on_peer : callable
        Called with the place of the peer that was chosen.
    """

    _esm = module("fields.js")
    _css = styles("form.css")

    def __init__(self, root: Query, calls: Mapping[str, Callable[[], object]], *, on_peer: Callable[[int], None]) -> None:
        super().__init__()
        self.root = root
        self.asked = Asked()
        self.stated: Stated = state(self.asked, root)
        self._peers: tuple[Sequence[str], int] = ((), 0)
        self._light: dict[str, Any] = {"state": "unknown", "text": "not tried yet", "lines": []}
        self._busy: dict[str, Any] = {"text": "", "stops": False}
        self._calls = calls
        self._on_peer = on_peer

    def fill(self, asked: Asked) -> None:
        """Fill the fields in."""
        self._take(asked)
        self.send({"type": "fields", "values": asked.values()})

    def use(self, root: Query) -> None:
        """Begin the query with another one: that of another peer."""
        self.root = root
        self._take(self.asked)

    def show_peers(self, names: Sequence[str], chosen: int) -> None:
        """Show which archives can be chosen; one alone is shown as a name."""
        self._peers = (names, chosen)
        self._tell_peers()

    def show_light(self, check: Check | None) -> None:
        """Show whether the archive can be reached; None while it is being tried."""
        self._light = {"state": "trying", "text": "trying the connection", "lines": []} if check is None else _light(check)
        self._tell_light()

    def show_busy(self, words: str, *, stops: bool) -> None:
        """Show what is being done, empty when nothing is; and whether it can be stopped."""
        self._busy = {"text": words, "stops": stops}
        self.send({"type": "busy", **self._busy})

    def _take(self, asked: Asked) -> None:
        self.asked = asked
        self.stated = state(asked, self.root)
        self._tell_stated()

    def _on_ready(self, *_: object) -> None:
        self.send({"type": "choices", "modalities": _MODALITIES, "levels": [str(level) for level in LEVELS]})
        self.send({"type": "fields", "values": self.asked.values()})
        self._tell_peers()
        self._tell_light()
        self._tell_stated()
        self.send({"type": "busy", **self._busy})

    def _on_fields(self, content: dict[str, Any], _: object) -> None:
        self._take(Asked.of(content["values"]))

    def _on_press(self, content: dict[str, Any], _: object) -> None:
        self.fault = ""
        self._calls[content["button"]]()

    def _on_complete(self, content: dict[str, Any], _: object) -> None:
        self.send({"type": "complete", "options": complete(str(content["text"]))})

    def _on_peer_chosen(self, content: dict[str, Any], _: object) -> None:
        self._on_peer(int(content["index"]))

    def _tell_peers(self) -> None:
        self.send({"type": "peers", "names": list(self._peers[0]), "chosen": self._peers[1]})

    def _tell_light(self) -> None:
        self.send({"type": "light", **self._light})

    def _tell_stated(self) -> None:
        stated = self.stated
        self.send(
            {
                "type": "stated",
                "faults": dict(stated.faults),
                "remarks": [list(remark) for remark in stated.remarks],
                "level": str(stated.query.level),
                "model": stated.query.default_model.value,
                "code": stated.code,
            }
        )


def _light(check: Check) -> dict[str, Any]:
    """What the light says: a fault before or behind the answer to C-ECHO, with what to do."""
    fault = check.fault
    if fault is None:
        return {"state": "ok", "text": "connected", "lines": []}
    answers = any(probe.name == _ECHO and probe.verdict == "ok" for probe in check.probes)
    text = f"connected, but a move will fail ({fault.name})" if answers else f"no connection ({fault.name})"
    return {"state": "doubt" if answers else "fault", "text": text, "lines": [f"{fault.name}: {fault.found}", fault.what_to_do]}
