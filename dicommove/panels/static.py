"""The front-end files of the panels: plain ES modules and CSS beside this file, joined into the one text that a widget takes.

A front end gets the module of a widget as text, under a name of its own, so that a relative import would lead nowhere. The
files import each other all the same, which keeps them readable and testable one by one; what they import is put before them
here, once. They share one scope then: a name at the top level is used by one file only.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

__all__ = ["module", "styles"]

_FOLDER = Path(__file__).with_suffix("")
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(?P<name>[\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) )", re.MULTILINE)


@cache
def module(*names: str) -> str:
    """Join ES modules, each after what it imports, to one module.

    Parameters
    ----------
    *names : str
        Files in ``static``; the last one has the ``export default`` that a widget needs.

    Returns
    -------
    str
        For `anywidget.AnyWidget._esm`.

    Examples
    --------
    >>> "import {" in module("preview.js")
    False
    """
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in _with_imports(names).values())


@cache
def styles(*names: str) -> str:
    """Join CSS files.

    Returns
    -------
    str
        For `anywidget.AnyWidget._css`.
    """
    return "\n".join(_read(name) for name in names)


def _with_imports(names: tuple[str, ...], found: dict[str, str] | None = None) -> dict[str, str]:
    """Return the texts of files by name, in the order in which they must be run."""
    found = {} if found is None else found
    for name in names:
        if name not in found:
            text = _read(name)
            _with_imports(tuple(_IMPORT.findall(text)), found)
            found[name] = text
    return found


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
