"""What the archive answered, as a tree of studies and series: rows for the table, and the selection as DataFrame rows."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import frames, markup
from ..terms import Level
from .asking import RETURNED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    Match = Mapping[str, str]

__all__ = ["COLUMNS", "Matches"]

COLUMNS: tuple[tuple[str, str, str, str], ...] = (
    ("Patient", "private", "PatientName", ""),
    ("Patient ID", "private", "PatientID", ""),
    ("Date", "text", "StudyDate", ""),
    ("Modality", "text", "ModalitiesInStudy", "Modality"),
    ("Description", "text", "StudyDescription", "SeriesDescription"),
    ("Accession", "private", "AccessionNumber", ""),
    ("Series", "number", "NumberOfStudyRelatedSeries", "SeriesNumber"),
    ("Images", "number", "NumberOfStudyRelatedInstances", "NumberOfSeriesRelatedInstances"),
)
"""Title, kind, attribute of a study, attribute of a series."""
_DATE = re.compile(r"(\d{4})\.?(\d\d)\.?(\d\d)", re.ASCII)
"""A date, also as ACR-NEMA wrote it."""
_OF_STUDY = ("PatientName", "StudyDate", "StudyDescription", "AccessionNumber")


@dataclass(eq=False)
class Matches:
    """Studies and their series; a row has a number that stays its own.

    Parameters
    ----------
    level : Level
        Of the query: STUDY, where series are asked for when they are wanted, or SERIES, where a study's series are those found.
    """

    level: Level = Level.STUDY
    rows: list[Match] = field(default_factory=list)
    parents: dict[int, int] = field(default_factory=dict)
    """Number of the study by number of a series."""
    series: dict[int, list[int]] = field(default_factory=dict)
    """Numbers of the series by number of a study, where they are known."""

    @classmethod
    def of(cls, level: Level, matches: Iterable[Match]) -> Matches:
        """Make the tree of what a query found.

        Examples
        --------
        >>> found = Matches.of(Level.SERIES, [{"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.3"}])
        >>> found.studies(), found.series
        ([0], {0: [1]})
        """
        tree = cls(level)
        numbers: dict[str, int] = {}
        for match in matches:
            uid = match["StudyInstanceUID"]
            if uid not in numbers:
                numbers[uid] = tree._add(match)
                if level is Level.SERIES:
                    tree.series[numbers[uid]] = []
            if level is Level.SERIES:
                tree._add_series(numbers[uid], match)
        return tree

    def _add(self, match: Match) -> int:
        self.rows.append(match)
        return len(self.rows) - 1

    def _add_series(self, study: int, match: Match) -> None:
        number = self._add({**{name: self.rows[study].get(name, "") for name in ("PatientID", *_OF_STUDY)}, **match})
        self.parents[number] = study
        self.series[study].append(number)

    def open(self, study: int, matches: Iterable[Match]) -> list[int]:
        """Take in the series of a study; a second time changes nothing."""
        if study not in self.series:
            self.series[study] = []
            for match in sorted(matches, key=_by_number):
                self._add_series(study, match)
        return self.series[study]

    def studies(self) -> list[int]:
        """Numbers of the studies."""
        return [number for number in range(len(self.rows)) if number not in self.parents]

    def uid(self, number: int) -> str:
        """Study Instance UID of a row."""
        return self.rows[number]["StudyInstanceUID"]

    def cells(self, number: int) -> list[str]:
        """Return what the table shows of a row, a text for each of `COLUMNS`."""
        row, of_series = self.rows[number], number in self.parents
        if not of_series and number in self.series:
            row = self._summed(number)
        names = [of_one if of_series else study for _, _, study, of_one in COLUMNS]
        return [_shown(row.get(name, ""), name) if name else "" for name in names]

    def _summed(self, study: int) -> Match:
        """A study whose series are known: what of it was found, or, where it was asked for itself, what the archive left out."""
        own = [self.rows[number] for number in self.series[study]]
        counts = [one.get("NumberOfSeriesRelatedInstances", "").strip() for one in own]
        told = all(count.isdigit() for count in counts)
        found = {
            "ModalitiesInStudy": "\\".join(sorted({one.get("Modality", "") for one in own} - {""})),
            "NumberOfStudyRelatedSeries": str(len(own)),
            "NumberOfStudyRelatedInstances": str(sum(map(int, counts))) if told else "",
        }
        own_words = {name: text for name, text in self.rows[study].items() if text.strip() and self.level is Level.STUDY}
        return {**self.rows[study], **found, **own_words}

    def unopened(self, ticked: Iterable[int]) -> list[int]:
        """Studies that are ticked whole and whose series must be known, because of other studies only some series are ticked."""
        chosen = list(ticked)
        return [] if self.selected_level(chosen) is Level.STUDY else self.without_series(chosen)

    def without_series(self, ticked: Iterable[int]) -> list[int]:
        """Studies that are ticked whole and whose series are not known."""
        return [number for number in ticked if number not in self.parents and number not in self.series]

    def series_ticked(self, ticked: Sequence[int]) -> list[int]:
        """Numbers of the series that are ticked, by themselves or with their study."""
        every = (own for one in ticked for own in ([one] if one in self.parents else self.series.get(one, ())))
        return list(dict.fromkeys(every))

    def words(self, ticked: Sequence[int]) -> str:
        """Say what is ticked; empty when nothing is.

        Examples
        --------
        >>> Matches.of(Level.STUDY, [{"StudyInstanceUID": "1.2", "NumberOfStudyRelatedInstances": "64"}]).words([0])
        '1 study, 64 images'
        """
        if not ticked:
            return ""
        kinds = Counter("series" if one in self.parents else "study" for one in ticked)
        many = {"study": "studies", "series": "series"}
        said = [f"{number:,} {kind if number == 1 else many[kind]}" for kind, number in kinds.items()]
        counts = [self._images(one) for one in ticked]
        known = sum(count or 0 for count in counts)
        images = f"{'at least ' if None in counts else ''}{known:,} image{'' if known == 1 else 's'}"
        return ", ".join([*said, images if any(count is not None for count in counts) else "images not counted by the archive"])

    def _images(self, number: int) -> int | None:
        """How many images a row has, by the archive's count; None when it does not say."""
        text = self.cells(number)[-1].strip()
        return int(text) if text.isdigit() else None

    def selected_level(self, ticked: Sequence[int]) -> Level:
        """SERIES when a part of a study is ticked, else the level of the query."""
        return Level.SERIES if self.level is Level.SERIES or any(one in self.parents for one in ticked) else Level.STUDY

    def selected(self, ticked: Sequence[int]) -> list[Match]:
        """Return the matches that are ticked, at `selected_level`."""
        if self.selected_level(ticked) is Level.STUDY:
            return [self.rows[number] for number in ticked]
        return [self.rows[number] for number in self.series_ticked(ticked)]

    def frame(self, ticked: Sequence[int]) -> pd.DataFrame:
        """Return the selection: unique keys down to its level, then what the table shows."""
        level = self.selected_level(ticked)
        unique = [part.unique_key for part in level.up_to]
        return frames.build(dict.fromkeys([*unique, *RETURNED[level]], "attribute"), self.selected(ticked))


def _by_number(match: Match) -> tuple[bool, int, str]:
    text = match.get("SeriesNumber", "").strip()
    return (not text.isdigit(), int(text) if text.isdigit() else 0, match.get("SeriesDescription", ""))


def _shown(text: str, keyword: str) -> str:
    if keyword == "StudyDate" and (date := _DATE.fullmatch(text.strip())):
        return "-".join(date.groups())
    if keyword == "PatientName":
        groups = [" ".join(group.replace("^", " ").split()) for group in text.split("=")]
        return markup.visible(next(filter(None, groups), ""))
    return markup.visible(text.replace("\\", " "))
