"""What the journal holds of a move: the whole plan, how the archive was called, what happened and when; never a secret."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from dataclasses import replace

import pandas as pd
import pytest

import dicommove as dm
from dicommove.errors import EntityError, StoreError
from dicommove.retrieve.resuming.recorded import plan_facts, recorded
from dicommove.retrieve.resuming.recorded_peer import peer_facts, peer_from
from dicommove.store import SqliteJournal
from dicommove.store.facts import decode, encode


@pytest.fixture
def journal_of():
    """Read the journal of a result: ``journal_of(result, "events")``."""

    def rows(result, table):
        with closing(SqliteJournal(result.folder)) as journal:
            return journal.rows(table, result.operation)

    return rows


@pytest.fixture
def facts_of():
    """Read the facts of a result's operation."""

    def facts(result):
        with closing(SqliteJournal(result.folder)) as journal:
            return journal.operations()[result.operation - 1]["facts"]

    return facts


def test_plan_comes_back_from_the_journal(pacs, data):
    """Every field of the plan of a table, its rows and their fates included, survives as plain values."""
    table = pd.DataFrame({"PatientID": ["000123", "nobody", ""], "case": ["a", "b", "c"]})
    how = {"several": "all", "layout": "{row.case}/{instance}.dcm", "silence": 60, "purpose": "study 7", "sha256": True}
    plan = pacs.plan(table, data, **how)
    read = recorded(decode(encode(plan_facts(plan))))
    assert (read.requests, {name: getattr(plan, name) for name in read.fields}) == (plan.requests, dict(read.fields))
    assert read.remote.address == plan.remote.address
    assert len(read.fields["fates"]) >= 3


def test_peer_comes_back_without_its_secrets():
    """Host, port, AE titles, limits and listener are kept; key files, user and passcode are not, nor where they are."""
    listener = dm.Listener(ae_title="US", port=11119, advertise="ws7:11119", transfer_syntaxes=("1.2.840.10008.1.2.1",))
    plain = dm.Peer("10.0.0.5", 104, ae_title="PACS", listener=listener, model="PATIENT_ROOT", hours="18:00-06:00", pause=2)
    assert vars(peer_from(json.loads(json.dumps(peer_facts(plain))))) == vars(plain)
    secret = replace(plain, identity=dm.Identity(user="meier", passcode="env:SESAM"), tls=dm.TLS(ca_file="/hospital/ca.pem"))
    text = json.dumps(peer_facts(secret))
    assert not [word for word in ("meier", "SESAM", "ca.pem") if word in text]
    with pytest.raises(StoreError, match=r"TLS and a user identity.*peer=dm.Peer"):
        peer_from(json.loads(text))


def test_named_peer_is_read_from_its_entry_again(monkeypatch, tmp_path):
    """The entry may know by now what the journal does not; where it is gone what was recorded is used, unless secrets lack."""
    config = tmp_path / "config.toml"
    config.write_text('[peers.hospital]\nhost = "10.0.0.9"\nport = 104\nae_title = "NEW"\n')
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(config))
    facts = {**peer_facts(dm.Peer("10.0.0.5", 104, ae_title="OLD")), "name": "hospital"}
    assert peer_from(facts).address == "NEW@10.0.0.9:104"
    config.write_text("")
    assert peer_from(facts).address == "OLD@10.0.0.5:104"
    with pytest.raises(EntityError, match="hospital"):
        peer_from({**facts, "secured": True})


def test_journal_says_who_asked_and_what_for(pacs, anna, data, facts_of):
    """User, host and purpose stand in the row of the operation."""
    facts = facts_of(anna(pacs).move(data, purpose="IRB 2026-17"))
    assert facts["purpose"] == "IRB 2026-17"
    assert facts["host"] == socket.gethostname()
    assert facts["user"]
    with pytest.raises(dm.QueryError, match="purpose"):
        anna(pacs).move(data, purpose=17)


def test_journal_tells_the_course_of_a_move(pacs, anna, data, journal_of):
    """The port opened before the first request, the requests, who connected and what was chosen, the end, the port closed."""
    result = anna(pacs).move(data)
    events = journal_of(result, "events")
    told = [(event["kind"], event.get("event")) for event in events]
    assert told[0] == ("port", "opened")
    assert told[-2:] == [("ended", None), ("port", "closed")]
    assert [event["request"] for event in events if event["kind"] == "request"] == [1, 2]
    assert {("association", "accepted"), ("association", "released")} <= set(told)
    accepted = next(event for event in events if event.get("event") == "accepted")
    assert (accepted["calling_ae_title"], accepted["called_ae_title"], accepted["address"]) == ("DEMO", "NOTEBOOK", "127.0.0.1")
    assert all(context["chosen"] in context["offered"] for context in accepted["contexts"])
    with closing(SqliteJournal(data)) as journal:
        elapsed = journal.elapsed("events", result.operation)
    assert len(elapsed) == len(events)
    assert elapsed == sorted(elapsed)
    assert elapsed[0] >= 0


def test_what_breaks_the_protocol_is_recorded(demo, anna, data, until, journal_of):
    """Who talks nonsense to our port is named with address and reason; the move is none the worse."""
    with dm.demo() as other:
        port = other.port
    operation = anna(replace(demo(fault="slow:0.02"), listener=dm.Listener(port=port))).start_move(data)
    until(operation, lambda progress: progress.received >= 1)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 10)
        while stranger.recv(1000):
            pass
    operation.cancel()
    result = operation.result(timeout=60)
    strange = [event for event in journal_of(result, "events") if event["kind"] == "association" and event.get("reason")]
    assert [event["address"] for event in strange if event["event"] in ("aborted", "ended")][:1] == ["127.0.0.1"]
