"""Levels of keys."""

from __future__ import annotations

import pytest

from dicommove.errors import QueryError
from dicommove.query import rules
from dicommove.query.attributes import attribute_of_keyword
from dicommove.terms import Level


def test_every_keyword_of_the_tables_exists():
    """A misspelt table entry would silently put a key at the wrong level."""
    for keyword in rules._LEVEL_OF | dict.fromkeys(rules.REQUIRED_KEYS):
        assert attribute_of_keyword(keyword).label == keyword


def test_no_keyword_stands_in_two_tables():
    """Each keyword has one level."""
    words = [word for words in rules._KEYWORDS.values() for word in words.split()]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("level", Level)
def test_unique_keys_belong_to_their_level(level):
    """PS3.4 C.6.1.1: one unique key a level."""
    assert rules.level_of(level.unique_key) is level


def test_deeper_key_names_the_verb_and_the_way_round():
    """Modality at STUDY level leads to series() or to ModalitiesInStudy."""
    with pytest.raises(QueryError, match=r"\.series\(\).*ModalitiesInStudy"):
        rules.key_level("Modality", Level.STUDY)
    with pytest.raises(QueryError, match=r"call \.images\(\) first$"):
        rules.key_level("SOPClassUID", Level.SERIES)


def test_unlisted_keyword_belongs_to_the_current_level():
    """Archives differ in what they keep where."""
    assert [rules.key_level("InstitutionName", level) for level in Level] == list(Level)


@pytest.mark.parametrize("keyword", rules.NOT_A_KEY)
def test_what_the_builder_sets_is_no_key(keyword):
    """Level and character set are not for the user to set."""
    with pytest.raises(QueryError, match="is no key"):
        rules.key_level(keyword, Level.IMAGE)
