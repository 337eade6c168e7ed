"""The outcome of a request and of an operation: success means that the ledger is complete, whatever the archive said."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicommove.frames import OUTCOMES
from dicommove.retrieve.accounting.outcome import Ending, operation_outcome, request_outcome

COUNTERS = st.none() | st.integers(0, 20)
ENDINGS = st.builds(
    Ending,
    status=st.sampled_from((None, 0x0000, 0xB000, 0xA702, 0xA801, 0xC000, 0xFE00, 0x9999)),
    completed=COUNTERS,
    warning=COUNTERS,
    failed=COUNTERS,
    expected_by=st.sampled_from(("instances", "counts", "peer", "none")),
    expected=COUNTERS,
    received=st.integers(0, 20),
    missing=COUNTERS,
    spoiled=st.integers(0, 2),
    cancelled=st.booleans(),
    failure=st.none() | st.just("AssociationLost: aborted"),
    third_party=st.booleans(),
)


@given(ENDINGS)
def test_every_ending_has_one_of_the_outcomes_and_a_reason(ending):
    """Whatever numbers an archive answers with, there is an outcome of the list and a reason in words."""
    outcome, reason = request_outcome(ending)

    assert outcome in OUTCOMES
    assert reason


@given(ENDINGS)
def test_only_a_complete_ledger_is_complete(ending):
    """`complete` needs the instances by UID, or counts that agree with what arrived, and nothing spoiled."""
    outcome, _ = request_outcome(ending)

    by_instances = ending.expected_by == "instances" and ending.missing == 0
    by_counts = ending.expected_by == "counts" and ending.expected == ending.received
    assert outcome != "complete" or ((by_instances or by_counts) and not ending.spoiled and not ending.third_party)


@given(ENDINGS)
def test_refused_means_that_nothing_arrived(ending):
    """`refused` is a final failure status, and nothing arrived that we could have seen."""
    if request_outcome(ending)[0] == "refused":
        assert ending.refused_by_peer
        assert ending.third_party or not ending.received


@given(ENDINGS)
def test_a_failed_association_is_named_in_the_reason(ending):
    """What ended the association stands in the row, unless everything had arrived or the user had asked to stop."""
    outcome, reason = request_outcome(ending)

    if ending.failure and outcome not in ("complete", "cancelled"):
        assert outcome == "lost"
        assert ending.failure in reason


@pytest.mark.parametrize(
    ("ending", "outcome", "said"),
    [
        (Ending(0, expected_by="instances", expected=3, received=3, missing=0), "complete", "every expected"),
        (Ending(0xC000, expected_by="instances", expected=3, received=3, missing=0), "complete", "every expected"),
        (Ending(None, expected_by="instances", expected=3, received=3, missing=0, failure="AssociationLost"), "complete", ""),
        (Ending(0, expected_by="instances", expected=3, received=1, missing=2), "partial", "2 of 3"),
        (Ending(0, expected_by="instances", expected=3, received=3, missing=0, spoiled=1), "partial", "1 in conflict"),
        (Ending(0, expected_by="instances", expected=3, received=2, missing=1, spoiled=1), "partial", "; 1 of 3 expected"),
        (Ending(0xA702, expected_by="instances", expected=3, received=1, missing=2), "partial", "0xA702"),
        (Ending(0xA702, expected_by="instances", expected=3, missing=3), "refused", "0xA702"),
        (Ending(0x9999, expected_by="instances", expected=3, missing=3), "refused", "0x9999"),
        (Ending(0, expected_by="counts", expected=3, received=3), "complete", "counts"),
        (Ending(0, expected_by="counts", expected=3, received=2), "partial", "2 of 3"),
        (Ending(0, expected_by="counts", expected=3, received=4), "unverified", "4 SOP Instances where"),
        (Ending(0, expected_by="counts", expected=0), "unverified", "no count"),
        (Ending(0, completed=4, expected_by="counts", expected=2, received=2), "partial", "2 arrived where the archive"),
        (Ending(0xB000, completed=2, failed=2, expected_by="counts", expected=2, received=2), "partial", "2 failed"),
        (Ending(0, failed=2, third_party=True), "unverified", "2 failed"),
        (Ending(0xA801, expected_by="counts", expected=0), "refused", "Move destination unknown"),
        (Ending(None, expected_by="counts", expected=0, failure="AssociationLost: silent"), "lost", "silent"),
        (Ending(0, expected_by="peer"), "unverified", "no count"),
        (Ending(0, completed=4, expected_by="peer", received=4), "unverified", "own counters"),
        (Ending(0, completed=3, warning=1, expected_by="peer", received=3), "partial", "3 arrived where the archive reports 4"),
        (Ending(0, completed=0, expected_by="peer"), "no_match", "nothing to send"),
        (Ending(0, received=3, failure="AssociationLost: aborted"), "lost", "3 instances had arrived"),
        (Ending(0, received=3, failure="AssociationLost: what came is kept."), "lost", "is kept; 3 instances had arrived"),
        (Ending(0, third_party=True), "unverified", "not observed"),
        (Ending(0xA801, third_party=True), "refused", "0xA801"),
        (Ending(None, third_party=True, failure="PeerUnreachable"), "lost", "PeerUnreachable"),
        (Ending(0, expected_by="counts", expected=3, received=1, cancelled=True), "cancelled", "cancelled"),
    ],
)
def test_outcome_of_a_request(ending, outcome, said):
    """Each way for a request to end has its outcome, and says why."""
    found, reason = request_outcome(ending)

    assert found == outcome
    assert said in reason


@pytest.mark.parametrize("completed", [None, 0, 2])
@pytest.mark.parametrize("status", [0xA702, 0xB000, 0xC000, 0xFE00])
def test_a_bad_final_status_is_partial_even_where_the_counters_are_absent_or_zero(status, completed):
    """Some archives end with 0xC000 and zero counters after two instances had arrived: that is no unverified success."""
    outcome, reason = request_outcome(Ending(status, completed=completed, expected_by="peer", received=2))

    assert outcome == "partial"
    assert f"0x{status:04X}" in reason


def test_success_with_failed_sub_operations_is_partial():
    """Archives answer Success although sub-operations failed; the failed counter says so."""
    assert request_outcome(Ending(0, completed=4, failed=1, expected_by="peer", received=4))[0] == "partial"


def test_success_with_zero_counters_is_no_lack_of_matches_when_something_arrived():
    """Archives report Success with 0/0/0 although they sent: what arrived is not denied."""
    assert request_outcome(Ending(0, completed=0, failed=0, expected_by="peer", received=2))[0] == "unverified"


@pytest.mark.parametrize(
    ("outcomes", "together"),
    [
        ([], "no_match"),
        (["complete", "complete"], "complete"),
        (["complete", "unverified"], "unverified"),
        (["complete", "lost"], "partial"),
        (["complete", "refused"], "partial"),
        (["complete", "no_match"], "partial"),
        (["lost", "refused"], "lost"),
        (["lost", "no_match"], "lost"),
        (["refused", "no_match"], "refused"),
        (["complete", "cancelled", "lost"], "cancelled"),
    ],
)
def test_outcome_of_an_operation(outcomes, together):
    """The operation says what its requests say together."""
    assert operation_outcome(outcomes) == together


def test_an_operation_is_complete_only_when_every_request_is():
    """No mixture with any other outcome counts as success, and none of one kind changes its name."""
    for one, other in product(OUTCOMES, OUTCOMES):
        together = operation_outcome([one, other])
        assert together in OUTCOMES
        assert (together == "complete") == (one == other == "complete")
        assert one != other or together == one
        assert together == operation_outcome([other, one])
