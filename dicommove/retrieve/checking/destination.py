"""Does the archive know us: it is asked to move a study that does not exist, so that no patient's data are touched."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from ...errors import AssociationLost, DicomMoveError
from ...net import move, new_message_id, open_association, release_message_id
from ...query import move_identifier
from ...terms import InformationModel, Level, status_meaning
from ..explaining.rules import UNKNOWN_DESTINATION
from .probe import Probe, failure

if TYPE_CHECKING:
    from ...entities import Remote

__all__ = ["NAME", "destination_probe", "proved"]

NAME = "move destination"
_REGISTER = "Have the administrator register it: pacs.registration() is the page to send."


def destination_probe(remote: Remote, model: InformationModel) -> Probe:
    """Ask for nothing to be moved to us, and to a destination that nobody has: an archive that refuses the other one knows us.

    Archives that look for the destination only when there is something to send answer both alike.
    """
    title = remote.listener_ae_title
    try:
        status = _move_of_nothing(remote, model, title)
        other = UNKNOWN_DESTINATION if status == UNKNOWN_DESTINATION else _move_of_nothing(remote, model, _nobody())
    except AssociationLost as error:
        found = f"asked to move a study that does not exist, the archive ended the association ({error.reason})"
        return Probe(NAME, "unknown", found, f"Often it does not know {title}. {_REGISTER}")
    except DicomMoveError as error:
        return failure(NAME, error)
    return _judged(title, status, other)


def _judged(title: str, status: int, other: int) -> Probe:
    if status == UNKNOWN_DESTINATION:
        return Probe(NAME, "failed", f"the archive does not know {title} as a move destination (0x{status:04X})", _REGISTER)
    if other == UNKNOWN_DESTINATION:
        return Probe(NAME, "ok", f"the archive knows {title}: another one it refuses as unknown")
    said = f"0x{status:04X} ({status_meaning(status)})"
    return Probe(NAME, "unknown", f"a C-MOVE of nothing was answered {said}, for an unknown destination too: that does not tell")


def proved(destination: Probe, way_back: Probe) -> Probe:
    """What the way back says of the destination: an instance that came proves it."""
    if way_back.verdict != "ok":
        return destination
    return replace(destination, verdict="ok", found="the archive knows it: an instance came", what_to_do="")


def _nobody() -> str:
    return f"NO-{uuid.uuid4().hex[:12].upper()}"


def _move_of_nothing(remote: Remote, model: InformationModel, destination: str) -> int:
    keys = {"StudyInstanceUID": f"2.25.{uuid.uuid4().int}"}
    if model is not InformationModel.STUDY_ROOT:
        keys["PatientID"] = _nobody()
    identifier, message_id = move_identifier(Level.STUDY, model, keys), new_message_id()
    try:
        with open_association(remote, services=[(model.move_uid, None)]) as association:
            responses = move(
                association,
                identifier,
                model,
                destination=destination,
                message_id=message_id,
                timeout=remote.dimse_timeout,
            )
            return list(responses)[-1].status
    finally:
        release_message_id(message_id)
