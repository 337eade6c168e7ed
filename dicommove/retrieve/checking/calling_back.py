"""The way back: our port, our address, whether the archive knows us as a destination, and one instance that comes or does not."""

from __future__ import annotations

import tempfile
import uuid
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...allowance import Hours
from ...errors import AssociationLost, DicomMoveError
from ...net import move, new_message_id, open_association, release_message_id
from ...query import Query, move_identifier
from ...receive import join
from ...terms import InformationModel, Level, status_meaning
from .. import announce
from ..callers import Callers
from ..guards import in_bytes
from ..hours import local_now
from ..live import wait_for
from ..options import read_options
from ..plan import plan_query
from ..rules import UNKNOWN_DESTINATION
from ..search import ask
from ..turns import Turn
from ..way_back import WayBack
from .check import WAY_BACK
from .probe import Probe, failure, not_tried, timed

if TYPE_CHECKING:
    from ...entities import Remote
    from ...net import MoveResponse
    from ..result import MoveResult

__all__ = ["call_back"]

_COUNT = "NumberOfSeriesRelatedInstances"
_REGISTER = "Have the administrator register it: pacs.registration() is the page to send."
_GIVE_STUDY = "Give the Study Instance UID of a small study: one instance of it is moved here, and removed again."
_STRAGGLERS_S = 0.5
_TELLING_BYTES = 20_000
"""Of less the C-MOVE itself is what takes the time."""


def call_back(remote: Remote, model: InformationModel | None, study: str | None) -> list[Probe]:
    """Try the way back.

    Parameters
    ----------
    remote : Remote
        The archive, and our listener.
    model : InformationModel or None
        In which the archive takes C-MOVE; None when it does in none: then only what is on our side is looked at.
    study : str or None
        Study Instance UID of a study of which one instance may be moved.
    """
    port, address = timed(partial(_port, remote)), _address(remote)
    why, advice = _not_now(remote) if model is not None else ("the archive takes no C-MOVE of ours", "")
    if model is None or why:
        return [port, address, *(not_tried(name, why, advice) for name in ("move destination", *_MOVED))]
    destination = timed(partial(_destination, remote, model))
    if study is None:
        return [port, address, destination, *(not_tried(name, "no study is known", _GIVE_STUDY) for name in _MOVED)]
    if port.verdict == "failed":
        return [port, address, destination, *(not_tried(name, "our port cannot be opened") for name in _MOVED)]
    return [port, address, destination, *_moved(replace(remote, hours=None, pause=0.0), study)]


_MOVED = (WAY_BACK, "throughput")


def _not_now(remote: Remote) -> tuple[str, str]:
    """Why no C-MOVE may be sent at this moment, and what to do; empty when one may."""
    if remote.hours and Hours.read(remote.hours).seconds_until_open(local_now().time()):
        return f"C-MOVEs are sent from {remote.hours} only", "Check again within these hours."
    turn = Turn(remote.host, remote.port)
    free = turn.take()
    turn.give_back()
    return ("", "") if free else ("another process moves from this archive now", "Check again when it has ended.")


def _port(remote: Remote) -> Probe:
    """Open our port as a move would, and close it again."""
    try:
        listener = replace(remote.listener, ae_title=remote.listener_ae_title)
        with join(listener, peer_host=remote.host, claimant=Callers(), folder="a check") as membership:
            where = ", ".join(f"{address}:{membership.port}" for address in membership.addresses)
            announce.port_opened(remote, listener.ae_title or "", membership.port)
    except DicomMoveError as error:
        return failure("our port", error)
    secured = " with TLS" if listener.tls else ""
    if not remote.listener.port and not announce.can_be_told(remote):
        advice = "Give Listener(port=...) the port that is registered at the archive."
        return Probe("our port", "failed", "another one each time: the archive cannot know it", advice)
    return Probe("our port", "ok", f"{where}{secured} can be opened")


def _address(remote: Remote) -> Probe:
    """What the archive was told, or a guess; a table on our side only: nothing is sent."""
    way = WayBack.of(remote)
    told = 'Say what the archive was told: Listener(advertise="host:port").'
    if way.host is None:
        return Probe("our address", "failed", f"there is no way to {remote.host}", "Check the network and the VPN. " + told)
    if not way.remark:
        return Probe("our address", "ok", f"{way.host}, as the administrator was told")
    if way.is_loopback:
        return _loopback(remote, way)
    return Probe("our address", "unknown", f"{way.host} ({way.remark})", told)


def _loopback(remote: Remote, way: WayBack) -> Probe:
    if WayBack.of(replace(remote, listener=replace(remote.listener, bind=None))).is_loopback:
        return Probe("our address", "ok", f"{way.host}: the archive is on this computer too")
    advice = "Take out Listener(bind=...), or give the address that the archive can reach."
    return Probe("our address", "failed", f"{way.host} is open to this computer only", advice)


def _destination(remote: Remote, model: InformationModel) -> Probe:
    """Ask for a study that does not exist: who does not know the destination says so, and no patient's data are touched."""
    try:
        final = _move_of_nothing(remote, model)
    except AssociationLost as error:
        found = f"asked to move a study that does not exist, the archive {error.reason} the association"
        return Probe("move destination", "unknown", found, f"Often it does not know {remote.listener_ae_title}. {_REGISTER}")
    except DicomMoveError as error:
        return failure("move destination", error)
    return _judged(remote, final.status)


def _judged(remote: Remote, status: int) -> Probe:
    title, said = remote.listener_ae_title, f"0x{status:04X} ({status_meaning(status)})"
    if status == UNKNOWN_DESTINATION:
        return Probe("move destination", "failed", f"the archive does not know {title} as a move destination: {said}", _REGISTER)
    if status == 0:
        return Probe("move destination", "ok", f"a C-MOVE of nothing to {title} was answered {said}")
    found = f"a C-MOVE of nothing to {title} was answered {said}, which does not say whether {title} is known"
    return Probe("move destination", "unknown", found, _GIVE_STUDY)


def _move_of_nothing(remote: Remote, model: InformationModel) -> MoveResponse:
    keys = {"StudyInstanceUID": f"2.25.{uuid.uuid4().int}"}
    if model is not InformationModel.STUDY_ROOT:
        keys["PatientID"] = f"NOBODY-{uuid.uuid4().hex[:12]}"
    identifier = move_identifier(Level.STUDY, model, keys)
    message_id = new_message_id()
    try:
        with open_association(remote, services=[(model.move_uid, None)]) as association:
            how: dict[str, Any] = {"destination": remote.listener_ae_title, "timeout": remote.dimse_timeout}
            return list(move(association, identifier, model, message_id=message_id, **how))[-1]
    finally:
        release_message_id(message_id)


def _moved(remote: Remote, study: str) -> list[Probe]:
    with tempfile.TemporaryDirectory(prefix="dicommove-check-") as folder:
        results: list[MoveResult] = []
        probe = timed(partial(_move_one, remote, study, Path(folder) / "data", results))
        return [probe, _throughput(results[0])] if results else [probe, not_tried("throughput", "nothing was moved")]


def _move_one(remote: Remote, study: str, folder: Path, results: list[MoveResult]) -> Probe:
    """Move one instance as any move does, so that what goes wrong is explained as any move's failure."""
    try:
        image = _one_image(remote, study)
        if image is None:
            return Probe(WAY_BACK, "unknown", "the archive has nothing of this study", "Give the UID of another small study.")
        how = read_options(remote, stragglers=_STRAGGLERS_S, silence=remote.dimse_timeout, grace=1.0, limit=None)
        result = wait_for(plan_query(remote, image, folder, options=how, ask_instances=True).start_move(), progress=False)
    except DicomMoveError as error:
        return failure(WAY_BACK, error)
    results.append(result)
    return _arrived(result)


def _arrived(result: MoveResult) -> Probe:
    instances = result.instances
    if len(instances):
        size = in_bytes(int(instances["size_bytes"].iloc[0]))
        return Probe(WAY_BACK, "ok", f"one instance of {size} came from the archive, and was removed again")
    cause = result.explain().causes[0]
    return Probe(
        WAY_BACK, "failed", cause.why.removesuffix("."), cause.next_step.replace("the text below", "pacs.registration()")
    )


def _one_image(remote: Remote, study: str) -> Query | None:
    """The first instance of the smallest series."""
    in_study = Query().studies(study)
    series = ask(remote, in_study.series().returning(_COUNT)).matches
    if not series:
        return None
    smallest = min(series, key=lambda match: _number(match.get(_COUNT)))["SeriesInstanceUID"]
    images = ask(remote, in_study.series(smallest).images()).matches
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
