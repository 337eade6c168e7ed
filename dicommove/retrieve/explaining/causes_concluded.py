"""Causes that are concluded from the archive's answer, its counters, and what came. A table; `causes_seen` is its other part."""

from __future__ import annotations

from . import clues
from .rules import (
    AGAIN,
    REGISTER,
    RESOURCES,
    UNKNOWN_DESTINATION,
    Rule,
    answered,
    by_pynetdicom,
    dropped,
    elsewhere,
    fewer,
    generic,
    heard,
    is_local,
    level_refused,
    named,
    nothing_sent,
    poisoned,
    short,
    silent,
    some,
    unexplained,
)

__all__ = ["CONCLUDED", "UNCLEAR"]

_WAY_BACK = (clues.answers, clues.callers, clues.prior_count, clues.counters)
_COUNTED = (clues.counters, clues.instances, clues.prior_count, clues.answers, clues.conflicts, clues.callers)

CONCLUDED: tuple[Rule, ...] = (
    Rule(
        87, "unknown_or_unreachable", lambda e: by_pynetdicom(e) and answered(UNKNOWN_DESTINATION)(e),
        "The archive does not know {destination} as a move destination, or cannot connect to it: another host or port is "
        "registered, or a firewall is in between. This archive answers both alike.",
        REGISTER + "{tell_apart}",
        _WAY_BACK, mail=True,
    ),
    Rule(
        87, "unknown_destination", lambda e: not by_pynetdicom(e) and answered(UNKNOWN_DESTINATION)(e),
        "The archive does not know {destination} as a move destination.",
        "Have the administrator register it, with the text below; its spelling counts, capital and small letters too.",
        (clues.answers, clues.callers), mail=True,
    ),
    Rule(
        86, "level_refused", some(level_refused),
        "The archive moves whole studies only: it does not take the Identifier of a lower level.",
        "Move the studies: end the query with .studies(), or call result.retry_missing(), which does so by itself.",
        (clues.answers, clues.counters),
    ),
    Rule(
        85, "poisoned", poisoned,
        "There are objects that the archive cannot send: it failed at each of them when it was asked for that one alone, and it "
        "sent the others.",
        "Have the administrator look at them: the archive holds them damaged, or in a form that it cannot send. result.ledger "
        "names them, and result.retry_missing(again=True) asks for them again.",
        (clues.alone, clues.instances, clues.answers), mail=True,
    ),
    Rule(
        85, "vanished", lambda e: e.vanished,
        "The archive no longer has what it had counted before the move.",
        "Search again: it was deleted, moved or hidden in between.",
        (clues.vanished, clues.prior_count, clues.answers),
    ),
    Rule(
        84, "changing_port", lambda e: silent(short)(e) and e.way_back.ours and not e.way_back.port and not is_local(e),
        "Our listener takes another port each time, and the archive cannot know it.",
        "Give Listener(port=...) the port that is registered at the archive.",
        _WAY_BACK, mail=True,
    ),
    Rule(
        83, "delivered_elsewhere", silent(dropped),
        "The archive says that it sent the instances, but nobody connected to us: {destination} is registered there with the "
        "address of another system.",
        REGISTER + " The instances lie where that entry points to.",
        _WAY_BACK, mail=True,
    ),
    Rule(
        82, "no_way_back", silent(lambda a: a.failed),
        "The archive knows {destination} and could not connect to it: another host or port is registered, or a firewall is "
        "in between.",
        REGISTER,
        _WAY_BACK, mail=True,
    ),
    Rule(
        82, "destination_unreachable", elsewhere(lambda a: a.failed),
        "The archive knows {destination} and could not deliver to it.",
        "See whether {destination} runs and takes C-STORE from the archive.",
        (clues.answers, clues.counters), mail=True,
    ),
    Rule(
        81, "out_of_resources", some(lambda a: a.status in RESOURCES and not a.failed),
        "{status_why}",
        "{status_next}",
        (clues.answers, clues.callers, clues.counters), mail=True,
    ),
    Rule(
        80, "known_status", some(lambda a: named(a) and not level_refused(a)),
        "{status_why}",
        "{status_next}",
        (clues.answers, clues.instances), mail=True,
    ),
    Rule(
        79, "never_connected", silent(generic),
        "The archive never connected to us: it does not know {destination}, or has another host or port for it, or a firewall "
        "is in between.",
        REGISTER,
        _WAY_BACK, mail=True,
    ),
    Rule(
        79, "destination_refused", elsewhere(generic),
        "The archive refused to send to {destination}: it does not know it, or could not reach it.",
        "Have the administrator check the entry of {destination}, and see whether it runs.",
        (clues.answers, clues.counters), mail=True,
    ),
    Rule(
        74, "stopped", heard(lambda a: a.refused and short(a) and not a.failed),
        "The archive began to send and stopped: most often at an object that it cannot read, or cannot send as it is stored.",
        AGAIN + " If it stops at the same place, move the series one by one: the others arrive.",
        (clues.answers, clues.counters, clues.instances, clues.callers), mail=True,
    ),
    Rule(
        73, "dropped", heard(dropped),
        "The archive counts more instances as sent than came here: it lost some, or counts wrongly.",
        AGAIN,
        _COUNTED, mail=True,
    ),
    Rule(
        72, "reported_failed", heard(lambda a: a.failed),
        "The archive could not send some instances.",
        AGAIN + " What fails each time, the archive cannot read or cannot send as it is stored.",
        _COUNTED, mail=True,
    ),
    Rule(
        71, "nothing_found", lambda e: not e.third_party and some(nothing_sent)(e),
        "The archive found nothing to send.",
        "Search again: it may be offline, deleted, or found only in the other Information Model, Peer(model='PATIENT_ROOT').",
        _WAY_BACK,
    ),
    Rule(
        70, "fewer_than_counted", lambda e: not e.third_party and some(fewer)(e),
        "The archive sent fewer instances than it had counted, and says that it is done.",
        AGAIN + " If the same are missing, ask whether they are offline, hidden or deleted.",
        _COUNTED, mail=True,
    ),
    Rule(
        69, "conflict", lambda e: e.states.get("conflict"),
        "Instances came whose bytes differ from those with the same UID that are here.",
        "Both are kept: the later one lies in .dicommove/conflicts, and result.conflicts says what differs. When you have "
        "decided for the one in your tree, take the other away, and run the same move again.",
        (clues.conflicts, clues.instances),
    ),
    Rule(
        68, "quarantined", lambda e: e.states.get("quarantined"),
        "Instances came that can be kept, but hardly be read.",
        "See result.ledger for the reason of each; the archive may hold them damaged.",
        (clues.conflicts, clues.instances),
    ),
    Rule(
        50, "more_than_counted", lambda e: e.outcome == "unverified" and e.expected is not None and e.received > e.expected,
        "More came than the archive had counted.",
        "Move again into the same folder: what is here is counted anew and not sent again.",
        (clues.prior_count, clues.instances),
    ),
    Rule(
        45, "not_counted", lambda e: e.outcome == "unverified" and not e.third_party and e.expected is None,
        "Nobody can say how many instances there should be: the archive does not count them.",
        "Compare with result.series, or search at IMAGE level, which names each instance.",
        (clues.prior_count, clues.counters, clues.instances),
    ),
    Rule(
        40, "no_match_maybe", lambda e: e.expected is None and silent(unexplained)(e),
        "The archive may have nothing that matches.",
        "Search for it with find().",
        (clues.prior_count,),
    ),
    Rule(
        35, "tunnel", lambda e: silent(generic)(e) and is_local(e) and e.way_back.ours,
        "The archive is reached at a loopback address. If that is a tunnel, it cannot connect back: our port is open to this "
        "computer only.",
        "Give Listener(bind=...) an address that the archive can reach.",
        (clues.callers,),
    ),
    Rule(
        60, "offline", lambda e: e.offline,
        "The archive has some of it on storage that is offline, so that it was not asked for.",
        "Ask the administrator of the archive to bring these studies back: result.requests lists them. Then run it again.",
        (clues.offline,),
    ),
    Rule(
        30, "rows_without_match", lambda e: e.answers and e.unmatched,
        "Rows of the table led to no C-MOVE.",
        "See the reason of each row in result.requests.",
        (clues.questions,),
    ),
)  # fmt: skip

UNCLEAR = Rule(
    1, "unclear", lambda _: True,
    "None of the causes that are known fits what was seen.",
    "Look at result.requests, result.progress and result.ledger, and ask the administrator for the archive's log.",
    (clues.answers, clues.callers, clues.failures, clues.counters, clues.instances, clues.conflicts), mail=True,
)  # fmt: skip
