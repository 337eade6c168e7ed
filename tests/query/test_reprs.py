"""Reprs in text and HTML."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from dicommove.query import Query, all_of, between

QUERIES = [
    Query(),
    Query().studies(),
    Query().studies().where(PatientName="山田*", StudyDate=between("2024-01-01", None), ModalitiesInStudy=["CT", "MR"]),
    Query().studies().where(PatientName="<script>alert('x')</script>&\""),
    Query()
    .studies()
    .where(ModalitiesInStudy=all_of("CT", "PT"), ProcedureCodeSequence={"CodeValue": "A"})
    .series("1.2", "1.3")
    .images(),
    Query().series().where(Modality="CT").studies().returning("StudyDescription").series(),
    Query().patients("P1", "P2").model("PATIENT_ROOT").studies().where(StudyDate="2024-01-31"),
]


class _Words(HTMLParser):
    """The visible words of the drawn part, and every tag."""

    def __init__(self):
        super().__init__()
        self.words, self.tags, self.stack = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.stack.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in {"href", "src"}]

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if not {"style", "pre"} & set(self.stack):
            self.words += data.split()


def _read(html):
    parser = _Words()
    parser.feed(html)
    assert not parser.stack
    return parser


@pytest.mark.parametrize("query", QUERIES)
def test_text_and_html_show_the_same_facts(query):
    """Every word of the text is in the HTML, and no value turns into markup."""
    read = _read(query._repr_html_())
    assert "script" not in read.tags
    missing = set(re.findall(r"\S+", repr(query))) - set(read.words) - {"Findings"}
    assert missing <= {"Findings"}


@pytest.mark.parametrize("query", QUERIES)
def test_untrusted_notebook_shows_the_text(query):
    """Where the style is dropped, the text repr is what is left to see."""
    html = query._repr_html_()
    assert unescape(re.search(r'<pre class="dm-text">(.*?)</pre>', html, re.DOTALL).group(1)) == repr(query)
    assert '<div class="dm-html" style="display:none">' in html


def test_values_still_to_come_are_marked():
    """What the answers above will fill."""
    text = repr(Query().studies().where(PatientName="A").series().images())
    assert "← from each STUDY match" in text
    assert "← from each SERIES match" in text
    assert Query().studies("1.2").series().__repr__().count("←") == 0


def test_model_and_findings_are_shown():
    """Before anything is sent."""
    text = repr(Query().patients().where(PatientName="*"))
    assert text.startswith("Query at PATIENT level, PATIENT_ROOT\n")
    assert "warning: PatientName: '*' alone" in text


def test_no_line_ends_in_spaces():
    """A repr is copied into mails."""
    for query in QUERIES:
        assert not re.search(r"[ \t]$", repr(query), re.MULTILINE)
