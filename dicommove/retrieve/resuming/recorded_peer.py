"""The peer of an operation as the journal holds it: where it is and how it is called, never a secret. Pure."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ...entities import Listener, Remote
from ...errors import EntityError, StoreError
from ...terms import InformationModel

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["peer_facts", "peer_from"]

_OWN = ("tls", "identity", "listener", "model")
"""Attributes that are no plain values; of ``tls`` and ``identity`` the journal knows only that there were some."""


def peer_facts(remote: Remote) -> dict[str, object]:
    """Return plain values for the journal: host, port, AE titles, limits; no key file, user name or passcode.

    Examples
    --------
    >>> facts = peer_facts(Remote("10.0.0.5", 104, ae_title="PACS"))
    >>> facts["host"], facts["port"], facts["ae_title"], facts["secured"]
    ('10.0.0.5', 104, 'PACS', False)
    """
    return {
        **_plain(remote),
        "model": None if remote.model is None else remote.model.name,
        "secured": remote.tls is not None or remote.listener.tls is not None,
        "identified": remote.identity is not None,
        "listener": _plain(remote.listener),
    }


def peer_from(facts: Mapping[str, Any]) -> Remote:
    """Make the peer again: from its named entry where it has one, else from what was recorded.

    Raises
    ------
    StoreError
        It was reached with TLS or as a user: these must be given again.
    EntityError
        Its named entry cannot be used any more.

    Examples
    --------
    >>> peer_from(peer_facts(Remote("10.0.0.5", 104, ae_title="PACS", listener=Listener(port=0)))).listener.port
    0
    """
    needs = [words for key, words in (("secured", "TLS"), ("identified", "a user identity")) if facts.get(key)]
    if facts.get("name"):
        try:
            return Remote.named(str(facts["name"]))
        except EntityError:
            if needs:
                raise
    if needs:
        raise StoreError(
            f"the archive {facts.get('ae_title')}@{facts.get('host')}:{facts.get('port')} was called with {' and '.join(needs)}, "
            "which a journal never holds: give it again, as peer=dm.Peer(...)"
        )
    return Remote(
        **_known(Remote, facts),
        model=_model(facts.get("model")),
        listener=Listener(**_known(Listener, facts.get("listener") or {})),
    )


def _plain(owner: Remote | Listener) -> dict[str, object]:
    values = {one.name: getattr(owner, one.name) for one in fields(owner) if one.name not in _OWN}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _known(kind: type[Remote | Listener], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Values for those attributes that this version has."""
    names = [one.name for one in fields(kind) if one.name not in _OWN and one.name in facts]
    return {name: tuple(facts[name]) if isinstance(facts[name], list) else facts[name] for name in names}


def _model(name: object) -> InformationModel | None:
    return None if name is None else InformationModel[str(name)]
