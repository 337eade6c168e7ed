"""A frame as a Parquet file: whole or not at all, and for its user alone."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MissingExtra, StoreError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["write_parquet"]


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
    place = Path(path).expanduser().absolute()
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        frame.to_parquet(draft, engine="pyarrow")
        draft.replace(place)
    except ImportError as error:
        raise MissingExtra('a Parquet file needs pyarrow: pip install "dicommove[parquet]"') from error
    except OSError as error:
        raise StoreError(f"{place} cannot be written: {error.strerror or type(error).__name__}") from error
    finally:
        with suppress(OSError):
            draft.unlink()
    return place
