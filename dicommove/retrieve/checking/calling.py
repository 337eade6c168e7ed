"""The way to the archive: TCP, TLS, association, C-ECHO, services and options, each only when the one before it went through."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING

from pydicom.uid import UID

from ...errors import AssociationError, AssociationLost, AssociationRejected, DicomMoveError, PresentationContextRejected
from ...net import FindOptions, MoveOptions, Service, associate, echo, open_association, reach, secure, speaks_tls
from ...terms import VERIFICATION, InformationModel, status_meaning
from .probe import ANSWERED, Probe, failure, not_tried, timed, was_answered
from .querying import QUERY, query_probe

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from ...entities import Remote
    from ...net import Association

__all__ = ["call"]

_MODELS = {
    InformationModel.STUDY_ROOT: "Study Root",
    InformationModel.PATIENT_ROOT: "Patient Root",
    InformationModel.PATIENT_STUDY_ONLY: "Patient/Study Only",
}
_RETIRED = InformationModel.PATIENT_STUDY_ONLY
_WORDS = {
    "relational": "relational queries",
    "combined_datetime": "date and time matched as one",
    "fuzzy_names": "fuzzy matching of names",
    "timezone": "time zone adjustment",
    "enhanced_conversion": "conversion of multi-frame images",
    "empty_values": "empty value matching",
    "multiple_values": "multiple value matching",
}
_EVERY_FIND = FindOptions(**dict.fromkeys((one.name for one in fields(FindOptions)), True))
_EVERY_MOVE = MoveOptions(**dict.fromkeys((one.name for one in fields(MoveOptions)), True))
_LEFT_S = 1.5
"""Seconds for a second question, of TLS, where the first one was not answered: somebody waits at a desk."""
_AFTER_TCP = ("TLS", "association", "C-ECHO", "services")


def call(remote: Remote) -> tuple[list[Probe], InformationModel | None]:
    """Try the way to the archive.

    Parameters
    ----------
    remote : Remote
        Its timeouts (seconds) hold for each step.

    Returns
    -------
    list of Probe, InformationModel or None
        And the model in which it takes C-MOVE; None when it does in none.
    """
    line: list[socket.socket] = []  # the connection, made by one probe and used by the next
    tcp = timed(partial(_tcp, remote, line))
    if tcp.verdict != "ok":
        return [tcp, *(not_tried(name, "nothing answers there") for name in _AFTER_TCP)], None
    tls = timed(partial(_tls, remote, line)) if remote.tls else _NO_TLS
    if tls.verdict == "failed":
        return [tcp, tls, *(not_tried(name, "there is no TLS") for name in _AFTER_TCP[1:])], None
    return _associated(remote, line[-1], [tcp, tls])


def _tcp(remote: Remote, line: list[socket.socket]) -> Probe:
    try:
        line.append(reach(remote))
    except AssociationError as error:
        return failure("TCP", error)
    address = remote.host
    with suppress(OSError):  # closed by the peer already: the association will say so better
        address = str(line[-1].getpeername()[0])
    return Probe("TCP", "ok", f"{address} takes connections on port {remote.port}")


def _tls(remote: Remote, line: list[socket.socket]) -> Probe:
    try:
        connection, agreed = secure(remote, line[-1])
    except DicomMoveError as error:
        if _answers_without_tls(_hurried(remote)):
            advice = "Take out tls=, or ask for the port that has it; the administrator says which is meant."
            return Probe("TLS", "failed", "there is no TLS on this port, and DICOM without it is answered", advice)
        if isinstance(error.__cause__, TimeoutError):
            found = f"the beginning of TLS was not answered within {remote.connect_timeout:g} s"
            return Probe("TLS", "failed", found, "Is this the port of the archive that has TLS? Its administrator says which is.")
        return failure("TLS", error)
    line.append(connection)
    return Probe("TLS", "ok", agreed)


def _answers_without_tls(remote: Remote) -> bool:
    try:
        open_association(replace(remote, tls=None), services=[(VERIFICATION, None)]).release()
    except (AssociationRejected, PresentationContextRejected):
        return True
    except DicomMoveError:
        return False
    return True


def _hurried(remote: Remote) -> Remote:
    return replace(remote, **{name: min(_LEFT_S, getattr(remote, name)) for name in ("connect_timeout", "acse_timeout")})


def _services() -> list[Service]:
    finds: list[Service] = [(model.find_uid, _EVERY_FIND) for model in _MODELS]
    moves: list[Service] = [(model.move_uid, _EVERY_MOVE) for model in _MODELS]
    return [(VERIFICATION, None), *finds, *moves]


def _associated(remote: Remote, connected: socket.socket, before: list[Probe]) -> tuple[list[Probe], InformationModel | None]:
    opened: list[Association] = []
    probe = timed(partial(_associate, remote, connected, opened))
    if not opened:
        if remote.tls is None and probe.found.startswith(_LOST) and speaks_tls(remote, _LEFT_S):
            before[1] = _TLS_MISSING
        return [*before, probe, *(not_tried(name, "there is no association") for name in _AFTER_TCP[2:])], None
    with suppress(AssociationError), opened[0] as association:
        echoed = timed(partial(_echo, association))
        rows = [*before, probe, echoed, *_accepted(association), *_options(association)]
        return _asked(remote, rows, association) if was_answered(echoed) else (rows, None)
    return [*before, probe], None


def _asked(remote: Remote, rows: list[Probe], association: Association) -> tuple[list[Probe], InformationModel | None]:
    """Accepted is not answered: a C-FIND tells the two apart."""
    model = next((model for model in _MODELS if association.accepted(model.find_uid)), None)
    if model is None:
        return [*rows, not_tried(QUERY, "no C-FIND can be sent to it")], _model_of(association)
    probe = timed(partial(query_probe, remote, model))
    return [*rows, probe], _model_of(association) if was_answered(probe) else None


_LOST = "no answer:"
_NO_TLS = Probe("TLS", "absent", "not used: what is sent can be read on the way")
_TLS_MISSING = Probe(
    "TLS", "failed", "this port wants TLS, and this peer has none",
    "Give Peer(..., tls=dm.TLS(ca_file=...)). Ask the administrator for the authority, and whether we need a certificate.",
)  # fmt: skip


def _associate(remote: Remote, connected: socket.socket, opened: list[Association]) -> Probe:
    try:
        opened.append(associate(remote, connected, services=_services()))
    except AssociationRejected as error:
        numbers = f"rejected: {error.reason_text} (result {error.result}, source {error.source}, reason {error.reason})"
        return replace(failure("association", error), found=numbers)
    except AssociationLost as error:
        probe = failure("association", error)
        return replace(probe, found=f"{_LOST} {probe.found}")
    except DicomMoveError as error:
        return failure("association", error)
    class_uid, version_name = opened[0].implementation
    who = version_name or class_uid
    return Probe("association", "ok", f"accepted; it is {who}" if who else "accepted")


def _echo(association: Association) -> Probe:
    try:
        status = echo(association)
    except PresentationContextRejected as error:
        return Probe("C-ECHO", "absent", "not accepted", str(error).partition(". ")[2])
    except AssociationError as error:
        return failure("C-ECHO", error)
    if status:
        return Probe("C-ECHO", "failed", f"{ANSWERED} 0x{status:04X} ({status_meaning(status)})", "Ask the administrator.")
    return Probe("C-ECHO", "ok", f"{ANSWERED} 0x0000 (success)")


def _accepted(association: Association) -> Iterator[Probe]:
    for service in ("C-FIND", "C-MOVE"):
        uids = {model: model.find_uid if service == "C-FIND" else model.move_uid for model in _MODELS}
        some = any(association.accepted(uid) for model, uid in uids.items() if model is not _RETIRED)
        for model, uid in uids.items():
            yield _service(association, f"{service}, {_MODELS[model]}", uid, needed=not some and model is not _RETIRED)


def _service(association: Association, name: str, uid: str, *, needed: bool) -> Probe:
    syntax = association.transfer_syntax(uid)
    if syntax is not None:
        return Probe(name, "ok", f"accepted in {UID(syntax).name}")
    why = association.refused.get(uid, "not accepted")
    if not needed:
        return Probe(name, "absent", why)
    calling = association.remote.calling_ae_title
    return Probe(name, "failed", why, f"Ask the administrator to open this service to the calling AE title {calling}.")


def _options(association: Association) -> Iterator[Probe]:
    model = _model_of(association)
    if model is None:
        return
    granted = {"C-FIND": association.find_options(model.find_uid), "C-MOVE": association.move_options(model.move_uid)}
    for service, options in granted.items():
        words = [_WORDS[one.name] for one in fields(options) if getattr(options, one.name)]
        name = f"extended negotiation, {service}"
        yield Probe(name, "ok", f"granted: {', '.join(words)}") if words else Probe(name, "absent", "nothing was granted")


def _model_of(association: Association) -> InformationModel | None:
    return next((model for model in _MODELS if association.accepted(model.move_uid)), None)
