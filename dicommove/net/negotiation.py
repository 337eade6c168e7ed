"""What an association proposes, and what the peer accepted of it (PS3.8 7.1, PS3.7 D.3.3, PS3.4 C.5).

What belongs here: services as values, and their translation to and from pynetdicom's items. Few contexts, on purpose: one for
each service, in the two transfer syntaxes that every Identifier can be written in.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

from pynetdicom.pdu_primitives import SOPClassExtendedNegotiation, UserIdentityNegotiation
from pynetdicom.presentation import PresentationContext, build_context

from ..terms import EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pynetdicom.association import Association as Requestor
    from pynetdicom.pdu_primitives import A_ASSOCIATE

    from ..entities import Identity

__all__ = [
    "IDENTIFIER_SYNTAXES",
    "FindOptions",
    "MoveOptions",
    "MoveOptionsInFull",
    "Options",
    "Service",
    "propose",
    "refusals",
    "refuse_unknown_syntaxes",
]

IDENTIFIER_SYNTAXES = (EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN)
"""What every Identifier can be written in, best first."""


@dataclass(frozen=True)
class Options:
    """Extended negotiation of a SOP Class: one byte each, in the order of the Standard's table (PS3.7 D.3.3.5)."""

    @classmethod
    def from_bytes(cls, information: bytes) -> Self:
        """Read the Service-class-application-information field; a byte that is missing means no."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: information[place : place + 1] == b"\x01" for place, name in enumerate(names)})

    def to_bytes(self) -> bytes:
        """Write the field; what stands after the last option that is asked for is left out."""
        values = bytes(int(getattr(self, field.name)) for field in fields(self))
        return values.rstrip(b"\0")


@dataclass(frozen=True)
class FindOptions(Options):
    r"""Options of C-FIND in the Query/Retrieve Service (PS3.4 C.5.1.1).

    Examples
    --------
    >>> FindOptions(relational=True, fuzzy_names=True).to_bytes(), FindOptions.from_bytes(b"\x01").relational
    (b'\x01\x00\x01', True)
    """

    relational: bool = False
    combined_datetime: bool = False
    fuzzy_names: bool = False
    timezone: bool = False
    enhanced_conversion: bool = False
    empty_values: bool = False
    multiple_values: bool = False


@dataclass(frozen=True)
class MoveOptions(Options):
    """Options of C-MOVE in the Query/Retrieve Service (PS3.4 C.5.2.1)."""

    relational: bool = False
    enhanced_conversion: bool = False


@dataclass(frozen=True)
class MoveOptionsInFull(MoveOptions):
    r"""The same options with every byte written out, as some programs do: equal in meaning (PS3.4 C.5.2.1).

    Examples
    --------
    >>> MoveOptionsInFull(relational=True).to_bytes(), MoveOptions(relational=True).to_bytes()
    (b'\x01\x00', b'\x01')
    """

    def to_bytes(self) -> bytes:
        """Write the field with all its options; nothing at all when none is asked for."""
        return bytes((self.relational, self.enhanced_conversion)) if super().to_bytes() else b""


Service = tuple[str, Options | None]
"""Abstract syntax UID, and the extended negotiation to propose for it (None for none)."""


def propose(
    requestor: Requestor,
    services: Iterable[Service],
    identity: Identity | None,
    transfer_syntaxes: Sequence[str] = IDENTIFIER_SYNTAXES,
) -> None:
    """Put the services, and the user on whose behalf they are asked for, into an A-ASSOCIATE-RQ.

    Raises
    ------
    EntityError
        When the passcode cannot be fetched.
    """
    proposed = dict(services)
    requestor.requestor.requested_contexts = [_context(uid, place, transfer_syntaxes) for place, uid in enumerate(proposed)]
    for uid, options in proposed.items():
        if options is not None and (information := options.to_bytes()):
            requestor.requestor.add_negotiation_item(_extended(uid, information))
    if identity is not None:
        requestor.requestor.add_negotiation_item(_user(identity))


def _context(uid: str, place: int, transfer_syntaxes: Sequence[str]) -> PresentationContext:
    context = build_context(uid, list(transfer_syntaxes))
    context.context_id = 2 * place + 1  # odd, 1 to 255 (PS3.8 9.3.2.2)
    return context


def _extended(uid: str, information: bytes) -> SOPClassExtendedNegotiation:
    item = SOPClassExtendedNegotiation()
    item.sop_class_uid = uid
    item.service_class_application_information = information
    return item


def _user(identity: Identity) -> UserIdentityNegotiation:
    """User identity of type 1 (name) or 2 (name and passcode); a response is not asked for, a rejection says enough."""
    item = UserIdentityNegotiation()
    passcode = identity.secret()
    item.user_identity_type = 1 if passcode is None else 2
    item.primary_field = identity.user.encode()
    if passcode is not None:
        item.secondary_field = passcode.encode()
    return item


def refuse_unknown_syntaxes(requestor: Requestor, answer: A_ASSOCIATE) -> None:
    """Take no context as accepted whose transfer syntax was not proposed for it: nobody could write an Identifier in it."""
    proposed = {cx.context_id: {str(uid) for uid in cx.transfer_syntax} for cx in requestor.requestor.requested_contexts}
    for cx in answer.presentation_context_definition_results_list:
        chosen = {str(uid) for uid in cx.transfer_syntax}
        if cx.result == 0 and (len(chosen) != 1 or not chosen <= proposed.get(cx.context_id, chosen)):
            cx.result = _NO_COMMON_SYNTAX


_NO_COMMON_SYNTAX = 4
_RESULTS = {
    1: "the peer does not want it for us (user rejection)",
    2: "no reason given",
    3: "the peer does not have this service",
    4: "there is no transfer syntax that both sides take",
}


def refusals(requestor: Requestor) -> dict[str, str]:
    """Abstract syntaxes that were proposed and not accepted, with the reason in words (PS3.8 9.3.3.2)."""
    return {str(cx.abstract_syntax): _RESULTS.get(cx.result or 0, "no answer to it") for cx in requestor.rejected_contexts}
