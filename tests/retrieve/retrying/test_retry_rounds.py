"""Rounds: what is asked again, in which order, and when it ends; against archives that are plain functions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicommove.retrieve.asking.expectation import ExpectedInstance
from dicommove.retrieve.retrying.rounds import FRUITLESS, PROBES, Came, Verdict, batches, rounds
from dicommove.terms import Level


def series(number: int, size: int, study: int = 1) -> list[ExpectedInstance]:
    """The missing instances of a series."""
    return [ExpectedInstance(study, f"1.{study}", f"1.{study}.{number}", f"1.{study}.{number}.{one}") for one in range(size)]


def ask(archive, gap, **how):
    """Drive the rounds against an archive: a function of (batch, what is still missing); return the batches."""
    missing, asked = {one.uid for one in gap}, []
    asking = rounds(gap, **how)
    batch = next(asking, None)
    while batch is not None:
        asked.append(batch)
        assert len(asked) < 5000, "it does not end"
        sent, verdict = archive(batch)
        missing -= set(sent)
        try:
            batch = asking.send(Came(frozenset(one.uid for one in batch.wanted if one.uid in missing), verdict, batch.attempt))
        except StopIteration:
            batch = None
    return asked, missing


def stops_at(poison):
    """An archive that sends in order and stops at the first object of ``poison``, as Orthanc does."""

    def archive(batch):
        uids = [one.uid for one in batch.wanted]
        first = next((n for n, uid in enumerate(uids) if uid in poison), None)
        return (uids, Verdict.ANSWERED) if first is None else (uids[:first], Verdict.FAILED)

    return archive


def fails_whole(poison):
    """An archive that sends nothing of a batch that holds an object of ``poison``."""

    def archive(batch):
        uids = [one.uid for one in batch.wanted]
        return ([], Verdict.FAILED) if poison & set(uids) else (uids, Verdict.ANSWERED)

    return archive


@given(st.data(), st.sampled_from([stops_at, fails_whole]))
def test_everything_but_the_poison_arrives(data, kind):
    """Whatever stands in the way of a batch, the others arrive, and each poisoned object was asked for alone."""
    gap = series(1, data.draw(st.integers(1, 40))) + series(2, data.draw(st.integers(0, 40)))
    # The very first answers must bring something: an archive that sends nothing at all is another matter.
    uids = [one.uid for one in gap][len(gap) // 2 :]
    poison = data.draw(st.sets(st.sampled_from(uids), max_size=3)) if len(gap) > 12 else set()
    asked, missing = ask(kind(poison), gap)
    assert missing == poison
    alone = {batch.wanted[0].uid for batch in asked if len(batch.wanted) == 1}
    assert poison <= alone


@pytest.mark.parametrize("kind", [stops_at, fails_whole])
def test_one_poisoned_object_of_three_hundred_costs_few_requests(kind):
    """The halving takes some two requests for each power of two, whichever object it is."""
    gap = series(1, 300)
    for position in (0, 1, 149, 150, 299):
        asked, missing = ask(kind({gap[position].uid}), gap)
        assert missing == {gap[position].uid}
        assert len(asked) <= 2 * math.ceil(math.log2(300)) + 2


def test_batches_have_one_series_and_at_most_300_uids():
    """At IMAGE level a batch has one study and one series; above it, one study."""
    gap = series(1, 301) + series(2, 2) + series(1, 1, study=2)
    assert [len(batch.wanted) for batch in batches(gap, Level.IMAGE)] == [300, 1, 2, 1]
    assert [batch.series for batch in batches(gap, Level.SERIES)] == [("1.1.1", "1.1.2"), ("1.2.1",)]
    assert [len(batch.wanted) for batch in batches(gap, Level.STUDY)] == [303, 1]


def test_a_refused_level_leads_to_the_next_coarser_one():
    """An archive that moves studies only is asked once at each level, and for nothing else."""

    def archive(batch):
        if batch.level is not Level.STUDY:
            return [], Verdict.LEVEL_REFUSED
        return [one.uid for one in batch.wanted], Verdict.ANSWERED

    asked, missing = ask(archive, series(1, 3) + series(2, 3))
    assert not missing
    assert [batch.level for batch in asked] == [Level.IMAGE, Level.SERIES, Level.STUDY]


def test_the_next_round_begins_at_the_level_that_brought_something():
    """A level that was refused in the first round is not asked at in the second."""

    def archive(batch):
        if batch.level is Level.IMAGE:
            return [], Verdict.LEVEL_REFUSED
        return [one.uid for one in batch.wanted][:2], Verdict.ANSWERED

    asked, missing = ask(archive, series(1, 5))
    assert not missing
    assert [batch.level for batch in asked].count(Level.IMAGE) == 1


def test_a_level_that_is_known_to_be_refused_is_not_asked_at():
    """The rounds begin at the finest level that is given."""
    asked, _ = ask(lambda batch: ([one.uid for one in batch.wanted], Verdict.ANSWERED), series(1, 3), levels=[Level.STUDY])
    assert [batch.level for batch in asked] == [Level.STUDY]


def test_an_archive_that_fails_at_everything_is_left_soon():
    """Nothing comes at any level: each is given up after some requests, and the round is the last."""
    asked, missing = ask(lambda _: ([], Verdict.FAILED), series(1, 300))
    assert len(missing) == 300
    assert [sum(batch.level is level for batch in asked) for level in (Level.IMAGE, Level.SERIES, Level.STUDY)] == [
        FRUITLESS + PROBES,
        1,
        1,
    ]


@pytest.mark.parametrize("every", [10, 20, 25])
def test_many_poisoned_objects_far_apart_keep_nothing_back(every):
    """Each large batch holds one and fails whole: single objects show that it is not the level, and all the others arrive."""
    gap = series(1, 300)
    poison = {one.uid for one in gap[every // 2 :: every]}
    asked, missing = ask(fails_whole(poison), gap)
    assert missing == poison
    assert len(asked) < 1.5 * len(gap)


def test_the_good_end_of_a_bad_series_is_not_left():
    """Forty bad objects in a row tire, and what lies behind them comes all the same, but for their neighbours."""
    gap = series(1, 300)
    _, missing = ask(fails_whole({one.uid for one in gap[:40]}), gap)
    assert {one.uid for one in gap[:40]} <= missing <= {one.uid for one in gap[:44]}


def test_of_a_few_each_is_asked_for_alone():
    """One of sixteen is good, between bad ones: it arrives."""
    gap = series(1, 16)
    poison = {one.uid for one in gap} - {gap[6].uid}
    _, missing = ask(fails_whole(poison), gap)
    assert missing == poison


def test_a_series_that_is_all_poison_is_left_soon():
    """The other series arrives, and the halving does not go down to each of three hundred objects."""
    bad, good = series(1, 300), series(2, 5)
    asked, missing = ask(stops_at({one.uid for one in bad}), [*bad, *good])
    assert missing == {one.uid for one in bad}
    assert len(asked) == FRUITLESS + PROBES + 1


def test_one_object_that_fails_alone_is_not_worth_its_series():
    """What fails by itself fails with the others too: the series is not sent again for it."""
    asked, _ = ask(lambda _: ([], Verdict.FAILED), series(1, 1))
    assert [batch.level for batch in asked] == [Level.IMAGE]


def test_a_busy_archive_is_not_asked_at_coarser_levels():
    """Being out of resources says nothing of the level."""
    asked, _ = ask(lambda _: ([], Verdict.BUSY), series(1, 40))
    assert {batch.level for batch in asked} == {Level.IMAGE}
    assert len(asked) == FRUITLESS


def test_rounds_go_on_while_they_bring_something():
    """An archive that forgets every second object is asked until nothing is missing."""

    def archive(batch):
        return [one.uid for one in batch.wanted][::2], Verdict.ANSWERED

    asked, missing = ask(archive, series(1, 64))
    assert not missing
    assert max(batch.attempt for batch in asked) > 2


def test_a_stop_ends_it_at_once():
    """When asking on is of no use, nothing more is asked."""
    asked, missing = ask(lambda _: ([], Verdict.STOP), series(1, 3) + series(2, 3))
    assert (len(asked), len(missing)) == (1, 6)


def test_no_gap_asks_nothing():
    """Nothing is missing: nothing is sent."""
    assert next(rounds([]), None) is None
