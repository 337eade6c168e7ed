"""The preview: series to choose from and their pictures, as they are or as they arrive; all logic is in the files beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import traitlets

from .. import lab
from ..errors import DicomMoveError, PixelError
from ..images import Tile, aspect, read_header, spacing_mm
from ..images.attributes import quietly
from .base import Panel
from .documents import pdf_of
from .encoding import Message, png
from .feed import Feed
from .growth import Growth
from .header import header_rows
from .opening import listed_row, opened_content
from .reader import Reader
from .series import Gallery, Series
from .static import module, styles
from .subject import subject_of
from .volume import volume

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from pydicom import Dataset

__all__ = ["Preview"]

_SHOWN_SERIES = 30


def _state(trait: Any) -> Any:
    """Make a trait of what is seen: kept by both sides; the front end that set it is not told its own news."""
    return trait.tag(sync=True, echo_update=False)


class Preview(Panel):
    """Series and their pictures in a notebook; made by `dm.preview`.

    Attributes
    ----------
    series : int
        Number of the series that is seen; -1 before one is chosen. It may be set.
    index : int
        Which picture of it, from 0. It may be set.
    center, width : float or None
        The window in the unit of the modality; None is each picture's own. They may be set.
    inverted, zoom, playing
        As the user has left them.
    message : str
        One line about what goes on.
    """

    _esm = module("preview.js")
    _css = styles("preview.css")

    series = _state(traitlets.Int(-1))
    index = _state(traitlets.Int(0))
    center = _state(traitlets.Float(None, allow_none=True))
    width = _state(traitlets.Float(None, allow_none=True))
    inverted = _state(traitlets.Bool(False))
    zoom = _state(traitlets.Float(1.0))
    playing = _state(traitlets.Bool(False))
    message = traitlets.Unicode("").tag(sync=True)

    def __init__(self, subject: object, *, private: bool = True) -> None:
        super().__init__()
        given = subject_of(subject)
        self._private = private
        self._name = given.name
        self.gallery = Gallery(given.expected)
        self.gallery.take(given.rows)
        self._feed = Feed(self.gallery, self._post)
        self._growth: Growth | None = None
        if len(self.gallery):
            self.series = self.gallery.listed()[0].number
        if given.operation is not None:
            self.message = "arriving"
            self._growth = Growth(given.operation, self.gallery, grown=self._grown, failed=self.tell_fault, ended=self._ended)
            self._growth.start()

    @property
    def array(self) -> NDArray[Any]:
        """The series that is seen as an array in the unit of its modality (see `panels.volume`); ``spacing`` goes with it.

        Raises
        ------
        OSError
            A file cannot be read.
        PixelError
            A picture cannot be decoded, they differ in size, or there are none.
        """
        return volume(self._seen())

    @property
    def spacing(self) -> tuple[float | None, float | None, float | None]:
        """Distance of pictures, rows and columns of the series that is seen, in mm; None where the files do not say."""
        series = self._seen()
        pixel = spacing_mm(read_header(series.slot(0).source))
        return (series.order.spacing, *(pixel or (None, None)))

    def png(self) -> bytes:
        """Return the picture that is seen as PNG: its window and inversion, pixels square, without zoom and texts.

        Raises
        ------
        OSError
            The file cannot be read.
        PixelError
            It cannot be decoded.
        """
        with Reader() as reader:
            frame, screen = reader.read(self._seen().slot(self.index))
        center, width = self.center, self.width
        chosen = replace(screen, inverted=screen.inverted != self.inverted)
        if center is not None and width is not None:
            chosen = chosen.through(center, width)
        return png(chosen.drawn(), aspect(frame.header, frame.index))

    def contact_sheet(self, *, columns: int | None = None) -> Figure:
        """Draw all series on one figure, each by its middle picture.

        Parameters
        ----------
        columns : int, optional
            Tiles side by side.
        """
        tiles = [Tile(_caption(one, private=self._private), one.middle().source) for one in self.gallery.listed()]
        return lab.contact_sheet(tiles, columns=columns)

    def close(self) -> None:
        """End the threads and take the panel away."""
        if self._growth is not None:
            self._growth.close()
        self._feed.close()
        super().close()

    def facts(self) -> list[tuple[str, str]]:
        """Return what a view without widgets shows, as (name, value); series facts only."""
        everything = self.gallery.listed()
        facts = [("Of", self._name), ("Series", str(len(everything)))]
        facts += [(f"{place}", _described(one)) for place, one in enumerate(everything[:_SHOWN_SERIES], 1)]
        more = len(everything) - _SHOWN_SERIES
        return [*facts, ("", f"... and {more} more series")] if more > 0 else facts

    def tell_fault(self, error: BaseException) -> None:
        """Show a fault in the panel: our own words, of others their kind only, because they may hold values of the file."""
        told = str(error) if isinstance(error, DicomMoveError) else f"this did not work ({type(error).__name__})"
        self.fault = told
        self._post(Message({"type": "error", "text": told}))

    def _dispatch(self, sender: object, content: object, buffers: Sequence[memoryview]) -> None:
        """Answer a message; pydicom's remarks on odd values, which hold the values, stay off the screen."""
        with quietly():
            super()._dispatch(sender, content, buffers)

    def _post(self, message: Message) -> None:
        self.send(message.content, list(message.buffers))

    def _seen(self) -> Series:
        if self.series not in self.gallery:
            raise PixelError("no series is chosen yet")
        return self.gallery[self.series]

    def _grown(self, numbers: list[int]) -> None:
        """Instances have arrived; called from the thread that looks for them."""
        self._feed.changed(numbers)
        self._send_list()
        for number in numbers:
            series = self.gallery[number]
            grown = {"type": "grow", "series": number, "count": series.count, "expected": series.expected}
            self._post(Message(grown))
        if self.series < 0:
            self.series = self.gallery.listed()[0].number
            self._send_opened()

    def _ended(self) -> None:
        self.message = ""

    def _send_list(self) -> None:
        listed = self.gallery.listed()
        studies = dict.fromkeys(one.text("StudyInstanceUID") for one in listed)
        places = {study: place for place, study in enumerate(studies)}
        rows = [listed_row(one, private=self._private) | {"study": places[one.text("StudyInstanceUID")]} for one in listed]
        self._post(Message({"type": "series", "rows": rows, "names": not self._private}))

    def _send_opened(self, index: int = 0) -> None:
        if self.series in self.gallery:
            self._post(Message(opened_content(self.gallery[self.series], index, private=self._private)))

    def _on_ready(self, _: Mapping[str, Any], __: Sequence[memoryview]) -> None:
        self._feed.restart()
        self._send_list()
        self._send_opened()

    def _on_open(self, content: Mapping[str, Any], _: Sequence[memoryview]) -> None:
        if content.get("series") in self.gallery:
            self.set_state({"series": content["series"]})  # without telling the front end its own news
            self._send_opened(_whole(content.get("index")))

    def _on_want(self, content: Mapping[str, Any], _: Sequence[memoryview]) -> None:
        if content.get("series") in self.gallery:
            self._feed.want(content["series"], [_whole(index) for index in content.get("frames", ())])

    def _on_ack(self, content: Mapping[str, Any], _: Sequence[memoryview]) -> None:
        self._feed.acknowledge(_whole(content.get("series")), _whole(content.get("index")))

    def _on_thumb(self, content: Mapping[str, Any], _: Sequence[memoryview]) -> None:
        self._feed.thumbs(number for number in content.get("series", ()) if number in self.gallery)

    def _on_header(self, content: Mapping[str, Any], _: Sequence[memoryview]) -> None:
        if (header := self._header_at(content)) is not None:
            rows = header_rows(header, private=content.get("private") is True)
            self._post(Message({**_place(content), "type": "header", "rows": rows}))

    def _on_pdf(self, content: Mapping[str, Any], _: Sequence[memoryview]) -> None:
        if (header := self._header_at(content)) is not None:
            self._post(Message({**_place(content), "type": "pdf"}, (pdf_of(header),)))

    def _header_at(self, content: Mapping[str, Any]) -> Dataset | None:
        """Header of the picture that a message names; None when there is none."""
        number, index = _place(content).values()
        return read_header(self.gallery[number].slot(index).source) if number in self.gallery and index >= 0 else None

    def _on_show_private(self, content: Mapping[str, Any], _: Sequence[memoryview]) -> None:
        self._private = content.get("value") is not True
        self._send_list()
        self._send_opened()


def _caption(series: Series, *, private: bool) -> tuple[str, ...]:
    """Lines below a tile: what the series is, how much of it there is, and whose, if that is wanted."""
    row = listed_row(series, private=private)
    named = f"{row['modality']}  {row['description']}".strip() or "series"
    return (named, f"{row['count']} instance{'s' * (row['count'] != 1)}", *([row["patient"]] if row["patient"] else []))


def _described(series: Series) -> str:
    count = f"{len(series.rows)} of {series.expected}" if series.expected else str(len(series.rows))
    named = "  ".join(
        one for one in (series.text("Modality"), series.text("SeriesNumber"), series.text("SeriesDescription")) if one
    )
    return f"{named or 'series'}, {count} instance{'s' * (len(series.rows) != 1)}"


def _place(content: Mapping[str, Any]) -> dict[str, int]:
    return {name: _whole(content.get(name)) for name in ("series", "index")}


def _whole(value: object) -> int:
    """Take an index as it comes from a browser; -1 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
