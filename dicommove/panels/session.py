"""One form at work: what each button does, in a thread beside the kernel's, and where it is shown."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from .. import retrieve
from ..errors import AssociationError, DicomMoveError, EntityError, QueryError
from ..facade import PeerQuery
from ..store.faults import as_store_error
from .background import Background
from .fields import Fields
from .inquiry import check_stated, search, series_of
from .match_table import MatchTable
from .matches import Matches
from .plan_card import PlanCard
from .retrieving import Retrieving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..facade import Peer
    from ..query import Query
    from ..retrieve import Answers
    from ..retrieve.planning.options import Options
    from ..terms import Level
    from .base import Panel
    from .peers import Peers

__all__ = ["Session"]


class Session:
    """The parts of a form and what goes on between them; `Form` is what users hold.

    Parameters
    ----------
    peers : Peers
    folder : str
    private : bool
        Whether names are hidden at first.
    options : Mapping
        As of `PeerQuery.move`.
    on_change : callable
        Called when a move has begun, and when it has ended.
    """

    def __init__(
        self, peers: Peers, folder: str, *, private: bool, options: Mapping[str, Any], on_change: Callable[[], None]
    ) -> None:
        self.peers = peers
        self.answers: Answers | None = None
        self.fault = ""
        self._given = options
        self.options()  # an option that is none is said at once
        self._cancel = threading.Event()
        self._searching = False
        self._on_change = on_change
        presses = self._calls("stop", "check") | {"search": lambda: self._shown_in_fields(self.search)}
        self.fields = Fields(self._root(), presses, on_peer=self._peer_pressed)
        self.table = MatchTable(on_open=self.open, on_ticks=self.ticked, private=private)
        self.card = PlanCard(folder, self._calls("peek", "plan", "retrieve", "explain", "preview", "folder"))
        self.moves = Retrieving(self.card, on_end=self._moved, on_fault=self._move_failed)
        self._place: Panel = self.card
        self.work = Background(self._tell_busy, self.tell_fault)
        self.fields.show_peers(peers.names, peers.chosen)

    def options(self) -> Options:
        """How to move, for the peer that is chosen."""
        return retrieve.read_options(self.peers.peer, **self._given)

    def choose_peer(self, number: int) -> None:
        """Go on with another archive; the fields stay.

        Raises
        ------
        EntityError
            Its entry cannot be used; the one before stays.
        """
        try:
            self.peers = self.peers.choose(number)
        except EntityError:
            self.fields.show_peers(self.peers.names, self.peers.chosen)
            raise
        self.answers = None
        self.table.show(None)
        self.fields.use(self._root())
        self.fields.show_peers(self.peers.names, self.peers.chosen)
        self.check()

    def check(self) -> None:
        """Try the connection, beside everything else: it takes seconds when the archive is away."""
        self.fields.show_light(None)
        threading.Thread(target=self._tell_light, args=(self.peers.peer,), name="dicommove-check", daemon=True).start()

    def search(self) -> None:
        """Ask for what the fields mean.

        Raises
        ------
        QueryError
            A field cannot be used, or none is filled in.
        """
        stated = self.fields.stated
        check_stated(stated)
        self._cancel.clear()
        self._do("asking the archive", lambda: self._search(stated.query), self.fields)

    def stop(self) -> None:
        """End a search; what was found so far is shown."""
        self._cancel.set()

    def open(self, study: int) -> None:
        """Show the series of a study."""
        self._do("asking for series", lambda: self._open(study))

    def ticked(self) -> None:
        """Other rows are ticked: the plan is void, and the series of whole studies are asked for where they are needed."""
        self.moves.forget()
        self._allow()
        matches = self.table.matches
        if matches is not None and matches.unopened(self.table.ticked):
            self.work.do("asking for series", self._open_ticked)

    def folder(self) -> None:
        """Another folder was typed: the plan is void."""
        self.moves.forget()

    def plan(self) -> None:
        """Plan what is ticked."""
        self._do("planning", lambda: self.moves.make_plan(self.peers.peer, *self._selected(), self.options()))

    def retrieve(self) -> None:
        """Move what is ticked, by the plan that is shown if there is one."""
        self._do("planning", self._retrieve)

    def peek(self) -> None:
        """Look at one instance of each series that is ticked."""
        self._do("peeking", self._peek)

    def explain(self) -> None:
        """Say why the last move is what it is."""
        self._do("explaining", self.moves.explain)

    def preview(self) -> None:
        """Show the pictures of the last move."""
        self._do("opening the pictures", self.moves.preview)

    def tell_fault(self, error: BaseException, place: Panel | None = None) -> None:
        """Show what went wrong where it was asked for; when the archive was not reached, the light says how far one gets."""
        if isinstance(error, OSError) and not isinstance(error, DicomMoveError):
            error = as_store_error(error, self.card.folder)
        self._tell(str(error) if isinstance(error, DicomMoveError) else f"{type(error).__name__}: {error}", place or self._place)
        if isinstance(error, AssociationError):
            self.check()
        self._allow()

    def _calls(self, *names: str) -> dict[str, Callable[[], object]]:
        return {name: getattr(self, name) for name in names}

    def _root(self) -> PeerQuery:
        return PeerQuery(peer=self.peers.peer)

    def _peer_pressed(self, number: int) -> None:
        self._shown_in_fields(lambda: self.choose_peer(number))

    def _shown_in_fields(self, call: Callable[[], object]) -> None:
        """Do what a button of the fields asks for, and show there what speaks against it."""
        try:
            call()
        except DicomMoveError as error:
            self._tell(str(error), self.fields)

    def _do(self, words: str, job: Callable[[], object], place: Panel | None = None) -> None:
        """Begin something new: what went wrong before is no longer shown, and what goes wrong now is shown in its place."""
        self._tell("")
        self.work.do(words, lambda: self._done_in(place or self.card, job))

    def _done_in(self, place: Panel, job: Callable[[], object]) -> None:
        self._place = place
        job()

    def _tell(self, fault: str, place: Panel | None = None) -> None:
        self.fault = fault
        for panel in (self.fields, self.card):
            panel.fault = fault if panel is (place or self.card) else ""

    def _tell_busy(self, words: str) -> None:
        self.fields.show_busy(words, stops=self._searching)
        self.card.show_busy(words)

    def _tell_light(self, peer: Peer) -> None:
        try:
            found = peer.check()
        except Exception as error:  # noqa: BLE001 - shown in the panel, which goes on
            self._tell(f"the connection could not be tried: {type(error).__name__}: {error}", self.fields)
            return
        if peer is self.peers.peer:
            self.fields.show_light(found)

    def _search(self, query: Query) -> None:
        self._searching = True
        try:
            answers = search(self.peers.peer, query, cancel=self._cancel, show=self._tell_request)
        finally:
            self._searching = False
        self.answers = answers
        found = (match for match in answers.matches if match.get("StudyInstanceUID"))
        self.table.show(Matches.of(answers.level, found), stopped=self._cancel.is_set(), warnings=answers.doubts)

    def _tell_request(self, number: int, of: int | None) -> None:
        self._tell_busy(f"asking the archive: C-FIND {number}" + (f" of {of}" if of else ""))

    def _open(self, study: int) -> None:
        matches = self.table.matches
        if matches is not None and study < len(matches.rows):
            self.table.show_series(study, () if study in matches.series else self._series_of(study, matches))

    def _series_of(self, study: int, matches: Matches) -> Sequence[Mapping[str, str]]:
        try:
            return series_of(self.peers.peer, matches.rows[study])
        except Exception:
            self.table.show_unopened(study)
            raise

    def _open_ticked(self) -> None:
        matches = self.table.matches
        for study in matches.unopened(self.table.ticked) if matches is not None else ():
            self._open(study)
        self._allow()

    def _allow(self) -> None:
        matches = self.table.matches
        ticked = "" if matches is None else matches.words(self.table.ticked)
        self.card.allow(ticked=ticked, moving=self.moves.moving, shown=matches is not None)

    def _selected(self) -> tuple[Sequence[Mapping[str, str]], Level]:
        matches, ticked = self.table.matches, self.table.ticked
        if matches is None or not ticked:
            raise QueryError("nothing is ticked: tick studies or series in the table")
        return matches.selected(ticked), matches.selected_level(ticked)

    def _retrieve(self) -> None:
        plan = self.moves.plan or self.moves.make_plan(self.peers.peer, *self._selected(), self.options())
        self.moves.start(plan)
        self._allow()
        self._on_change()

    def _move_failed(self, error: BaseException) -> None:
        self.tell_fault(error, self.card)
        self._on_change()

    def _moved(self) -> None:
        """In the operation's thread, at its end."""
        self.moves.forget()
        self._allow()
        self._on_change()

    def _peek(self) -> None:
        self._selected()
        matches = self.table.matches
        assert matches is not None, "something is ticked"
        for study in matches.without_series(self.table.ticked):
            self._open(study)
        rows = matches.series_ticked(self.table.ticked)
        series = [matches.rows[row] for row in rows]
        for row, card in zip(rows, self.moves.peek(self.peers.peer, series, self.options()), strict=True):
            self.table.show_card(row, *card)
