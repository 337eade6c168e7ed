"""Choice of the Specific Character Set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.charset import python_encoding

from dicommove.errors import QueryError
from dicommove.query.charset import check_characters, specific_character_set


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]))))
def test_chosen_set_encodes_every_text_without_loss(texts):
    """Whatever was typed comes back from the bytes."""
    codec = python_encoding[specific_character_set(texts) or ""]
    codec = "ascii" if specific_character_set(texts) is None else codec
    assert [text.encode(codec).decode(codec) for text in texts] == texts


@pytest.mark.parametrize(
    ("text", "term"),
    [("", None), ("~", None), ("é", "ISO_IR 100"), ("ÿ", "ISO_IR 100"), ("Ā", "ISO_IR 192"), ("😀", "ISO_IR 192")],
)
def test_smallest_set_is_chosen(text, term):
    """ASCII needs none, Latin-1 its own, all else Unicode."""
    assert specific_character_set([text]) == term


@pytest.mark.parametrize("text", ["a\x1b$B", "a\0", "\x85", "a\nb"])
def test_control_characters_are_refused(text):
    """An escape sequence or a line feed in a name matches nothing and harms archives."""
    with pytest.raises(QueryError, match="control character"):
        check_characters(text, "LO", "PatientID")


def test_line_feeds_are_text_in_text_vrs():
    """LT, ST and UT may have lines (PS3.5 6.2)."""
    check_characters("a\r\nb", "LT", "PatientComments")


def test_message_never_holds_the_value():
    """A name in an exception ends up in logs."""
    with pytest.raises(QueryError) as caught:
        check_characters("MEIER\ud800", "PN", "PatientName")
    assert "MEIER" not in str(caught.value)
    assert "character 6" in str(caught.value)
