"""The three services of the archive: C-ECHO, C-FIND and C-MOVE (PS3.4 A, C), on a pynetdicom association.

Its own service classes would choose the counters, decode and re-encode what is sent, and so hide what a toolkit must be
tried against.
"""

from __future__ import annotations

import logging
import threading
from itertools import islice
from typing import TYPE_CHECKING

from pynetdicom.dimse_primitives import C_ECHO, C_FIND, C_MOVE

from ..terms import Level, status_meaning
from .answers import answer_to, instances_of, matching_nodes, uninvited
from .attributes import LEVEL_TAG
from .availability import Availability
from .exchange import Exchange
from .identifier import IdentifierError, read_find_identifier, read_move_identifier
from .move import MoveJob, Nobody
from .sender import Originator

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynetdicom.association import Association

    from .conduct import Conduct
    from .identifier import Identifier
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
    conduct : Conduct
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
        conduct: Conduct,
        stopping: threading.Event,
    ) -> None:
        self._index = index
        self._ae_title = ae_title
        self._address_of = address_of
        self._conduct = conduct
        self._stopping = stopping
        self._availability = Availability(index, conduct.preparation_seconds)
        self._late: list[threading.Thread] = []

    def serve(self, association: Association, message: object, context_id: int) -> None:
        """Serve one request to its end; what no accepted context can bring aborts the association."""
        if not isinstance(message, C_ECHO | C_FIND | C_MOVE) or not message.is_valid_request:
            association.abort()
            return
        exchange = Exchange(association, message, context_id, deaf=self._conduct.deaf)
        try:
            self._serve(exchange)
        except IdentifierError as refused:
            exchange.respond(refused.status, comment=refused.comment, offending=refused.offending)
        except Exception:
            _LOGGER.debug("a request could not be served", exc_info=True)
            exchange.respond(_UNABLE_TO_PROCESS, comment="the request could not be served")
        finally:
            association.dimse.cancel_req.pop(exchange.message_id, None)

    def close(self) -> None:
        """Wait for the end of what is still sent after its final response; `stopping` is set by then."""
        for thread in self._late:
            thread.join(timeout=5)

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
        for node in islice(matching_nodes(self._index, identifier, ignored=self._conduct.ignored), self._conduct.cap):
            if exchange.gone:
                return
            if exchange.cancelled:
                exchange.respond(0xFE00)
                return
            answer, every_key = answer_to(node, identifier, ae_title=self._ae_title, availability=self._availability.of(node))
            exchange.respond(0xFF00 if every_key else 0xFF01, identifier=answer)
        exchange.respond(0x0000)

    def _move(self, exchange: Exchange) -> None:
        identifier = read_move_identifier(exchange.identifier(), explicit=exchange.explicit, model=exchange.model)
        if self._conduct.study_only and identifier.level > Level.STUDY:
            raise IdentifierError(f"C-MOVE at {identifier.level} level is not supported", LEVEL_TAG)
        destination = str(getattr(exchange.request, "MoveDestination", None) or "").strip()
        address = self._address_of(destination)
        status = self._conduct.refusal or _UNKNOWN_DESTINATION
        if self._conduct.refusal or address is None:
            exchange.respond(status, comment=status_meaning(status, "C-MOVE"))
            return
        job = self._job(exchange, identifier, destination, address)
        if self._conduct.late_seconds is None:
            job.run(exchange)
        else:
            job.foretell(exchange)
            self._send_later(job, self._conduct.late_seconds)

    def _job(self, exchange: Exchange, identifier: Identifier, destination: str, address: tuple[str, int]) -> MoveJob:
        nodes = tuple(matching_nodes(self._index, identifier))
        more = uninvited(self._index, nodes) if self._conduct.unexpected else ()
        return MoveJob(
            instances_of(nodes) + more,
            address=address,
            called=destination,
            calling=self._ae_title,
            originator=Originator(exchange.calling_ae_title, exchange.message_id),
            conduct=self._conduct,
            preparation_seconds=self._availability.seconds_before(nodes),
            stopping=self._stopping,
        )

    def _send_later(self, job: MoveJob, seconds: float) -> None:
        def come_late() -> None:
            if not self._stopping.wait(seconds):
                job.run(Nobody())

        self._late = [thread for thread in self._late if thread.is_alive()]
        thread = threading.Thread(target=come_late, name="demo-archive-late", daemon=True)
        self._late.append(thread)
        thread.start()
