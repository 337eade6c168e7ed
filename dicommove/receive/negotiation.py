"""What is accepted of what was proposed: transfer syntaxes by the table of contexts, associations by their first fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ..terms import NATIVE_TRANSFER_SYNTAXES, NOT_STORAGE, VERIFICATION, uid_problem
from .limits import NAME_TOLD, OFFERS_TOLD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from .associate import Proposed, Request

__all__ = ["CALLED_AE_TITLE", "LOCAL_LIMIT", "Context", "Rejection", "choose", "refusal_of", "told_of"]

_ACCEPTED, _NO_ABSTRACT_SYNTAX, _NO_TRANSFER_SYNTAX = 0, 3, 4  # results of a presentation context (PS3.8 table 9-18)


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


class Rejection(NamedTuple):
    """Result, source, reason of an A-ASSOCIATE-RJ, and the reason in words (PS3.8 table 9-21)."""

    result: int
    source: int
    reason: int
    text: str


LOCAL_LIMIT = Rejection(2, 3, 2, "local limit exceeded")
CALLED_AE_TITLE = Rejection(1, 1, 7, "called AE title not recognized")
_APPLICATION_CONTEXT_NAME = Rejection(1, 1, 2, "application context name not supported")
_PROTOCOL_VERSION = Rejection(1, 2, 2, "protocol version not supported")


def refusal_of(request: Request) -> Rejection | None:
    """Why a request must be rejected whoever is called, or None."""
    if not request.protocol_version & 1:
        return _PROTOCOL_VERSION
    return None if request.is_dicom else _APPLICATION_CONTEXT_NAME


def choose(contexts: Sequence[Proposed], preferred: Sequence[str] | None = None) -> tuple[Context, ...]:
    """Answer each proposed presentation context.

    Parameters
    ----------
    preferred : sequence of str, optional
        The only transfer syntaxes that are taken for storage, best first. Without it: the only one offered; of several a native
        one (every sender can give it, a compressed choice would refuse its native objects), unless another context offers the
        same abstract syntax with native ones only; of compressed ones the proposer's first.

    Examples
    --------
    >>> from dicommove.receive.associate import Proposed
    >>> jpeg = "1.2.840.10008.1.2.4.50"
    >>> [c.transfer_syntax for c in choose([Proposed(1, "1.2.3", (jpeg, "1.2.840.10008.1.2")), Proposed(3, "1.2.3", (jpeg,))])]
    ['1.2.840.10008.1.2', '1.2.840.10008.1.2.4.50']
    """
    native = set(NATIVE_TRANSFER_SYNTAXES)
    natively = {context.abstract_syntax for context in contexts if context.offered and set(context.offered) <= native}
    return tuple(_answer(context, preferred, natively) for context in contexts)


def _answer(proposed: Proposed, preferred: Sequence[str] | None, natively: Collection[str]) -> Context:
    uid = proposed.abstract_syntax
    if uid != VERIFICATION and (uid in NOT_STORAGE or uid_problem(uid)):
        return Context(*proposed, None, _NO_ABSTRACT_SYNTAX)
    ranking = preferred if uid != VERIFICATION else None
    chosen = _transfer_syntax(proposed.offered, ranking, elsewhere_native=uid in natively)
    return Context(*proposed, chosen, _NO_TRANSFER_SYNTAX if chosen is None else _ACCEPTED)


def _transfer_syntax(offered: Sequence[str], ranking: Sequence[str] | None, *, elsewhere_native: bool) -> str | None:
    if ranking is not None:
        return next((uid for uid in ranking if uid in offered), None)
    usable = [uid for uid in offered if not uid_problem(uid)]
    compressed = [uid for uid in usable if uid not in NATIVE_TRANSFER_SYNTAXES]
    if compressed and (elsewhere_native or len(compressed) == len(usable)):
        return compressed[0]
    return next((uid for uid in NATIVE_TRANSFER_SYNTAXES if uid in usable), None)


def told_of(request: Request, contexts: Iterable[Context]) -> dict[str, object]:
    """What the journal hears of an association that was accepted: a request of 1 MB must not become a row of 1 MB."""
    left, told = OFFERS_TOLD, []
    for context in contexts:
        offered = [uid[:NAME_TOLD] for uid in context.offered[:left]]
        left -= len(offered)
        told.append(
            {
                "context_id": context.context_id,
                "abstract_syntax": context.abstract_syntax[:NAME_TOLD],
                "offered": offered,
                "chosen": context.transfer_syntax,
                "result": context.result,
            }
        )
    return {
        "contexts": told,
        "max_length": request.max_length,
        "implementation_class_uid": request.implementation_class_uid[:NAME_TOLD],
        "implementation_version": request.implementation_version[:NAME_TOLD],
    }
