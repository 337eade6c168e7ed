"""Look-ups in the data dictionary."""

from __future__ import annotations

import pytest

from dicommove.errors import QueryError
from dicommove.query.attributes import attribute_of_keyword, attribute_of_tag, nearest_keyword, tag_text


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("PatientsName", "PatientName"),
        ("study_date", "StudyDate"),
        ("modality", "Modality"),
        ("AcessionNumber", "AccessionNumber"),
    ],
)
def test_unknown_keyword_names_the_nearest_right_one(wrong, right):
    """A slip of the keyboard, another spelling or snake case leads to the keyword that was meant."""
    assert nearest_keyword(wrong) == right
    with pytest.raises(QueryError, match=f"did you mean '{right}'"):
        attribute_of_keyword(wrong)


@pytest.mark.parametrize("nonsense", ["", "qqqqqqqq", "山田"])
def test_nonsense_gets_no_wrong_hint(nonsense):
    """Where nothing is near, the text says how private attributes are given instead."""
    with pytest.raises(QueryError, match="private attribute"):
        attribute_of_keyword(nonsense)


def test_repeating_group_keyword_asks_for_the_tag():
    """A keyword that stands for many groups is refused with the form to use."""
    with pytest.raises(QueryError, match=r"\(6000,0010\)"):
        attribute_of_keyword("OverlayRows")


def test_choice_of_vrs_takes_the_first():
    """'US or SS' is read as US."""
    assert attribute_of_keyword("SmallestImagePixelValue").vr == "US"


def test_private_tag_is_unknown_with_its_tag_as_label():
    """What is in no dictionary has VR UN."""
    attribute = attribute_of_tag(0x00091001)
    assert (attribute.vr, attribute.label, attribute.multiple) == ("UN", tag_text(0x00091001), False)
