"""HTML for reprs in notebooks: everything is escaped here, colours follow the theme, nothing runs.

What belongs here: turning plain values into markup. Every function returns `Html`, which is the only kind of text that is not
escaped again; callers cannot forget.

Examples
--------
>>> table(["Modality"], [["<script>"]]).removeprefix('<table class="dm-table"><thead><tr><th>Modality</th></tr></thead>')
'<tbody><tr><td>&lt;script&gt;</td></tr></tbody></table>'
"""

from __future__ import annotations

from html import escape as _escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Html",
    "aligned",
    "definition_list",
    "details",
    "document",
    "element",
    "escape",
    "heading",
    "paragraph",
    "table",
    "unbroken",
    "visible",
]


class Html(str):
    """Text that is markup already and is taken as it is.

    Examples
    --------
    >>> escape(Html("<b>bold</b>"))
    '<b>bold</b>'
    """

    __slots__ = ()


LONGEST_CELL = 2_000
"""Characters of a value in a list or table: an archive may send a megabyte of description, and a notebook keeps what it shows."""


def escape(value: object) -> Html:
    """Make markup of any value: None becomes nothing, control characters become visible, `Html` stays as it is.

    Examples
    --------
    >>> escape("<b>"), escape(None), escape(12)
    ('&lt;b&gt;', '', '12')
    """
    if isinstance(value, Html):
        return value
    text = "" if value is None else str(value)
    return Html(_escape("".join(_visible(character) for character in text), quote=True))


def visible(value: object, most: int = 200) -> str:
    r"""Make one line of plain text of any value for a terminal: what could steer it is shown as its code point, long text is cut.

    Examples
    --------
    >>> visible("CT\x1b[2J"), visible("a" * 300, most=4)
    ('CT\\u001b[2J', 'aaa…')
    """
    beginning = str(value)[: most + 1]  # of a megabyte nobody sees more
    text = "".join(_visible(" " if character in "\t\n" else character) for character in beginning)
    return text if len(text) <= most else text[: most - 1] + "…"


def aligned(head: Iterable[object], rows: Iterable[Iterable[object]], *, indent: str = "  ") -> list[str]:
    r"""Lines of a plain-text table, its columns as wide as they need to be.

    Examples
    --------
    >>> print("\n".join(aligned(["Modality", "n"], [["CT", 64], ["MR", 7]])))
      Modality  n
      CT        64
      MR        7
    """
    cells = [[visible(cell, 48) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[place]) for row in cells if place < len(row)) for place in range(max(map(len, cells)))]
    return [indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in cells]


def _visible(character: str) -> str:
    """Show what could reorder or hide text, and what HTML cannot hold, as its code point."""
    code = ord(character)
    hidden = (code < 0x20 and character not in "\t\n") or 0x7F <= code < 0xA0
    if hidden or 0xD800 <= code <= 0xDFFF or 0xE0000 <= code <= 0xE007F or character in _UNSEEN:
        return f"\\u{code:04x}"
    return character


_UNSEEN = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    "\u00ad\u180e\u200b\u2028\u2029\u2060\u2061\u2062\u2063\u2064\ufeff\ufff9\ufffa\ufffb"
)
"""They turn text around, are unseen, or end a line. The two joiners (U+200C, U+200D) stay: Persian and Indic names need them."""


def element(name: str, *content: object, css_class: str = "") -> Html:
    """Make one element around content, which is escaped unless it is `Html`.

    Parameters
    ----------
    name : str
        Name of the element: a literal of the program, never a value.
    css_class : str
        Its class, if any.

    Examples
    --------
    >>> element("p", "a < b", css_class="dm-note")
    '<p class="dm-note">a &lt; b</p>'
    """
    attribute = f' class="{escape(css_class)}"' if css_class else ""
    return Html(f"<{name}{attribute}>{''.join(map(escape, content))}</{name}>")


def heading(text: object) -> Html:
    """Make a heading within a repr.

    Examples
    --------
    >>> heading("Series")
    '<div class="dm-heading">Series</div>'
    """
    return element("div", text, css_class="dm-heading")


def paragraph(*content: object) -> Html:
    """Make a paragraph.

    Examples
    --------
    >>> paragraph("3 of ", 4)
    '<p>3 of 4</p>'
    """
    return element("p", *content)


def definition_list(rows: Iterable[tuple[object, object]]) -> Html:
    """Make a list of names and values.

    Examples
    --------
    >>> definition_list([("peer", "PACS@10.0.0.5:104")])
    '<dl class="dm-list"><dt>peer</dt><dd>PACS@10.0.0.5:104</dd></dl>'
    """
    return element(
        "dl", *(part for name, value in rows for part in (element("dt", name), element("dd", _cut(value)))), css_class="dm-list"
    )


def table(headers: Iterable[object], rows: Iterable[Iterable[object]], *, caption: object = None) -> Html:
    """Make a table with a header row.

    Parameters
    ----------
    headers : iterable
        One a column.
    rows : iterable of iterables
        Cells; None is an empty one.
    caption : object
        What stands above the table, if anything.

    Examples
    --------
    >>> table(["n"], [[1]])
    '<table class="dm-table"><thead><tr><th>n</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>'
    """
    head = element("thead", element("tr", *(element("th", name) for name in headers)))
    body = element("tbody", *(element("tr", *(element("td", _cut(cell)) for cell in row)) for row in rows))
    above = () if caption is None else (element("caption", caption),)
    return element("table", *above, head, body, css_class="dm-table")


def _cut(value: object) -> object:
    """Leave out what is beyond `LONGEST_CELL`."""
    text = "" if value is None else str(value)
    return value if isinstance(value, Html) or len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def details(summary: object, *content: object, is_open: bool = False) -> Html:
    """Make a part that the reader can fold and unfold, without a script.

    Examples
    --------
    >>> details("2 findings", paragraph("first"))
    '<details class="dm-details"><summary>2 findings</summary><p>first</p></details>'
    """
    opened = " open" if is_open else ""
    return Html(f'<details class="dm-details"{opened}>{element("summary", summary)}{"".join(map(escape, content))}</details>')


def unbroken(content: object) -> Html:
    """Make content that stays on one line: short words in a table beside long sentences.

    Examples
    --------
    >>> unbroken("not tried")
    '<span class="dm-nowrap">not tried</span>'
    """
    return element("span", content, css_class="dm-nowrap")


def document(text: str, *content: object) -> Html:
    """Make a whole repr: style, content, and the plain text for where a notebook drops styles (an untrusted one).

    Parameters
    ----------
    text : str
        The text repr; shown only when the style is not applied.
    *content : object
        What is shown otherwise.

    Examples
    --------
    >>> document("Query", paragraph("x")).endswith('<div class="dm-html" style="display:none"><p>x</p></div></div>')
    True
    """
    fallback = element("pre", text, css_class="dm-text")
    shown = "".join(map(escape, content))
    return Html(f'<div class="dm-repr">{_STYLE}{fallback}<div class="dm-html" style="display:none">{shown}</div></div>')


_STYLE = Html(
    "<style>"
    ".dm-repr .dm-text{display:none}"
    ".dm-repr .dm-html{display:block!important;font-family:var(--jp-ui-font-family,sans-serif);"
    "font-size:var(--jp-ui-font-size1,13px);color:var(--jp-ui-font-color1,inherit);line-height:1.4}"
    ".dm-repr .dm-heading{font-weight:600;margin:.5em 0 .2em}"
    ".dm-repr p{margin:.2em 0}"
    ".dm-repr .dm-table{border-collapse:collapse;margin:.2em 0 .6em;border:none;font-size:inherit;color:inherit}"
    ".dm-repr .dm-table caption{text-align:left;caption-side:top;padding:.4em 0 .2em;font-weight:600;color:inherit}"
    ".dm-repr .dm-table th,.dm-repr .dm-table td{text-align:left!important;vertical-align:top;padding:.15em .9em .15em 0;"
    "border:none;border-bottom:1px solid var(--jp-border-color2,rgba(128,128,128,.35));"
    "white-space:pre-wrap;overflow-wrap:anywhere;background:transparent}"
    ".dm-repr .dm-table th{color:var(--jp-ui-font-color2,inherit);font-weight:400}"
    ".dm-repr .dm-list{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em;margin:.2em 0}"
    ".dm-repr .dm-list dt{float:none;width:auto;white-space:nowrap;color:var(--jp-ui-font-color2,inherit);font-weight:400}"
    ".dm-repr .dm-list dd{float:none;width:auto;margin:0;overflow-wrap:anywhere}"
    ".dm-repr .dm-details summary{cursor:pointer;color:var(--jp-content-link-color,inherit)}"
    ".dm-repr .dm-nowrap{white-space:nowrap;overflow-wrap:normal}"
    ".dm-repr .dm-note{color:var(--jp-ui-font-color2,inherit);font-style:italic}"
    ".dm-repr .dm-warning{color:var(--jp-warn-color0,#b35900)}"
    ".dm-repr .dm-error{color:var(--jp-error-color1,#c62828)}"
    "</style>"
)
