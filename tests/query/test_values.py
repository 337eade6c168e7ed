"""Ranges, lists, and all-of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydicom.multival import MultiValue

from dicommove.errors import QueryError
from dicommove.query.attributes import attribute_of_keyword
from dicommove.query.values import all_of, alternatives, between, text_alternatives

MODALITIES = attribute_of_keyword("ModalitiesInStudy")
STUDY = attribute_of_keyword("StudyInstanceUID")
NAME = attribute_of_keyword("PatientName")
DATE = attribute_of_keyword("StudyDate")


@pytest.mark.parametrize(
    "several",
    [
        ["CT", "MR"],
        ("CT", "MR"),
        pd.Series(["CT", "MR"]),
        np.array(["CT", "MR"]),
        MultiValue(str, ["CT", "MR"]),
        iter(["CT", "MR", "CT"]),
    ],
)
def test_any_iterable_means_any_of(several):
    """Lists, tuples, columns of tables; what stands twice counts once."""
    assert alternatives(MODALITIES, several) == ("CT", "MR")


def test_a_set_has_an_order_of_its_own():
    """Equal sets make equal queries."""
    assert alternatives(MODALITIES, {"MR", "CT", "PT"}) == ("CT", "MR", "PT")


def test_ranges_may_be_listed():
    """Any of two ranges is two C-FINDs."""
    assert alternatives(DATE, [between("20240101", "20240131"), "2024-03-01"]) == ("20240101-20240131", "20240301")


@pytest.mark.parametrize(
    ("attribute", "value", "hint"),
    [
        (MODALITIES, [], "empty list"),
        (MODALITIES, [["CT"]], "list in a list"),
        (MODALITIES, {"a": 1}, "for sequences"),
        (MODALITIES, None, "is None"),
        (MODALITIES, between("A", "B"), "dates and times only"),
        (STUDY, all_of("1.2", "1.3"), "any of them"),
        (NAME, all_of("A", "B"), "single value"),
        (MODALITIES, ["CT", ""], "match everything"),
    ],
)
def test_what_makes_no_sense_is_refused(attribute, value, hint):
    """Each with a hint."""
    with pytest.raises(QueryError) as caught:
        alternatives(attribute, value)
    assert hint in str(caught.value)


def test_open_range_and_short_all_of_are_refused():
    """A range without ends matches everything, all_of of one is a plain value."""
    with pytest.raises(QueryError, match="at least one end"):
        between(None, None)
    with pytest.raises(QueryError, match="two values"):
        all_of("CT")


def test_backslashes_in_a_path_separate():
    """For UIDs any of, else all of; in text VRs they are text."""
    assert text_alternatives(STUDY, "1.2\\1.3") == ("1.2", "1.3")
    assert text_alternatives(MODALITIES, "CT\\MR") == ("CT\\MR",)
    assert text_alternatives(attribute_of_keyword("PatientComments"), "a\\b") == ("a\\b",)
