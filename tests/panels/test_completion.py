"""Keywords that complete what was typed."""

from __future__ import annotations

from dicommove.panels.completion import complete
from dicommove.query import level_of
from dicommove.terms import Level


def test_what_archives_know_comes_first():
    """Of all keywords that hold the text, those that begin with it, and of these those of a level."""
    assert complete("bodyp")[0] == "BodyPartExamined"
    assert complete("studyd")[:2] == ["StudyDate", "StudyDescription"]
    assert complete("description")[0] in ("StudyDescription", "SeriesDescription", "AdmittingDiagnosesDescription")


def test_any_attribute_is_found():
    """Attributes of no level too, wherever the text stands; no commands, nothing retired."""
    assert "KVP" in complete("kv")
    assert complete("MessageID") == []
    assert complete("ImageLocation") == []


def test_nothing_typed_offers_keys_of_studies_and_series():
    """A list to begin with, not the whole dictionary."""
    assert {level_of(name) for name in complete("")} <= {Level.STUDY, Level.SERIES}
    assert len(complete("e", most=5)) == 5
