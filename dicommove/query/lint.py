"""What is worth knowing about a query before it is sent: allowed, but perhaps not meant, or not kept by every archive."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..terms import InformationModel, Level, uid_remark
from .attributes import attribute_of_tag
from .charset import AFFECTED_VRS, specific_character_set
from .rules import REQUIRED_KEYS
from .selectivity import HOW_TO_SELECT, is_selective

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .chain import Chain
    from .keys import Key

__all__ = ["Finding", "findings"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark about a query.

    Attributes
    ----------
    code : str
        Short name that stays the same between versions, such as ``"optional-key"``.
    severity : {"warning", "info"}
        ``"warning"``: the answer may not be what was meant; ``"info"``: good to know. What is forbidden raises instead.
    level : Level or None
        Level that it concerns; None for the whole query.
    keyword : str
        Attribute that it concerns; empty for the whole query.
    text : str
        What it is and what to do.
    reference : str
        Section of the Standard.
    """

    code: str
    severity: Literal["warning", "info"]
    level: Level | None
    keyword: str
    text: str
    reference: str

    def __str__(self) -> str:
        where = f"{self.keyword}: " if self.keyword else ""
        return f"{self.severity}: {where}{self.text} ({self.reference})"


def findings(chain: Chain, model: InformationModel) -> tuple[Finding, ...]:
    """List the remarks about a query; warnings first."""
    if not chain.legs:
        return ()
    found = [*_of_query(chain, model), *(remark for key in chain.keys for check in _KEY_CHECKS for remark in check(key))]
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: finding.severity != "warning"))


def _of_query(chain: Chain, model: InformationModel) -> Iterator[Finding]:
    keys = chain.keys
    if not keys:
        yield Finding("universal", "warning", None, "", "without a key everything in the archive matches", "PS3.4 C.2.2.2.3")
    elif not is_selective(keys):
        yield Finding("not-selective", "warning", None, "", f"too little to be moved; it wants {HOW_TO_SELECT}", "PS3.4 C.2.2.2")
    yield from _missing_above(chain, model)
    names = {key.keyword for key in keys}
    if {"StudyDate", "StudyTime"} <= names:
        text = "date and time are matched apart from each other: the times count on each of the days"
        yield Finding("date-and-time", "warning", Level.STUDY, "StudyTime", text, "PS3.4 C.2.2.2.5")
    character_set = specific_character_set(text for key in keys if key.vr in AFFECTED_VRS for text in key.values)
    if character_set:
        text = f"sent in {character_set}; an archive that does not read it finds nothing"
        yield Finding("character-set", "info", None, "", text, "PS3.3 C.12.1.1.2")


def _missing_above(chain: Chain, model: InformationModel) -> Iterator[Finding]:
    first = chain.legs[0]
    top = model.levels[0]
    asked = {max(key.level, top) for key in first.keys}
    if asked and first.level > top and top not in asked:
        text = f"no key at {top} level: an archive without relational queries must be asked for each of its matches at that level"
        yield Finding("no-key-above", "warning", top, top.unique_key, text, "PS3.4 C.4.1.2.1")


def _optional(key: Key) -> Iterator[Finding]:
    if key.keyword not in REQUIRED_KEYS:
        text = "an optional key: an archive that does not support it answers as if it were not there"
        yield Finding("optional-key", "info", key.level, key.keyword, text, "PS3.4 C.2.2.1.3")


def _several_at_once(key: Key) -> Iterator[Finding]:
    if key.needs_multiple_value_matching:
        text = "all_of(...) needs Multiple Value Matching, which few archives agree to"
        yield Finding("multiple-values", "warning", key.level, key.label, text, "PS3.4 C.2.2.2.8")


def _only_wildcard(key: Key) -> Iterator[Finding]:
    if not key.is_literal and any(not text.strip("*") for text in key.values):
        text = "'*' alone matches everything, as if the key were not there"
        yield Finding("only-wildcard", "warning", key.level, key.label, text, "PS3.4 C.2.2.2.4")


def _uid_form(key: Key) -> Iterator[Finding]:
    remarks = {remark for text in key.values if key.vr == "UI" and (remark := uid_remark(text))}
    for remark in sorted(remarks):
        yield Finding("uid-form", "warning", key.level, key.label, f"{remark}; it is sent as it is", "PS3.5 9.1")


def _name_form(key: Key) -> Iterator[Finding]:
    if key.vr != "PN":
        return
    # "DE LA CRUZ*" is a family name; "CRUZ ANNA" without a wildcard matches family names only, and "CRUZ, ANNA" nothing
    separators = {",", " "} if key.is_literal else {","}
    if any("^" not in text and separators & set(text.strip()) for text in key.values):
        text = "the parts of a name are separated by '^': family^given"
        yield Finding("name-form", "warning", key.level, key.label, text, "PS3.5 6.2.1")
    if any(_is_ideographic(text.split("=")[0]) for text in key.values):
        text = "ideographic characters belong after '=', as in '=山田*': most archives match them there only"
        yield Finding("name-group", "warning", key.level, key.label, text, "PS3.5 6.2.1.1")


def _is_ideographic(text: str) -> bool:
    names = (unicodedata.name(character, "") for character in text)
    return any(name.startswith(("CJK ", "HIRAGANA", "KATAKANA", "HANGUL")) for name in names)


def _spaces(key: Key) -> Iterator[Finding]:
    if any(text != text.strip(" ") for text in key.values):
        text = "spaces at the ends count for nothing"
        yield Finding("spaces", "info", key.level, key.label, text, "PS3.5 6.2")


def _retired(key: Key) -> Iterator[Finding]:
    if attribute_of_tag(key.path[-1]).retired:
        text = "retired from the Standard; newer objects do not have it"
        yield Finding("retired", "info", key.level, key.label, text, "PS3.6 6")


_KEY_CHECKS: tuple[Callable[[Key], Iterator[Finding]], ...] = (
    _several_at_once,
    _only_wildcard,
    _uid_form,
    _name_form,
    _optional,
    _spaces,
    _retired,
)
