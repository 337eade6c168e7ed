"""The table of faults, how a fault is named, and how several are joined."""

import pytest

from dicommove.demo_archive import describe_faults
from dicommove.demo_archive.conduct import Conduct, Deed
from dicommove.demo_archive.faults import FAULTS, fault_from
from dicommove.errors import QueryError

SOUND = Conduct()


@pytest.mark.parametrize(
    "text",
    [
        *("", "drop", "drop:", "drop:x", "drop:-1", "drop:1.5", "drop:²", "slow:-1", "slow:inf", "slow:nan", "slow", "refuse:1"),
        *("DROP:1", "no", "lie:1", "lie:", "late:", "late:x", "nearline:-1", "cap", "cap:all", "deaf:1", "study-only:STUDY"),
        *("ignores", "ignores:", "ignores:Modalities", "ignores:StudyInstanceUID", "ignores:PatientID"),
        *("slow:1+", "+", "deaf,", "slow:1+no", "slow:1+slow:2", "refuse+unknown-destination"),
    ],
)
def test_unreadable_fault_lists_all_faults(text):
    """A fault that cannot be read is refused with the list of what there is."""
    with pytest.raises(QueryError) as refused:
        fault_from(text)
    assert all(name in str(refused.value) for name in FAULTS)


def test_no_fault_sends_everything():
    """Without a fault nothing is dropped, delayed, refused or sent twice."""
    conduct = fault_from(None)
    assert (conduct.deed(0), conduct.delay_seconds, conduct.refusal, conduct.sends_again(0)) == (Deed.SEND, 0, None, False)


def test_drop_drops_so_many_and_then_no_more():
    """`drop:2` takes two instances in the archive's life, whatever move they belong to."""
    conduct = fault_from("drop:2")
    assert [conduct.deed(n) for n in (0, 0, 1)] == [Deed.DROP, Deed.DROP, Deed.SEND]


def test_abort_comes_after_so_many():
    """`abort:2` lets two instances of each move pass."""
    conduct = fault_from("abort:2")
    assert [conduct.deed(n) for n in (0, 1, 2)] == [Deed.SEND, Deed.SEND, Deed.ABORT]


@pytest.mark.parametrize(("text", "status"), [("refuse", 0xA702), ("unknown-destination", 0xA801)])
def test_refusals_have_their_status(text, status):
    """Faults that refuse say with which status."""
    assert fault_from(text).refusal == status


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("late", "late_seconds", 0.5),
        ("late:0", "late_seconds", 0),
        ("nearline", "preparation_seconds", 0.5),
        ("nearline:2", "preparation_seconds", 2),
        ("cap:500", "cap", 500),
        ("ignores:ModalitiesInStudy", "ignored", 0x00080061),
    ],
)
def test_what_stands_after_the_colon_is_read(text, field, value):
    """A number or a keyword is read; where it may be left out there is a default."""
    assert getattr(fault_from(text), field) == value


@pytest.mark.parametrize("text", ["slow:0.05+deaf", "slow:0.05,deaf", " slow:0.05 + deaf"])
def test_several_faults_are_joined(text):
    """Plus and comma join faults, with or without spaces."""
    conduct = fault_from(text)
    assert (conduct.delay_seconds, conduct.deaf, conduct.lies) == (0.05, True, False)


def test_every_fault_changes_a_field():
    """Each line of the table sets a field of the conduct to something else than its default."""
    examples = {"N": "1", "SECONDS": "1", "KEYWORD": "StudyDate"}
    for name, kind in FAULTS.items():
        conduct = fault_from(f"{name}:{examples[kind.argument]}" if kind.argument else name)
        assert getattr(conduct, kind.field) != getattr(SOUND, kind.field)


def test_description_shows_how_each_fault_is_written():
    """What must stand after the colon, what may, and what takes nothing are told apart."""
    lines = describe_faults().splitlines()
    assert len(lines) == len(FAULTS)
    heads = {line.split(": ")[0] for line in lines}
    assert {"drop:N", "late[:SECONDS]", "nearline[:SECONDS]", "ignores:KEYWORD", "cap:N", "deaf", "lie"} <= heads
