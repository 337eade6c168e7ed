"""HTML for reprs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicommove import markup

BUILDERS = [
    markup.escape,
    markup.heading,
    markup.paragraph,
    lambda value: markup.definition_list([(value, value)]),
    lambda value: markup.table([value], [[value]], caption=value),
    lambda value: markup.details(value, value),
    lambda value: markup.document(value, value),
    lambda value: markup.element("span", value, css_class=value),
]


@pytest.mark.parametrize("build", BUILDERS)
@given(text=st.text(st.sampled_from("<>\"'&/ab\u202e\x1b")))
def test_no_value_becomes_markup(build, text):
    """Whatever an archive sends, only our own elements are in the result."""
    plain = build("v")
    hostile = build(f"v{text}")
    assert len(re.findall("<", hostile)) == len(re.findall("<", plain))
    assert "\u202e" not in hostile
    assert "\x1b" not in hostile


def test_markup_is_not_escaped_twice():
    """What was built here goes into other parts as it is."""
    assert markup.paragraph(markup.element("b", "<")) == "<p><b>&lt;</b></p>"
    assert isinstance(markup.table([], []), markup.Html)


def test_half_a_surrogate_pair_can_be_shown():
    """A repr never fails on damaged text: a browser could not take it."""
    assert markup.escape("a\ud800").encode() == b"a\\ud800"


def test_absent_is_an_empty_cell():
    """None is nothing; zero is zero."""
    assert re.findall("<td>(.*?)</td>", markup.table(["a", "b"], [[None, 0]])) == ["", "0"]


def test_details_open_and_closed():
    """Folding needs no script."""
    assert '<details class="dm-details" open>' in markup.details("s", is_open=True)
    assert " open" not in markup.details("s")


def test_document_has_one_style_theme_colours_and_no_script():
    """Colours come from JupyterLab's variables, each with a fallback."""
    html = markup.document("text", markup.table(["a"], [[1]]))
    assert html.count("<style>") == 1
    assert "<script" not in html
    for variable in re.findall(r"var\([^()]*(?:\([^()]*\))?[^()]*\)", html):
        assert "," in variable, f"{variable} has no fallback"


@pytest.mark.parametrize("make", [lambda text: markup.table(["a"], [[text]]), lambda text: markup.definition_list([("a", text)])])
def test_a_value_of_megabytes_is_cut(make):
    """A notebook keeps what it shows, and an archive may send anything; markup of ours is never cut."""
    assert len(make("x" * 5_000_000)) < 3_000
    assert "…" in make("x" * 5_000_000)
    assert len(make(markup.Html("x" * 5_000))) > 5_000
