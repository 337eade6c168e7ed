"""What is accepted of what was proposed: A-ASSOCIATE-RQ in, A-ASSOCIATE-AC or -RJ out (PS3.8 9.3.2 to 9.3.4, PS3.7 D.3).

The PDUs and their items are pynetdicom's classes: they are rare, and theirs are right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ
from pynetdicom.pdu_items import (
    ApplicationContextItem,
    AsynchronousOperationsWindowSubItem,
    ImplementationClassUIDSubItem,
    ImplementationVersionNameSubItem,
    MaximumLengthSubItem,
    PresentationContextItemAC,
    TransferSyntaxSubItem,
    UserInformationItem,
)

from ..terms import (
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    IMPLICIT_VR_LITTLE_ENDIAN,
    NATIVE_TRANSFER_SYNTAXES,
    NOT_STORAGE,
    VERIFICATION,
    uid_problem,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = [
    "LOCAL_LIMIT",
    "Context",
    "NegotiationError",
    "Proposal",
    "Rejection",
    "acceptance",
    "choose",
    "read_proposal",
    "rejection",
]

_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
_ACCEPTED, _NO_ABSTRACT_SYNTAX, _NO_TRANSFER_SYNTAX = 0, 3, 4  # results of a presentation context (PS3.8 table 9-18)


class NegotiationError(ValueError):
    """The A-ASSOCIATE-RQ cannot be read: A-ABORT is due."""


@dataclass(frozen=True, slots=True)
class Context:
    """A presentation context as proposed and as answered.

    Attributes
    ----------
    context_id : int
        Odd, 1 to 255.
    abstract_syntax : str
    offered : tuple of str
        Transfer syntaxes in the proposer's order.
    transfer_syntax : str or None
        The chosen one; None when not accepted.
    result : int
        0 accepted, 3 abstract syntax not supported, 4 no transfer syntax supported (PS3.8 table 9-18).
    """

    context_id: int
    abstract_syntax: str
    offered: tuple[str, ...]
    transfer_syntax: str | None = None
    result: int = _ACCEPTED


@dataclass(frozen=True, slots=True)
class Proposal:
    """An A-ASSOCIATE-RQ, as far as it decides anything.

    Attributes
    ----------
    calling_ae_title, called_ae_title : str
        Padding stripped.
    contexts : tuple of Context
    max_length : int
        The longest P-DATA-TF that the proposer takes, in bytes; 0 means no limit.
    windowed : bool
        It proposed an asynchronous operations window (PS3.7 D.3.3.3).
    refusal : Rejection or None
        Why it must be rejected whoever is called: protocol version or application context.
    request : A_ASSOCIATE_RQ
    """

    calling_ae_title: str
    called_ae_title: str
    contexts: tuple[Context, ...]
    max_length: int
    windowed: bool
    refusal: Rejection | None
    request: A_ASSOCIATE_RQ


@dataclass(frozen=True, slots=True)
class Rejection:
    """Result, source, reason of an A-ASSOCIATE-RJ, and the reason in words (PS3.8 table 9-21)."""

    result: int
    source: int
    reason: int
    text: str


LOCAL_LIMIT = Rejection(2, 3, 2, "local limit exceeded")
CALLED_AE_TITLE = Rejection(1, 1, 7, "called AE title not recognized")
_APPLICATION_CONTEXT_NAME = Rejection(1, 1, 2, "application context name not supported")
_PROTOCOL_VERSION = Rejection(1, 2, 2, "protocol version not supported")


def read_proposal(pdu: bytes) -> Proposal:
    """Read an A-ASSOCIATE-RQ PDU.

    Raises
    ------
    NegotiationError
        It breaks PS3.8 9.3.2.
    """
    request = A_ASSOCIATE_RQ()
    try:
        request.decode(pdu)
        contexts = _contexts(request)
        information = request.user_information
        max_length = information.maximum_length if information is not None else None
        windowed = information is not None and information.async_ops_window is not None
    except NegotiationError:
        raise
    except Exception as error:  # noqa: BLE001 - a hostile PDU makes pynetdicom raise many kinds of errors
        raise NegotiationError(f"an A-ASSOCIATE-RQ that cannot be read ({type(error).__name__})") from None
    return Proposal(
        request.calling_ae_title.strip(),
        request.called_ae_title.strip(),
        contexts,
        max_length or 0,
        windowed,
        _refusal(request),
        request,
    )


def _contexts(request: A_ASSOCIATE_RQ) -> tuple[Context, ...]:
    contexts = tuple(
        Context(item.context_id or 0, str(item.abstract_syntax or ""), tuple(str(uid) for uid in item.transfer_syntax))
        for item in request.presentation_context
    )
    ids = [context.context_id for context in contexts]
    if len(set(ids)) != len(ids) or not all(number & 1 for number in ids):
        raise NegotiationError("presentation context IDs that are even or there twice")
    return contexts


def _refusal(request: A_ASSOCIATE_RQ) -> Rejection | None:
    if not request.protocol_version & 1:
        return _PROTOCOL_VERSION
    if request.application_context_name != _APPLICATION_CONTEXT:
        return _APPLICATION_CONTEXT_NAME
    return None


def choose(contexts: Sequence[Context], preferred: Sequence[str] | None = None) -> tuple[Context, ...]:
    """Answer each proposed presentation context.

    Parameters
    ----------
    preferred : sequence of str, optional
        The only transfer syntaxes that are taken for storage, best first. Without it: the only one offered; of several a native
        one (every sender can give it, a compressed choice would refuse its native objects), unless another context offers the
        same abstract syntax with native ones only; of compressed ones the proposer's first.

    Examples
    --------
    >>> jpeg = "1.2.840.10008.1.2.4.50"
    >>> [c.transfer_syntax for c in choose([Context(1, "1.2.3", (jpeg, "1.2.840.10008.1.2")), Context(3, "1.2.3", (jpeg,))])]
    ['1.2.840.10008.1.2', '1.2.840.10008.1.2.4.50']
    """
    natively = {context.abstract_syntax for context in contexts if set(context.offered) <= set(NATIVE_TRANSFER_SYNTAXES)}
    return tuple(_answer(context, preferred, natively) for context in contexts)


def _answer(context: Context, preferred: Sequence[str] | None, natively: Collection[str]) -> Context:
    uid = context.abstract_syntax
    if uid != VERIFICATION and (uid in NOT_STORAGE or uid_problem(uid)):
        return _replaced(context, None, _NO_ABSTRACT_SYNTAX)
    ranking = preferred if preferred is not None and uid != VERIFICATION else None
    chosen = _transfer_syntax(context.offered, ranking, elsewhere_native=uid in natively)
    return _replaced(context, chosen, _NO_TRANSFER_SYNTAX if chosen is None else _ACCEPTED)


def _transfer_syntax(offered: Sequence[str], ranking: Sequence[str] | None, *, elsewhere_native: bool) -> str | None:
    if ranking is not None:
        return next((uid for uid in ranking if uid in offered), None)
    usable = [uid for uid in offered if not uid_problem(uid)]
    compressed = [uid for uid in usable if uid not in NATIVE_TRANSFER_SYNTAXES]
    if compressed and (elsewhere_native or len(compressed) == len(usable)):
        return compressed[0]
    return next((uid for uid in NATIVE_TRANSFER_SYNTAXES if uid in usable), None)


def _replaced(context: Context, chosen: str | None, result: int) -> Context:
    return Context(context.context_id, context.abstract_syntax, context.offered, chosen, result)


def acceptance(proposal: Proposal, contexts: Sequence[Context], max_length: int) -> bytes:
    """Encode the A-ASSOCIATE-AC PDU; the asynchronous operations window is answered 1,1 (PS3.7 D.3.3.3).

    Parameters
    ----------
    max_length : int
        The longest P-DATA-TF that we take, in bytes; 0 means no limit (PS3.8 D.1).
    """
    answer = A_ASSOCIATE_AC()
    answer.reserved_aet = proposal.request.called_ae_title
    answer.reserved_aec = proposal.request.calling_ae_title
    answer.variable_items = [
        ApplicationContextItem(),
        *(_context_item(context) for context in contexts),
        _user_information(max_length, windowed=proposal.windowed),
    ]
    return answer.encode()


def _context_item(context: Context) -> PresentationContextItemAC:
    syntax = TransferSyntaxSubItem()
    # Not significant where nothing was accepted (PS3.8 9.3.3.2), but it must be there for some peers.
    syntax.transfer_syntax_name = context.transfer_syntax or IMPLICIT_VR_LITTLE_ENDIAN
    item = PresentationContextItemAC()
    item.presentation_context_id = context.context_id
    item.result_reason = context.result
    item.transfer_syntax_sub_item = [syntax]
    return item


def _user_information(max_length: int, *, windowed: bool) -> UserInformationItem:
    longest = MaximumLengthSubItem()
    longest.maximum_length_received = max_length
    implementation = ImplementationClassUIDSubItem()
    implementation.implementation_class_uid = IMPLEMENTATION_CLASS_UID
    version = ImplementationVersionNameSubItem()
    version.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    information = UserInformationItem()
    information.user_data = [longest, implementation, version]
    if windowed:
        window = AsynchronousOperationsWindowSubItem()
        window.maximum_number_operations_invoked = window.maximum_number_operations_performed = 1
        information.user_data.append(window)
    return information


def rejection(why: Rejection) -> bytes:
    r"""Encode an A-ASSOCIATE-RJ PDU (PS3.8 9.3.4).

    Examples
    --------
    >>> rejection(LOCAL_LIMIT)
    b'\x03\x00\x00\x00\x00\x04\x00\x02\x03\x02'
    """
    answer = A_ASSOCIATE_RJ()
    answer.result, answer.source, answer.reason_diagnostic = why.result, why.source, why.reason
    return bytes(answer.encode())
