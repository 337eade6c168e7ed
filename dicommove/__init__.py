"""Retrieve medical images from a PACS with DICOM C-MOVE, from a notebook or a shell, and know what arrived.

>>> import dicommove as dm
>>> with dm.demo() as pacs:
...     pacs.studies().where(PatientID="000123").count() > 0
True

Names are loaded when they are first used (SPEC 1): ``import dicommove`` alone loads no third-party module.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING

from .version import __version__

if TYPE_CHECKING:
    from .entities import TLS, Identity, Listener
    from .errors import (
        AnswersWarning,
        AssociationError,
        AssociationLost,
        AssociationRejected,
        AuditError,
        AuditWarning,
        ConformanceWarning,
        DicomMoveError,
        DicomMoveWarning,
        EntityError,
        JournalDamaged,
        ListenerError,
        MissingExtra,
        MoveFailed,
        MoveTooLarge,
        PeerUnreachable,
        PresentationContextRejected,
        QueryError,
        SearchRefused,
        StoreError,
        StoreWarning,
        ValueWarning,
    )
    from .facade import DemoPeer, Peer, PeerQuery, demo, resume, start_resume
    from .lab import form, preview, watch
    from .query import Query, all_of, between
    from .retrieve import (
        Catalog,
        Check,
        Explanation,
        Limit,
        Listening,
        MoveOperation,
        MoveResult,
        Plan,
        Registration,
        Snapshot,
        reopen,
    )
    from .store import Rebuilt, rebuild
    from .terms import InformationModel, Level, StatusCategory

__all__ = [
    "TLS",
    "AnswersWarning",
    "AssociationError",
    "AssociationLost",
    "AssociationRejected",
    "AuditError",
    "AuditWarning",
    "Catalog",
    "Check",
    "ConformanceWarning",
    "DemoPeer",
    "DicomMoveError",
    "DicomMoveWarning",
    "EntityError",
    "Explanation",
    "Identity",
    "InformationModel",
    "JournalDamaged",
    "Level",
    "Limit",
    "Listener",
    "ListenerError",
    "Listening",
    "MissingExtra",
    "MoveFailed",
    "MoveOperation",
    "MoveResult",
    "MoveTooLarge",
    "Peer",
    "PeerQuery",
    "PeerUnreachable",
    "Plan",
    "PresentationContextRejected",
    "Query",
    "QueryError",
    "Rebuilt",
    "Registration",
    "SearchRefused",
    "Snapshot",
    "StatusCategory",
    "StoreError",
    "StoreWarning",
    "ValueWarning",
    "__version__",
    "all_of",
    "between",
    "demo",
    "form",
    "preview",
    "rebuild",
    "reopen",
    "resume",
    "start_resume",
    "watch",
]

_LAZY: dict[str, str] = {
    "TLS": ".entities",
    "AnswersWarning": ".errors",
    "AssociationError": ".errors",
    "AssociationLost": ".errors",
    "AssociationRejected": ".errors",
    "AuditError": ".errors",
    "AuditWarning": ".errors",
    "Catalog": ".retrieve",
    "Check": ".retrieve",
    "ConformanceWarning": ".errors",
    "DemoPeer": ".facade",
    "DicomMoveError": ".errors",
    "DicomMoveWarning": ".errors",
    "EntityError": ".errors",
    "Explanation": ".retrieve",
    "Identity": ".entities",
    "InformationModel": ".terms",
    "JournalDamaged": ".errors",
    "Level": ".terms",
    "Limit": ".retrieve",
    "Listener": ".entities",
    "ListenerError": ".errors",
    "Listening": ".retrieve",
    "MissingExtra": ".errors",
    "MoveFailed": ".errors",
    "MoveOperation": ".retrieve",
    "MoveResult": ".retrieve",
    "MoveTooLarge": ".errors",
    "Peer": ".facade",
    "PeerQuery": ".facade",
    "PeerUnreachable": ".errors",
    "Plan": ".retrieve",
    "PresentationContextRejected": ".errors",
    "Query": ".query",
    "QueryError": ".errors",
    "Rebuilt": ".store",
    "Registration": ".retrieve",
    "SearchRefused": ".errors",
    "Snapshot": ".retrieve",
    "StatusCategory": ".terms",
    "StoreError": ".errors",
    "StoreWarning": ".errors",
    "ValueWarning": ".errors",
    "all_of": ".query",
    "between": ".query",
    "demo": ".facade",
    "form": ".lab",
    "preview": ".lab",
    "rebuild": ".store",
    "reopen": ".retrieve",
    "resume": ".facade",
    "start_resume": ".facade",
    "watch": ".lab",
}

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> object:
    """Load a public name; it stays, so the second use costs nothing."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_LAZY[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Tab completion shows the public names only."""
    return __all__
