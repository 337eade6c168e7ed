"""Does the archive answer a search: it is asked for a study that does not exist, so that no patient's data are touched."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from ...errors import AssociationLost, DicomMoveError
from ...net import find, open_association
from ...query import move_identifier
from ...terms import InformationModel, Level, StatusCategory
from .probe import ANSWERED, Probe, failure

if TYPE_CHECKING:
    from ...entities import Remote

__all__ = ["QUERY", "query_probe"]

QUERY = "query"


def query_probe(remote: Remote, model: InformationModel) -> Probe:
    """Send one C-FIND by unique keys: archives that accept the service of everybody may answer only those whom they know.

    Parameters
    ----------
    remote : Remote
    model : InformationModel
        One in which C-FIND was accepted.
    """
    keys = {"StudyInstanceUID": f"2.25.{uuid.uuid4().int}"}
    if model is not InformationModel.STUDY_ROOT:
        keys["PatientID"] = f"NO-{uuid.uuid4().hex[:12].upper()}"
    try:
        with open_association(remote, services=[(model.find_uid, None)]) as association:
            answer = find(association, move_identifier(Level.STUDY, model, keys), model, max_matches=1)
    except AssociationLost as error:
        return _lost(remote, error)
    except DicomMoveError as error:
        return failure(QUERY, error)
    said = f"{ANSWERED} 0x{answer.status:04X} ({answer.meaning})"
    if answer.category is StatusCategory.FAILURE:
        return Probe(QUERY, "failed", said, f"Ask the administrator to allow C-FIND to the calling AE title {_title(remote)}.")
    return Probe(QUERY, "ok", said)


def _lost(remote: Remote, error: AssociationLost) -> Probe:
    if error.reason == "silent":
        return failure(QUERY, error)
    found = (
        f"it lets us in, and ended the association instead of answering ({error.reason}), as Orthanc and others do where they do "
        f"not know the calling AE title {_title(remote)}, or know it at another address"
    )
    return Probe(QUERY, "failed", found, "Have the administrator register it: pacs.registration() is the page to send.")


def _title(remote: Remote) -> str:
    return repr(remote.calling_ae_title)
