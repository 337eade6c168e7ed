"""The index: what it finds, and how little memory it takes."""

from __future__ import annotations

import tracemalloc

import pytest

from dicommove.store.index import Index
from dicommove.store.naming import digest


@pytest.mark.parametrize(("layout", "count"), [("{0}/0001_CT_{1}/{2:05}_{3}.dcm", 5_500), ("{0}/{1}/CT.{4}", 5_500)])
def test_index_takes_less_than_200_bytes_an_instance(layout, count):
    """Series of 200, with the default layout and with UIDs as names; the numbers are those where a dict is emptiest."""
    index = Index()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(count):
            uid = f"1.2.840.113619.2.55.3.604688119.971.1281337654.{number}"
            series = digest.__wrapped__(str(number // 200))
            index.add(uid, layout.format(series, series, number % 200, digest.__wrapped__(uid), uid), 524_288 + number)
        digest.cache_clear()
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken / count < 200
    uid = "1.2.840.113619.2.55.3.604688119.971.1281337654.4711"
    series = digest("23")
    assert index.find(uid) == (layout.format(series, series, 111, digest(uid), uid), 528_999)


def test_last_path_counts_and_forgotten_ones_are_gone():
    """An instance has one place."""
    index = Index()
    index.add("1.2", "a.dcm", 1)
    index.add("1.2", "ordner/ä\udcff.dcm", 1 << 40)
    assert index.find("1.2") == ("ordner/ä\udcff.dcm", 1 << 40)
    index.forget("1.2")
    index.forget("1.2")
    assert index.find("1.2") is None
