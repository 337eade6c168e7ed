"""The one seam upwards: what needs the ``lab`` extra is reached through here, by name, when it is called.

A missing extra becomes one clear sentence.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

__all__ = ["contact_sheet", "form", "live_line", "live_panel", "preview", "stamp", "watch"]


def contact_sheet(tiles: Sequence[object], *, columns: int | None = None) -> Figure:
    """Draw one tile per series on a figure (see `images.contact_sheet`).

    Raises
    ------
    MissingExtra
        matplotlib is not installed.
    """
    figure: Figure = import_module("dicommove.images.sheet").contact_sheet(tiles, columns=columns)
    return figure


def stamp(image: object, texts: object, scale: float = 1.0) -> None:
    """Write lines into the corners and onto the edges of a picture (see `images.stamping`).

    Raises
    ------
    MissingExtra
        matplotlib is not installed.
    """
    _needed("images.stamping").stamp(image, texts, scale)


def live_line() -> Callable[[str], None] | None:
    """Return a function that shows one line in the running cell and replaces it at each call; None outside a notebook."""
    if not _in_notebook():
        return None
    display = import_module("IPython.display")
    handles: list[Any] = []

    def show(text: str) -> None:
        if handles:
            handles[0].update(display.Pretty(text))
        else:
            handles.append(display.display(display.Pretty(text), display_id=True))

    return show


def preview(subject: object, *, private: bool = True) -> Any:
    """Show images in a notebook: the series, and the pictures of each to scroll through and to window (needs the ``lab`` extra).

    Parameters
    ----------
    subject : MoveResult, MoveOperation, DataFrame, path, Dataset, or a list of them
        What to look at: a result, a move that still runs (the preview grows), a table with a column ``path`` such as
        ``result.instances`` or a part of it, or with ``folder`` such as ``result.series``; a folder, a file, a data set.
    private : bool
        True shows series facts only; False adds patient and study. The panel has a switch for it.

    Returns
    -------
    Preview
        A widget: the last line of a cell shows it. ``.array`` is the series that is seen as NumPy, ``.spacing`` in mm, ``.png()``
        the picture.

    Raises
    ------
    MissingExtra
        The ``lab`` extra is not installed.
    StoreError
        There is no such folder or file, or the table does not say where its files are.
    TypeError
        It is nothing that could be looked at.

    Examples
    --------
    >>> import tempfile, dicommove as dm
    >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
    ...     result = pacs.studies().where(PatientID="JP-0042").move(folder, progress=False)
    ...     dm.preview(result).array.shape
    (20, 240, 320, 3)
    """
    return _panel("preview").Preview(subject, private=private)


def watch(operation: object) -> Any:
    """Show the progress of a move that was started, live, with a button that cancels it (needs the ``lab`` extra).

    Parameters
    ----------
    operation : MoveOperation
        What ``start_move()`` returns.

    Returns
    -------
    ProgressPanel
        A widget; as the last line of a cell it shows itself. When the move has ended, the same facts stand in its place as an
        ordinary output, which a saved notebook keeps.

    Raises
    ------
    TypeError
        It is no operation.
    MissingExtra
        A package of the ``lab`` extra is not installed.

    Examples
    --------
    >>> import tempfile, dicommove as dm
    >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
    ...     op = pacs.studies().where(PatientID="JP-0042").start_move(folder)
    ...     panel = dm.watch(op)
    ...     outcome = op.result(timeout=60).outcome
    >>> outcome, dict(panel.facts())["Instances"]
    ('complete', '2 of 2 received')
    """
    return _panel("watch").watch(operation)


def form(peer: object = None, folder: object = "data", **options: Any) -> Any:
    """Search, tick, retrieve and look at images in one panel (needs the ``lab`` extra).

    Parameters
    ----------
    peer : Peer, optional
        The archive; by default the first of the named ones. Where several are named, they can be chosen in the panel.
    folder : str or Path
        Data folder; it can be changed in the panel.
    private : bool
        Hide names and numbers of patients in the table at first; a switch shows them.
    check : bool
        Try the connection at once (True); nothing of a patient is asked for.
    **options
        As of `PeerQuery.move`, for every move of this form.

    Returns
    -------
    Form
        A widget: the last line of a cell shows it. ``.query`` is the builder's object that the fields mean, ``.code`` the same
        as text, ``.selection`` what is ticked, ``.result`` the last result.

    Raises
    ------
    EntityError
        No peer was given, and none is named.
    QueryError
        An option is none.
    MissingExtra
        The ``lab`` extra is not installed.

    Examples
    --------
    >>> import dicommove as dm
    >>> with dm.demo() as pacs:
    ...     form = dm.form(pacs, check=False)
    ...     form.fill(patient_id="000123", modalities=["CT"])
    ...     form.query.count()
    1
    """
    return _panel("form").Form(peer, folder, **options)


def live_panel(operation: object) -> Callable[[], None] | None:
    """Show the progress panel of an operation in the running cell, once.

    Returns
    -------
    callable or None
        To be called at the end of each wait for the operation: at its end it leaves an ordinary output in place of the panel.
        None outside a notebook, and where the ``lab`` extra is not installed.
    """
    if not _in_notebook():
        return None
    try:
        show: Callable[[object], Callable[[], None]] = _panel("watch").show
    except MissingExtra:
        return None
    return show(operation)


def _in_notebook() -> bool:
    if "IPython" not in sys.modules:  # a notebook has it loaded; nobody else shall wait for its import
        return False
    return hasattr(import_module("IPython").get_ipython(), "kernel")


def _panel(name: str) -> Any:
    return _needed(f"panels.{name}")


def _needed(name: str) -> Any:
    """Return a module of ours that needs the extra; a missing extra is one sentence."""
    try:
        return import_module(f"dicommove.{name}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("dicommove"):
            raise
        raise MissingExtra(f'the panels need {error.name}: pip install "dicommove[lab]"') from error
