"""What is filled in on the form, as a value: the query that it means, the same as code, and what is wrong with which field."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ..errors import QueryError
from ..query import Between, Query, between, level_of
from ..terms import InformationModel, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["LEVELS", "RETURNED", "Asked", "Stated", "state"]

LEVELS = (Level.STUDY, Level.SERIES)
"""Levels that the form asks at: what can be ticked in its table."""
RETURNED = {
    Level.STUDY: (
        "PatientName",
        "StudyDate",
        "StudyTime",
        "ModalitiesInStudy",
        "StudyDescription",
        "AccessionNumber",
        "NumberOfStudyRelatedSeries",
        "NumberOfStudyRelatedInstances",
    ),
    Level.SERIES: (
        "PatientName",
        "StudyDate",
        "StudyDescription",
        "AccessionNumber",
        "SeriesNumber",
        "Modality",
        "SeriesDescription",
        "BodyPartExamined",
        "NumberOfSeriesRelatedInstances",
    ),
}
"""What the table shows of each match, beside the unique keys."""
_VERBS = {Level.STUDY: "studies", Level.SERIES: "series", Level.IMAGE: "images"}
_ALL_IMAGES = (
    "one of the attributes is of single images: each series that the other fields leave is asked for its images, which takes long"
)
_WIDTH = 88

_Q = TypeVar("_Q", bound=Query)


@dataclass(frozen=True, slots=True)
class Asked:
    """The fields of the form, as they were typed.

    Attributes
    ----------
    patient_id, patient_name, accession, description : str
        Text, ``*`` and ``?`` are wildcards; empty is no key.
    date_from, date_to : str
        Ends of the study date as ``YYYY-MM-DD``; an empty one is open.
    modalities : tuple of str
        Any of these.
    others : tuple of (str, str)
        Keyword, or keyword path, and value of any other attribute.
    level, model : str
        Names of a `Level` of `LEVELS` and of an `InformationModel`; empty leaves the choice to the form.
    """

    patient_id: str = ""
    patient_name: str = ""
    accession: str = ""
    description: str = ""
    date_from: str = ""
    date_to: str = ""
    modalities: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    level: str = ""
    model: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Read what a front end sent.

        Examples
        --------
        >>> Asked.of({"patient_id": " 000123 ", "modalities": ["CT"]})
        Asked(patient_id='000123', ..., modalities=('CT',), others=(), level='', model='')
        """
        names = ("patient_id", "patient_name", "accession", "description", "date_from", "date_to", "level", "model")
        texts = {name: str(values.get(name) or "").strip() for name in names}
        others = tuple((str(name).strip(), str(value).strip()) for name, value in values.get("others") or ())
        return cls(**texts, modalities=tuple(map(str, values.get("modalities") or ())), others=others)

    def values(self) -> dict[str, Any]:
        """Return what a front end shows: the inverse of `of`."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @property
    def chosen_level(self) -> Level:
        """The level that was chosen, else the deepest that one of the attributes belongs to; STUDY at least.

        Examples
        --------
        >>> Asked(others=(("BodyPartExamined", "HEAD"),)).chosen_level
        <Level.SERIES: 'SERIES'>
        """
        if self.level in LEVELS:
            return Level(self.level)
        return Level.SERIES if self._deepest in (Level.SERIES, Level.IMAGE) else Level.STUDY

    @property
    def begun_level(self) -> Level:
        """The level that the query begins at, to go up to `chosen_level`: the deepest that one of the attributes belongs to.

        Examples
        --------
        >>> Asked(others=(("ImageType", "LOCALIZER"),)).begun_level
        <Level.IMAGE: 'IMAGE'>
        """
        return max(self.chosen_level, self._deepest)

    @property
    def _deepest(self) -> Level:
        found = (level_of(name) for name, value in self.others if value)
        return max((level for level in found if level is not None), default=Level.STUDY)

    def filled(self) -> Iterator[tuple[str, str, object]]:
        """Yield the field, the keyword or path, and the value of every field that is filled in."""
        modality = "Modality" if self.chosen_level is Level.SERIES else "ModalitiesInStudy"
        yield "patient_id", "PatientID", self.patient_id
        yield "patient_name", "PatientName", self.patient_name
        if self.date_from or self.date_to:
            yield "date", "StudyDate", between(self.date_from or None, self.date_to or None)
        yield "modalities", modality, list(self.modalities)
        yield "accession", "AccessionNumber", self.accession
        yield "description", "StudyDescription", self.description
        for number, (name, value) in enumerate(self.others):
            if name or value:
                yield f"other{number}", name, value


@dataclass(frozen=True, slots=True)
class Stated:
    """What a form means.

    Attributes
    ----------
    query : Query
        Of the fields that can be used; of the class that `state` was given.
    faults : Mapping
        By field, why it cannot be used.
    remarks : tuple of (str, str, str)
        Field ("" for the whole), severity and text of what is worth knowing.
    code : str
        Builder lines that give the same query.
    """

    query: Query
    faults: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[tuple[str, str, str], ...] = ()
    code: str = ""


def state(asked: Asked, root: _Q) -> Stated:
    """Say what the fields mean, beginning with a query without a level.

    Examples
    --------
    >>> stated = state(Asked(patient_name="MEIER*", date_from="2024-01-32"), Query())
    >>> sorted(stated.faults), stated.query.level
    (['date'], <Level.STUDY: 'STUDY'>)
    """
    level, begun = asked.chosen_level, asked.begun_level
    query, lines = getattr(root, _VERBS[begun])(), [f"pacs.{_VERBS[begun]}()"]
    faults = _unknown_level(asked)
    fields: dict[str, str] = {}
    used: dict[str, object] = {}
    for name, keyword, value in asked.filled():
        if value in ("", []) and not name.startswith("other"):
            continue
        try:
            query = _with_key(query, keyword, value)
        except QueryError as error:
            faults[name] = str(error)
        else:
            fields.setdefault(_outermost(keyword), name)
            used[keyword] = value
    query, model = _with_model(query, asked.model, faults)
    lines += [*_where(used), *model]
    if begun is not level:
        query = getattr(query, _VERBS[level])()
        lines.append(f"{_VERBS[level]}()")
    query = query.returning(*RETURNED[level])
    lines.append(_call("returning", [_literal(name) for name in RETURNED[level]]))
    costs = [("", "info", _ALL_IMAGES)] if begun is Level.IMAGE else []
    return Stated(query, faults, (*_remarks(query, fields), *costs), _code(lines))


def _unknown_level(asked: Asked) -> dict[str, str]:
    known = not asked.level or asked.level in LEVELS
    return {} if known else {"level": f"the table shows studies and series: {' or '.join(LEVELS)}, not {asked.level!r}"}


def _remarks(query: Query, fields: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """What lint finds, beside the field that it concerns; what a form has no need of is left out or said in its words."""
    for found in query.lint():
        if found.code == "not-selective":
            yield "", "info", f"the query as a whole is {found.text}; what is ticked in the table can be moved all the same"
        elif found.code != "universal":  # nothing is filled in yet
            yield fields.get(_outermost(found.keyword), ""), found.severity, _said(found, fields)


def _with_key(query: _Q, keyword: str, value: object) -> _Q:
    if not keyword:
        raise QueryError("which attribute? Type its keyword, such as BodyPartExamined")
    if _is_path(keyword):
        return query.key(f"{keyword}={value}")
    if value == "":
        return query.returning(keyword)
    return query.where(**{keyword: value})


def _with_model(query: _Q, model: str, faults: dict[str, str]) -> tuple[_Q, list[str]]:
    if not model:
        return query, []
    try:
        return query.model(InformationModel(model)), [f"model({_literal(model)})"]
    except (QueryError, ValueError) as error:
        faults["model"] = str(error)
        return query, []


def _is_path(keyword: str) -> bool:
    return any(sign in keyword for sign in "[(.,")


def _outermost(keyword: str) -> str:
    return re.split(r"[\[.]", keyword, maxsplit=1)[0]


def _said(found: Any, fields: Mapping[str, str]) -> str:
    """The remark; with its attribute where it stands beside no field."""
    about = found.keyword and _outermost(found.keyword) not in fields
    return f"{found.keyword}: {found.text}" if about else str(found.text)


def _where(used: Mapping[str, object]) -> list[str]:
    plain = {keyword: value for keyword, value in used.items() if not _is_path(keyword) and value != ""}
    asked_back = [_literal(keyword) for keyword, value in used.items() if not _is_path(keyword) and value == ""]
    calls = [_call("where", [f"{keyword}={_literal(value)}" for keyword, value in plain.items()])] if plain else []
    calls += [_call("key", [_literal(f"{keyword}={value}")]) for keyword, value in used.items() if _is_path(keyword)]
    return calls + ([_call("returning", asked_back)] if asked_back else [])


def _literal(value: object) -> str:
    if isinstance(value, Between):
        return f"dm.between({_literal(value.start)}, {_literal(value.end)})"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _call(verb: str, arguments: list[str]) -> str:
    """A call on one line, or with its arguments below each other where that would be too long."""
    line = f"{verb}({', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return line
    rows, row = [], ""
    for argument in arguments:
        if row and len(row) + len(argument) > _WIDTH - 8:
            rows.append(row)
            row = ""
        row += f"{argument}, "
    return f"{verb}(\n" + "\n".join(f"        {one.rstrip()}" for one in (*rows, row)) + "\n    )"


def _code(lines: list[str]) -> str:
    return "q = (\n    " + "\n    .".join(lines) + "\n)"
