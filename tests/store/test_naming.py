"""Names that every file system takes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicommove.store.naming import LONGEST_COMPONENT, cut, digest, safe_component, safe_uid, safe_value, with_suffix


def test_composed_and_decomposed_letters_have_one_name():
    """NFC: what looks equal is equal, as macOS would have it too."""
    assert safe_value(unicodedata.normalize("NFD", "Müller")).startswith("Müller")
    assert safe_value("Müller") == "Müller"


@pytest.mark.parametrize("name", ["CON", "nul.dcm", "COM1", "LPT¹.txt", "aux .dcm"])
def test_devices_of_windows_are_no_names(name):
    """A reserved name gets a mark in front."""
    assert safe_component(name).startswith("_")


def test_changed_values_never_merge():
    """Two values that would look the same after their change carry different digests."""
    assert len({safe_value(text) for text in ("a_b", "a/b", "a:b", "a?b")}) == 4


def test_long_components_are_cut_at_a_character_and_stay_apart():
    """A cut name keeps its ending and carries the digest of the whole."""
    one, other = (safe_component("ä" * 200 + letter + ".dcm") for letter in "xy")
    assert one != other
    assert one.endswith(".dcm")
    assert len(one.encode()) <= LONGEST_COMPONENT


@given(st.text())
def test_safe_value_is_stable_and_cut_keeps_whole_characters(text):
    """The same value has the same name each time, and a cut name is valid UTF-8 of the length."""
    name = safe_value(text)
    assert name == safe_value.__wrapped__(text)
    assert len(cut(name, 10).encode()) <= 10


def test_digest_is_the_same_for_ever():
    """Folders of last year are found again: this value may never change."""
    assert digest("1.2.840.10008.1.1") == "zuckzslcdpz7wfp2"
    assert safe_uid("1.2.840.10008.1.1") == "1.2.840.10008.1.1"


def test_suffix_goes_before_the_ending():
    """What is no ending is left in the name."""
    assert [with_suffix(name, "~2") for name in ("a.dcm", "a", "1.2.840.99999999999", ".a")] == [
        "a~2.dcm",
        "a~2",
        "1.2.840.99999999999~2",
        ".a~2",
    ]
