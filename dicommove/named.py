"""Named entries: what a configuration file and the environment say of a peer, as plain values.

What belongs here: where the file is, reading it, and building a value from what it says with a clear error for what does not fit.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from platformdirs import site_config_path, user_config_path

from .allowance import stricter, with_limits
from .errors import EntityError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "build",
    "config_file",
    "entry_names",
    "everywhere",
    "nearest",
    "parse_address",
    "read_entry",
    "site_config_file",
    "sources",
]

_T = TypeVar("_T")
_ADDRESS = re.compile(r"(?P<ae_title>[^@]+)@(?P<host>\[[^\]]+\]|[^:\s]+):(?P<port>\d+)")
_PREFIX = "DICOMMOVE_PEER_"


def config_file() -> Path:
    """Path of the file: what ``DICOMMOVE_CONFIG`` names, else ``config.toml`` in the user's configuration folder."""
    named = os.environ.get("DICOMMOVE_CONFIG")
    return Path(named).expanduser() if named else user_config_path("dicommove", appauthor=False) / "config.toml"


def site_config_file() -> Path:
    """Path of the site's file: ``dicommove/config.toml`` in the configuration folder of the machine; it is only ever read."""
    return site_config_path("dicommove", appauthor=False) / "config.toml"


def nearest(word: str, words: Iterable[str]) -> str:
    """Say which of the words is meant, as the end of a sentence.

    Examples
    --------
    >>> nearest("ae_titel", ["host", "port", "ae_title"])
    "; did you mean 'ae_title'?"
    >>> nearest("x", ["host", "port"])
    '; known are host, port'
    """
    known = sorted(words)
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    shown = (name if name.isprintable() else repr(name) for name in known)  # who writes the site's file steers no terminal
    return f"; known are {', '.join(shown)}" if known else "; none is known"


def entry_names() -> tuple[str, ...]:
    """Names of all entries, sorted: those of the two files, and those that only the environment has (in lower case)."""
    here = {**_peers(site_config_file()), **_peers(config_file())}
    known = {_variable(name) for name in here}
    only = {key.removeprefix(_PREFIX).lower() for key in os.environ if key.startswith(_PREFIX) and key not in known}
    return tuple(sorted({*here, *only}))


def read_entry(name: str) -> dict[str, Any]:
    """Read one entry as plain values: the site's, over it the user's, over both the address that the environment says.

    What the site's entry says about load (hours, pause, limits, priority) holds, except where the user's own is stricter; the
    names of what it says stand in ``fixed``.

    Raises
    ------
    EntityError
        When there is no such entry, a file cannot be read, or the environment variable is no ``AE_TITLE@host:port``.
    """
    said = sources(name)
    if not said:
        raise EntityError(f"no peer {name!r} in {config_file()}{nearest(name, entry_names())}")
    site, own = (with_limits(_entry(path, name)) for path in (site_config_file(), config_file()))
    address = os.environ.get(_variable(name))
    held = stricter(site, own)
    fixed = {"fixed": tuple(held)} if held else {}
    return _merged(site, own) | held | fixed | (parse_address(address, _variable(name)) if address else {})


def everywhere(key: str) -> tuple[Any, ...]:
    """Values of a key that stands above all entries and holds for everything on this machine: of the site's file, of the user's.

    Raises
    ------
    EntityError
        A file cannot be read.
    """
    files = (site_config_file(), config_file())
    said = [_with_paths(_read(path), path.parent).get(key) for path in dict.fromkeys(files)]
    return tuple(value for value in said if value is not None)


def sources(name: str) -> tuple[str, ...]:
    """Say who has an entry of this name: ``site``, ``user``, ``environment``."""
    said = {
        "site": name in _peers(site_config_file()),
        "user": name in _peers(config_file()),
        "environment": _variable(name) in os.environ,
    }
    return tuple(source for source, has in said.items() if has)


def build(kind: type[_T], values: Mapping[str, Any], what: str) -> _T:
    """Build a dataclass from plain values and refuse what it does not know.

    Raises
    ------
    EntityError
        When a key is unknown (the nearest is named), or one is missing.
    """
    known = {f.name: f for f in fields(kind) if f.init}  # type: ignore[arg-type]  # only dataclasses are given
    for key in values:
        if key not in known:
            raise EntityError(f"{what}: unknown key {key!r}{nearest(key, known)}")
    lacking = [name for name, f in known.items() if f.default is MISSING and name not in values]
    if lacking:
        raise EntityError(f"{what}: {' and '.join(lacking)} must be given")
    return kind(**values)


def parse_address(text: str, what: str) -> dict[str, Any]:
    """Take ``AE_TITLE@host:port`` apart.

    Raises
    ------
    EntityError
        It is not of that form.

    Examples
    --------
    >>> parse_address("PACS@10.0.0.5:104", "--peer")
    {'ae_title': 'PACS', 'host': '10.0.0.5', 'port': 104}
    """
    found = _ADDRESS.fullmatch(text.strip())
    if not found:
        raise EntityError(f"{what} is no AE_TITLE@host:port")
    return {**found.groupdict(), "port": int(found["port"])}


def _entry(path: Path, name: str) -> dict[str, Any]:
    entry = _with_paths(_peers(path).get(name, {}), path.parent)
    return {key: _plain(value) for key, value in entry.items()}


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Put one entry over another; tables within are merged too, so that a user may add an address to the site's listener."""
    both = {key: _merged(below[key], above[key]) for key in below if _is_table(below[key]) and _is_table(above.get(key))}
    return {**below, **above, **both}


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _variable(name: str) -> str:
    return _PREFIX + re.sub(r"\W", "_", name).upper()


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise EntityError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise EntityError(f"{path} is no TOML: it is no UTF-8") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EntityError(f"{path} is no TOML: {error}") from error
    except RecursionError as error:
        raise EntityError(f"{path} is nested too deeply: a peer is a table of a few lines, [peers.name]") from error
    except ValueError as error:  # Python reads no number of thousands of digits
        raise EntityError(f"{path} holds a number of too many digits") from error


def _peers(path: Path) -> dict[str, Any]:
    peers = _read(path).get("peers", {})
    if not isinstance(peers, dict) or not all(isinstance(entry, dict) for entry in peers.values()):
        raise EntityError(f"{path}: each peer is a table, [peers.name]")
    return peers


def _plain(value: object) -> object:
    """TOML has no null: the text "none" stands for it; lists become tuples, so that what is built can be hashed."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(value)
    return None if value == "none" else value


def _with_paths(entry: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Files are named relative to the file that names them."""
    return {key: _with_paths(v, folder) if isinstance(v, dict) else _resolved(key, v, folder) for key, v in entry.items()}


def _resolved(key: str, value: object, folder: Path) -> object:
    if key == "audit" and isinstance(value, list):
        return [_resolved(key, one, folder) for one in value]
    if key == "audit" and isinstance(value, str) and value not in ("none", "syslog", ""):
        return str(folder / Path(value).expanduser())
    if key.endswith("_file") and isinstance(value, str) and value != "none":
        return str(folder / Path(value).expanduser())
    return value
