"""The four ways in which an association fails, in words: what happened, and what to do next.

Pure. What belongs here: tables and sentences; facts go into the attributes of the exceptions.
"""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from pydicom.uid import UID

from ..errors import AssociationLost, AssociationRejected, PeerUnreachable, PresentationContextRejected
from ..exhaustion import spent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..entities import Remote

__all__ = ["lost", "not_accepted", "rejected", "unreachable"]


def unreachable(remote: Remote, error: OSError) -> PeerUnreachable:
    """No TCP or TLS connection, or nothing left to make it with: say what the system said, and what to look at.

    Examples
    --------
    >>> from dicommove.entities import Remote
    >>> print(unreachable(Remote("10.0.0.5", 104), ConnectionRefusedError(111, "Connection refused")))
    nothing listens at 10.0.0.5:104 (connection refused). Check host and port; is a firewall in between?
    """
    place = remote.address.partition("@")[2]
    if words := spent(error):
        return PeerUnreachable(f"{place} was not asked: {words}", peer=remote.address, reason=_said(error))
    sentence = next(words for kind, words in _UNREACHABLE if isinstance(error, kind))
    said = _said(error)
    message = sentence.format(place=place, host=remote.host, said=said, seconds=f"{remote.connect_timeout:g}")
    return PeerUnreachable(message, peer=remote.address, reason=said)


def _said(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError) and getattr(error, "reason", None):
        return error.reason.lower().replace("_", " ")
    return (error.strerror or str(error) or type(error).__name__).lower()


_UNREACHABLE: tuple[tuple[type[OSError], str], ...] = (
    (
        ssl.SSLCertVerificationError,
        "the certificate of {place} is not trusted ({said}). TLS(ca_file=...) says whom to trust, TLS(server_name=...) its name.",
    ),
    (ssl.SSLError, "no TLS with {place} ({said}). Does this port speak TLS? Does the peer want a certificate of ours?"),
    (socket.gaierror, "the name {host!r} leads to no address ({said}). Check its spelling; is the VPN on?"),
    (ConnectionRefusedError, "nothing listens at {place} ({said}). Check host and port; is a firewall in between?"),
    (
        TimeoutError,
        "{place} did not answer within {seconds} s. Check the host; a firewall may drop what we send, or a VPN be off.",
    ),
    (
        ConnectionResetError,
        "{place} closed the connection at once. Does the archive allow our address? Does this port speak TLS?",
    ),
    (OSError, "{place} cannot be reached ({said}). Check host and port, and the network."),
)

_REASONS = {
    (1, 1): "no reason given",
    (1, 2): "application context name not supported",
    (1, 3): "calling AE title not recognised",
    (1, 7): "called AE title not recognised",
    (2, 1): "no reason given by the association service",
    (2, 2): "protocol version not supported",
    (3, 1): "temporary congestion",
    (3, 2): "local limit exceeded",
}
_REGISTER = (
    "The administrator must register our calling AE title {calling!r}, or give calling_ae_title= as it is registered. "
    "Some archives compare the address that we call from with the entry too."
)
_ADVICE = {
    (1, 1): "Often the caller is not registered. " + _REGISTER,
    (1, 3): _REGISTER,
    (
        1,
        7,
    ): "The peer is not called {called!r}: ask for its AE title and give it as ae_title=. DCMTK's dcmqrscp says this also to a"
    " calling AE title that is not registered, {calling!r} here, or registered with another name of our host.",
    (2, 1): "A user identity that is wrong, or missing, is refused like this: check identity=.",
    (3, 1): "The peer is busy: try again in a minute.",
    (3, 2): "The peer has as many associations as it takes: try again later, or ask for fewer at once.",
}


def rejected(remote: Remote, *, result: int, source: int, reason: int) -> AssociationRejected:
    """Explain an A-ASSOCIATE-RJ (PS3.8 table 9-21).

    Examples
    --------
    >>> from dicommove.entities import Remote
    >>> print(rejected(Remote("10.0.0.5", 104, ae_title="PACS"), result=1, source=1, reason=7))  # doctest: +ELLIPSIS
    PACS@10.0.0.5:104 rejected the association for good: called AE title not recognised. The peer is not called 'PACS': ...
    """
    text = _REASONS.get((source, reason), f"reason {reason} of source {source}")
    advice = _ADVICE.get((source, reason), "Ask the administrator of the peer, and tell these numbers.")
    how = {1: " for good", 2: " for now"}.get(result, "")
    message = f"{remote.address} rejected the association{how}: {text}. " + advice.format(
        calling=remote.calling_ae_title, called=remote.ae_title
    )
    return AssociationRejected(message, peer=remote.address, result=result, source=source, reason=reason, reason_text=text)


def not_accepted(remote: Remote, refused: Mapping[str, str]) -> PresentationContextRejected:
    """Explain that an association came about without the service that was asked for (PS3.8 9.3.3.2).

    Examples
    --------
    >>> from dicommove.entities import Remote
    >>> print(not_accepted(Remote("h", 104), {"1.2.840.10008.1.1": "the peer does not have this service"}))  # doctest: +ELLIPSIS
    ANY-SCP@h:104 accepted the association, but not Verification SOP Class: the peer does not have this service. Ask ...
    """
    what = "; ".join(f"{UID(uid).name}: {reason}" for uid, reason in refused.items())
    message = (
        f"{remote.address} accepted the association, but not {what}. Ask the administrator which services are open to the calling"
        f" AE title {remote.calling_ae_title!r}; another Information Model may be."
    )
    return PresentationContextRejected(message, peer=remote.address, abstract_syntaxes=tuple(refused))


_LOST = {
    "aborted": "aborted the association {when}",
    "closed": "closed the connection {when}",
    "silent": "fell silent {when}: nothing came for {seconds:g} s",
    "malformed": "sent what is no DICOM {when}, and the association was aborted",
    "released": "released the association {when}",
    "ours": "did not finish: the association was aborted on our side {when}",
}
_LOST_ADVICE = {
    "opening": "Some archives do this to callers that they do not know: is {calling!r} registered there?"
    " Is {place} the DICOM port, and does it want TLS?",
    "secured": "TLS was agreed on before that: does the peer want a certificate of ours, TLS(certificate_file=...), or another?"
    " Else it may not know us: is {calling!r} registered there?",
    "unheard": "Orthanc and others do this to callers that they do not know: is {calling!r} registered there, with the address"
    " that we call from? Else the log of the peer says why.",
    "running": "The log of the peer says why; what it had sent before is kept.",
}
_LOST_REASON = {"malformed": "aborted", "released": "closed", "ours": "aborted"}


def lost(remote: Remote, how: str, *, responses: int | None = None, seconds: float = 0.0) -> AssociationLost:
    """Explain an association that ended too early.

    Parameters
    ----------
    remote : Remote
        The peer.
    how : {"aborted", "closed", "silent", "malformed", "released", "ours"}
        What happened.
    responses : int or None
        How many responses had come; None before the association was accepted.
    seconds : float
        How long nothing had come.

    Examples
    --------
    >>> from dicommove.entities import Remote
    >>> print(lost(Remote("10.0.0.5", 104), "aborted", responses=3))
    ANY-SCP@10.0.0.5:104 aborted the association after 3 responses. The log of the peer says why; what it had sent before is kept.
    """
    when = "before it answered our request for one" if responses is None else _after(responses)
    sentence = f"{remote.address} {_LOST[how].format(when=when, seconds=seconds)}."
    if how != "ours":
        unheard = responses == 0 and how in ("aborted", "closed")
        opening = "secured" if remote.tls is not None and how == "closed" else "opening"
        advice = _LOST_ADVICE[opening if responses is None else "unheard" if unheard else "running"]
        sentence += " " + advice.format(calling=remote.calling_ae_title, place=remote.address.partition("@")[2])
    return AssociationLost(sentence, peer=remote.address, reason=_LOST_REASON.get(how, how), responses=responses or 0)


def _after(responses: int) -> str:
    return "before any response" if responses == 0 else f"after {responses} response{'s' * (responses != 1)}"
