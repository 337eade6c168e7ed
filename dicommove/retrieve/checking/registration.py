"""The page for the administrator of an archive: what to register before the first move, how to test it, how to remove it."""

from __future__ import annotations

import getpass
import socket
import textwrap
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ... import markup
from ..explaining.way_back import WayBack, address_towards
from ..planning.guards import Limit
from .entries import PLACES, REMARKS, SYMBOL, echo_lines, entries_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...entities import Remote

__all__ = ["Registration"]

_WIDTH = 110
_ADMITTED = {
    "asked": "whoever sends what we asked for, and the archive's own address; anything else is refused (0x0124) and not kept",
    "peer": "whoever sends what we asked for, and the archive's own address; anything else is refused (0x0124)",
    "any": "whoever can connect while the port is open",
}
_OPENED = (
    "Tell {contact} when you test. The port is then opened with `dicommove listen` (in a notebook: pacs.listening(minutes=10)), "
    "shows each caller, answers C-ECHO, stores nothing, and closes itself."
)
_ECHO = (
    "Send a C-ECHO to it from the archive's host, with the archive's own tool, by a line such as these (Orthanc's page of this "
    "node has a button too, and its REST may want -u USER:PASSWORD):"
)
_ENDED = "It has to end with success (0x0000). If it does not, our screen says what came: nothing, another AE title, or no DICOM."


@dataclass(frozen=True, repr=False)
class Registration:
    """What the administrator of an archive has to know of us; ``str()`` of it is the page to mail.

    Attributes
    ----------
    remote : Remote
        The archive, and what it may be told of us.
    way_back : WayBack
        Where the archive has to connect to; a guess is marked as one.
    caller : str or None
        The address that our requests come from, as far as it can be seen from here: a guess.
    contact : str
        Whom to ask.
    guessed_contact : bool
        Nobody said whom: it is this user on this computer.

    Examples
    --------
    >>> from dicommove.entities import Listener, Remote
    >>> remote = Remote("10.0.0.5", 104, ae_title="PACS", calling_ae_title="NOTEBOOK", listener=Listener(advertise="ws7:11113"))
    >>> page = Registration.of(remote, contact="A. Meier, 1234")
    >>> print(page.subject)
    Registration of the DICOM node NOTEBOOK at PACS@10.0.0.5:104
    >>> page.entries["Orthanc"]
    '"NOTEBOOK": {"AET": "NOTEBOOK", "Host": "ws7", "Port": 11113}'
    """

    remote: Remote
    way_back: WayBack
    caller: str | None
    contact: str
    guessed_contact: bool = False

    @classmethod
    def of(cls, remote: Remote, *, contact: str | None = None) -> Self:
        """Make the page from the peer's description; nothing is sent.

        Parameters
        ----------
        remote : Remote
            Its ``listener.advertise`` is what the archive is told; without it the host is a guess.
        contact : str, optional
            Whom to ask; by default that of the peer's entry, else a guess: this user on this computer.
        """
        told = contact or remote.contact
        known = told or f"{_user()} on {socket.gethostname()}"
        return cls(remote, WayBack.of(remote), address_towards(remote.host), known, guessed_contact=not told)

    @property
    def subject(self) -> str:
        """Subject of the mail."""
        return f"Registration of the DICOM node {self.way_back.ae_title} at {self.remote.address}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What has to be mended before the page is of use; empty when nothing is known to be wrong."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[str]:
        way = self.way_back
        if way.hidden_by and way.host is not None:
            yield (
                f"The address {way.host} is probably not reachable from the archive ({_WHERE[way.hidden_by]}). "
                'Find out the right one and give it: Listener(advertise="host:port").'
            )
        if way.is_loopback and not _is_here(self.remote.host):
            yield f"{way.host} is this computer itself: no other can reach it. Take out Listener(bind=...)."
        if way.host is None:
            yield f"There is no way to {self.remote.host} now: check the name and the network, or give Listener(advertise=...)."
        if not way.port:
            yield "Our port is another one each time, and the archive cannot know it: give Listener(port=11113)."

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is to be registered, as (name, value); guesses are marked."""
        remote, listener = self.remote, self.remote.listener
        load = f"at most {remote.parallel} C-MOVE at a time, of one study; of one search {_limit(remote)}"
        pause = f"; {remote.pause:g} s between two" if remote.pause else ""
        hours = f"{remote.hours}, {time.tzname[0]}, by this computer's clock" if remote.hours else "whenever a person runs it"
        return [
            *self.way_back.lines(),
            ("TLS", "yes, 1.2 or later, on connections to us" if listener.tls else "no"),
            ("Role", "destination of C-MOVE: Storage SCP, which answers C-ECHO too"),
            ("", f"client of {remote.address}: C-ECHO, C-FIND and C-MOVE, over TCP from this host to it"),
            ("", f"as the calling AE title {remote.calling_ae_title}, from {self._caller()}"),
            ("Port open", "only while a retrieval runs, or for a test: at other times a C-ECHO to it fails"),
            ("May store", _ADMITTED[listener.admit]),
            ("Accepts", _accepted(remote)),
            ("Load", load + pause),
            ("Hours", hours),
            ("Contact", self.contact + (" (a guess)" if self.guessed_contact else "")),
        ]

    @property
    def entries(self) -> dict[str, str]:
        """The entry as some archives write it, by the name of the archive; empty when host or port are not known."""
        host, port = self.way_back.host, self.way_back.port
        if host is None or not port:
            return {}
        return entries_of(self._titles, host, port, tls=self.remote.listener.tls is not None)

    @property
    def test(self) -> tuple[str, ...]:
        """How the administrator tests the entry, step by step."""
        return (_OPENED.format(contact=self.contact), _ECHO, _ENDED)

    @property
    def echoes(self) -> dict[str, str]:
        """The lines that send a C-ECHO to us, by whose tool it is."""
        way, tls = self.way_back, self.remote.listener.tls is not None
        return echo_lines(self.remote.ae_title, way.ae_title, (way.host or "HOST", str(way.port or "PORT")), tls=tls)

    @property
    def removal(self) -> str:
        """How all of it is taken away again."""
        way = self.way_back
        return (
            f"Delete the entry of {' and that of '.join(self._titles)} in the archive (in dcmqrscp also {SYMBOL} in AETable: "
            "else it does not start again; in a running Orthanc DELETE /modalities/NAME), and the firewall's rule for TCP from "
            f"the archive to {way.host or 'our host'}:{way.port or 'PORT'}. Nothing of ours listens while no retrieval runs, so "
            "nothing is left."
        )

    @property
    def _titles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.way_back.ae_title, self.remote.calling_ae_title)))

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _lines(self) -> Iterator[str]:
        for warning in self.warnings:
            yield from _wrapped(warning, "NOT READY TO BE SENT: ")
        yield f"Subject: {self.subject}"
        yield ""
        yield "Please register this DICOM node:"
        for name, value in self.facts:
            yield from _wrapped(value, f"  {name + ':' if name else '':11} ")
        yield ""
        yield from self._written("The entry, as some archives write it:", self.entries)
        yield "To test it:"
        for number, step in enumerate(self.test, 1):
            yield from _wrapped(step, f"  {number}. ")
            if step is _ECHO:
                yield from (f"     {name + ':':9}{markup.visible(line, 600)}" for name, line in self.echoes.items())
        yield ""
        yield from _wrapped(self.removal, "To remove it again: ", indent=2)
        yield ""
        yield f"What we need of you: whether {self.remote.address} is right (AE title, host, port), and whether it wants TLS."

    def _written(self, heading: str, entries: dict[str, str]) -> Iterator[str]:
        if not entries:
            return
        yield heading
        for name, entry in entries.items():
            yield f"  {name} ({PLACES[name]}):"
            yield from (f"    {line}" for line in entry.splitlines())
            yield from _wrapped(REMARKS[name], "  ")
            yield ""

    def _repr_html_(self) -> str:
        parts = [markup.element("p", warning, css_class="dm-warning") for warning in self.warnings]
        parts += [markup.heading(self.subject), markup.definition_list(self.facts)]
        for name, entry in self.entries.items():
            shown = (markup.element("pre", entry), markup.paragraph(REMARKS[name]))
            parts.append(markup.details(f"{name}: {PLACES[name]}", *shown))
        parts.append(markup.heading("To test it"))
        for number, step in enumerate(self.test, 1):
            parts.append(markup.paragraph(f"{number}. {step}"))
            if step is _ECHO:
                parts.append(markup.element("pre", "\n".join(f"{name}: {line}" for name, line in self.echoes.items())))
        parts += [markup.heading("To remove it again"), markup.paragraph(self.removal)]
        parts += [markup.details("The page as text, to be mailed", markup.element("pre", str(self)))]
        return markup.document(str(self), *parts)

    def _caller(self) -> str:
        return f"{self.caller} (a guess)" if self.caller else "an address that cannot be said: there is no way to the archive now"


_WHERE = {"container": "this is a container", "WSL": "this is WSL", "VPN": "it is the near end of a VPN"}


def _wrapped(text: str, before: str, *, indent: int | None = None) -> list[str]:
    """Lines for a mail: visible characters only, no command or path cut in two."""
    blank = " " * (len(before) if indent is None else indent)
    text = markup.visible(text, 600)
    return textwrap.wrap(
        text, _WIDTH, initial_indent=before, subsequent_indent=blank, break_long_words=False, break_on_hyphens=False
    )


def _limit(remote: Remote) -> str:
    most = Limit(remote.limit_studies, remote.limit_instances)
    return "there is no limit" if most == Limit(None, None) else f"no more than {most}"


def _accepted(remote: Remote) -> str:
    syntaxes = remote.listener.transfer_syntaxes
    return "every storage SOP Class in " + ("every transfer syntax" if syntaxes is None else ", ".join(syntaxes))


def _is_here(host: str) -> bool:
    """Whether the archive is on this computer too."""
    return WayBack("", address_towards(host)).is_loopback


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in some containers
        return "the user"
