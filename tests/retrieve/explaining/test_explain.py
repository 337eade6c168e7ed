"""Explanations: for every line of the tables of causes the evidence that makes it the first. No archive, no socket."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace

import pytest

import dicommove as dm
from dicommove.net import failures
from dicommove.retrieve.explaining.causes_concluded import UNCLEAR
from dicommove.retrieve.explaining.evidence import Answer, Connection, Evidence, NotKept
from dicommove.retrieve.explaining.explain import CAUSES, Explanation, explain
from dicommove.retrieve.explaining.gather import read_evidence
from dicommove.retrieve.explaining.habits import HABITS, STATUSES, habits_of
from dicommove.retrieve.explaining.letter import letter
from dicommove.retrieve.explaining.way_back import WayBack, address_towards
from dicommove.retrieve.running.watch import Action

CT, JPEG = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.4.50"
PACS = dm.Peer("10.0.0.5", 104, ae_title="PACS", calling_ae_title="NOTEBOOK")
OPEN = WayBack("NOTEBOOK", "ws7", 11113)
CAME = Connection("10.0.0.5", "PACS", "NOTEBOOK", ended="released")
LOST = f"AssociationLost: {failures.lost(PACS, 'aborted', responses=3)}"
WATCHDOG = f"AssociationLost: {Action.ABORT_SILENCE.value} (300 s) and the C-MOVE was aborted."
TOTAL = f"AssociationLost: {Action.ABORT_TOTAL.value} (60 s) and the C-MOVE was aborted."


def move(*answers: Answer, came: bool = False, outcome: str = "", **more: object) -> Evidence:
    """Evidence of a move from an archive at 10.0.0.5 to a listener that it can be told of."""
    known = {"way_back": OPEN, "archive_addresses": frozenset({"10.0.0.5"}), "connections": (CAME,) if came else (), **more}
    return Evidence(outcome or (answers[0].outcome if answers else "no_match"), answers=answers, **known)


def short(status: int | None = None, *, received: int = 0, expected: int | None = 9, sent: int | None = None, **more) -> Answer:
    """A C-MOVE that brought less than nine instances."""
    outcome = "partial" if received else "refused"
    return Answer(status=status, received=received, expected=expected, completed=sent, **{"outcome": outcome, **more})


FIRST = {
    # What the archive answered, and nobody connected to us.
    "unknown_destination": move(short(0xA801)),
    "unknown_or_unreachable": move(short(0xA801), implementation="1.2.826.0.1.3680043.9.3811.3.0.4"),
    "never_connected": move(short(0xC000, sent=0, failed=0)),
    "no_way_back": move(short(0xA702, sent=0, failed=9)),
    "out_of_resources": move(short(0xA702)),
    "known_status": move(short(0x0124)),
    "delivered_elsewhere": move(short(0x0000, sent=9, outcome="partial")),
    "nothing_found": move(short(0x0000, sent=0, failed=0, outcome="partial")),
    "level_refused": move(short(0xA900, level="SERIES")),
    "changing_port": move(short(0xC000), way_back=WayBack("NOTEBOOK", "10.0.0.77")),
    "loopback": move(short(0xC000), way_back=WayBack("NOTEBOOK", "127.0.0.1", 11113)),
    # What our listener saw.
    "ae_title": move(short(0xC000), connections=(Connection("10.0.0.5", "PACS", "N", "called AE title not recognized"),)),
    "our_limit": move(short(0xC000), connections=(Connection("10.0.0.5", "PACS", "N", "local limit exceeded"),)),
    "we_rejected": move(short(0xC000), connections=(Connection("10.0.0.5", "PACS", "N", "protocol version not supported"),)),
    "not_dicom": move(short(0xC000), connections=(Connection("10.0.0.5", aborted="PDU type 0x16"),)),
    "no_tls": move(short(0xC000), connections=(Connection("10.0.0.5", aborted="no TLS came about (wrong version number)"),)),
    "protocol": move(short(0xC000), connections=(Connection("10.0.0.5", "PACS", "N", aborted="no such context"),)),
    "context_refused": move(short(0xC000), connections=(Connection("10.0.0.5", "PACS", "N", refused=((CT, (JPEG,)),)),)),
    "our_disk": move(short(0xC000, received=3), came=True, not_kept=(NotKept(0xA700, "no room", "10.0.0.5"),)),
    "instance_refused": move(short(0xB000, received=8, failed=1), came=True, not_kept=(NotKept(0xA900, "not the UID"),)),
    "not_asked_for": move(short(0, sent=9), connections=(CAME,), not_kept=(NotKept(0x0124, "nobody asked", "10.0.0.9", 9),)),
    "broken_off": move(short(0xC000, received=3), came=True, not_kept=(NotKept(None, "connection lost", "10.0.0.5"),)),
    # What ended our association.
    "unreachable": move(short(failure="PeerUnreachable: nothing listens"), outcome="lost"),
    "archive_rejected": move(short(failure="AssociationRejected: for good"), outcome="lost"),
    "service_refused": move(short(failure="PresentationContextRejected: not MOVE"), outcome="lost"),
    "silent": move(short(failure=WATCHDOG), came=True, outcome="lost"),
    "blocked": move(short(failure=WATCHDOG), outcome="lost"),
    "total_time": move(short(received=4, failure=TOTAL), came=True, outcome="lost"),
    "aborted_at_once": move(short(failure=LOST), outcome="lost"),
    "aborted": move(short(received=3, failure=LOST), came=True, outcome="lost"),
    # What came, and what was counted.
    "stopped": move(short(0xC000, received=3, sent=0, failed=0), came=True),
    "poisoned": move(
        short(0xC000, received=3, expected=4),
        short(0xC000, request=2, origin=1, expected=1, level="IMAGE", wanted=("1.2.3",)), came=True,
    ),
    "dropped": move(short(0, received=6, sent=9), came=True),
    "reported_failed": move(short(0xB000, received=8, sent=8, failed=1), came=True),
    "vanished": move(short(0xC000), vanished=1),
    "fewer_than_counted": move(short(0, received=6, sent=6, failed=0), came=True),
    "conflict": move(short(0, received=9, sent=9), came=True, outcome="partial", states={"conflict": 1}),
    "quarantined": move(short(0, received=9, sent=9), came=True, outcome="partial", states={"quarantined": 1}),
    "more_than_counted": move(short(0, received=10, sent=10), came=True, outcome="unverified"),
    "not_counted": move(short(0, received=9, sent=9, expected=None), came=True, outcome="unverified"),
    "rows_without_match": move(Answer(outcome="complete", expected=9, received=9), outcome="partial", unmatched=("none",)),
    "offline": move(outcome="refused", offline=("the archive says OFFLINE: not asked for",)),
    "unclear": move(short(0, received=9, sent=9), came=True),
    # What the user did.
    "cancelled": move(short(0xFE00, received=3), came=True, outcome="cancelled", cancel_worked=True),
    "nothing_matched": move(),
    "not_observed": move(short(0, sent=9), outcome="unverified", third_party=True),
    "destination_unreachable": move(short(0xA702, failed=9), third_party=True),
    "destination_refused": move(short(0xC000), third_party=True),
}  # fmt: skip
"""By name of the cause: evidence that makes it the first."""
ONLY_BESIDE_OTHERS = {"no_match_maybe", "tunnel"}


@pytest.mark.parametrize("name", FIRST)
def test_the_first_cause_is_the_right_one(name):
    """Each line of the tables of causes is the first one for the evidence that it is about, and speaks in whole sentences."""
    causes = explain(FIRST[name])
    assert causes[0].name == name, [cause.name for cause in causes]
    for cause in causes:
        assert cause.why.endswith(".")
        assert cause.next_step.endswith(".")
        assert "{" not in cause.why + cause.next_step
    assert [cause.weight for cause in causes] == sorted((cause.weight for cause in causes), reverse=True)


def test_no_cause_is_without_a_test():
    """Every line of the tables is in the table above, and each name stands once."""
    names = [rule.name for rule in (*CAUSES, UNCLEAR)]
    assert len(names) == len(set(names))
    assert set(names) == set(FIRST) | ONLY_BESIDE_OTHERS


BESIDE = {
    "no_match_maybe": move(short(0xC000, expected=None)),
    "tunnel": move(short(0xC000), archive_addresses=frozenset({"127.0.0.1"})),
    "blocked": move(short(failure=TOTAL), outcome="lost"),
    "never_connected": move(short(0xA702)),
}


@pytest.mark.parametrize("name", BESIDE)
def test_causes_that_stand_beside_others(name):
    """What is possible, but not the likeliest, is named after it."""
    assert name in [cause.name for cause in explain(BESIDE[name])][1:]


def test_only_what_was_seen_counts_against_the_way_back():
    """Where one request was delivered the way back works: another one's failure has another cause."""
    one = Answer(request=1, outcome="complete", status=0, expected=9, received=9, completed=9)
    causes = explain(move(one, short(0xC000, request=2), came=True, outcome="partial"))
    assert causes[0].name == "stopped"
    assert "never_connected" not in [cause.name for cause in causes]


def test_a_c_echo_is_no_way_back():
    """An administrator who tries whether we are there is not the archive that sends; the text says that it came."""
    causes = explain(move(short(0xC000), connections=(Connection("10.0.0.5", "PACS", "NOTEBOOK", stores=False),)))
    assert causes[0].name == "never_connected"
    assert any("only C-ECHO came" in line for line in causes[0].evidence)


def test_a_sender_from_another_address_is_named_as_one():
    """Archives are clusters: the address is evidence, and the text says that it is not the archive's own."""
    evidence = move(short(0, received=6, sent=9), connections=(Connection("10.0.0.9", "NODE2", "NOTEBOOK", ended="released"),))
    assert any("NODE2 at 10.0.0.9 (not the archive's own address)" in line for line in explain(evidence)[0].evidence)


def test_a_stranger_who_was_rejected_is_no_cause():
    """Where the archive says that it does not know us, whom we rejected was somebody else, unless it called from its address."""
    rejected = Connection("10.0.0.9", "OTHER", "N", "called AE title not recognized")
    assert explain(move(short(0xA801), connections=(rejected,)))[0].name == "unknown_destination"
    own = replace(rejected, address="10.0.0.5")
    assert explain(move(short(0xA801), connections=(rejected, own)))[0].name == "ae_title"


def test_habits_are_of_causes_and_statuses_have_sentences():
    """The table of habits names causes that exist; one that is seen with a status stands beside that status only."""
    assert {habit.cause for habit in HABITS} <= {rule.name for rule in CAUSES}
    assert all(known.why.endswith(".") and known.next_step.endswith(".") for known in STATUSES.values())
    assert habits_of("no_way_back", {0xA702})
    assert not habits_of("no_way_back", {0xC000})


def test_journal_rows_become_evidence():
    """Rows as listener, worker and intake write them are read, each fact in its place."""
    said = {"association": 7, "address": "10.0.0.5", "calling_ae_title": "PACS", "called_ae_title": "NOTEBOOK"}
    contexts = [
        {"abstract_syntax": CT, "offered": [JPEG], "chosen": None},
        {"abstract_syntax": "1.2.840.10008.1.1", "chosen": None},
    ]
    refusal = {"kind": "refusal", "status": 0xA700, "reason": "no room", "address": "10.0.0.5", "sop_instance_uid": "1.2"}
    tables = {
        "requests": [{"request": 1, "Status": 0xB000, "received": 2, "outcome": "partial", "failure": None}],
        "responses": [
            {"request": 1, "Status": 0xFF00, "NumberOfCompletedSuboperations": 1},
            {"request": 1, "Status": 0xB000, "NumberOfCompletedSuboperations": 2, "ErrorComment": "MEIER"},
        ],
        "refusals": [refusal, refusal],
        "events": [
            {"kind": "association", "event": "accepted", **said, "contexts": contexts},
            {"kind": "fault", "status": None, "reason": "gone", "address": "10.0.0.5", "sop_instance_uid": "1.3"},
            {"kind": "fault", "reason": "AssociationLost"},
            {"kind": "association", "event": "ended", **said, "reason": "released"},
            {"kind": "request", "request": 1, "implementation_class_uid": "1.2.3.4"},
            {"kind": "ended", "at": "2026-01-02T03:04:06+00:00"},
        ],
    }
    facts = {
        "peer": "PACS@10.0.0.5:104",
        "calling_ae_title": "NOTEBOOK",
        "requests": [{"request": 1, "level": "STUDY", "expected": 4}],
    }
    evidence = read_evidence({"began_at": "2026-01-02T03:04:05+00:00", "facts": facts}, tables, outcome="partial")
    answer = Answer(outcome="partial", status=0xB000, completed=2, expected=4, received=2)
    connection = Connection("10.0.0.5", "PACS", "NOTEBOOK", ended="released", refused=((CT, (JPEG,)),))
    assert evidence == Evidence(
        "partial", archive="PACS@10.0.0.5:104", calling="NOTEBOOK", implementation="1.2.3.4",
        answers=(answer,), connections=(connection,),
        not_kept=(NotKept(0xA700, "no room", "10.0.0.5", 2), NotKept(None, "gone", "10.0.0.5")), comments=("MEIER",),
        began_at="2026-01-02T03:04:05+00:00", ended_at="2026-01-02T03:04:06+00:00",
    )  # fmt: skip


def test_the_text_for_the_administrator_names_the_destination():
    """AE title, host and port stand in it; what the administrator was told wins over what is guessed, and a guess is marked."""
    told = dm.Peer("127.0.0.1", 104, calling_ae_title="NOTEBOOK", listener=dm.Listener(advertise="ws7.hospital:11200"))
    lines = dict(WayBack.of(told).lines())
    assert lines == {"AE title": "NOTEBOOK", "Host": "ws7.hospital", "Port": "11200, TCP, open from the archive to this host"}
    bound = dm.Peer("10.0.0.5", 104, listener=dm.Listener(bind="10.0.0.77"))
    assert "a guess" in dict(WayBack.of(bound).lines())["Host"]
    assert dict(WayBack.of(dm.Peer("127.0.0.1", 104)).lines())["Host"] == "127.0.0.1 (this computer itself)"
    assert dict(WayBack.of(told, "OTHER").lines())["AE title"] == "OTHER"
    text = letter(move(short(0xA801), began_at="2026-01-02T03:04:05.123+00:00"), "Why.")
    assert all(part in text for part in ("NOTEBOOK", "ws7", "11113", "2026-01-02 03:04:05 (UTC)", "0xA801", "Why."))


def test_a_guess_says_where_it_was_made(monkeypatch):
    """The address that routes to the archive is a guess; inside a container it is said that the host's is needed."""
    assert address_towards("127.0.0.1") == "127.0.0.1"
    assert address_towards("no.such.host.invalid") is None
    monkeypatch.setattr("dicommove.retrieve.explaining.way_back.address_towards", lambda _: "10.0.0.77")
    for inside, words in ((True, "inside a container"), (False, "a guess: the address from which")):
        monkeypatch.setattr("dicommove.platform.in_container", lambda inside=inside: inside)
        assert words in dict(WayBack.of(PACS).lines())["Host"]


def test_text_and_html_say_the_same():
    """Every line of the text is in the HTML, escaped; control characters can steer nothing."""
    hostile = Connection("10.0.0.5", "<b>\x1b[2J", "<script>", "called AE title not recognized")
    explained = Explanation.of(move(short(0xC000), connections=(hostile,), comments=("<i>MEIER\x1b",)), private=False)
    text, html = str(explained), explained._repr_html_()
    assert "\x1b" not in text + html
    assert "<script>" not in html
    shown = html.split('class="dm-html"')[1]
    plain = re.sub(r"<[^>]+>", "", shown).replace("&#x27;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    for line in filter(None, (re.sub(r"^(Seen|Known|Next): +", "", line.strip()) for line in text.splitlines())):
        assert line.removesuffix(":") in plain
    assert pickle.loads(pickle.dumps(explained)) == explained
    assert repr(explained) == text


def test_what_went_elsewhere_is_not_said_to_be_lacking_here():
    """Nobody expects instances here that were sent to another system."""
    text = str(Explanation.of(FIRST["destination_refused"]))
    assert "instances are here" not in text
