"""The form: fields, matches, plan, progress and result of one retrieval after the other, in one place."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from IPython.display import display
from ipywidgets.widgets.widget_box import VBox

from .. import markup
from ..errors import QueryError
from .asking import Asked
from .kept import NOTHING, line_kept
from .matches import Matches
from .peers import Peers
from .session import Session

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from ..facade import Peer, PeerQuery
    from ..retrieve import MoveOperation, MoveResult, Plan

__all__ = ["Form"]

_SETTLE_S = 60.0
"""Seconds that a property waits for what was asked for in the panel just before."""


class Form(VBox):
    """Fill in, search, tick, retrieve. What was done in the panel is at hand in the next cell.

    Parameters
    ----------
    peer : Peer, optional
        The archive; by default the first of the named ones. The others can be chosen in the panel.
    folder : str or Path
        Data folder; it can be changed in the panel.
    private : bool
        Hide names and numbers of patients in the table at first; a switch shows them.
    check : bool
        Try the connection at once (nothing of a patient is asked for).
    **options
        As of `PeerQuery.move`, for every move of this form.

    Raises
    ------
    EntityError
        No peer was given, and none is named.
    QueryError
        An option is none.

    Examples
    --------
    >>> import dicommove as dm
    >>> with dm.demo() as pacs:
    ...     form = Form(pacs, check=False)
    ...     form.fill(patient_id="000123", modalities=["CT"])
    ...     form.search()
    ...     len(form.matches)
    1
    """

    def __init__(
        self, peer: Peer | None = None, folder: str | Path = "data", *, private: bool = False, check: bool = True, **options: Any
    ) -> None:
        self._session = at_work = Session(Peers.of(peer), str(folder), private=private, options=options, on_change=self._keep)
        parts = [at_work.fields, at_work.table, at_work.card, at_work.moves.box]
        super().__init__(parts)  # type: ignore[no-untyped-call]  # ipywidgets has no types
        self.add_class("df-form")  # type: ignore[no-untyped-call]  # as above
        self._still = f"dicommove-form-{self.model_id}"
        self._is_shown = False
        self._keeping = threading.Lock()
        if check:
            at_work.check()

    @property
    def peer(self) -> Peer:
        """The archive that is chosen."""
        return self._session.peers.peer

    @property
    def query(self) -> PeerQuery:
        """What the fields mean at this moment: the builder's own object, which can be refined in the next cell."""
        return self._session.fields.stated.query  # type: ignore[return-value]  # the session begins it as one

    @property
    def code(self) -> str:
        """Builder lines that give the same query; ``pacs`` stands for `peer`."""
        return self._session.fields.stated.code

    @property
    def matches(self) -> pd.DataFrame:
        """What the last search found, as ``query.find()`` gives it."""
        self._settle()
        if self._session.answers is None:
            raise QueryError("nothing was searched for yet: press Search, or call search()")
        return self._session.answers.frame()

    @property
    def selection(self) -> pd.DataFrame:
        """What is ticked: studies, or, where only a part of one is ticked, series; ``pacs.move`` takes it as it is."""
        self._settle()
        return (self._session.table.matches or Matches()).frame(self._session.table.ticked)

    @property
    def plan(self) -> Plan | None:
        """The plan that is shown; None when what is ticked has changed since, or was moved."""
        self._settle()
        return self._session.moves.plan

    @property
    def operation(self) -> MoveOperation | None:
        """The move that runs, or ran last."""
        self._settle()
        return self._session.moves.operation

    @property
    def result(self) -> MoveResult | None:
        """Result of the last move; None before, and while it runs."""
        return self._session.moves.result

    def fill(self, **values: Any) -> None:
        """Fill fields in: ``patient_id``, ``patient_name``, ``date_from``, ``modalities`` and the others of the form.

        Raises
        ------
        QueryError
            There is no such field.
        """
        known = Asked.__dataclass_fields__
        if unknown := sorted(set(values) - set(known)):
            raise QueryError(f"no such field: {', '.join(unknown)}; there are {', '.join(known)}")
        self._session.fields.fill(Asked.of({**self._session.fields.asked.values(), **values}))

    def search(self) -> None:
        """Do what the button Search does, and wait for it.

        Raises
        ------
        QueryError
            A field cannot be used, or none is filled in.
        """
        self._session.search()
        self._session.work.settle()

    def tick(self, rows: list[int] | None = None) -> None:
        """Tick studies by their place among the matches, or all of them."""
        studies = (self._session.table.matches or Matches()).studies()
        self._session.table.tick(studies if rows is None else [studies[row] for row in rows])

    def retrieve(self) -> MoveOperation:
        """Do what the button Retrieve does, and return the running operation.

        Raises
        ------
        QueryError
            Nothing is ticked, or it could not be begun; the text is that of the panel.
        """
        self._session.retrieve()
        self._session.work.settle()
        if self._session.fault or self._session.moves.operation is None:
            raise QueryError(self._session.fault or "nothing was begun")
        return self._session.moves.operation

    def facts(self) -> list[tuple[str, str]]:
        """Return what a view without widgets shows, as (name, value); series facts only."""
        found = self._session.table.matches
        facts = [("Archive", self.peer.address), ("Folder", self._session.card.folder)]
        if found is not None:
            facts.append(("Found", f"{len(found.studies())} studies, {len(self._session.table.ticked)} rows ticked"))
        return [*facts, *(self.result.facts() if self.result is not None else [])]

    def __repr__(self) -> str:
        return "\n".join(["<Form>", *(f"  {name + ':':17}{markup.visible(value)}" for name, value in self.facts())])

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Give the widget, and the same facts as text and HTML for views that have no widgets."""
        bundle = super()._repr_mimebundle_(**options) or {}  # type: ignore[no-untyped-call]  # ipywidgets has no types
        shown = markup.document(repr(self), markup.heading("Form"), markup.definition_list(self.facts()))
        return {**bundle, "text/plain": repr(self), "text/html": shown}

    def _ipython_display_(self) -> None:
        """Show the form, and below it an ordinary output for what came of it, which a saved notebook keeps."""
        _output(self._repr_mimebundle_())
        _output(self._told(), display_id=self._still)
        self._is_shown = True

    def _settle(self) -> None:
        self._session.work.settle(_SETTLE_S)

    def _keep(self) -> None:
        """Write below the form what a saved notebook keeps; a form that is not shown would print it, by whichever thread."""
        with self._keeping:
            if self._is_shown:
                _output(self._told(), display_id=self._still, update=True)

    def _told(self) -> dict[str, str]:
        """What came of the last move, or that it runs; nothing before."""
        if self._session.moves.moving and (operation := self._session.moves.operation) is not None:
            return line_kept(operation.plan.folder)
        if self.result is None:
            return NOTHING
        kept = markup.details(f"Last move: {self.result.outcome}; kept with the notebook", markup.Html(self.result._repr_html_()))
        return {"text/plain": repr(self.result), "text/html": kept}


def _output(bundle: dict[str, Any], **how: Any) -> None:
    display(bundle, raw=True, **how)  # type: ignore[no-untyped-call]  # IPython gives it no types
