"""The table of faults and how a fault is named."""

import pytest

from dicommove.demo_archive.faults import FAULTS, Deed, fault_from
from dicommove.errors import QueryError


@pytest.mark.parametrize(
    "text", ["", "drop", "drop:", "drop:x", "drop:-1", "drop:1.5", "slow:-1", "slow:inf", "slow:nan", "refuse:1", "DROP:1", "no"]
)
def test_unreadable_fault_lists_all_faults(text):
    """A fault that cannot be read is refused with the list of what there is."""
    with pytest.raises(QueryError) as refused:
        fault_from(text)
    assert all(name in str(refused.value) for name in FAULTS)


def test_no_fault_sends_everything():
    """Without a fault nothing is dropped, delayed or refused."""
    fault = fault_from(None)
    assert (fault.deed(0), fault.delay_seconds, fault.refusal) == (Deed.SEND, 0, None)


def test_drop_drops_so_many_and_then_no_more():
    """`drop:2` takes two instances in the archive's life, whatever move they belong to."""
    fault = fault_from("drop:2")
    assert [fault.deed(n) for n in (0, 0, 1)] == [Deed.DROP, Deed.DROP, Deed.SEND]


def test_abort_comes_after_so_many():
    """`abort:2` lets two instances of each move pass."""
    fault = fault_from("abort:2")
    assert [fault.deed(n) for n in (0, 1, 2)] == [Deed.SEND, Deed.SEND, Deed.ABORT]


@pytest.mark.parametrize(("text", "status"), [("refuse", 0xA702), ("unknown-destination", 0xA801)])
def test_refusals_have_their_status(text, status):
    """Faults that refuse say with which status."""
    assert fault_from(text).refusal == status
