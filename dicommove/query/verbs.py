"""The verbs of a query: each returns a new one and leaves the old as it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from ..errors import QueryError
from ..terms import InformationModel, Level
from .chain import Chain
from .keys import keys_of, path_key, return_key, unique_key

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Verbs"]

_NOTHING = Chain()


@dataclass(frozen=True, repr=False)
class Verbs:
    """What can be said; `Query` adds what can be asked of it.

    Parameters
    ----------
    chain : Chain
        The way through the levels; made by the verbs.
    chosen_model : InformationModel or None
        The model that was asked for with `model`; None for the default.
    """

    chain: Chain = _NOTHING
    chosen_model: InformationModel | None = None

    def __post_init__(self) -> None:
        if self.chosen_model is not None:
            self.chain.check_model(self.chosen_model)

    def patients(self, *ids: str) -> Self:
        """Go to the patients; with IDs, to these alone (PS3.4 C.6.1.1.2).

        Raises
        ------
        QueryError
            An ID is empty or holds a wildcard.

        Examples
        --------
        >>> from dicommove.query import Query
        >>> Query().patients("P1").level
        <Level.PATIENT: 'PATIENT'>
        """
        return self._to(Level.PATIENT, ids)

    def studies(self, *uids: str) -> Self:
        """Go to the studies; with Study Instance UIDs, to these alone (PS3.4 C.6.1.1.3).

        Raises
        ------
        QueryError
            A UID is none.

        Examples
        --------
        >>> from dicommove.query import Query
        >>> Query().studies("1.2.3").identifier().StudyInstanceUID
        '1.2.3'
        """
        return self._to(Level.STUDY, uids)

    def series(self, *uids: str) -> Self:
        """Go to the series; with Series Instance UIDs, to these alone (PS3.4 C.6.1.1.4).

        Raises
        ------
        QueryError
            A UID is none.

        Examples
        --------
        >>> from dicommove.query import Query
        >>> Query().studies("1.2.3").series("1.2.3.4").exact
        True
        """
        return self._to(Level.SERIES, uids)

    def images(self, *uids: str) -> Self:
        """Go to the SOP Instances, whatever they are; with SOP Instance UIDs, to these alone (PS3.4 C.6.1.1.5).

        Raises
        ------
        QueryError
            A UID is none.

        Examples
        --------
        >>> from dicommove.query import Query
        >>> Query().studies("1.2.3").series("1.2.3.4").images("1.2.3.4.5").level
        <Level.IMAGE: 'IMAGE'>
        """
        return self._to(Level.IMAGE, uids)

    def where(self, **keys: object) -> Self:
        """Narrow by keys of this level or any above.

        Parameters
        ----------
        **keys
            Keyword to value: text with ``*`` and ``?``, a date or time, a number, `between`, `all_of`, a dict for a sequence;
            a list means any of its members.

        Raises
        ------
        QueryError
            Unknown keyword, a key of a deeper level, or a value that the VR does not take.

        Examples
        --------
        >>> from dicommove.query import Query
        >>> Query().studies().where(ModalitiesInStudy=["CT", "MR"]).lint()[0].code
        'not-selective'
        """
        chain = self.chain
        for keyword, value in keys.items():
            for key in keys_of(keyword, value, chain.level):
                chain = chain.with_key(key)
        return replace(self, chain=chain)

    def key(self, path: str) -> Self:
        """Add a key by the pathing grammar of the DICOM command line tools; without a value it is asked back.

        Parameters
        ----------
        path : str
            ``{element[0].}*element=value``, each element a keyword or ``(gggg,eeee)``.

        Raises
        ------
        QueryError
            The path is none, or the value is not taken by its VR.

        Examples
        --------
        >>> from dicommove.query import Query
        >>> Query().studies().key("ProcedureCodeSequence[0].CodeValue=").columns()[-1]
        'ProcedureCodeSequence'
        """
        return replace(self, chain=self.chain.with_key(path_key(path, self.chain.level)))

    def returning(self, *keywords: str) -> Self:
        """Ask for attributes back without matching on them (PS3.4 C.2.2.1.3).

        Raises
        ------
        QueryError
            Unknown keyword, or one of a deeper level.

        Examples
        --------
        >>> from dicommove.query import Query
        >>> Query().studies().returning("StudyDescription").columns()
        ('PatientID', 'StudyInstanceUID', 'StudyDescription')
        """
        chain = self.chain
        for keyword in keywords:
            chain = chain.with_returned(return_key(keyword, chain.level))
        return replace(self, chain=chain)

    def model(self, model: InformationModel | str) -> Self:
        """Choose the Information Model instead of the default.

        Raises
        ------
        QueryError
            No such model, or it lacks a level that is asked.

        Examples
        --------
        >>> from dicommove.query import Query
        >>> Query().studies().model("PATIENT_ROOT").default_model
        <InformationModel.PATIENT_ROOT: 'PATIENT_ROOT'>
        """
        try:
            return replace(self, chosen_model=InformationModel(model))
        except ValueError as error:
            if isinstance(error, QueryError):
                raise
            raise QueryError(f"no such model; there are {', '.join(known.value for known in InformationModel)}") from error

    def _to(self, level: Level, values: Iterable[str]) -> Self:
        chain = self.chain.to(level)
        key = unique_key(level, values) if (values := tuple(values)) else None
        return replace(self, chain=chain.with_key(key) if key else chain)
