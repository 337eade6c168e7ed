"""Causes that were seen: at our own listener, on our own association, or by us. A table; `causes_concluded` is its other part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...receive.association import NO_TLS
from ...receive.negotiation import CALLED_AE_TITLE, LOCAL_LIMIT
from . import clues
from .rules import (
    AGAIN,
    REGISTER,
    Rule,
    broke,
    ended_by,
    gave_up,
    is_loopback_only,
    ran_out,
    refused_with,
    rejected,
    silent,
    some,
)

if TYPE_CHECKING:
    from .evidence import Connection

__all__ = ["SEEN"]

_NOT_AUTHORIZED = 0x0124  # our own answer to what nobody asked for
_ON_ARRIVAL = (clues.callers, clues.not_kept, clues.instances, clues.answers)
_ON_LOSS = (clues.failures, clues.callers, clues.broken_off)


def _spoke_no_dicom(one: Connection) -> bool:
    return bool(one.aborted) and not one.calling and not one.aborted.startswith(NO_TLS)


SEEN: tuple[Rule, ...] = (
    Rule(
        100, "cancelled", lambda e: e.outcome == "cancelled",
        "The move was cancelled.",
        "Run the same move again: it goes on where it stopped.",
        (clues.cancel, clues.instances),
    ),
    Rule(
        99, "nothing_matched", lambda e: e.outcome == "no_match" and not e.answers,
        "Nothing matched: no C-MOVE was sent.",
        "Look at the keys with query.find(), one key less at a time; for a table, at the reason of each row in result.requests.",
        (clues.questions,),
    ),
    Rule(
        98, "not_observed", lambda e: e.third_party and e.outcome == "unverified",
        "The instances went to {destination}, not to us: what arrived there cannot be seen from here.",
        "Look there, or move to this computer by leaving out destination=.",
        (clues.counters, clues.prior_count),
    ),
    Rule(
        97, "loopback", lambda e: is_loopback_only(e) and e.nobody_called and e.lacking,
        "Our listener is open to this computer only, and the archive is another one.",
        "Take out Listener(bind=...), or give the address that the archive can reach.",
        (clues.callers,),
    ),
    Rule(
        96, "our_disk", refused_with(lambda status: status >> 8 == 0xA7),
        "The archive sent, and this computer could not store it.",
        "Mend what the reason names (room, rights, a file in the way of a folder). " + AGAIN,
        _ON_ARRIVAL,
    ),
    Rule(
        95, "ae_title", rejected(CALLED_AE_TITLE.text),
        "The archive calls us {called}, and we listen as {destination}: we rejected it.",
        "Spell the AE title of the listener as it is registered at the archive, or have it registered as {destination}; "
        "capital and small letters differ.",
        (clues.callers, clues.answers), mail=True,
    ),
    Rule(
        94, "our_limit", rejected(LOCAL_LIMIT.text),
        "The archive opened more associations at once than our listener takes.",
        "Give Listener(max_associations=...) more. " + AGAIN,
        _ON_ARRIVAL,
    ),
    Rule(
        93, "we_rejected", lambda e: any(one.rejected not in ("", CALLED_AE_TITLE.text, LOCAL_LIMIT.text) for one in e.suspects),
        "The archive connected with a request that is no DICOM storage as we know it, and we rejected it.",
        "Ask the administrator which program sends.",
        _ON_ARRIVAL, mail=True,
    ),
    Rule(
        92, "context_refused", lambda e: e.lacking and any(one.refused for one in e.suspects),
        "The archive offered a kind of object, or a transfer syntax, that our listener does not take.",
        "Leave out Listener(transfer_syntaxes=...): then every transfer syntax is taken as it is stored.",
        (clues.contexts, clues.callers, clues.answers),
    ),
    Rule(
        91, "no_tls", lambda e: e.lacking and any(one.aborted.startswith(NO_TLS) for one in e.suspects),
        "Something connected to our port, which wants TLS, and TLS did not come about: most likely the archive sends without it.",
        "Have TLS switched on for this destination at the archive, with a certificate that we trust; or take tls= out of the "
        "listener.",
        _ON_ARRIVAL, mail=True,
    ),
    Rule(
        91, "not_dicom", lambda e: e.lacking and any(_spoke_no_dicom(one) for one in e.suspects),
        "Something connected to our port and did not speak DICOM: most likely TLS where we have none.",
        "Give Listener(tls=...) if the archive sends over TLS, or have it switched off for this destination.",
        _ON_ARRIVAL, mail=True,
    ),
    Rule(
        91, "protocol", lambda e: any(one.aborted and one.calling for one in e.suspects),
        "The archive sent something against the rules of DICOM, and we ended the association.",
        "Show the administrator the reason. " + AGAIN,
        _ON_ARRIVAL, mail=True,
    ),
    Rule(
        90, "unreachable", ended_by("PeerUnreachable"),
        "The archive could not be reached any more.",
        "Check network and VPN, and whether the archive runs. " + AGAIN,
        (clues.failures,),
    ),
    Rule(
        90, "archive_rejected", ended_by("AssociationRejected"),
        "The archive rejected our association.",
        "Do what its reason says. " + AGAIN,
        (clues.failures,), mail=True,
    ),
    Rule(
        90, "service_refused", ended_by("PresentationContextRejected"),
        "The archive lets us in, but not use C-MOVE.",
        "Ask the administrator to allow C-MOVE to {calling}.",
        (clues.failures,), mail=True,
    ),
    Rule(
        89, "silent", lambda e: some(gave_up)(e) and not silent(gave_up)(e),
        "The archive fell silent: no response and no instance came for longer than we wait.",
        "Give silence= more seconds if it fetches from slow storage. " + AGAIN,
        _ON_LOSS,
    ),
    Rule(
        89, "total_time", some(ran_out),
        "The time that was given for one C-MOVE was over.",
        "Give total= more seconds, or none. " + AGAIN,
        _ON_LOSS,
    ),
    Rule(
        89, "aborted_at_once", silent(lambda a: broke(a) and not a.received),
        "The archive ended the association instead of answering, and sent nothing: often it does not know {destination}.",
        REGISTER,
        _ON_LOSS, mail=True,
    ),
    Rule(
        88, "aborted", some(broke),
        "The archive aborted, or closed the connection, in the middle of the move.",
        AGAIN + " If it stops at the same place, its log says why.",
        _ON_LOSS, mail=True,
    ),
    Rule(
        89, "blocked", silent(lambda a: gave_up(a) or ran_out(a)),
        "The archive fell silent, and never connected to us: it tries in vain to (another host or port is registered, or a "
        "firewall drops what it sends, which gives no answer), or it fetches from slow storage.",
        REGISTER + " If it fetches from slow storage, give silence= more seconds.",
        _ON_LOSS, mail=True,
    ),
    Rule(
        78, "not_asked_for", lambda e: e.lacking and refused_with(lambda status: status == _NOT_AUTHORIZED)(e),
        "Instances came that nobody asked for, and we refused them: the archive may change UIDs, or somebody else sends to us.",
        "If they are yours, give Listener(admit='any') for one move, and look at result.ledger.",
        _ON_ARRIVAL,
    ),
    Rule(
        77, "instance_refused", refused_with(lambda status: status != _NOT_AUTHORIZED and status >> 8 != 0xA7),
        "The archive sent instances that contradict themselves, or are none, and we refused them.",
        "The reason stands in result.ledger; show it to the administrator: the objects are damaged, or damaged on the way.",
        _ON_ARRIVAL, mail=True,
    ),
    Rule(
        76, "broken_off", lambda e: e.lacking and any(one.status is None for one in e.not_kept),
        "Connections of the archive broke off in the middle of an instance.",
        AGAIN,
        (clues.broken_off, clues.callers, clues.instances),
    ),
)  # fmt: skip
