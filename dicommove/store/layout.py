"""Where an instance goes in the data folder: a template, read and checked once, filled from the head of each instance."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import dictionary_VR, tag_for_keyword

from ..errors import QueryError
from .naming import digest, safe_component, safe_uid, safe_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..head import Head

__all__ = ["DEFAULT_LAYOUT", "Layout"]

DEFAULT_LAYOUT = "{study}/{SeriesNumber:04}_{Modality}_{series}/{InstanceNumber:05}_{instance}.dcm"
"""No identifier of a person in a path, and short enough for Windows."""

_DIGESTS = {"study": "StudyInstanceUID", "series": "SeriesInstanceUID", "instance": "SOPInstanceUID"}
_FIRST_TAG, _LAST_TAG = 0x00080000, 0x00280011
_CHARACTER_SET, _INSTANCE_UID = 0x00080005, 0x00080018
_NO_TEXT = frozenset(("SQ", "OB", "OW", "OF", "OD", "OL", "OV", "UN"))
_WIDTH = re.compile(r"0?([1-9][0-9]?)?\Z", re.ASCII)
_INTEGER = re.compile(r"(-?)([0-9]+)\Z", re.ASCII)
_FORBIDDEN_TEXT = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f]')


@dataclass(frozen=True, slots=True)
class _Field:
    """One ``{...}`` of a template: what it reads, and how."""

    name: str
    kind: str  # "text" of an attribute, "uid", "digest" of a UID, or "row"
    tag: int = 0
    width: int = 0

    def value(self, head: Head, sop_instance_uid: str, row: Mapping[str, str]) -> str:
        text = (
            row.get(self.name) if self.kind == "row" else sop_instance_uid if self.tag == _INSTANCE_UID else head.text(self.tag)
        )
        text = "" if text is None else str(text).strip("\0 ")
        if not text:
            return "no-" + safe_value(self.name)
        if self.kind == "digest":
            return digest(text)
        return safe_uid(text) if self.kind == "uid" else _padded(safe_value(text), self.width)


Component = tuple[str | _Field, ...]


class Layout:
    """Template of a relative path; immutable, hashable and equal by its text.

    Parameters
    ----------
    template : str
        ``/`` separates folders. In braces stand top-level attributes from (0008,0000) to (0028,0011) by keyword, with a width for
        numbers (``{InstanceNumber:05}``); ``study``, ``series``, ``instance`` for short digests of the UIDs; and ``row.column``
        for a column of the input table.

    Raises
    ------
    QueryError
        The template is absolute, leaves its folder, or names what cannot be had.

    Examples
    --------
    >>> Layout("{PatientID}/{row.site}/{instance}.dcm").columns
    ('site',)
    >>> Layout("{PatientNam}.dcm")
    Traceback (most recent call last):
    ...
    dicommove.errors.QueryError: layout: {PatientNam} is no attribute; did you mean {PatientName}?
    """

    def __init__(self, template: str = DEFAULT_LAYOUT) -> None:
        self.template = template
        self._components = tuple(_component(part) for part in _parts(template))
        self._folder_fields = tuple(piece for part in self._components[:-1] for piece in part if isinstance(piece, _Field))
        self._last: tuple[object, tuple[str, ...]] = (None, ())  # the folders of the last instance, and what they came from
        self._latest: tuple[object, object, str, tuple[str, ...]] = (None, None, "", ())  # its whole place, asked for again

    @property
    def fields(self) -> tuple[_Field, ...]:
        """The fields in order."""
        return tuple(piece for component in self._components for piece in component if isinstance(piece, _Field))

    @property
    def tags(self) -> frozenset[int]:
        """Tags of the attributes that a head must hold for this layout."""
        return frozenset(field.tag for field in self.fields if field.tag)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the input table that the template names."""
        return tuple(dict.fromkeys(field.name for field in self.fields if field.kind == "row"))

    def path_for(self, head: Head, sop_instance_uid: str, row: Mapping[str, str] | None = None) -> Path:
        """Relative path of an instance; a value that is missing becomes ``no-`` and its name.

        Parameters
        ----------
        head : Head
            The first elements of its data set.
        sop_instance_uid : str
            Its SOP Instance UID (PS3.3 C.12.1).
        row : Mapping, optional
            The row of the input table that asked for it.
        """
        return Path(*self.parts_for(head, sop_instance_uid, row))

    def parts_for(self, head: Head, sop_instance_uid: str, row: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """Give the components of `path_for`."""
        known_head, known_row, known_uid, parts = self._latest
        if known_head is head and known_row is row and known_uid == sop_instance_uid:
            return parts
        values = row or {}
        name = _filled(self._components[-1], head, sop_instance_uid, values)
        parts = (*self._folders(head, sop_instance_uid, values), name)
        self._latest = (head, row, sop_instance_uid, parts)
        return parts

    def _folders(self, head: Head, uid: str, row: Mapping[str, str]) -> tuple[str, ...]:
        """Folders of an instance: nearly always those of the one before."""
        raw = head.raw
        source: list[object] = [head.transfer_syntax_uid, raw.get(_CHARACTER_SET)]
        for field in self._folder_fields:
            own = uid if field.tag == _INSTANCE_UID else raw.get(field.tag)
            source.append(row.get(field.name) if field.kind == "row" else own)
        known, folders = self._last
        if known != source:
            folders = tuple(_filled(component, head, uid, row) for component in self._components[:-1])
            self._last = (source, folders)
        return folders

    def __repr__(self) -> str:
        return f"Layout({self.template!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and other.template == self.template

    def __hash__(self) -> int:
        return hash((Layout, self.template))


def _filled(component: Component, head: Head, uid: str, row: Mapping[str, str]) -> str:
    return safe_component("".join(p if isinstance(p, str) else p.value(head, uid, row) for p in component))


def _padded(text: str, width: int) -> str:
    number = _INTEGER.match(text) if width else None
    return number[1] + number[2].zfill(width) if number else text


def _parts(template: str) -> list[str]:
    """Split at slashes, those within braces apart: a column's name may hold one."""
    _check("\0" if "\0" in template else "")
    parts = re.sub(r"\{[^{}]*\}", lambda field: field[0].replace("/", "\0"), template).split("/")
    if not all(parts):
        raise QueryError("layout: an empty folder name, or an absolute path; give a path that is relative to the data folder")
    return [part.replace("\0", "/") for part in parts]


def _component(part: str) -> Component:
    pieces: list[str | _Field] = []
    try:
        parsed = list(string.Formatter().parse(part))
    except ValueError as error:
        raise QueryError(f"layout: {error}; braces come in pairs") from None
    for text, name, spec, conversion in parsed:
        if text:
            _check(text)
            pieces.append(text)
        if name is not None:
            pieces.append(_field(name, spec or "", conversion))
    if part.strip(". ") == "" or part.casefold().startswith(".dicommove"):
        raise QueryError("layout: a folder may not be named '.', '..' or '.dicommove'")
    return tuple(pieces)


def _check(text: str) -> None:
    if found := _FORBIDDEN_TEXT.search(text):
        raise QueryError(f"layout: {found[0]!r} cannot stand in a file name on every system; folders are separated by '/'")


def _field(name: str, spec: str, conversion: str | None) -> _Field:
    width = _WIDTH.match(spec)
    if conversion or width is None:
        raise QueryError(f"layout: {{{name}}} takes a width for numbers and nothing else, as in {{InstanceNumber:05}}")
    if name in _DIGESTS:
        return _Field(_DIGESTS[name], "digest", _tag(_DIGESTS[name]))
    if name.startswith("row."):
        if not name[4:]:
            raise QueryError("layout: {row.} names no column; write {row.column}")
        return _Field(name[4:], "row", width=int(width[1] or 0))
    tag = _tag(name)
    return _Field(name, "uid" if dictionary_VR(tag) == "UI" else "text", tag, int(width[1] or 0))


def _tag(keyword: str) -> int:
    tag = tag_for_keyword(keyword) if keyword else None  # the dictionary has entries without a keyword
    if tag is None:
        raise QueryError(f"layout: {{{keyword}}} is no attribute; {_advice(keyword)}")
    if not _FIRST_TAG <= tag <= _LAST_TAG or dictionary_VR(tag) in _NO_TEXT:
        raise QueryError(f"layout: {{{keyword}}} cannot be used: only text and numbers from (0008,0000) to (0028,0011) can")
    return tag


def _advice(keyword: str) -> str:
    known = [entry[4] for tag, entry in DicomDictionary.items() if _FIRST_TAG <= tag <= _LAST_TAG and entry[4]]
    near = get_close_matches(keyword, [*known, *_DIGESTS], n=1, cutoff=0.5)
    return f"did you mean {{{near[0]}}}?" if near else "use keywords of PS3.6, study, series, instance, or row.column"
