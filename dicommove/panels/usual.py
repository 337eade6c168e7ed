"""One window for all pictures of a series whose files have none that serves, so that they can be compared: that of its middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..images import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .series import Series, Slot

__all__ = ["Usual"]


class Usual:
    """Remembers the window of the middle picture of each series.

    Examples
    --------
    >>> from .series import Series
    >>> usual, made_up = Usual(), Window(5, 10, of_file=False)
    >>> usual.instead(Series.of(0, [{"path": "a"}]), made_up, lambda slot: Window(40, 400))
    Window(center=40, width=400, function='LINEAR', of_file=True)
    """

    def __init__(self) -> None:
        self._windows: dict[int, Window] = {}

    def instead(self, series: Series, own: Window, middle: Callable[[Slot], object]) -> Window:
        """Return the window to be shown instead of one that is made up of a single picture.

        Parameters
        ----------
        series : Series
        own : Window
            Of the picture; it serves where the middle of the series has none.
        middle : callable
            Takes the place in the middle, and returns what its picture is shown through.
        """
        if series.number not in self._windows:
            found = middle(series.middle())
            self._windows[series.number] = found if isinstance(found, Window) else own
        return self._windows[series.number]

    def forget(self, numbers: Iterable[int]) -> None:
        """Look again at the middle of series that have grown."""
        for number in numbers:
            self._windows.pop(number, None)
