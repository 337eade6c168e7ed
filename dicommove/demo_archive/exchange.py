"""One request on an accepted association, and the responses to it (PS3.7 9.1, 9.3): what the services see of the network."""

from __future__ import annotations

import select
import struct
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ..terms import IMPLICIT_VR_LITTLE_ENDIAN, InformationModel
from .elements import Element, Elements, encode_elements, text_element
from .sender import p_data_pdus

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping

    from pynetdicom.association import Association
    from pynetdicom.dimse_primitives import C_ECHO, C_FIND, C_MOVE

__all__ = ["COMPLETED", "FAILED", "REMAINING", "WARNING", "Exchange"]

REMAINING, COMPLETED, FAILED, WARNING = 0x00001020, 0x00001021, 0x00001022, 0x00001023
"""Tags of the four counters of a C-MOVE-RSP (PS3.7 E.1)."""

_COMMAND_FIELDS = {"C_FIND": 0x8020, "C_MOVE": 0x8021, "C_ECHO": 0x8030}
_NO_DATA_SET, _DATA_SET = 0x0101, 0x0001
_DEFAULT_FRAGMENT = 1 << 17
_LONGEST_HEARING_SECONDS = 1.0


class Exchange:
    """A request and the way back to who sent it.

    Responses are framed here, from bytes, and each is put on the connection at once: pynetdicom's own message classes would
    decode and check every value on its way out, and its queue would let hundreds of them pass before a C-CANCEL is read.

    Parameters
    ----------
    association : Association
        The accepted association.
    request : C_ECHO, C_FIND or C_MOVE
        The request primitive.
    context_id : int
        Presentation context that it came on.
    deaf : bool
        Whether a C-CANCEL is not listened to.
    """

    def __init__(
        self, association: Association, request: C_ECHO | C_FIND | C_MOVE, context_id: int, *, deaf: bool = False
    ) -> None:
        context = association._accepted_cx[context_id]  # noqa: SLF001 - the public list has to be searched for each request
        self._association = association
        self._context_id = context_id
        self._deaf = deaf
        self._command_field = _COMMAND_FIELDS.get(type(request).__name__, 0)
        self.request = request
        self.message_id = int(request.MessageID or 0)
        self.sop_class_uid = str(context.abstract_syntax)
        self.explicit = str(context.transfer_syntax[0]) != IMPLICIT_VR_LITTLE_ENDIAN

    @property
    def model(self) -> InformationModel:
        """Information model of the SOP Class that was asked."""
        return next(model for model in InformationModel if self.sop_class_uid in (model.find_uid, model.move_uid))

    @property
    def calling_ae_title(self) -> str:
        """Who asks."""
        return str(self._association.requestor.ae_title).strip()

    @property
    def relational(self) -> bool:
        """Whether relational queries were negotiated for this SOP Class (PS3.4 C.5.1.1)."""
        answered = self._association.acceptor.sop_class_extended
        return answered.get(self.sop_class_uid, b"\0")[:1] == b"\1"  # type: ignore[call-overload,no-any-return]  # UID is a str

    def identifier(self) -> bytes:
        """The encoded Identifier of the request."""
        stream = getattr(self.request, "Identifier", None)
        return stream.getvalue() if stream is not None else b""

    @property
    def cancelled(self) -> bool:
        """Whether a C-CANCEL for this request has come (PS3.7 9.3.2.3)."""
        return not self._deaf and self.message_id in self._association.dimse.cancel_req

    @property
    def gone(self) -> bool:
        """Whether the peer, or we, ended the association."""
        association = self._association
        return not association.is_established or association.acse.is_aborted() or not association.dul.is_alive()

    def respond(
        self,
        status: int,
        *,
        identifier: Elements | None = None,
        counters: Mapping[int, int] | None = None,
        comment: str = "",
        offending: tuple[int, ...] = (),
    ) -> None:
        """Send one response.

        Parameters
        ----------
        status : int
            DIMSE status code.
        identifier : Elements, optional
            Sent as the response's data set.
        counters : mapping of int to int, optional
            Numbers of sub-operations, by their tags.
        comment : str
            Error Comment; at most 64 characters.
        offending : tuple of int
            Tags for the Offending Element.
        """
        command: Elements = {tag: _word(number) for tag, number in (counters or {}).items()}
        command[0x00000002] = text_element("UI", self.sop_class_uid)
        command[0x00000100] = _word(self._command_field)
        command[0x00000120] = _word(self.message_id)
        command[0x00000800] = _word(_NO_DATA_SET if identifier is None else _DATA_SET)
        command[0x00000900] = _word(status)
        if comment:
            command[0x00000902] = text_element("LO", comment[:64])
        if offending:
            command[0x00000901] = Element("AT", b"".join(struct.pack("<HH", tag >> 16, tag & 0xFFFF) for tag in offending))
        self._send(command, identifier)

    def abort(self) -> None:
        """Abort the association as its user (PS3.8 7.3)."""
        self._association.abort()

    def _send(self, command: Elements, identifier: Elements | None) -> None:
        body = encode_elements(command, explicit=False)
        group_length = encode_elements({0: Element("UL", struct.pack("<L", len(body)))}, explicit=False)
        pdus = [*self._pdus(1, group_length + body)]
        if identifier is not None:
            pdus += self._pdus(0, encode_elements(identifier, explicit=self.explicit))
        self._hear_the_peer()
        connection = self._connection
        if connection is not None and not self.gone:
            # What cannot be sent any more shows in `gone` as soon as pynetdicom has seen the end of the connection.
            with suppress(OSError):
                connection.sendall(b"".join(pdus))

    def _pdus(self, control: int, data: bytes) -> Iterator[bytes]:
        largest = self._association.dimse.maximum_pdu_size or _DEFAULT_FRAGMENT
        return p_data_pdus(self._context_id, control, data, max(largest - 6, 1))

    @property
    def _connection(self) -> socket.socket | None:
        transport = self._association.dul.socket
        return transport.socket if transport is not None else None

    def _hear_the_peer(self) -> None:
        """Wait until pynetdicom's thread has read what the peer said, a C-CANCEL say, before more is sent."""
        deadline = time.monotonic() + _LONGEST_HEARING_SECONDS
        while not self.gone and _has_spoken(self._connection) and time.monotonic() < deadline:
            time.sleep(0.001)


def _has_spoken(connection: socket.socket | None) -> bool:
    try:
        return connection is not None and bool(select.select([connection], [], [], 0)[0])
    except (OSError, ValueError):
        return False


def _word(number: int) -> Element:
    return Element("US", struct.pack("<H", number & 0xFFFF))
