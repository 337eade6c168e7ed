"""Every exception and warning of the package.

.. code-block:: text

    DicomMoveError
    +-- QueryError (ValueError)            what was asked for is not allowed, or not clear
    |   +-- MoveTooLarge                   more than ``limit=`` studies or instances
    +-- EntityError (ValueError)           an AE title, port, address or named entry is unusable
    +-- AssociationError (ConnectionError) the peer could not be talked to, in one of four ways
    |   +-- PeerUnreachable                no TCP connection
    |   +-- AssociationRejected            A-ASSOCIATE-RJ: result, source, reason
    |   +-- PresentationContextRejected    associated, but the service was not accepted
    |   +-- AssociationLost                aborted, closed or silent after it was accepted
    +-- SearchRefused                      the peer answered a C-FIND with a failure status
    +-- ListenerError (OSError)            our own Storage SCP could not open its port
    +-- StoreError (OSError)               the data folder cannot take what arrives
    |   +-- JournalDamaged                 its journal cannot be read; ``rebuild()`` makes it again from the files
    +-- AuditError (OSError)               a line of the audit trail is required, and cannot be written
    +-- PixelError (ValueError)            no picture can be had from an instance; the text says why
    +-- MoveFailed                         raised only by ``raise_for_outcome()``
    +-- MissingExtra (ImportError)         an optional part is not installed

    DicomMoveWarning (UserWarning)
    +-- AnswersWarning                     C-FIND answers truncated, dropped or unverified
    +-- ValueWarning                       values that do not fit their VR
    +-- ConformanceWarning                 taken or sent although the Standard forbids it
    +-- AuditWarning                       a line of the audit trail could not be written
    +-- StoreWarning                       a damaged journal was set aside and made again

Texts never hold patient data; what was measured is in attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AnswersWarning",
    "AssociationError",
    "AssociationLost",
    "AssociationRejected",
    "AuditError",
    "AuditWarning",
    "ConformanceWarning",
    "DicomMoveError",
    "DicomMoveWarning",
    "EntityError",
    "JournalDamaged",
    "ListenerError",
    "MissingExtra",
    "MoveFailed",
    "MoveTooLarge",
    "PeerUnreachable",
    "PixelError",
    "PresentationContextRejected",
    "QueryError",
    "SearchRefused",
    "StoreError",
    "StoreWarning",
    "ValueWarning",
]


class DicomMoveError(Exception):
    """Base of every exception that this package raises on purpose."""


class QueryError(DicomMoveError, ValueError):
    """The query is not allowed by the Standard, or says too little to be moved."""


class MoveTooLarge(QueryError):
    """The query resolves to more than the limit allows; nothing was moved.

    Attributes
    ----------
    studies, instances : int or None
        How much it would be; None when the peer did not say.
    size_bytes : int or None
        Estimated size in bytes.
    hours : float or None
        Estimated duration in hours.
    """

    def __init__(
        self,
        message: str,
        *,
        studies: int | None = None,
        instances: int | None = None,
        size_bytes: int | None = None,
        hours: float | None = None,
    ) -> None:
        super().__init__(message)
        self.studies = studies
        self.instances = instances
        self.size_bytes = size_bytes
        self.hours = hours


class EntityError(DicomMoveError, ValueError):
    """A description of an Application Entity cannot be used (PS3.5 6.2, VR AE)."""


class AssociationError(DicomMoveError, ConnectionError):
    """Base of the four ways in which an association fails.

    Attributes
    ----------
    peer : str
        The peer as ``AE_TITLE@host:port``.
    """

    def __init__(self, message: str, *, peer: str = "") -> None:
        super().__init__(message)
        self.peer = peer


class PeerUnreachable(AssociationError):
    """No TCP (or TLS) connection to the peer could be made.

    Attributes
    ----------
    reason : str
        What the operating system said, in its words.
    """

    def __init__(self, message: str, *, peer: str = "", reason: str = "") -> None:
        super().__init__(message, peer=peer)
        self.reason = reason


class AssociationRejected(AssociationError):
    """The peer answered with A-ASSOCIATE-RJ (PS3.8 9.3.4).

    Attributes
    ----------
    result, source, reason : int
        The three numbers of the PDU; ``reason_text`` is their meaning.
    """

    def __init__(
        self, message: str, *, peer: str = "", result: int = 0, source: int = 0, reason: int = 0, reason_text: str = ""
    ) -> None:
        super().__init__(message, peer=peer)
        self.result = result
        self.source = source
        self.reason = reason
        self.reason_text = reason_text


class PresentationContextRejected(AssociationError):
    """The association was accepted, but not the service that was asked for (PS3.8 9.3.3.2).

    Attributes
    ----------
    abstract_syntaxes : tuple of str
        The UIDs that were proposed and not accepted.
    """

    def __init__(self, message: str, *, peer: str = "", abstract_syntaxes: tuple[str, ...] = ()) -> None:
        super().__init__(message, peer=peer)
        self.abstract_syntaxes = abstract_syntaxes


class AssociationLost(AssociationError):
    """The peer aborted, closed the connection or fell silent after it had accepted.

    Attributes
    ----------
    reason : str
        ``"aborted"``, ``"closed"`` or ``"silent"``.
    responses : int
        How many responses had come before.
    """

    def __init__(self, message: str, *, peer: str = "", reason: str = "", responses: int = 0) -> None:
        super().__init__(message, peer=peer)
        self.reason = reason
        self.responses = responses


class SearchRefused(DicomMoveError):
    """The peer ended a C-FIND with a failure status: what it had answered until then proves nothing (PS3.4 C.4.1.1.4).

    Attributes
    ----------
    status : int
        The final status.
    comment : str or None
        The Error Comment (0000,0902) of the response.
    """

    def __init__(self, message: str, *, status: int = 0, comment: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.comment = comment


class ListenerError(DicomMoveError, OSError):
    """The Storage SCP could not open its port.

    Attributes
    ----------
    port : int
        The TCP port that was asked for.
    holder : Mapping
        What is known of the process that holds it (``pid``, ``user``, ``folder``, ``since``); empty when unknown.
    in_use : bool
        Somebody holds the port: waiting may help.
    """

    def __init__(self, message: str, *, port: int = 0, holder: Mapping[str, str] | None = None, in_use: bool = False) -> None:
        super().__init__(message)
        self.port = port
        self.in_use = in_use
        self.holder: Mapping[str, str] = dict(holder or {})


class StoreError(DicomMoveError, OSError):
    """The data folder cannot take what arrives; what had arrived before is kept."""


class JournalDamaged(StoreError):
    """The journal of a data folder cannot be read: the next move, or ``rebuild()``, sets it aside and makes it again."""


class AuditError(DicomMoveError, OSError):
    """A line of the audit trail cannot be written where nothing may be done without it; nothing was done."""


class PixelError(DicomMoveError, ValueError):
    """No frame of an instance can be shown; the text says why, and which extra would help."""


class MoveFailed(DicomMoveError):
    """The outcome is not ``complete``; raised only by :meth:`MoveResult.raise_for_outcome`.

    Attributes
    ----------
    outcome : str
        The outcome of the result.
    result : object
        The `MoveResult` itself.
    """

    def __init__(self, message: str, *, outcome: str = "", result: object = None) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.result = result


class MissingExtra(DicomMoveError, ImportError):
    """An optional part is not installed; the text says which extra brings it."""


class DicomMoveWarning(UserWarning):
    """Base of every warning that this package gives."""


class AnswersWarning(DicomMoveWarning):
    """C-FIND answers look truncated, were dropped, or could not be verified."""


class ValueWarning(DicomMoveWarning):
    """Values of a data set do not fit their Value Representation and are shown as absent."""


class ConformanceWarning(DicomMoveWarning):
    """Something was taken or sent although the Standard forbids it."""


class AuditWarning(DicomMoveWarning):
    """A line of the audit trail could not be written; what was asked for was done all the same."""


class StoreWarning(DicomMoveWarning):
    """A damaged journal of a data folder was set aside, and made again of what could be read and of the files."""
