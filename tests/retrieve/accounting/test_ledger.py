"""The ledger: every SOP Instance has one state, derived by one table from what was expected, arrived, refused and reported."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicommove.frames import LEDGER, STATES
from dicommove.retrieve.accounting.ledger import Entry, reconcile, state_of

UIDS = st.sampled_from(("1.1", "1.2", "1.3"))
FLAGS = ("observed", "received", "conflict", "quarantined", "asked_for", "refused", "reported_failed")


def arrival(uid="1.1", **facts):
    """A row of the journal's arrivals."""
    return {"SOPInstanceUID": uid, "path": f"/data/{uid}.dcm", "disposition": "new", "asked_for": True, "request": 1, **facts}


def one(*args, **kwargs):
    """The only row of a ledger."""
    (row,) = reconcile(*args, **kwargs)
    return row


@pytest.mark.parametrize("flags", list(product((False, True), repeat=len(FLAGS))))
def test_state_of_every_combination(flags):
    """Each of the 128 combinations has the state that a reader would say in words."""
    known = dict(zip(FLAGS, flags, strict=True))
    if not known["observed"]:
        wanted = "not_observed"
    elif not known["received"]:
        wanted = "refused" if known["refused"] else "failed" if known["reported_failed"] else "missing"
    elif known["conflict"] or known["quarantined"]:
        wanted = "conflict" if known["conflict"] else "quarantined"
    else:
        wanted = "received" if known["asked_for"] else "unexpected"

    assert state_of(Entry("1.2.3", **known)) == wanted


ROWS = st.fixed_dictionaries(
    {"SOPInstanceUID": UIDS},
    optional={
        "request": st.integers(1, 3),
        "path": st.just("/data/a.dcm"),
        "disposition": st.sampled_from(("new", "duplicate", "conflict", "present")),
        "quarantined": st.booleans(),
        "asked_for": st.booleans(),
        "StudyInstanceUID": st.just("1"),
        "reason": st.text(max_size=3),
        "note": st.text(max_size=3),
    },
)


@given(st.lists(ROWS), st.lists(ROWS), st.lists(ROWS), st.lists(UIDS), st.booleans())
def test_one_row_for_each_instance_that_is_known_of(expected, arrivals, refusals, failed, observed):
    """Whatever was noted, in whatever number: one row per UID, with the columns of the table and a state of the list."""
    rows = list(reconcile(expected, arrivals, refusals, failed, observed=observed))

    uids = {row["SOPInstanceUID"] for row in (*expected, *arrivals, *refusals)} | set(failed)
    assert sorted(row["SOPInstanceUID"] for row in rows) == sorted(uids)
    for row in rows:
        assert list(row) == list(LEDGER)
        assert row["state"] in STATES
        assert not observed or row["copies"] == sum(a["SOPInstanceUID"] == row["SOPInstanceUID"] for a in arrivals)


def test_what_is_expected_and_did_not_come_is_missing():
    """An expected instance without an arrival is missing, with its place and its request."""
    row = one([{"SOPInstanceUID": "1.1", "StudyInstanceUID": "1", "SeriesInstanceUID": "2", "request": 4}], [], [])

    assert (row["state"], row["expected"], row["received"], row["copies"]) == ("missing", True, False, 0)
    assert (row["StudyInstanceUID"], row["SeriesInstanceUID"], row["request"], row["path"]) == ("1", "2", 4, None)


def test_what_comes_within_a_count_is_received_and_its_expectation_unknown():
    """Where only a number was known nobody said which UIDs to expect: neither True nor False."""
    row = one([], [arrival()], [])

    assert (row["state"], row["expected"], row["received"]) == ("received", None, True)


def test_what_nobody_asked_for_is_unexpected():
    """An arrival outside what was asked for is unexpected, and not expected."""
    row = one([], [arrival(asked_for=False)], [])

    assert (row["state"], row["expected"], row["received"]) == ("unexpected", False, True)


def test_an_instance_that_comes_twice_is_one_row_with_two_copies():
    """The second copy is counted; the row and its path stay one."""
    row = one([], [arrival(), arrival(disposition="duplicate")], [])

    assert (row["state"], row["copies"], row["path"]) == ("received", 2, "/data/1.1.dcm")


def test_a_conflict_keeps_the_path_of_the_instance_in_the_users_tree():
    """The other bytes lie in the folder of conflicts; the ledger names the file that the user sees."""
    row = one([], [arrival(), arrival(disposition="conflict", path="/data/.dicommove/conflicts/1.dcm", note="other bytes")], [])

    assert (row["state"], row["path"], row["reason"]) == ("conflict", "/data/1.1.dcm", "other bytes")


def test_a_conflict_with_an_older_move_names_the_only_path_it_knows():
    """Where the first copy came in another operation, the place of the other bytes is all that is known."""
    row = one([], [arrival(disposition="conflict", path="/data/.dicommove/conflicts/1.dcm")], [])

    assert row["path"] == "/data/.dicommove/conflicts/1.dcm"


def test_an_instance_that_was_refused_first_and_came_later_is_received():
    """An archive may send again what we refused; the reason of the refusal is no reason any more."""
    row = one([], [arrival()], [{"SOPInstanceUID": "1.1", "reason": "the disk is full"}])

    assert (row["state"], row["reason"]) == ("received", None)


def test_a_refusal_names_its_reason():
    """What we answered with a failure is refused, not missing, and says why."""
    row = one([{"SOPInstanceUID": "1.1"}], [], [{"SOPInstanceUID": "1.1", "reason": "the disk is full"}])

    assert (row["state"], row["reason"]) == ("refused", "the disk is full")


def test_a_refusal_without_a_uid_is_no_instance():
    """What had no SOP Instance UID stands in the journal, not in the ledger."""
    assert not list(reconcile([], [], [{"SOPInstanceUID": None, "reason": "none"}, {"reason": "none"}]))


def test_the_peers_list_of_failures_is_a_hint():
    """An instance on the peer's list that arrived all the same is received; one that did not is failed."""
    came, failed = reconcile([], [arrival()], [], ["1.1", "1.2"])

    assert (came["state"], came["reported_failed"]) == ("received", True)
    assert (failed["state"], failed["reported_failed"], failed["received"]) == ("failed", True, False)


def test_nothing_is_claimed_of_what_a_third_party_received():
    """Instances that went elsewhere are not observed: whether they arrived, and how often, is unknown."""
    row = one([{"SOPInstanceUID": "1.1"}], [], [], observed=False)

    assert (row["state"], row["expected"], row["received"], row["copies"]) == ("not_observed", True, None, None)
