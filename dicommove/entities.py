"""Who talks to whom: the peer and our own listener, as frozen, hashable, picklable values.

What belongs here: what an administrator would write on a card (host, port, AE titles) and the limits that go with it.
What runs is found in registries of the rooms that run it, never here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal, Self, get_args

from .addressing import ae_title_problem, check_numbers, check_port, checked_ae_title, checked_host, split_address
from .allowance import PRIORITIES, Hours, Priority, with_limits
from .audit import audit_targets
from .credentials import TLS, Identity
from .durations import optional_seconds
from .errors import EntityError
from .named import build, entry_names, read_entry
from .terms import InformationModel, uid_problem

__all__ = ["TLS", "Admission", "Identity", "Listener", "Remote", "ae_title_problem"]

Admission = Literal["asked", "peer", "any"]
"""Whose instances a listener takes: those asked for, those from the peer's address, or all."""


@dataclass(frozen=True)
class Listener:
    """Our own Storage SCP: where the archive sends what we ask for.

    Attributes
    ----------
    ae_title : str or None
        Our AE title as Move Destination; None means the calling AE title of the `Remote`.
    port : int
        TCP port to listen on; 0 lets the operating system choose (only where the archive can be told).
    advertise : str or None
        ``"host"`` or ``"host:port"`` as the administrator was told, where that differs from what we can see of ourselves.
    bind : str or None
        Address to listen on; None chooses by the way to the peer.
    admit : {"asked", "peer", "any"}
        Whose instances are taken: those asked for, those from the peer's address too, or everything.
    transfer_syntaxes : tuple of str or None
        UIDs, best first, that are accepted; None takes each sender's own (PS3.8 9.3.3).
    tls : TLS or None
        How connections to us are secured.
    max_pdu : int
        Largest PDU that we take, in bytes (PS3.8 D.1); 0 means no limit.
    max_associations : int
        How many associations at once.
    wait : float, str or None
        How long a move waits for the port where another process holds it: seconds, or a text such as ``"30min"``.

    Raises
    ------
    EntityError
        When a value cannot be used; its text says which and why.

    Examples
    --------
    >>> Listener(ae_title="NOTEBOOK", advertise="workstation7.hospital:11113").advertised
    ('workstation7.hospital', 11113)
    """

    ae_title: str | None = None
    port: int = 11113
    advertise: str | None = None
    bind: str | None = None
    admit: Admission = "asked"
    transfer_syntaxes: tuple[str, ...] | None = None
    tls: TLS | None = None
    max_pdu: int = 131072
    max_associations: int = 128
    wait: float | str | None = None

    def __post_init__(self) -> None:
        if self.ae_title is not None:
            object.__setattr__(self, "ae_title", checked_ae_title(self.ae_title, "ae_title"))
        if self.bind is not None:
            object.__setattr__(self, "bind", checked_host(self.bind, "bind"))
        if self.advertise is not None:
            split_address(self.advertise, "advertise")
        if self.admit not in get_args(Admission):
            raise EntityError(f"admit={self.admit!r}: one of 'asked', 'peer', 'any' is needed")
        check_port(self.port, "port", 0)
        check_numbers(self, "max_pdu")
        check_numbers(self, "max_associations", lowest=1)
        object.__setattr__(self, "wait", optional_seconds("wait", self.wait))
        self._check_transfer_syntaxes()

    def _check_transfer_syntaxes(self) -> None:
        if self.transfer_syntaxes is None:
            return
        given: object = self.transfer_syntaxes
        if not isinstance(given, (tuple, list)) or not given:
            raise EntityError("transfer_syntaxes: a tuple of at least one UID is needed, or None")
        uids = tuple(str(uid) for uid in self.transfer_syntaxes)
        for uid in uids:
            if problem := uid_problem(uid):
                raise EntityError(f"transfer_syntaxes: {uid!r} is no UID: {problem}")
        object.__setattr__(self, "transfer_syntaxes", uids)

    @property
    def advertised(self) -> tuple[str, int] | None:
        """Host and port as the administrator was told; None when nobody said."""
        if self.advertise is None:
            return None
        host, port = split_address(self.advertise, "advertise")
        return host, port or self.port


@dataclass(frozen=True)
class Remote:
    """A peer: where an archive is, how we call it and what it may be asked for.

    Attributes
    ----------
    host : str
        Name or IP address.
    port : int
        TCP port, 1 to 65535.
    ae_title : str
        The peer's AE title (called).
    calling_ae_title : str
        Our AE title (calling), as registered at the peer.
    listener : Listener
        Our own Storage SCP for this peer.
    tls : TLS or None
        How the connection to the peer is secured.
    identity : Identity or None
        The user on whose behalf we call.
    model : InformationModel or None
        The Information Model to use; None leaves the choice to the query. Its name is taken too.
    limit_studies, limit_instances : int or None
        How much one move may be; None is no limit.
    hours : str or None
        Part of the day in which C-MOVEs are sent, such as ``"18:00-06:00"``, by the local time of this machine; None is always.
    pause : float
        Seconds between two C-MOVEs.
    parallel : int
        C-MOVEs at a time: 1, for an archive need not say which of two sent what.
    priority : {"low", "medium", "high"}
        Of a C-MOVE, where the call says none (PS3.7 9.1.4.1.7).
    connect_timeout, acse_timeout, dimse_timeout : float
        Seconds to wait for the connection, for the answer to A-ASSOCIATE-RQ, and for each response of C-ECHO and C-FIND.
    max_pdu : int
        Largest PDU that we take, in bytes; 0 means no limit.
    contact : str or None
        Whom the archive's administrator may ask, as `Peer.registration` writes it.
    name : str or None
        Name of the entry that this was read from.
    audit : str or tuple of str
        Where one line goes for each query, move, refusal and opening of our port: a file, ``"syslog"``, or both.
    require_audit, require_purpose : bool
        Whether nothing is done without its line, and whether every move must say its ``purpose=``.
    fixed : tuple of str
        Attributes that the site's file says: no call may loosen them.

    Raises
    ------
    EntityError
        When a value cannot be used; its text says which and why.

    Examples
    --------
    >>> Remote("10.0.0.5", 104, ae_title="PACS", calling_ae_title="NOTEBOOK").address
    'PACS@10.0.0.5:104'
    """

    host: str
    port: int
    _KW: KW_ONLY
    ae_title: str = "ANY-SCP"
    calling_ae_title: str = "DICOMMOVE"
    listener: Listener = Listener()
    tls: TLS | None = None
    identity: Identity | None = None
    model: InformationModel | None = None
    limit_studies: int | None = 50
    limit_instances: int | None = 20_000
    hours: str | None = None
    pause: float = 0.0
    parallel: int = 1
    priority: Priority = "low"
    connect_timeout: float = 10.0
    acse_timeout: float = 30.0
    dimse_timeout: float = 120.0
    max_pdu: int = 131072
    contact: str | None = None
    name: str | None = None
    audit: str | tuple[str, ...] = ()
    require_audit: bool = False
    require_purpose: bool = False
    fixed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", checked_host(self.host))
        for option in ("ae_title", "calling_ae_title"):
            object.__setattr__(self, option, checked_ae_title(getattr(self, option), option))
        object.__setattr__(self, "model", _model(self.model))
        check_port(self.port, "port", 1)
        check_numbers(self, "limit_studies", "limit_instances", optional=True)
        self._check_load()
        self._check_policy()
        check_numbers(self, "connect_timeout", "acse_timeout", "dimse_timeout", lowest=0.001)
        check_numbers(self, "max_pdu")

    def _check_load(self) -> None:
        check_numbers(self, "pause")
        if self.hours is not None:
            object.__setattr__(self, "hours", str(Hours.read(self.hours)))
        if self.parallel != 1 or isinstance(self.parallel, bool):
            raise EntityError(
                f"parallel={self.parallel!r}: one C-MOVE at a time is what is supported; write 1, or leave it out. Of two at a "
                "time an archive need not say which of them sent an instance"
            )
        if self.priority not in PRIORITIES:
            raise EntityError(f"priority={self.priority!r}: one of {', '.join(PRIORITIES)} is needed")

    def _check_policy(self) -> None:
        object.__setattr__(self, "audit", audit_targets(self.audit))
        for option in ("require_audit", "require_purpose"):
            if not isinstance(getattr(self, option), bool):
                raise EntityError(f"{option}={getattr(self, option)!r}: True or False is needed (in TOML true or false)")

    @property
    def address(self) -> str:
        """The peer as ``AE_TITLE@host:port``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.ae_title}@{host}:{self.port}"

    @property
    def listener_ae_title(self) -> str:
        """Our AE title as Move Destination (PS3.7 9.1.4.1.6)."""
        return self.listener.ae_title or self.calling_ae_title

    @classmethod
    def named(cls, name: str) -> Self:
        """Read a peer by its name from the configuration file or the environment.

        The file is ``config.toml`` in the user's configuration folder, or the one that ``DICOMMOVE_CONFIG`` names; below it lies
        the site's file in the machine's configuration folder, whose limits hold. The variable ``DICOMMOVE_PEER_<NAME>``
        (``AE_TITLE@host:port``) sets or overrides where the peer is.

        Raises
        ------
        EntityError
            When there is no such entry, or it has an unknown key or an unusable value.
        """
        return cls.from_mapping({**read_entry(name), "name": name})

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the peers that can be read with :meth:`named`, sorted."""
        return entry_names()

    @classmethod
    def from_mapping(cls, entry: Mapping[str, Any]) -> Self:
        """Build a peer from plain values, as a configuration file holds them.

        Raises
        ------
        EntityError
            When a key is unknown (the nearest is named), one is missing, or a value cannot be used.

        Examples
        --------
        >>> Remote.from_mapping({"host": "10.0.0.5", "port": 104, "listener": {"port": 0}}).listener.port
        0
        """
        entry = with_limits(entry)
        listener = entry.get("listener", {})
        if isinstance(listener, Mapping):
            listener = {**listener, **_parts(listener, tls=TLS)}
        parts = _parts({**entry, "listener": listener}, tls=TLS, identity=Identity, listener=Listener)
        return build(cls, {**entry, **parts}, "peer")


def _parts(values: Mapping[str, Any], **kinds: type) -> dict[str, object]:
    """Build those parts of a mapping that are values of their own; what is one already, or None, stays."""
    return {key: _part(kind, values[key], key) for key, kind in kinds.items() if key in values}


def _part(kind: type, value: object, key: str) -> object:
    if value is None or isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise EntityError(f"{key}: a table is needed, {key} = {{ ... }}")
    return build(kind, value, key)


def _model(model: InformationModel | str | None) -> InformationModel | None:
    if model is None or isinstance(model, InformationModel):
        return model
    try:
        return InformationModel[model]
    except KeyError:
        raise EntityError(f"model={model!r}: one of {', '.join(InformationModel.__members__)} is needed") from None
