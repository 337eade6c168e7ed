"""The Identifier of ``movescu``: from a file, from paths, checked and encoded before anything is sent."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.datadict import dictionary_has_tag
from pydicom.dataset import Dataset

from ...errors import QueryError
from ...net import encode_data_set
from ...terms import NATIVE_TRANSFER_SYNTAXES
from .pathing import apply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataelem import DataElement

__all__ = ["Identifier", "prepare"]

_FIRST_GROUPS = range(0x0002, 0x0041)
"""A data set that begins with another group was never an Identifier nor an image: the file is something else."""


@dataclass(frozen=True)
class Identifier:
    """What is asked for, ready to be sent.

    Attributes
    ----------
    data_set : Dataset
    encoded : dict of str to bytes
        By transfer syntax, for each that an association may agree on.
    remarks : tuple of str
        What is odd about it, in words; it is sent all the same.
    """

    data_set: Dataset
    encoded: dict[str, bytes]
    remarks: tuple[str, ...]


def prepare(file: str | None, paths: Iterable[str]) -> Identifier:
    r"""Make the Identifier of a file's data set and of paths that are added to it, in this order.

    Call it before threads are started: warnings of pydicom are turned into remarks, which is done for the whole process.

    Parameters
    ----------
    file : str or None
        Path of a DICOM file.
    paths : iterable of str
        Keyword paths with their values.

    Raises
    ------
    QueryError
        The file or a path cannot be read, or the result cannot be encoded.

    Examples
    --------
    >>> identifier = prepare(None, ["QueryRetrieveLevel=PATIENT", "PatientID=P1"])
    >>> identifier.encoded["1.2.840.10008.1.2"][-10:]
    b'\x10\x00 \x00\x02\x00\x00\x00P1'
    """
    remarks: list[str] = []
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        data_set = Dataset() if file is None else _read(file)
        for path in paths:
            remarks += _applied(data_set, path)
        encoded = _encoded(data_set)
    remarks += (str(warning.message).partition(" Please see")[0] for warning in warned)
    return Identifier(data_set, encoded, tuple(dict.fromkeys(remarks)))


def _applied(data_set: Dataset, path: str) -> tuple[str, ...]:
    try:
        return apply(data_set, path)
    except QueryError as error:
        raise QueryError(f"Exception raised trying to parse the supplied keywords: {error}") from None


def _read(file: str) -> Dataset:
    try:
        data_set = dcmread(file, force=True)
    except OSError as error:
        raise QueryError(f"Cannot read input file {file}: {(error.strerror or type(error).__name__).lower()}") from None
    except Exception as error:  # noqa: BLE001 - a reader of arbitrary bytes raises many kinds
        raise QueryError(f"Cannot read input file {file}: it is no DICOM file ({type(error).__name__})") from None
    _check(file, data_set)
    return data_set


def _check(file: str, data_set: Dataset) -> None:
    """Look at every element, for values are read only then."""
    try:
        elements = list(data_set.iterall())
    except Exception:  # noqa: BLE001 - a reader of arbitrary bytes raises many kinds
        elements = []
    first = min(data_set.keys(), default=None)
    known = first is not None and (first.is_private or dictionary_has_tag(first)) and first.group in _FIRST_GROUPS
    if not elements or not (known or data_set.preamble):
        raise QueryError(
            f"Cannot read input file {file}: Exception raised decoding the file, the file may be corrupt, non-conformant or may"
            " not be DICOM"
        )


def _encoded(data_set: Dataset) -> dict[str, bytes]:
    try:
        return {uid: _in_syntax(data_set, uid) for uid in NATIVE_TRANSFER_SYNTAXES}
    except Exception as error:  # noqa: BLE001 - a writer of arbitrary values raises many kinds
        why = str(error).partition("\n")[0]  # pydicom appends a traceback to what it says
        raise QueryError(f"Failed to encode the supplied Identifier dataset ({why})") from None


def _in_syntax(data_set: Dataset, transfer_syntax: str) -> bytes:
    try:
        return encode_data_set(data_set, transfer_syntax)
    except Exception:  # noqa: BLE001 - pydicom cannot choose among "OB or OW" without attributes of an image
        data_set.walk(_choose_bytes)
        return encode_data_set(data_set, transfer_syntax)


def _choose_bytes(_: Dataset, element: DataElement) -> None:
    """Of several VRs take the one of bytes: bytes is what was given."""
    if isinstance(element.value, bytes) and element.VR.endswith(" OW"):
        element.VR = "OW"
