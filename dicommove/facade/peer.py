"""The peer with its verbs: where every line of a notebook begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .. import markup, retrieve
from ..entities import Remote
from ..net import echo, open_association
from ..terms import VERIFICATION
from .peer_query import PeerQuery

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from ..retrieve import Check, Listening, MoveOperation, MoveResult, Plan, Registration
    from ..terms import Level

__all__ = ["Peer"]


@dataclass(frozen=True, repr=False)
class Peer(Remote):
    """An archive, and what it can be asked for; a frozen, hashable, picklable value (all parameters: `Remote`).

    Examples
    --------
    >>> import dicommove as dm
    >>> pacs = dm.Peer("10.0.0.5", 104, ae_title="PACS", calling_ae_title="NOTEBOOK")
    >>> pacs
    <Peer PACS@10.0.0.5:104, calling as NOTEBOOK, listening as NOTEBOOK on port 11113, without TLS>
    """

    def patients(self, *patient_ids: str) -> PeerQuery:
        """Ask at PATIENT level; the arguments are Patient IDs."""
        return PeerQuery(peer=self).patients(*patient_ids)

    def studies(self, *study_instance_uids: str) -> PeerQuery:
        """Ask at STUDY level; the arguments are Study Instance UIDs."""
        return PeerQuery(peer=self).studies(*study_instance_uids)

    def series(self, *series_instance_uids: str) -> PeerQuery:
        """Ask at SERIES level; the arguments are Series Instance UIDs."""
        return PeerQuery(peer=self).series(*series_instance_uids)

    def images(self, *sop_instance_uids: str) -> PeerQuery:
        """Ask at IMAGE level; the arguments are SOP Instance UIDs."""
        return PeerQuery(peer=self).images(*sop_instance_uids)

    def echo(self) -> int:
        """Send a C-ECHO and return its status; 0 is success (PS3.7 9.1.5).

        Raises
        ------
        AssociationError
            In one of its four forms.
        """
        with open_association(self, services=[(VERIFICATION, None)]) as association:
            return echo(association)

    def check(self, *, study: str | None = None, timeout: float = 3.0) -> Check:
        """Try the way to the archive and the way back; what fails is told, not raised, the cause first.

        Parameters
        ----------
        study : str, optional
            Study Instance UID of a small study. One instance of it is moved here and removed again: an archive cannot be asked
            to send us a C-ECHO, so only this proves the way back. Without it no patient's data are touched.
        timeout : float
            Seconds that each answer may take at most.

        Returns
        -------
        Check
            Text and HTML; ``.table`` is a DataFrame, ``.fault`` the first probe that failed, ``.ready`` says it in one word.

        Raises
        ------
        EntityError
            ``study`` is no UID, or ``timeout`` no number above 0.

        Examples
        --------
        >>> import dicommove as dm
        >>> check = dm.Peer("127.0.0.1", 1, ae_title="PACS").check(timeout=1)
        >>> check.fault.name, check.ready
        ('TCP', False)
        """
        return retrieve.check(self, study=study, timeout=timeout)

    def registration(self, *, contact: str | None = None) -> Registration:
        """Write the page for the administrator of the archive: what to register before the first move; nothing is sent.

        Parameters
        ----------
        contact : str, optional
            Whom to ask; by default the ``contact`` of the peer.

        Examples
        --------
        >>> import dicommove as dm
        >>> pacs = dm.Peer("10.0.0.5", 104, ae_title="PACS", listener=dm.Listener(ae_title="NOTEBOOK", advertise="ws7:11113"))
        >>> pacs.registration().entries["DCMTK dcmqrscp"].splitlines()[0]
        'dicommove1 = (NOTEBOOK, ws7, 11113)'
        """
        return retrieve.Registration.of(self, contact=contact)

    def listening(self, *, minutes: float = 10.0, store: str | Path | None = None) -> Listening:
        """Open our port for a while, so that the administrator can test the entry with C-ECHO; it closes itself.

        Parameters
        ----------
        minutes : float
            How long at most.
        store : str or Path, optional
            A data folder: what anybody sends is stored there. Without it every instance is refused.

        Returns
        -------
        Listening
            A context manager; ``.wait()`` shows each caller as it comes, ``.callers`` is a table of them.

        Raises
        ------
        ListenerError, StoreError, EntityError
            The port or the folder cannot be used, or ``minutes`` is no number up to a day.

        Examples
        --------
        >>> import dicommove as dm
        >>> with dm.demo() as pacs, pacs.listening(minutes=1) as port:
        ...     list(port.callers["address"])
        []
        """
        return retrieve.Listening(self, minutes=minutes, store=store)

    def match(self, table: pd.DataFrame) -> pd.DataFrame:
        """Match a table of accession numbers, patients or UIDs: one row per (input row, match).

        Parameters
        ----------
        table : DataFrame
            Its keys are the columns named exactly ``AccessionNumber``; ``PatientID``, alone or with ``StudyDate``; or Study,
            Series, SOP Instance UID. Other columns are carried through.

        Returns
        -------
        DataFrame
            The table's own columns, then ``row``, ``match`` (found, none, several, refused), ``reason`` and the UIDs.

        Raises
        ------
        QueryError
            There is no key column, or an ID column holds numbers (leading zeros are lost).

        Examples
        --------
        >>> import pandas as pd, dicommove as dm
        >>> with dm.demo() as pacs:
        ...     table = pacs.match(pd.DataFrame({"PatientID": ["000123", ""]}))
        >>> list(table["match"])
        ['several', 'several', 'refused']
        """
        return retrieve.match_frame(self, table)

    def plan(
        self,
        table: pd.DataFrame | list[str] | str,
        folder: str | Path,
        *,
        level: Level | str = "STUDY",
        several: Literal["refuse", "all"] = "refuse",
        **options: Any,
    ) -> Plan:
        """Plan the move of a table or of bare Study Instance UIDs: a dry run; see `move` for the parameters."""
        return retrieve.plan_table(
            self, table, folder, level=level, several=several, options=retrieve.read_options(self, **options)
        )

    def move(
        self, table: pd.DataFrame | list[str] | str, folder: str | Path, *, progress: Any = "auto", **options: Any
    ) -> MoveResult:
        """Move what a table says: its deepest UID column is the level; without one it is matched first.

        Parameters
        ----------
        table : DataFrame, list of str or str
            A table as for `match` or as ``find()`` returns it, or bare Study Instance UIDs.
        folder : str or Path
            Data folder; made when missing.
        level : Level
            Of bare UIDs.
        several : {"refuse", "all"}
            Whether rows with several matches are moved.
        progress : {"auto", True, False} or callable
            How progress is shown; a callable gets each `Snapshot`.
        **options
            As of `PeerQuery.move`.

        Raises
        ------
        QueryError, StoreError, AssociationError
            As of `PeerQuery.move`.
        """
        return retrieve.wait_for(self.start_move(table, folder, **options), progress)

    def start_move(self, table: pd.DataFrame | list[str] | str, folder: str | Path, **options: Any) -> MoveOperation:
        """Start what `move` does and return at once."""
        retrieve.require_purpose(self, options.get("purpose"))
        return self.plan(table, folder, **options).start_move()

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.address}, calling as {self.calling_ae_title}, listening as {self.listener_ae_title} "
            f"on port {self.listener.port or 'of its own choice'}, {self._security}>"
        )

    @property
    def _security(self) -> str:
        return "with TLS" if self.tls else "without TLS"

    def _repr_html_(self) -> str:
        rows = [
            ("Archive", self.address),
            ("Calling AE title", self.calling_ae_title),
            ("Move destination", f"{self.listener_ae_title} on port {self.listener.port or 'of its own choice'}"),
            ("Security", self._security),
        ]
        return markup.document(repr(self), markup.heading(type(self).__name__), markup.definition_list(rows))
