"""The table of probes, as a value with its text and its HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ... import frames, markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from ...entities import Remote
    from .probe import Probe

__all__ = ["Check"]

_HEAD = ("Probe", "Verdict", "Seconds", "Found", "What to do")
_CLASSES = {"failed": "dm-error", "unknown": "dm-warning"}
WAY_BACK = "way back"


@dataclass(frozen=True, repr=False)
class Check:
    """What `Peer.check` found: probes in the order in which one needs the other, so that the first one that failed is the cause.

    Attributes
    ----------
    remote : Remote
        The archive.
    probes : tuple of Probe

    Examples
    --------
    >>> import dicommove as dm
    >>> with dm.demo() as pacs:
    ...     check = pacs.check()
    >>> check.ready, check.fault, check.table["probe"][0]
    (True, None, 'TCP')
    """

    remote: Remote
    probes: tuple[Probe, ...]

    @property
    def fault(self) -> Probe | None:
        """The first probe that failed: the cause; None when none did."""
        return next((probe for probe in self.probes if probe.verdict == "failed"), None)

    @property
    def ready(self) -> bool | None:
        """Whether a move will arrive; None when nothing failed, but no instance was moved to prove it."""
        if self.fault is not None:
            return False
        return True if any(one.name == WAY_BACK and one.verdict == "ok" for one in self.probes) else None

    @property
    def table(self) -> pd.DataFrame:
        """One row per probe: ``probe``, ``verdict``, ``seconds``, ``found``, ``what_to_do``."""
        return frames.build(frames.PROBES, (probe.row() for probe in self.probes))

    @property
    def summary(self) -> str:
        """The verdict in a sentence: the cause first."""
        if self.fault is not None:
            return f"{self.remote.address} is not ready: {self.fault.name}: {self.fault.found}"
        if self.ready:
            return f"{self.remote.address} is ready: an instance was moved here"
        return f"{self.remote.address}: no fault was found, and whether instances arrive was not tried"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def __repr__(self) -> str:
        return f"<Check>\n{self}"

    def _lines(self) -> Iterator[str]:
        yield markup.visible(self.summary, 400)
        if self.fault is not None and self.fault.what_to_do:
            yield f"  {markup.visible(self.fault.what_to_do, 400)}"
        yield ""
        width = max((len(probe.name) for probe in self.probes), default=0)
        for probe in self.probes:
            yield f"  {probe.verdict:9}  {probe.name:{width}}  {_seconds(probe):>9}  {markup.visible(probe.found, 300)}".rstrip()
            if probe.what_to_do and probe is not self.fault:
                yield f"  {'':9}  {'':{width}}  {'':9}  -> {markup.visible(probe.what_to_do, 400)}"

    def _repr_html_(self) -> str:
        rows = [
            (*map(markup.unbroken, (probe.name, _coloured(probe.verdict), _seconds(probe))), probe.found, probe.what_to_do)
            for probe in self.probes
        ]
        parts = [markup.heading(self.summary)]
        if self.fault is not None:
            parts.append(markup.element("p", self.fault.what_to_do, css_class="dm-error"))
        return markup.document(repr(self), *parts, markup.table(map(markup.unbroken, _HEAD), rows))


def _coloured(verdict: str) -> str:
    return markup.element("span", verdict, css_class=_CLASSES[verdict]) if verdict in _CLASSES else verdict


def _seconds(probe: Probe) -> str:
    return "" if probe.seconds is None else f"{probe.seconds:.3f} s"
