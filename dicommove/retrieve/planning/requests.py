"""What will be asked for: the requests of a plan, made from matches. Pure.

One study a C-MOVE; SERIES and IMAGE requests carry lists of UIDs, at most `LIST_LENGTH` each (PS3.4 C.4.2.2.1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...terms import InformationModel, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Match = Mapping[str, str]

__all__ = ["LIST_LENGTH", "Request", "lists_of", "requests_for"]

LIST_LENGTH = 300
"""UIDs in one list: some 20 KB of Identifier, which every archive tried takes."""


@dataclass(frozen=True, slots=True)
class Request:
    """One C-MOVE: a study, or some of its series, or some instances of one series.

    Attributes
    ----------
    number : int
        From 1, within its operation.
    level : Level
        Query/Retrieve Level of the Identifier.
    study : str
        Study Instance UID.
    patient : str or None
        Patient ID where the archive said it.
    series : tuple of str
        Series Instance UIDs; empty at STUDY level, exactly one at IMAGE level.
    instances : tuple of str
        SOP Instance UIDs; empty above IMAGE level.
    expected : int or None
        Number of instances; None when unknown.
    expected_by : {"instances", "counts", "peer", "none"}
        Where that number comes from.
    size_bytes : int
        Estimate.
    modalities : tuple of str
        As the archive said.
    present : int
        Instances of it that are in the folder already.
    attempt : int
        How often this is asked for with it.
    origin : int or None
        Number of the request of the plan that it asks again for; None when it is one of the plan.
    """

    number: int
    level: Level
    study: str
    patient: str | None = None
    series: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    expected: int | None = None
    expected_by: str = "none"
    size_bytes: int = 0
    modalities: tuple[str, ...] = ()
    present: int = 0
    attempt: int = 1
    origin: int | None = None

    def keys(self, model: InformationModel) -> dict[str, str | tuple[str, ...]]:
        """Unique keys of the Identifier in this Information Model: nothing else belongs in a C-MOVE (PS3.4 C.4.2.2.1)."""
        keys: dict[str, str | tuple[str, ...]] = {}
        if model is not InformationModel.STUDY_ROOT and self.patient:
            keys["PatientID"] = self.patient
        keys["StudyInstanceUID"] = self.study
        if self.series:
            keys["SeriesInstanceUID"] = self.series if self.level is Level.SERIES else self.series[0]
        if self.instances:
            keys["SOPInstanceUID"] = self.instances
        return keys

    def covers(self, study: str | None, series: str | None, instance: str) -> bool:
        """Whether an instance with these UIDs belongs to what this request asks for."""
        if self.instances:
            return instance in self.instances
        return study == self.study and (not self.series or series in self.series)

    @property
    def settled(self) -> bool:
        """Everything that it would ask for is in the folder already."""
        return self.expected_by in ("instances", "counts") and self.expected is not None and 0 < self.expected == self.present


def requests_for(matches: Iterable[Match], level: Level) -> tuple[Request, ...]:
    """Group matches of a level into requests, in the order of the first match of each.

    Parameters
    ----------
    matches : iterable of Mapping
        Each with the unique keys of the level and of those above it.
    level : Level
        STUDY, SERIES or IMAGE.
    """
    groups: dict[tuple[str, ...], list[Match]] = {}
    for match in matches:
        groups.setdefault(_group_of(match, level), []).append(match)
    pieces = [piece for group in groups.values() for piece in _pieces(group, level)]
    return tuple(replace(piece, number=number) for number, piece in enumerate(pieces, 1))


def _group_of(match: Match, level: Level) -> tuple[str, ...]:
    above = level.above[1:] or (Level.STUDY,)
    return tuple(match[part.unique_key] for part in above)


def _pieces(group: list[Match], level: Level) -> Iterable[Request]:
    first = group[0]
    patient = next((match["PatientID"] for match in group if match.get("PatientID")), None)
    whole = Request(0, level, first["StudyInstanceUID"], patient, modalities=_modalities(group))
    if level is Level.STUDY:
        yield whole
        return
    uids = dict.fromkeys(match[level.unique_key] for match in group)
    for part in lists_of(uids):
        if level is Level.SERIES:
            yield replace(whole, series=part)
        else:
            yield replace(whole, series=(first["SeriesInstanceUID"],), instances=part)


def lists_of(uids: Iterable[str]) -> Iterable[tuple[str, ...]]:
    """Cut UIDs into lists of at most `LIST_LENGTH`."""
    every = tuple(uids)
    return (every[start : start + LIST_LENGTH] for start in range(0, len(every), LIST_LENGTH))


def _modalities(group: Iterable[Match]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for match in group:
        text = match.get("Modality") or match.get("ModalitiesInStudy") or ""
        found.update(dict.fromkeys(part for part in text.split("\\") if part))
    return tuple(found)
