"""The three services of the archive: C-ECHO, C-FIND and C-MOVE (PS3.4 A, C), on a pynetdicom association.

Its own service classes would choose the counters, decode and re-encode what is sent, and so hide what a toolkit must be
tried against.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pynetdicom.dimse_primitives import C_ECHO, C_FIND, C_MOVE

from ..terms import status_meaning
from .answers import answer_to, instances_of, matching_nodes
from .exchange import Exchange
from .identifier import IdentifierError, read_find_identifier, read_move_identifier
from .move import MoveJob
from .sender import Originator

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from pynetdicom.association import Association

    from .faults import Fault
    from .index import Index

__all__ = ["QueryRetrieveService"]

_LOGGER = logging.getLogger(__name__)
_UNKNOWN_DESTINATION = 0xA801
_UNABLE_TO_PROCESS = 0xC000


class QueryRetrieveService:
    """Answers requests from an index; one object serves every association.

    Parameters
    ----------
    index : Index
        What the archive holds.
    ae_title : str
        The archive's own AE title.
    address_of : Callable
        Gives (host, port) of a move destination by its AE title, None when it is not registered.
    fault : Fault
        What goes wrong.
    stopping : threading.Event
        Set when the archive stops: running moves end.
    """

    def __init__(
        self,
        index: Index,
        *,
        ae_title: str,
        address_of: Callable[[str], tuple[str, int] | None],
        fault: Fault,
        stopping: threading.Event,
    ) -> None:
        self._index = index
        self._ae_title = ae_title
        self._address_of = address_of
        self._fault = fault
        self._stopping = stopping

    def serve(self, association: Association, message: object, context_id: int) -> None:
        """Serve one request to its end; what no accepted context can bring aborts the association."""
        if not isinstance(message, C_ECHO | C_FIND | C_MOVE) or not message.is_valid_request:
            association.abort()
            return
        exchange = Exchange(association, message, context_id)
        try:
            self._serve(exchange)
        except IdentifierError as refused:
            exchange.respond(refused.status, comment=refused.comment, offending=refused.offending)
        except Exception:
            _LOGGER.debug("a request could not be served", exc_info=True)
            exchange.respond(_UNABLE_TO_PROCESS, comment="the request could not be served")
        finally:
            association.dimse.cancel_req.pop(exchange.message_id, None)

    def _serve(self, exchange: Exchange) -> None:
        if isinstance(exchange.request, C_FIND):
            self._find(exchange)
        elif isinstance(exchange.request, C_MOVE):
            self._move(exchange)
        else:
            exchange.respond(0x0000)

    def _find(self, exchange: Exchange) -> None:
        identifier = read_find_identifier(
            exchange.identifier(), explicit=exchange.explicit, model=exchange.model, relational=exchange.relational
        )
        for node in matching_nodes(self._index, identifier):
            if exchange.gone:
                return
            if exchange.cancelled:
                exchange.respond(0xFE00)
                return
            answer, every_key = answer_to(node, identifier, self._ae_title)
            exchange.respond(0xFF00 if every_key else 0xFF01, identifier=answer)
        exchange.respond(0x0000)

    def _move(self, exchange: Exchange) -> None:
        identifier = read_move_identifier(exchange.identifier(), explicit=exchange.explicit, model=exchange.model)
        destination = str(getattr(exchange.request, "MoveDestination", None) or "").strip()
        address = self._address_of(destination)
        refusal = self._fault.refusal or (None if address else _UNKNOWN_DESTINATION)
        if refusal or address is None:
            status = refusal or _UNKNOWN_DESTINATION
            exchange.respond(status, comment=status_meaning(status, "C-MOVE"))
            return
        job = MoveJob(
            instances_of(self._index, identifier),
            address=address,
            called=destination,
            calling=self._ae_title,
            originator=Originator(exchange.calling_ae_title, exchange.message_id),
            fault=self._fault,
        )
        job.run(exchange, self._stopping)
