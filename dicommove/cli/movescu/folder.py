"""The folder that instances go to: made when it is missing, and gone again when nothing came."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import QueryError, StoreError
from ...store import Layout, Store
from .naming import LAYOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["opened"]


@contextmanager
def opened(output_directory: str | None) -> Iterator[Store]:
    """Open a folder for instances: no journal, files as the umask says, nothing but instances left in it.

    Parameters
    ----------
    output_directory : str or None
        None means the working folder.

    Raises
    ------
    QueryError
        It cannot be made, or takes no file.
    """
    folder = Path(output_directory or ".").absolute()
    made = [path for path in (folder, *folder.parents) if not os.path.exists(path)]  # noqa: PTH110 - that of Path may raise
    try:
        with _open(folder) as store:
            yield store
    finally:
        with suppress(OSError):  # something is in it: it stays
            for path in made:
                path.rmdir()


def _open(folder: Path) -> Store:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Store(folder, layout=Layout(LAYOUT), private=False, journal=False).prepare()
    except StoreError as error:
        raise QueryError(f"Could not write file to specified directory: {error}") from None
    except OSError as error:
        raise QueryError(f"Unable to create the output directory: {folder}: {error.strerror}") from None
