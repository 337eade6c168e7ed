"""What proves who somebody is: TLS and user identity, as values that hold names of secrets and never a secret.

What belongs here: keys, certificates, passcodes, and how a named secret is looked up when it is needed.
"""

from __future__ import annotations

import os
import re
import ssl
from dataclasses import dataclass
from importlib import import_module

from .errors import EntityError

__all__ = ["TLS", "Identity", "resolve_secret"]

_REFERENCE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*\Z", re.ASCII)


def resolve_secret(reference: str) -> str:
    """Fetch the secret that a reference names.

    Parameters
    ----------
    reference : str
        ``"env:NAME"`` for an environment variable, or ``"module:function"`` for a callable that takes nothing and returns text.

    Raises
    ------
    EntityError
        When the variable is not set, or the callable cannot be found, fails, or returns no text. Never holds the secret.

    Examples
    --------
    >>> resolve_secret("getpass:getuser") == __import__("getpass").getuser()
    True
    """
    module, _, name = reference.partition(":")
    value = os.environ.get(name) if module == "env" else _call(module, name, reference)
    if not isinstance(value, str) or not value:
        source = f"the environment variable {name} is not set" if module == "env" else f"{reference}() returned no text"
        raise EntityError(f"a secret is missing: {source}")
    return value


def _call(module: str, name: str, reference: str) -> object:
    failure = f"{reference} is not callable"
    try:
        found: object = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        if callable(found):
            return found()
    except Exception as error:  # noqa: BLE001 - it is the user's code, whatever it raises must not leak the secret
        failure = f"{reference}() failed with {type(error).__name__}"
    # Raised out here, for within the block the original, whose text may hold the secret, would stay attached as its context.
    raise EntityError(f"a secret is missing: {failure}")


def _check_reference(reference: object, what: str) -> None:
    if reference is not None and not (isinstance(reference, str) and _REFERENCE.match(reference)):
        raise EntityError(f'{what} is a name, never the secret itself: "env:NAME" or "module:function"')


def _file_name(value: object, option: str) -> str | None:
    """Name of a file as text: a path is taken too, but text is hashable, picklable and the same on every system."""
    if value is None:
        return None
    if not isinstance(value, (str, os.PathLike)):
        raise EntityError(f"TLS({option}={value!r}): the name of a file is needed")
    return os.fspath(value)


@dataclass(frozen=True)
class TLS:
    """How a connection is secured (PS3.15 B.9 to B.12): names of files, never their contents.

    Attributes
    ----------
    ca_file : str or None
        PEM file of the authorities to trust; None trusts those of the operating system.
    certificate_file, key_file : str or None
        PEM files of our own certificate chain and its private key; a listener needs them.
    passphrase : str or None
        Where the passphrase of the key comes from: ``"env:NAME"`` or ``"module:function"``.
    verify : bool
        Whether the other side's certificate is checked. False leaves the connection open to impersonation.
    server_name : str or None
        The name that the peer's certificate must have; None means the peer's host.

    Raises
    ------
    EntityError
        When a key is given without a certificate, or the passphrase is no reference.

    Examples
    --------
    >>> TLS(ca_file="hospital.pem").verify
    True
    """

    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    passphrase: str | None = None
    verify: bool = True
    server_name: str | None = None

    def __post_init__(self) -> None:
        for field in ("ca_file", "certificate_file", "key_file"):
            object.__setattr__(self, field, _file_name(getattr(self, field), field))
        if self.key_file and not self.certificate_file:
            raise EntityError("TLS(key_file=...) needs certificate_file=... too")
        _check_reference(self.passphrase, "TLS(passphrase=...)")

    def client_context(self) -> ssl.SSLContext:
        """Context for calling a peer: TLS 1.2 at least.

        Raises
        ------
        EntityError
            When a file cannot be read, is no PEM, or the passphrase does not fit.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return self._loaded(context, ssl.Purpose.SERVER_AUTH)

    def server_context(self) -> ssl.SSLContext:
        """Context for our own listener: TLS 1.2 at least; with ``verify`` and ``ca_file`` callers must show a certificate.

        Raises
        ------
        EntityError
            When there is no certificate, a file cannot be read, is no PEM, or the passphrase does not fit.
        """
        if not self.certificate_file:
            raise EntityError("a listener with TLS needs certificate_file=... (and key_file=... if the key is not in it)")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if self.verify and self.ca_file:
            context.verify_mode = ssl.CERT_REQUIRED
        return self._loaded(context, ssl.Purpose.CLIENT_AUTH)

    def _loaded(self, context: ssl.SSLContext, purpose: ssl.Purpose) -> ssl.SSLContext:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            if self.certificate_file:
                context.load_cert_chain(self.certificate_file, self.key_file, self._passphrase)
            if self.ca_file:
                context.load_verify_locations(self.ca_file)
            elif purpose is ssl.Purpose.SERVER_AUTH:
                context.load_default_certs(purpose)
        except EntityError:
            raise
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            files = ", ".join(f for f in (self.certificate_file, self.key_file, self.ca_file) if f)
            why = getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
            raise EntityError(f"TLS cannot be set up from {files}: {why}") from error
        return context

    def _passphrase(self) -> str:
        # Without this, OpenSSL would ask at the terminal, and a notebook would hang.
        if self.passphrase is None:
            raise EntityError('the private key is encrypted: TLS(passphrase="env:NAME") says where its passphrase comes from')
        return resolve_secret(self.passphrase)


@dataclass(frozen=True)
class Identity:
    """The user on whose behalf we call (PS3.7 D.3.3.7, user identity types 1 and 2).

    Attributes
    ----------
    user : str
        The user's name, sent as UTF-8.
    passcode : str or None
        Where the passcode comes from: ``"env:NAME"`` or ``"module:function"``; None sends the name alone.

    Raises
    ------
    EntityError
        When the name is empty, or the passcode is no reference.

    Examples
    --------
    >>> Identity("meier", passcode="env:PACS_PASSCODE")
    Identity(user='meier', passcode='env:PACS_PASSCODE')
    """

    user: str
    passcode: str | None = None

    def __post_init__(self) -> None:
        user: object = self.user
        if not isinstance(user, str) or not 1 <= len(user.encode()) <= 0xFFFF:
            raise EntityError("Identity(user=...) needs a name of 1 to 65,535 bytes")
        _check_reference(self.passcode, "Identity(passcode=...)")

    def secret(self) -> str | None:
        """Fetch the passcode; None when there is none.

        Raises
        ------
        EntityError
            When the reference leads nowhere.
        """
        return None if self.passcode is None else resolve_secret(self.passcode)
