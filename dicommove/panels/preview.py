"""The preview: series to choose from and their pictures, as they are or as they arrive; all logic is in the files beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from .. import lab
from ..errors import DicomMoveError, PixelError
from ..images import Tile, read_header, spacing_mm
from ..images.attributes import quietly
from .base import Panel
from .captions import caption, series_facts
from .documents import pdf_of
from .encoding import Message
from .feed import Feed
from .growth import Growth
from .header import header_rows
from .opening import beginning, listed_row, opened_content
from .series import Gallery, Series
from .snapshot import Seen, snapshot
from .static import module, styles
from .subject import subject_of
from .view import View
from .volume import volume

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from pydicom import Dataset

__all__ = ["Preview"]


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
        Which picture of it, from 0: a volume begins with its middle one. It may be set.
    center, width : float or None
        The window in the unit of the modality; None is each picture's own. They may be set.
    inverted, zoom, playing
        As the user has left them.
    view : dict
        The box on the screen and how the picture stands in it: ``width``, ``height``, ``x``, ``y`` in the screen's pixels,
        ``turns`` in quarters, ``mirrored``, and ``texts``, whether they are shown. Empty while no browser shows it.
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
    view = _state(traitlets.Dict())
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
        self._told: dict[int, Series] = {}  # what the front end knows of each series
        self._first()
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

    def png(self, *, texts: bool | None = None) -> bytes:
        """Return what is seen as PNG: the picture through its window, zoomed, moved and turned, with the texts that are shown.

        Parameters
        ----------
        texts : bool, optional
            Whether to write the texts onto it; by default where they are seen. Names are among them only where the panel
            shows them.

        Returns
        -------
        bytes
            The box of the panel, as large as on the screen or larger, so that no pixel is lost, up to four times; while no
            browser shows it the whole picture, its pixels made square, without texts.

        Raises
        ------
        OSError
            The file cannot be read.
        PixelError
            It cannot be decoded.
        """
        view = View.of(self.zoom, self.view)
        window = None if self.center is None or self.width is None else (self.center, self.width)
        series = self._seen()
        seen = Seen(
            series, max(0, min(self.index, series.count - 1)), view, window, inverted=self.inverted, private=self._private
        )
        with quietly():
            return snapshot(seen, self._feed.usual, texts=view.texts and view.width > 0 if texts is None else texts)

    def contact_sheet(self, *, columns: int | None = None) -> Figure:
        """Draw all series on one figure, each by its middle picture.

        Parameters
        ----------
        columns : int, optional
            Tiles side by side.
        """
        tiles = [Tile(caption(one, private=self._private), one.middle().source) for one in self.gallery.listed()]
        return lab.contact_sheet(tiles, columns=columns)

    def close(self) -> None:
        """End the threads and take the panel away."""
        if self._growth is not None:
            self._growth.close()
        self._feed.close()
        super().close()

    def facts(self) -> list[tuple[str, str]]:
        """Return what a view without widgets shows, as (name, value); series facts only."""
        return [("Of", self._name), *series_facts(self.gallery.listed())]

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
            self._send_grown(self.gallery[number])
        if self.series < 0:
            self._first()
            self._send_opened()
        elif self.series in numbers:
            self._send_opened_again()

    def _ended(self) -> None:
        self.message = ""
        self._feed.settled()
        self._send_opened_again()

    def _first(self) -> None:
        """Choose what is seen first: pictures rather than documents, of a volume the middle."""
        listed = self.gallery.listed()
        if listed:
            first = next((one for one in listed if one.kind == "pictures"), listed[0])
            self.series, self.index = first.number, beginning(first)

    def _send_grown(self, series: Series) -> None:
        """Tell that a series has grown, and where, if what was there before is in the same order still."""
        before = self._told.get(series.number)
        grown = {"type": "grow", "series": series.number, "count": series.count, "expected": series.expected}
        self._told[series.number] = series
        self._post(Message(grown | {"inserted": before and series.inserted(before)}))

    def _send_opened_again(self) -> None:
        """Tell anew what is said of the series that is seen: spacing, presets, warnings; a document is left as it is read."""
        if self.series in self.gallery and self.gallery[self.series].kind == "pictures":
            self._send_opened()

    def _send_list(self) -> None:
        listed = self.gallery.listed()
        studies = dict.fromkeys(one.text("StudyInstanceUID") for one in listed)
        places = {study: place for place, study in enumerate(studies)}
        rows = [listed_row(one, private=self._private) | {"study": places[one.text("StudyInstanceUID")]} for one in listed]
        self._post(Message({"type": "series", "rows": rows, "names": not self._private}))

    def _send_opened(self, index: int = 0) -> None:
        if self.series in self.gallery:
            series = self._told[self.series] = self.gallery[self.series]
            arriving = bool(self.message)
            self._post(Message(opened_content(series, index, private=self._private, arriving=arriving)))

    def _on_ready(self, _: Mapping[str, Any], __: Sequence[memoryview]) -> None:
        self._feed.restart()
        self._send_list()
        self._send_opened()

    def _on_open(self, content: Mapping[str, Any], _: Sequence[memoryview]) -> None:
        if content.get("series") in self.gallery:
            series, index = self.gallery[content["series"]], _whole(content.get("index"))
            state = {"series": series.number}
            if index >= 0 or series.number != self.series:  # a second view that follows the first leaves the picture alone
                state["index"] = index if index >= 0 else beginning(series)
            self.set_state(state)  # without telling the front end its own news
            self._send_opened(index)

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


def _place(content: Mapping[str, Any]) -> dict[str, int]:
    return {name: _whole(content.get(name)) for name in ("series", "index")}


def _whole(value: object) -> int:
    """Take an index as it comes from a browser; -1 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
