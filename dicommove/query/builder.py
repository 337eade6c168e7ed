"""The query as a value: what is wanted, said in the words of the Standard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import QueryError
from .lint import findings
from .moving import movescu_lines
from .outline import identifiers, own_identifier
from .reprs import html_repr, text_repr
from .selectivity import HOW_TO_SELECT, exact_keys, is_exact, is_selective
from .verbs import Verbs
from .walk import walk

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from pydicom.dataset import Dataset

    from ..terms import InformationModel, Level
    from .lint import Finding
    from .outline import Planned
    from .walk import Match, Step, WalkResult

__all__ = ["Query"]


@dataclass(frozen=True, repr=False)
class Query(Verbs):
    """What is wanted of an archive; an immutable value that knows no archive and does no I/O.

    Every verb returns a new query. `patients`, `studies`, `series` and `images` go to that level of what stands to their left:
    down to what it contains, or up to the distinct ones that it belongs to. A key that is given twice counts as given last.

    Parameters
    ----------
    chain : Chain
        The way through the levels; made by the verbs.
    chosen_model : InformationModel or None
        The model that was asked for with `model`; None for the default.

    Examples
    --------
    >>> query = Query().studies().where(PatientName="MEIER*", StudyDate="2024-01-31").series().where(Modality="CT")
    >>> print(query)  # doctest: +ELLIPSIS
    Query at SERIES level, STUDY_ROOT
    C-FIND at STUDY level
      (0008,0020) DA StudyDate           20240131
      (0008,0052) CS QueryRetrieveLevel  STUDY
      (0010,0010) PN PatientName         MEIER*
      (0010,0020) LO PatientID           asked back
      (0020,000D) UI StudyInstanceUID    asked back
    C-FIND at SERIES level, one for each STUDY match
      (0008,0052) CS QueryRetrieveLevel  SERIES
      (0008,0060) CS Modality            CT
      (0020,000D) UI StudyInstanceUID    ← from each STUDY match
      (0020,000E) UI SeriesInstanceUID   asked back
    """

    @property
    def level(self) -> Level:
        """Level of what is matched; raises `QueryError` before the first verb.

        Examples
        --------
        >>> Query().studies("1.2").series().level
        <Level.SERIES: 'SERIES'>
        """
        return self.chain.level

    @property
    def default_model(self) -> InformationModel:
        """The model to use: the chosen one, else Study Root, or Patient Root when patients themselves are asked for.

        Examples
        --------
        >>> Query().patients("P1").default_model.value, Query().patients("P1").studies().default_model.value
        ('PATIENT_ROOT', 'STUDY_ROOT')
        """
        return self.chosen_model or self.chain.default_model

    @property
    def exact(self) -> bool:
        """Whether only literal unique keys are asked, down to the query's own level: it could be moved without a C-FIND.

        Examples
        --------
        >>> Query().studies("1.2").exact, Query().studies().where(PatientName="MEIER*").exact
        (True, False)
        """
        return is_exact(self.chain, self.default_model)

    @property
    def exact_keys(self) -> dict[str, tuple[str, ...]]:
        """The unique keys that are known exactly: keyword to values.

        Examples
        --------
        >>> Query().studies("1.2").series().exact_keys
        {'StudyInstanceUID': ('1.2',)}
        """
        return exact_keys(self.chain)

    @property
    def is_selective(self) -> bool:
        """Whether at least one key narrows on its own, so that the query may be moved.

        Examples
        --------
        >>> Query().studies().where(PatientName="MEI*").is_selective, Query().studies().where(PatientName="M*").is_selective
        (True, False)
        """
        return is_selective(self.chain.keys)

    def require_selective(self) -> None:
        """Raise `QueryError` unless the query may be moved; the text says what would be enough.

        Examples
        --------
        >>> Query().studies().where(AccessionNumber="A7").require_selective()
        """
        if not self.is_selective:
            raise QueryError(f"this query says too little to be moved: it wants {HOW_TO_SELECT}")

    @property
    def needs_multiple_value_matching(self) -> bool:
        """Whether Multiple Value Matching must be negotiated (PS3.4 C.2.2.2.8): `all_of` was used.

        Examples
        --------
        >>> Query().studies().where(ModalitiesInStudy=["CT", "MR"]).needs_multiple_value_matching
        False
        """
        return any(key.needs_multiple_value_matching for key in self.chain.keys)

    def columns(self) -> tuple[str, ...]:
        """Keywords that a table of the matches has: unique keys from the top down, then what was asked, in that order.

        Examples
        --------
        >>> Query().studies().where(StudyDate="2024-01-31").columns()
        ('PatientID', 'StudyInstanceUID', 'StudyDate')
        """
        unique = [level.unique_key for level in self.level.up_to]
        asked = [key.keyword for key in (*self.chain.keys, *self.chain.returned) if key.level <= self.level]
        return tuple(dict.fromkeys([*unique, *asked]))

    def identifier(self) -> Dataset:
        """Identifier of the query's own level (PS3.4 C.4.1.1.3); what answers from above will fill is empty in it.

        Raises
        ------
        QueryError
            A list makes several of them, or the query goes up and has none.

        Examples
        --------
        >>> Query().studies().where(StudyDate="2024-01-31").identifier().StudyDate
        '20240131'
        """
        return own_identifier(self.chain, self.default_model)

    def identifiers(self) -> list[Planned]:
        """List what the walk sends: level, Identifier, and the keywords in it that the answers above will fill.

        Examples
        --------
        >>> [(level.value, above) for level, _, above in Query().studies().where(PatientID="P1").series().identifiers()]
        [('STUDY', ()), ('SERIES', ('StudyInstanceUID',))]
        """
        return identifiers(self.chain, self.default_model)

    def lint(self) -> tuple[Finding, ...]:
        """List what is worth knowing before it is sent; warnings first.

        Examples
        --------
        >>> [finding.code for finding in Query().studies().lint()]
        ['universal']
        """
        return findings(self.chain, self.default_model)

    def walk(
        self,
        *,
        model: InformationModel,
        relational: bool = False,
        extra_return: Sequence[str] = (),
        max_requests: int = 2000,
    ) -> Generator[Step, Sequence[Match], WalkResult]:
        """Walk through the levels: yields each C-FIND, is sent its matches, returns what was found (PS3.4 C.4.1.2).

        Parameters
        ----------
        model : InformationModel
            The model that the peer has accepted.
        relational : bool
            Whether relational queries were agreed: one C-FIND instead of one at each level.
        extra_return : sequence of str
            Keywords to ask for besides; those of deeper levels than the query's own are left out.
        max_requests : int
            Most C-FINDs; more are refused before the first of them is sent.

        Raises
        ------
        QueryError
            The model lacks a level, or it would take more C-FINDs than ``max_requests``.

        Examples
        --------
        >>> from dicommove.terms import InformationModel
        >>> steps = Query().studies("1.2").walk(model=InformationModel.STUDY_ROOT)
        >>> next(steps).identifier.StudyInstanceUID
        '1.2'
        >>> try:
        ...     steps.send([{"StudyInstanceUID": "1.2", "PatientID": "P1"}])
        ... except StopIteration as end:
        ...     end.value.matches
        ({'StudyInstanceUID': '1.2', 'PatientID': 'P1'},)
        """
        return walk(self.chain, model=model, relational=relational, extra_return=extra_return, max_requests=max_requests)

    def as_movescu(
        self,
        host: str,
        port: int,
        *,
        ae_title: str = "ANY-SCP",
        calling_ae_title: str = "MOVESCU",
        destination: str = "STORESCP",
    ) -> str:
        r"""Shell line that moves what an exact query names; several lines when it takes several C-MOVEs.

        Raises
        ------
        QueryError
            The query is not exact: a C-MOVE takes unique keys only.

        Examples
        --------
        >>> line = Query().studies("1.2").as_movescu("10.0.0.5", 104)
        >>> line[:68]
        'python -m dicommove movescu -S -aec ANY-SCP -aet MOVESCU -aem STORES'
        >>> line[-52:]
        ' -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2'
        """
        titles = {"ae_title": ae_title, "calling_ae_title": calling_ae_title, "destination": destination}
        return "\n".join(movescu_lines(self.chain, self.chosen_model, host, port, **titles))

    def __repr__(self) -> str:
        return text_repr(type(self).__name__, self.chain, self.default_model)

    def _repr_html_(self) -> str:
        return html_repr(type(self).__name__, self.chain, self.default_model)
