"""The listening side: pynetdicom accepts the associations and hands each request to our own service."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from pynetdicom import AE, evt
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from ..terms import (
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    IMPLICIT_VR_LITTLE_ENDIAN,
    VERIFICATION,
    InformationModel,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynetdicom.association import Association

    from .services import QueryRetrieveService

__all__ = ["Acceptor"]

_LOGGED = (evt.EVT_DIMSE_RECV, evt.EVT_DIMSE_SENT, evt.EVT_PDU_RECV, evt.EVT_PDU_SENT)
_ANY_TITLE = "ANY-SCP"
_STUCK_SECONDS = 30.0


class Acceptor:
    """Listens from its making until `close`.

    Parameters
    ----------
    service : QueryRetrieveService
        Serves the requests.
    address : tuple of (str, int)
        Host and port; port 0 takes a free one.
    ae_title : str
        Associations must call this title, or ``ANY-SCP``.
    relational : bool
        Whether relational queries are accepted where they are asked for.
    """

    def __init__(self, service: QueryRetrieveService, *, address: tuple[str, int], ae_title: str, relational: bool) -> None:
        self._entity = _entity(ae_title)
        handlers: list[Any] = [(evt.EVT_REQUESTED, _take_any_title), (evt.EVT_SOP_EXTENDED, _answer_extended, [relational])]
        self._server = cast(
            "_Server",
            self._entity.make_server(address, evt_handlers=handlers, server_class=_Server, request_handler=_Handler),
        )
        self._server.service = service
        # AE.shutdown() and the limit of associations look in this list, which only its own start_server() fills.
        self._entity._servers.append(self._server)  # noqa: SLF001
        # pynetdicom looks twice a second whether it should stop; a test suite stops many archives.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="demo-archive", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """TCP port that is listened on."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Abort what is open and stop listening."""
        self._server.shutdown()
        for association in self._server.active_associations:
            _hang_up_when_stuck(association)
            association.abort()
            association.join(timeout=5)
        self._thread.join(timeout=5)
        self._server.service.close()


class _Handler(RequestHandler):
    server: _Server

    def _create_association(self) -> Association:
        association = super()._create_association()
        _unlog(association)
        association.bind(evt.EVT_DIMSE_RECV, _forget_older_cancel)
        # The one place where pynetdicom dispatches a request: ours instead of its service classes.
        setattr(association, "_serve_request", partial(self.server.service.serve, association))  # noqa: B010 - mypy forbids assigning it
        return association


class _Server(ThreadedAssociationServer):
    service: QueryRetrieveService
    request_queue_size = 128
    daemon_threads = True

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """Accept a connection and send small responses at once."""
        accepted, address = super().get_request()
        client = _Connection(fileno=accepted.detach())
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A peer that does not read what it asked for must not hold a thread for ever.
        client.settimeout(_STUCK_SECONDS)
        return client, address


class _Connection(socket.socket):
    """A socket that is closed even when the peer was faster: pynetdicom closes only after a shutdown without error."""

    def shutdown(self, how: int) -> None:
        """Shut down; one that the peer has shut down already is no error."""
        with suppress(OSError):
            super().shutdown(how)


def _entity(ae_title: str) -> AE:
    entity = AE(ae_title)
    entity.require_called_aet = True
    entity.maximum_associations = 128
    entity.maximum_pdu_size = 131072
    # A long C-MOVE is silent on its own association; a peer that dies closes its connection.
    entity.network_timeout = None
    entity.acse_timeout = 10
    entity.implementation_class_uid = IMPLEMENTATION_CLASS_UID
    entity.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    services = [VERIFICATION, *(uid for model in InformationModel for uid in (model.find_uid, model.move_uid))]
    for uid in services:
        entity.add_supported_context(uid, [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN])
    return entity


def _unlog(association: Association) -> None:
    """Take off pynetdicom's own logging of messages: it costs time, and at DEBUG it writes out names."""
    for event in _LOGGED:
        bound = cast("list[tuple[Callable[..., Any], object]]", association.get_handlers(event))
        for handler, _ in list(bound):
            association.unbind(event, handler)


def _hang_up_when_stuck(association: Association) -> None:
    """Close the connection to a peer that does not read: neither the rest of an answer nor an A-ABORT would get through."""
    transport = association.dul.socket
    connection = transport.socket if transport is not None else None
    with suppress(OSError, ValueError):
        if connection is not None and not select.select([], [connection], [], 0)[1]:
            connection.shutdown(socket.SHUT_RDWR)


def _take_any_title(event: evt.Event) -> None:
    """Let ``ANY-SCP`` stand for the archive's own title; any other is rejected by pynetdicom (PS3.8 9.3.4, reason 7)."""
    requested = event.assoc.requestor.primitive
    if requested is not None and str(requested.called_ae_title).strip() == _ANY_TITLE:
        event.assoc.acceptor.ae_title = _ANY_TITLE


def _answer_extended(event: evt.Event, relational: bool) -> dict[str, bytes]:
    """Accept relational queries, and of the other extended options none (PS3.4 C.5.1.1.1)."""
    finds = {model.find_uid for model in InformationModel}
    asked = cast("dict[str, bytes]", getattr(event, "app_info"))  # noqa: B009 - events get their attributes at run time
    return {
        uid: (info[:1] if relational and uid in finds else b"\0") + bytes(max(len(info) - 1, 0)) for uid, info in asked.items()
    }


def _forget_older_cancel(event: evt.Event) -> None:
    """Make void a C-CANCEL that came too late for an older request of the same Message ID; one that comes after it counts."""
    message_id = getattr(event.message.command_set, "MessageID", None)
    if message_id is not None:
        event.assoc.dimse.cancel_req.pop(message_id, None)
