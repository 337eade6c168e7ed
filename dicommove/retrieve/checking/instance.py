"""One instance, moved here and removed again: the only proof of the way back, explained as any move is when it does not come."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import DicomMoveError
from ...query import Query
from ..asking.search import ask
from ..planning.guards import in_bytes
from ..planning.options import read_options
from ..planning.plan import plan_query
from ..running.live import wait_for
from .arrival import arrived, stayed_away
from .check import WAY_BACK
from .probe import Probe, failure, not_tried, timed

if TYPE_CHECKING:
    from ...entities import Remote
    from ..accounting.result import MoveResult

__all__ = ["move_one"]

_COUNT = "NumberOfSeriesRelatedInstances"
_STRAGGLERS_S = 0.5
_TELLING_BYTES = 20_000
"""Of less the C-MOVE itself is what takes the time."""


def move_one(remote: Remote, study: str, destination: Probe) -> list[Probe]:
    """Move one instance of a study, and tell what came of it and how fast it was.

    Parameters
    ----------
    remote : Remote
        The archive.
    study : str
        Study Instance UID.
    destination : Probe
        Whether the archive is known to know us.
    """
    with tempfile.TemporaryDirectory(prefix="dicommove-check-") as folder:
        results: list[MoveResult] = []
        probe = timed(partial(_move_one, remote, study, Path(folder) / "data", destination, results))
        return [probe, _throughput(results[0])] if results else [probe, not_tried("throughput", "nothing was moved")]


def _move_one(remote: Remote, study: str, folder: Path, destination: Probe, results: list[MoveResult]) -> Probe:
    """Move one instance as any move does, so that what goes wrong is explained as any move's failure."""
    try:
        image = _one_image(remote, study)
        if image is None:
            return Probe(WAY_BACK, "unknown", "the archive has nothing of this study", "Give the UID of another small study.")
        how = read_options(
            remote, purpose="a check of the way back", stragglers=_STRAGGLERS_S, silence=remote.dimse_timeout, grace=1.0
        )
        result = wait_for(plan_query(remote, image, folder, options=how, ask_instances=True).start_move(), progress=False)
    except DicomMoveError as error:
        return failure(WAY_BACK, error)
    results.append(result)
    instances = result.instances
    if len(instances):
        return arrived(int(instances["size_bytes"].iloc[0]))
    return stayed_away(result.explain().causes[0], known=destination.verdict == "ok", waited_s=remote.dimse_timeout)


def _one_image(remote: Remote, study: str) -> Query | None:
    """The first instance of the smallest series."""
    in_study = Query().studies(study)
    series = ask(remote, in_study.series().returning(_COUNT)).named
    if not series:
        return None
    smallest = min(series, key=lambda match: _number(match.get(_COUNT)))["SeriesInstanceUID"]
    images = ask(remote, in_study.series(smallest).images()).named
    return in_study.series(smallest).images(images[0]["SOPInstanceUID"]) if images else None


def _number(text: str | None) -> float:
    with suppress(ValueError):
        return float(text or "")
    return float("inf")


def _throughput(result: MoveResult) -> Probe:
    """At least so much: one instance, with all that comes before it."""
    instances, requests = result.instances, result.requests
    if not len(instances):
        return not_tried("throughput", "nothing came")
    size_bytes, seconds = int(instances["size_bytes"].iloc[0]), float(requests["seconds"].iloc[0])
    if size_bytes < _TELLING_BYTES:
        return Probe("throughput", "unknown", f"one instance of {in_bytes(size_bytes)} is too small to tell", seconds=seconds)
    rate = in_bytes(int(size_bytes / max(seconds, 1e-3)))
    return Probe("throughput", "ok", f"at least {rate}/s, over one instance of {in_bytes(size_bytes)}", seconds=seconds)
