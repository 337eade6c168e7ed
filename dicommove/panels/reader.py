"""Reads frames of a series one after the other; the multi-frame that was read last stays open, for its header may be long."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ..images import frame_of, on_screen, opened, read_frame

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from ..images import Encoded, Frame, Screen
    from .series import Slot

__all__ = ["Reader"]


class Reader:
    """Decodes frames; used by one thread at a time, and closed by it.

    An enhanced multi-frame of 300 frames has a header of thousands of elements: parsed for each frame anew it costs ten times as
    much as its pixels.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> from dicommove.panels.series import Series
    >>> series = Series.of(0, [{"path": get_testdata_file("CT_small.dcm", download=False)}])
    >>> with Reader() as reader:
    ...     frame, screen = reader.read(series.slot(0))
    >>> screen.values.shape
    (128, 128)
    """

    def __init__(self) -> None:
        self._open = ExitStack()
        self._held: tuple[object, Encoded] | None = None

    def read(self, slot: Slot) -> tuple[Frame, Screen]:
        """Decode a frame and say how it is shown.

        Raises
        ------
        OSError
            The file cannot be read.
        PixelError
            There is no such frame, or it cannot be decoded.
        """
        if slot.alone or not isinstance(slot.source, Path):
            frame = read_frame(slot.source, slot.frame)
        else:
            frame = frame_of(self._hold(slot.source), slot.frame)
        return frame, on_screen(frame)

    def close(self) -> None:
        """Let go of the file."""
        self._held = None
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _hold(self, path: Path) -> Encoded:
        """Return the open instance of a path, unless another file stands there now."""
        status = path.stat()
        key = path, status.st_ino, status.st_mtime_ns, status.st_size
        if self._held is None or self._held[0] != key:
            self.close()
            self._held = key, self._open.enter_context(opened(path))
        return self._held[1]
