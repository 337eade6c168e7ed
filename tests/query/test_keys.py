"""Keys from what the user wrote."""

from __future__ import annotations

import pytest

from dicommove.errors import QueryError
from dicommove.query.keys import keys_of, path_key, return_key, unique_key
from dicommove.query.values import all_of
from dicommove.terms import Level


def test_nested_dict_makes_one_key_for_each_attribute():
    """An empty value within a sequence is asked back."""
    value = {"CodeValue": ["A", "B"], "CodeMeaning": ""}
    keys = list(keys_of("ProcedureCodeSequence", value, Level.SERIES))
    assert [(key.label, key.values, key.level) for key in keys] == [
        ("ProcedureCodeSequence.CodeValue", ("A", "B"), Level.STUDY),
        ("ProcedureCodeSequence.CodeMeaning", (), Level.STUDY),
    ]


def test_sequences_nest():
    """A dict within a dict is a sequence within a sequence."""
    value = {"RequestedProcedureCodeSequence": {"CodeValue": "A"}}
    (key,) = keys_of("RequestAttributesSequence", value, Level.SERIES)
    assert key.label == "RequestAttributesSequence.RequestedProcedureCodeSequence.CodeValue"


@pytest.mark.parametrize(
    ("keyword", "value", "hint"),
    [
        ("ProcedureCodeSequence", "X", "takes a dict"),
        ("ProcedureCodeSequence", {}, "takes a dict"),
        ("ProcedureCodeSequence", {"CodeValue": ""}, "needs a value"),
        ("ProcedureCodeSequence", {1: "X"}, "are keywords"),
        ("ProcedureCodeSequence", {"CodeValu": "X"}, "did you mean 'CodeValue'"),
        ("ProcedureCodeSequence", {"SpecificCharacterSet": "X"}, "are keywords"),
        ("AffectedSOPInstanceUID", "1.2", "no key"),
        ("TransferSyntaxUID", "1.2", "no key"),
        ("SpecificCharacterSet", "ISO_IR 100", "no key"),
    ],
)
def test_refused_keys(keyword, value, hint):
    """Each with its reason."""
    with pytest.raises(QueryError) as caught:
        list(keys_of(keyword, value, Level.STUDY))
    assert hint in str(caught.value)


def test_unique_keys_are_exact():
    """Positional arguments take no wildcard and nothing empty."""
    assert unique_key(Level.PATIENT, ["P1", "P2", "P1"]).values == ("P1", "P2")
    with pytest.raises(QueryError, match=r"\.where\(PatientID="):
        unique_key(Level.PATIENT, ["P*"])
    with pytest.raises(QueryError, match="match everything"):
        unique_key(Level.PATIENT, [""])


def test_paths_make_keys_of_the_current_level_or_above():
    """A known keyword keeps its level, a private one takes the current."""
    assert path_key("StudyDate=20240131", Level.SERIES).level is Level.STUDY
    private = path_key("(0009,1001)=0aff", Level.SERIES)
    assert (private.level, private.values) == (Level.SERIES, ("0aff",))
    with pytest.raises(QueryError, match=r"\.images\(\)"):
        path_key("InstanceNumber=1", Level.SERIES)


@pytest.mark.parametrize("path", ["ProcedureCodeSequence[1].CodeValue=", "ProcedureCodeSequence=X"])
def test_paths_that_no_query_may_have(path):
    """A sequence in an Identifier has one item and no value (PS3.4 C.2.2.2.6)."""
    with pytest.raises(QueryError, match=r"PS3\.4|attribute within"):
        path_key(path, Level.STUDY)


def test_path_values_are_typed_like_all_others():
    """An ISO date becomes DICOM text."""
    assert path_key("StudyDate=2024-01-31", Level.STUDY).values == ("20240131",)


def test_multiple_value_matching_is_known():
    """Only all_of needs it; UID lists do not."""
    (several,) = keys_of("ModalitiesInStudy", all_of("CT", "MR"), Level.STUDY)
    (listed,) = keys_of("SOPClassesInStudy", ["1.2", "1.3"], Level.STUDY)
    assert several.needs_multiple_value_matching
    assert not listed.needs_multiple_value_matching


def test_return_key_has_no_value():
    """It is asked back only."""
    assert return_key("StudyDescription", Level.IMAGE).values == ()
