"""Guards: what is too much is refused before anything is sent, with words that say how to go on."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicommove.errors import MoveTooLarge, QueryError, StoreError
from dicommove.retrieve.planning.guards import Limit, check_disk, check_limit, in_bytes, size_of
from dicommove.terms import Level

COUNTS = st.none() | st.integers(0, 100_000)


@pytest.mark.parametrize(
    ("given", "limit"),
    [(None, Limit(None, None)), (1, Limit(1, 400)), (50, Limit()), (Limit(3, 9), Limit(3, 9))],
)
def test_a_limit_is_a_number_of_studies_or_none(given, limit):
    """A number of studies brings 400 instances each; None says "I know"."""
    assert Limit.of(given) == limit


@pytest.mark.parametrize("given", [0, -1, 1.5, "50", True])
def test_what_is_no_limit_is_refused(given):
    """Nothing is guessed: the message shows what was given."""
    with pytest.raises(QueryError, match=re.escape(f"limit={given!r}")):
        Limit.of(given)


@pytest.mark.parametrize(
    ("limit", "studies", "instances", "refused"),
    [
        (Limit(), 50, 20_000, False),
        (Limit(), 51, 1, True),
        (Limit(), 1, 20_001, True),
        (Limit(), 50, None, False),
        (Limit(), 51, None, True),
        (Limit(None, 10), 1000, 10, False),
        (Limit(10, None), 10, 10**9, False),
        (Limit(None, None), 10**9, 10**9, False),
    ],
)
def test_what_is_more_than_the_limit_is_refused(limit, studies, instances, refused):
    """Either bound refuses; exactly the limit is taken; an unknown number of instances is judged by the studies."""
    check = {"studies": studies, "instances": instances, "size_bytes": 1}
    if not refused:
        check_limit(limit, **check)
        return
    with pytest.raises(MoveTooLarge):
        check_limit(limit, **check)


def test_the_refusal_has_counts_bytes_and_hours():
    """The exception carries the numbers, and its text says what to do."""
    with pytest.raises(MoveTooLarge) as caught:
        check_limit(Limit(), studies=1200, instances=60_000, size_bytes=72_000_000_000, level=Level.SERIES)

    error = caught.value
    assert (error.studies, error.instances, error.size_bytes, error.hours) == (1200, 60_000, 72_000_000_000, 2.0)
    for said in ("1,200 studies", "60,000 instances", "72.0 GB", "2.0 hours", "limit of 50 studies or 20,000 instances",
                 "SERIES level", "limit=1200", "Nothing was moved"):  # fmt: skip
        assert said in str(error)


@given(st.integers(1, 500), COUNTS, COUNTS)
def test_the_advice_of_the_refusal_helps(studies, instances, most):
    """Who gives the limit that the message names is not refused a second time."""
    try:
        check_limit(Limit(50, most), studies=studies, instances=instances, size_bytes=0)
    except MoveTooLarge as error:
        advice = int(re.search(r"give limit=(\d+)", str(error))[1])
        check_limit(Limit.of(advice), studies=studies, instances=instances, size_bytes=0)


@pytest.mark.parametrize(
    ("most", "said", "unsaid"),
    [
        (
            Limit(20, 8000),
            "move it in parts: the configuration of this archive allows 20 studies or 8,000 instances a move",
            "limit=",
        ),
        (Limit(None, 4000), "the configuration of this archive allows 4,000 instances a move", "limit="),
        (Limit(40, None), "or give limit=30 if you mean it", "limit=None"),
        (Limit(None, None), "or give limit=30 (limit=None for no limit) if you mean it", "configuration"),
    ],
)
def test_what_the_site_fixes_is_not_advised_against(most, said, unsaid):
    """A limit is advised only where the user may give it; else the text says who may."""
    with pytest.raises(MoveTooLarge) as caught:
        check_limit(Limit(10, 4000), studies=30, instances=3000, size_bytes=0, most=most)
    assert said in str(caught.value)
    assert unsaid not in str(caught.value)


@pytest.mark.parametrize(
    ("instances", "modalities", "size"),
    [
        (None, ["CT"], 0),
        (0, ["CT"], 0),
        (10, ["CT"], 5_300_000),
        (10, [], 10_000_000),
        (10, ["XX"], 10_000_000),
        (10, ["CT", "MR"], 3_900_000),
    ],
)
def test_estimated_size(instances, modalities, size):
    """The mean of what is typical of the modalities; what is unknown counts 1 MB."""
    assert size_of(instances, modalities) == size


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_960, "1.0 MB"),
        (53_000_000, "53.0 MB"),
        (2_000_000_000, "2.0 GB"),
        (5e15, "5000.0 TB"),
    ],
)
def test_bytes_for_people(size_bytes, text):
    """Powers of ten, one decimal, and never 1000 of a unit."""
    assert in_bytes(size_bytes) == text


@pytest.mark.parametrize(("free", "refused"), [(110, False), (109, True), (0, True)])
def test_a_disk_needs_a_tenth_more_than_the_estimate(free, refused):
    """Less than the estimate and 10 % refuses the move, and names the folder and both numbers."""
    if not refused:
        check_disk(size_bytes=100_000, free_bytes=free * 1000 + 1, folder="/data")
        return
    with pytest.raises(StoreError, match=r"/data has .* free, and some 110\.0 kB are needed"):
        check_disk(size_bytes=100_000, free_bytes=free * 1000, folder="/data")


def test_nothing_to_come_needs_no_room():
    """A move of what is there already goes ahead on a full disk."""
    check_disk(size_bytes=0, free_bytes=0, folder="/data")
