"""The feed decodes ahead, keeps what it has decoded within its bounds, and chooses one window for a series that has none."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from pydicom import Dataset

from dicommove.panels.cache import Cache
from dicommove.panels.encoding import Message
from dicommove.panels.feed import Feed
from dicommove.panels.series import Gallery


@pytest.fixture
def fed():
    """A feed over data sets, what it has sent, and a way to wait for it; ended with the test."""
    feeds = []

    def make(*datasets, cache=None, clock=None):
        gallery = Gallery()
        gallery.take([{"dataset": one, "InstanceNumber": n, "Rows": 8} for n, one in enumerate(datasets)])
        sent, arrived = [], threading.Condition()

        def send(message):
            with arrived:
                sent.append(message)
                arrived.notify_all()

        def wait(number):
            with arrived:
                assert arrived.wait_for(lambda: len(sent) >= number, 30)
            return [message.content for message in sent]

        options = {"clock": clock} if clock else {}
        feeds.append(Feed(gallery, send, cache=cache or Cache(1 << 20), **options))
        return feeds[-1], wait

    yield make
    for feed in feeds:
        feed.close()


def test_one_window_for_a_series_without_any(fed, slice_of):
    """That of its middle, so that its pictures can be compared; a picture's own comes first."""
    pictures = [slice_of(n, Modality="MR", WindowCenter=None, WindowWidth=None, RescaleIntercept=0) for n in (0, 100, 900)]
    own = slice_of(3, WindowCenter=20, WindowWidth=30, RescaleIntercept=0)
    feed, wait = fed(*pictures, own)
    feed.want(0, range(4))
    windows = [content["window"] for content in wait(4)]
    assert windows[0] == windows[1] == windows[2]
    assert windows[0][0] == pytest.approx(900 + 47 / 2, abs=1)
    assert windows[3] == (20.0, 30.0)


def test_frames_that_nobody_acknowledges_are_given_up(fed, slice_of):
    """After ten seconds by the clock: the view that asked for them is gone."""
    now = [0.0]
    feed, wait = fed(*(slice_of(n) for n in range(20)), clock=lambda: now[0])
    feed.want(0, range(8))
    wait(8)
    now[0] = 11.0
    feed.want(0, [15])
    assert wait(9)[-1]["index"] == 15


def test_what_is_under_way_is_not_sent_twice(fed, slice_of):
    """A frame wanted again before it was acknowledged."""
    feed, wait = fed(slice_of(0), slice_of(1))
    feed.want(0, [0])
    wait(1)
    feed.want(0, [0, 1])
    assert [content["index"] for content in wait(2)] == [0, 1]
    feed.acknowledge(0, 0)
    feed.want(0, [0])
    assert wait(3)[-1]["index"] == 0


def test_frames_are_decoded_ahead(fed, slice_of):
    """While eight are under way, the next ones are made ready."""
    cache = Cache(1 << 20)
    feed, wait = fed(*(slice_of(n) for n in range(20)), cache=cache)
    feed.want(0, range(20))
    feed.thumbs([0])
    wait(9)
    assert len(cache._kept) == 20


def test_decoding_ahead_stays_within_bounds(fed, slice_of):
    """Half of the cache at most is filled ahead of what is seen: 20 frames of 96 bytes, 960 bytes of room."""
    cache = Cache(960)
    feed, wait = fed(*(slice_of(n) for n in range(40)), cache=cache)
    feed.want(0, range(40))
    feed.thumbs([0])
    wait(9)
    assert cache.size_bytes <= 960


def test_a_voi_table_travels_in_a_buffer_of_its_own(fed, slice_of):
    """First value and length in the content, entries as 16 bits beside the pixels."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [3, 5, 16])
    item.add_new("LUTData", "US", [0, 100, 65535])
    feed, wait = fed(slice_of(0, VOILUTSequence=[item]))
    feed.want(0, [0])
    (content,) = wait(1)
    assert (content["lut"], content["window"]) == ({"first": 5, "bits": 16, "length": 3}, None)


def test_the_cache_drops_what_was_used_longest_ago():
    """Bounded by bytes; what alone is too large is not kept."""
    cache = Cache(100)
    for key in "abc":
        cache.put(("x", key), Message({}, (np.zeros(40, np.uint8).data,)))
        assert cache.get(("x", "a")) is not None
    assert [key for _, key in cache._kept] == ["c", "a"]
    cache.put(("x", "large"), Message({}, (bytes(101),)))
    assert (cache.get(("x", "large")), cache.size_bytes) == (None, 80)
    cache.put(("x", "a"), Message({}, (bytes(10),)))
    assert cache.size_bytes == 50
    cache.forget("x")
    assert cache.size_bytes == 0


def test_what_was_decoded_stays_valid_while_the_series_grows(fed, slice_of):
    """Pictures are kept by their instance: their places shift, they are not decoded again, and the length is told."""
    pictures = [slice_of(n) for n in (2, 4)]
    feed, wait = fed(*pictures)
    feed.want(0, [0, 1])
    wait(2)
    for one in pictures:
        del one.PixelData
    feed._gallery.take([{"dataset": slice_of(0), "InstanceNumber": -1, "Rows": 8}])
    feed.changed([0])
    feed.want(0, [2, 1, 0])
    told = wait(5)
    assert [(content["index"], content["of"], content["error"]) for content in told] == [
        (0, 2, None),
        (1, 2, None),
        (2, 3, None),
        (1, 3, None),
        (0, 3, None),
    ]


def test_a_series_that_grows_is_windowed_by_its_new_middle(fed, slice_of):
    """One window for all of its pictures still, also for those that were decoded before."""
    plain = {"Modality": "MR", "WindowCenter": None, "WindowWidth": None, "RescaleIntercept": 0}
    feed, wait = fed(slice_of(0, **plain))
    feed.want(0, [0])
    before = wait(1)[0]
    feed._gallery.take([{"dataset": slice_of(n, **plain), "InstanceNumber": n, "Rows": 8} for n in (500, 900)])
    feed.changed([0])
    feed.want(0, [0, 2])
    *_, first, last = wait(3)
    assert before["usual"]
    assert first["window"] == last["window"] != before["window"]
    assert first["window"][0] == pytest.approx(500 + 47 / 2, abs=1)


def test_a_picture_whose_window_shows_nothing_takes_that_of_the_middle(fed, slice_of):
    """The first slices of a volume are often empty: each alone would be black or noise."""
    empty = slice_of(0, PixelData=bytes(96), RescaleIntercept=0)
    feed, wait = fed(empty, *(slice_of(n, WindowCenter=20, WindowWidth=30, RescaleIntercept=0) for n in (1, 2)))
    feed.want(0, [0])
    assert wait(1)[0]["window"] == (20.0, 30.0)


def test_thumbnails_are_drawn_anew_when_nothing_grows_any_more(fed, slice_of):
    """Of series that have grown since: their middle is another one; the others keep theirs."""
    feed, wait = fed(slice_of(0))
    feed.thumbs([0])
    wait(1)
    feed.settled()
    feed._gallery.take([{"dataset": slice_of(5), "InstanceNumber": 5, "Rows": 8}])
    feed.changed([0])
    feed.settled()
    assert [content["type"] for content in wait(2)] == ["thumb", "thumb"]
