"""A frame as a file, Parquet or CSV: whole or not at all, and for its user alone."""

from __future__ import annotations

import os
import secrets
import unicodedata
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MissingExtra, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["as_cell", "write_csv", "write_parquet"]

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes a cell for a formula by; the last four are full-width forms, which some of them read as the same."""
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))  # controls, marks that turn text around, halves of pairs, line ends


def write_parquet(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a frame to a Parquet file; one that is there is replaced when the new one is whole.

    Parameters
    ----------
    frame : DataFrame
    path : path-like
        Its folder must be there. The file is readable by its user only (0600): it holds what the frame holds.

    Returns
    -------
    Path
        The file, absolute.

    Raises
    ------
    MissingExtra
        pyarrow is not installed.
    StoreError
        The file cannot be written.
    """
    with _drafted(path) as (place, draft):
        try:
            frame.to_parquet(draft, engine="pyarrow")
        except ImportError as error:
            raise MissingExtra('a Parquet file needs pyarrow: pip install "dicommove[parquet]"') from error
    return place


def write_csv(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a frame to a CSV file that a spreadsheet can open without harm: UTF-8 with a mark, every text through `as_cell`.

    Parameters
    ----------
    frame : DataFrame
    path : path-like
        As of `write_parquet`.

    Returns
    -------
    Path
        The file, absolute.

    Raises
    ------
    StoreError
        The file cannot be written.
    """
    import pandas as pd  # noqa: PLC0415 - the import of 1 s is paid by those who look at a frame

    shown = frame.copy()
    for name in shown.columns:
        if not pd.api.types.is_numeric_dtype(shown[name]) and not pd.api.types.is_datetime64_any_dtype(shown[name]):
            shown[name] = shown[name].astype(object).map(as_cell, na_action="ignore")
    with _drafted(path) as (place, draft):
        shown.to_csv(draft, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return place


def as_cell(value: object) -> str:
    r"""Text of a cell: what a spreadsheet would take for a formula begins with an apostrophe, control characters are visible.

    Examples
    --------
    >>> as_cell("=1+1"), as_cell("-1"), as_cell("CT\x1b[2J"), as_cell("MEIER^ANNA")
    ("'=1+1", "'-1", 'CT\\u001b[2J', 'MEIER^ANNA')
    """
    text = str(value)
    begins = text.lstrip(" \n\0\ufeff")[:1]
    shown = "".join(map(_visible, text.replace("\r\n", " ").replace("\n", " ")))
    return f"'{shown}" if begins and begins in _FORMULAS else shown


def _visible(character: str) -> str:
    return f"\\u{ord(character):04x}" if unicodedata.category(character) in _UNSEEN else character


@contextmanager
def _drafted(path: str | os.PathLike[str]) -> Iterator[tuple[Path, Path]]:
    """Give the place and a draft beside it, which is put in its place at the end."""
    place = Path(path).expanduser().absolute()
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield place, draft
        draft.replace(place)
    except OSError as error:
        raise StoreError(f"{place} cannot be written: {error.strerror or type(error).__name__}") from error
    finally:
        with suppress(OSError):
            draft.unlink()
