"""What every panel is: an anywidget whose messages go to methods, and whose faults are shown in the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from .. import markup

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Panel"]


class Panel(anywidget.AnyWidget):
    """A panel. A custom message ``{"type": "open", ...}`` of the front end calls ``_on_open(content, buffers)``.

    What is synced is kept in a saved notebook, so traits hold states and numbers, never pixels or names; all else goes by
    message, and is asked for by the front end when it begins (``ready``).

    Attributes
    ----------
    fault : str
        What went wrong last, in words; shown in the panel, which goes on.
    """

    fault = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._dispatch)

    def _dispatch(self, _: object, content: object, buffers: Sequence[memoryview]) -> None:
        """Call the method of a message; a fault in it is shown, and harms nothing else."""
        kind = content.get("type") if isinstance(content, dict) else None
        handler = getattr(self, f"_on_{kind}", None) if isinstance(kind, str) and kind.isidentifier() else None
        if handler is None:
            return
        try:
            handler(content, buffers)
        except Exception as error:  # noqa: BLE001 - shown where the user looks
            self.tell_fault(error)

    def tell_fault(self, error: BaseException) -> None:
        """Show a fault in the panel."""
        self.fault = f"{type(error).__name__}: {error}"

    def facts(self) -> list[tuple[str, str]]:
        """Return what a view without widgets shows, as (name, value); series facts only."""
        return []

    def __repr__(self) -> str:
        facts = (f"  {name + ':':17}{markup.visible(value)}" for name, value in self.facts())
        return "\n".join([f"<{type(self).__name__}>", *facts])

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Give the widget, and the same facts as text and HTML for views that have no widgets."""
        bundle = super()._repr_mimebundle_(**options)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        heading, facts = markup.heading(type(self).__name__), markup.definition_list(self.facts())
        return {**(data or {}), "text/plain": repr(self), "text/html": markup.document(repr(self), heading, facts)}, metadata
