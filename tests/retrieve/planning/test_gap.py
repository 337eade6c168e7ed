"""The gap: what is in the folder is not asked for again, and nothing else is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicommove.retrieve.asking.expectation import Expectation, ExpectedInstance
from dicommove.retrieve.planning.gap import without_present
from dicommove.retrieve.planning.requests import Request
from dicommove.terms import Level


def study(number, *sizes):
    """A request for a whole study, and its instances: one series per size."""
    instances = tuple(
        ExpectedInstance(number, f"1.{number}", f"1.{number}.{series}", f"1.{number}.{series}.{one}")
        for series, size in enumerate(sizes)
        for one in range(size)
    )
    request = Request(
        number,
        Level.STUDY,
        f"1.{number}",
        "P1",
        expected=len(instances),
        expected_by="instances",
        size_bytes=1000 * len(instances),
    )
    return request, instances


def expectation(*studies):
    """The requests of several studies, and their instances together."""
    return Expectation(tuple(request for request, _ in studies), tuple(one for _, own in studies for one in own))


@st.composite
def folders(draw):
    """An expectation of up to three studies, and the UIDs that are in the folder."""
    sizes = draw(st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3), max_size=3))
    whole = expectation(*(study(number, *own) for number, own in enumerate(sizes, 1)))
    held = draw(st.sets(st.sampled_from([one.uid for one in whole.instances]))) if whole.instances else set()
    return whole, held


def asked(rest):
    """The instances that the requests will bring."""
    settled = {request.number for request in rest.requests if request.settled}
    return [one for one in rest.instances if one.request not in settled]


@given(folders())
def test_only_what_is_not_in_the_folder_is_asked_for(folder):
    """The requests that are sent bring exactly what the folder lacks, by UID, and cover nothing that it has."""
    whole, held = folder

    rest = without_present(whole, held.__contains__)

    assert sorted(one.uid for one in asked(rest)) == sorted({one.uid for one in whole.instances} - held)
    sent = [request for request in rest.requests if not request.settled]
    for one in whole.instances:
        covered = any(request.covers(one.study, one.series, one.uid) for request in sent)
        assert covered == (one.uid not in held)


@given(folders())
def test_the_pieces_together_are_the_original(folder):
    """Nothing is lost or doubled: the same instances, the same counts, numbers from 1 that agree with each other."""
    whole, held = folder

    rest = without_present(whole, held.__contains__)

    assert sorted(one.uid for one in rest.instances) == sorted(one.uid for one in whole.instances)
    assert sum(r.expected for r in rest.requests) == sum(r.expected for r in whole.requests)
    assert sum(r.size_bytes for r in rest.requests) == sum(r.size_bytes for r in whole.requests)
    assert sum(r.present for r in rest.requests) == len(held)
    assert [r.number for r in rest.requests] == list(range(1, len(rest.requests) + 1))
    for request in rest.requests:
        own = [one for one in rest.instances if one.request == request.number]
        assert len(own) == request.expected
        assert all(request.covers(one.study, one.series, one.uid) for one in own)


@given(folders())
def test_looking_twice_changes_nothing(folder):
    """What is left of a plan is its own gap."""
    whole, held = folder
    once = without_present(whole, held.__contains__)

    twice = without_present(once, held.__contains__)

    assert [(r.level, r.series, r.instances) for r in twice.requests] == [(r.level, r.series, r.instances) for r in once.requests]


def test_a_request_without_known_instances_is_kept_as_it_is():
    """Where only a count is known, nothing can be left out."""
    request = Request(1, Level.STUDY, "1", expected=5, expected_by="counts")

    assert without_present(Expectation((request,)), lambda _: True).requests == (request,)


def test_a_series_that_is_not_there_at_all_is_asked_for_whole():
    """The study is cut into what is there, the whole series that are not, and the single instances of the others."""
    rest = without_present(expectation(study(1, 3, 2, 2)), {"1.1.0.0"}.__contains__)

    there, series, images = rest.requests
    assert (there.settled, there.present, there.expected) == (True, 1, 1)
    assert (series.level, series.series, series.expected) == (Level.SERIES, ("1.1.1", "1.1.2"), 4)
    assert (images.level, images.series, images.instances) == (Level.IMAGE, ("1.1.0",), ("1.1.0.1", "1.1.0.2"))


def test_the_order_of_the_pieces_is_that_of_the_series():
    """The same folder gives the same plan in every process."""
    held = {f"1.1.{series}.0" for series in range(20)}

    rest = without_present(expectation(study(1, *[2] * 20)), held.__contains__)

    assert [request.series for request in rest.requests[1:]] == [(f"1.1.{series}",) for series in range(20)]


@pytest.mark.parametrize(("size", "wanted"), [(301, [300]), (302, [300, 1]), (700, [300, 300, 99])])
def test_a_long_gap_becomes_several_lists(size, wanted):
    """More instances than one list holds are asked for by several C-MOVEs."""
    rest = without_present(expectation(study(1, size)), {"1.1.0.0"}.__contains__)

    assert [len(request.instances) for request in rest.requests[1:]] == wanted


def test_an_image_request_asks_for_the_rest_of_its_own_list():
    """A list of instances never grows into its series."""
    request = Request(1, Level.IMAGE, "1", series=("2",), instances=("3.1", "3.2"), expected=2, expected_by="instances")
    instances = tuple(ExpectedInstance(1, "1", "2", uid) for uid in request.instances)

    rest = without_present(Expectation((request,), instances), {"3.1"}.__contains__)

    assert [one.instances for one in rest.requests if not one.settled] == [("3.2",)]
