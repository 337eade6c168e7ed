"""Decodes what the front end wants, ahead of it, in a thread; never more than a few frames are under way unacknowledged."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import PixelError
from ..images import Window
from .cache import shared_cache
from .encoding import Message, frame_message, thumb_message, windowed, withheld
from .reader import Reader
from .usual import Usual

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .cache import Cache
    from .series import Gallery, Series, Slot

    Place = tuple[int, int]  # number of the series, index of the picture

__all__ = ["Feed"]

UNACKNOWLEDGED = 8
"""Frames under way: the browser is slower than the kernel, and what it has not taken fills memory."""
_LOST_S = 10.0
"""After that long an unacknowledged frame is given up: the view that asked for it is gone."""
_IDLE_S = 5.0
"""After that long without anything to do the thread ends; the next wish starts another."""


class Feed:
    """The frames and thumbnails of one preview on their way to the browser.

    Parameters
    ----------
    gallery : Gallery
        What there is.
    send : callable
        Takes a `Message`; called from the thread of the feed.
    cache : Cache
        Where decoded frames are kept.
    clock : callable
        Monotonic seconds.

    Attributes
    ----------
    usual : Usual
        The windows of series whose files have none.
    """

    def __init__(
        self,
        gallery: Gallery,
        send: Callable[[Message], object],
        *,
        cache: Cache = shared_cache,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gallery, self._send, self._cache, self._clock = gallery, send, cache, clock
        self._changed = threading.Condition()
        self._wanted: list[Place] = []
        self._thumbs: dict[int, None] = {}
        self._underway: dict[Place, float] = {}
        self.usual = Usual()
        self._drawn: set[int] = set()  # series that have got a thumbnail
        self._outgrown: set[int] = set()  # those of them that have grown since
        self._thread: threading.Thread | None = None
        self._closed = False
        self._reader = Reader()

    def want(self, number: int, indices: Iterable[int]) -> None:
        """Replace what was wanted and not yet sent: pictures of a series, the most urgent first."""
        with self._changed:
            expired = self._clock() - _LOST_S
            self._underway = {place: since for place, since in self._underway.items() if since > expired}
            self._wanted = [(number, index) for index in dict.fromkeys(indices) if (number, index) not in self._underway]
            self._wake()

    def thumbs(self, numbers: Iterable[int]) -> None:
        """Ask for thumbnails of series; frames go first."""
        with self._changed:
            self._thumbs |= dict.fromkeys(numbers)
            self._wake()

    def acknowledge(self, number: int, index: int) -> None:
        """The browser has taken a frame: another may go."""
        with self._changed:
            self._underway.pop((number, index), None)
            self._wake()

    def restart(self) -> None:
        """A view begins anew: what was under way is lost, what was wanted is asked for again."""
        with self._changed:
            self._underway.clear()
            self._wanted.clear()

    def changed(self, numbers: Iterable[int]) -> None:
        """Series have grown: their places hold other pictures now, and their middle is another one."""
        with self._changed:
            grown = set(numbers)
            self.usual.forget(grown)
            self._underway = {place: since for place, since in self._underway.items() if place[0] not in grown}
            self._outgrown |= grown & self._drawn

    def settled(self) -> None:
        """No series grows any more: thumbnails of what was the middle once are drawn anew."""
        self.thumbs(sorted(self._outgrown))
        self._outgrown.clear()

    def close(self) -> None:
        """End the thread and forget what was decoded."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._cache.forget(id(self))

    def _wake(self) -> None:
        """Start the thread or tell it; called with the lock held."""
        if self._closed or not (self._wanted or self._thumbs):
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="dicommove preview", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        with Reader() as self._reader:
            while (task := self._next()) is not None:
                task()

    def _next(self) -> Callable[[], object] | None:
        """Wait for something to do; None when there was nothing for a while, or at the end."""
        with self._changed:
            if not self._closed and self._task() is None:
                self._changed.wait_for(lambda: self._closed or self._task() is not None, _IDLE_S)
            task = None if self._closed else self._task()
            if task is None:
                self._thread = None
            return task

    def _task(self) -> Callable[[], object] | None:
        """Choose what comes next: a frame that may go, a frame to decode ahead, a thumbnail; called with the lock held."""
        if self._wanted and len(self._underway) < UNACKNOWLEDGED:
            return self._deliver
        slots = [slot for place in self._wanted if (slot := self._slot(place)) is not None]
        ahead = next((slot for slot in slots if self._cache.get(self._key(slot)) is None), None)
        if ahead is not None and self._room_ahead(slots):
            return partial(self._decoded, ahead)
        return self._deliver_thumb if self._thumbs else None

    def _room_ahead(self, slots: Iterable[Slot]) -> bool:
        """Whether decoding ahead would not push out what was decoded ahead before."""
        ready = sum(message.size_bytes for slot in slots if (message := self._cache.get(self._key(slot))))
        return ready < self._cache.most_bytes // 2

    def _deliver(self) -> None:
        with self._changed:
            if not self._wanted:
                return
            place = self._wanted.pop(0)
            self._underway[place] = self._clock()
        number, index = place
        series = self._gallery[number]
        message = self._safely(lambda: self._windowed(series, index))
        self._send(Message({**message.content, "series": number, "index": index, "of": series.count}, message.buffers))

    def _deliver_thumb(self) -> None:
        with self._changed:
            if not self._thumbs:
                return
            number = next(iter(self._thumbs))
            del self._thumbs[number]
            self._drawn.add(number)
        message = self._safely(lambda: thumb_message(self._gallery[number].middle()))
        note = message.content.get("note") or message.content.get("error") or ""
        self._send(Message({"type": "thumb", "series": number, "note": note}, message.buffers))

    def _slot(self, place: Place) -> Slot | None:
        number, index = place
        series = self._gallery[number]
        return series.slot(index) if 0 <= index < series.count else None

    def _key(self, slot: Slot) -> tuple[object, ...]:
        """Key of a picture in the cache: its instance, not its place, because the places of a growing series shift."""
        return id(self), slot.source if isinstance(slot.source, Path) else id(slot.source), slot.frame

    def _decoded(self, slot: Slot) -> Message:
        """Return the message of a picture, from the cache if it is there; a fault becomes a message too."""
        key = self._key(slot)
        message = self._cache.get(key)
        if message is None:
            message = self._safely(lambda: frame_message(slot, *self._reader.read(slot)))
            self._cache.put(key, message)
        return message

    def _windowed(self, series: Series, index: int) -> Message:
        """Return the message of a place; where its file has no window that serves, with that of the whole series."""
        message = self._decoded(series.slot(index))
        own = _window_in(message)
        if own is None or own.of_file:
            return message
        window = self.usual.instead(series, own, lambda middle: _window_in(self._decoded(middle)))
        return replace(message, content=message.content | windowed(window))

    @staticmethod
    def _safely(make: Callable[[], Message]) -> Message:
        """Make a message; what goes wrong is said in its place, and the rest goes on."""
        try:
            return make()
        except PixelError as error:
            return withheld(None, str(error))
        except OSError as error:
            return withheld(None, f"the file cannot be read: {error.strerror or type(error).__name__}")
        except Exception as error:  # noqa: BLE001 - hostile files make decoders raise nearly anything
            return withheld(None, f"cannot be shown ({type(error).__name__})")


def _window_in(message: Message) -> Window | None:
    """Window of a message ``frame``; None when it has none."""
    content = message.content
    if not content.get("window"):
        return None
    center, width = content["window"]
    return Window(center, width, content["function"], of_file=not content["usual"])
