"""The way back: our port and our address here, then whether the archive knows us and an instance comes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ...allowance import Hours
from ...errors import DicomMoveError
from ...receive import join
from ..explaining.way_back import WayBack
from ..running import announce, trail
from ..running.hours import local_now
from ..running.turns import Turn
from .callers import Callers
from .check import WAY_BACK
from .destination import destination_probe, proved
from .instance import move_one
from .probe import Probe, failure, not_tried, timed

if TYPE_CHECKING:
    from ...entities import Remote
    from ...terms import InformationModel

__all__ = ["call_back"]

_GIVE_STUDY = "Give the Study Instance UID of a small study: one instance of it is moved here, and removed again."


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
    why, advice = _not_now(remote) if model is not None else ("no C-MOVE can be sent to it", "")
    if model is None or why:
        return [port, address, *(not_tried(name, why, advice) for name in ("move destination", *_MOVED))]
    destination = timed(partial(destination_probe, remote, model))
    before = [port, address, destination]
    if study is None:
        return [*before, *(not_tried(name, "no study is known", _GIVE_STUDY) for name in _MOVED)]
    for probe, why in ((port, "our port cannot be opened"), (destination, "the archive does not know us")):
        if probe.verdict == "failed":
            return [*before, *(not_tried(name, why) for name in _MOVED)]
    moved = move_one(replace(remote, hours=None, pause=0.0), study, destination)
    return [port, address, proved(destination, moved[0]), *moved]


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
            trail.port_opened(remote, membership.port, lambda _: None)
            announce.port_opened(remote, listener.ae_title or "", membership.port)
        trail.port_closed(remote, membership.port, lambda _: None)
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
