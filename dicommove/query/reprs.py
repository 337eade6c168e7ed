"""A query as text and as HTML: the same facts, drawn twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import markup
from .lint import findings
from .outline import sections

if TYPE_CHECKING:
    from ..terms import InformationModel
    from .chain import Chain
    from .lint import Finding
    from .outline import Section

__all__ = ["html_repr", "text_repr"]

_HEADERS = ("Tag", "VR", "Attribute", "Value")


def text_repr(name: str, chain: Chain, model: InformationModel) -> str:
    """Draw a query as text, complete on its own."""
    parts = [_title(name, chain, model)]
    if chain.legs:
        parts += [_section(section) for section in sections(chain, model)]
    remarks = findings(chain, model)
    if remarks:
        parts.append("\n".join(["Findings", *(f"  {remark}" for remark in remarks)]))
    return "\n".join(parts)


def _title(name: str, chain: Chain, model: InformationModel) -> str:
    if not chain.legs:
        return f"{name}: no level yet; begin with patients(), studies(), series() or images()"
    return f"{name} at {chain.level} level, {model.value}"


def _section(section: Section) -> str:
    cells = [(line.tag, line.vr, line.name, line.value, line.note) for line in section.lines]
    width = max((len(name) for _, _, name, _, _ in cells), default=0)
    lines = [f"  {tag} {vr} {name:{width}}  {value}{'  ' * bool(value and note)}{note}" for tag, vr, name, value, note in cells]
    return "\n".join([section.heading, *(line.rstrip() for line in lines)])


def html_repr(name: str, chain: Chain, model: InformationModel) -> str:
    """Draw a query as HTML; every value is escaped."""
    content: list[markup.Html] = [markup.heading(_title(name, chain, model))]
    if chain.legs:
        content += [_html_section(section) for section in sections(chain, model)]
    remarks = findings(chain, model)
    if remarks:
        counted = f"Findings ({len(remarks)})"
        serious = any(remark.severity == "warning" for remark in remarks)
        content.append(markup.details(counted, *map(_html_finding, remarks), is_open=serious))
    return markup.document(text_repr(name, chain, model), *content)


def _html_section(section: Section) -> markup.Html:
    if not section.lines:
        return markup.paragraph(section.heading)
    rows = [
        (line.tag, line.vr, line.name, markup.element("span", line.value, " " * bool(line.value), _note(line.note)))
        for line in section.lines
    ]
    return markup.table(_HEADERS, rows, caption=section.heading)


def _note(text: str) -> markup.Html:
    return markup.element("span", text, css_class="dm-note")


def _html_finding(remark: Finding) -> markup.Html:
    css_class = "dm-warning" if remark.severity == "warning" else ""
    return markup.paragraph(markup.element("span", str(remark), css_class=css_class))
