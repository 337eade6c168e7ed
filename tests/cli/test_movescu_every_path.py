"""Identifiers once more: paths over the whole data dictionary, several to an Identifier, with the bytes of the original."""

from __future__ import annotations

import logging

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydicom.datadict import DicomDictionary

from dicommove.cli.movescu.identifier import prepare

from .movescu_programs import encoded_by_the_original

BYTES = {"OB", "OW", "OD", "OF", "OL", "OV", "UN", "OB or OW"}
WHOLE = {"SL": 31, "SS": 15, "SV": 63, "UL": 32, "US": 16, "UV": 64}
ELEMENTS = [
    (tag, vr, keyword) for tag, (vr, *_, keyword) in DicomDictionary.items() if keyword and tag >> 16 >= 8 and vr != "NONE"
]
SEQUENCES = [element for element in ELEMENTS if element[1] == "SQ"]
ENCODABLE = [element for element in ELEMENTS if element[1] != "SQ" and " or " not in element[1]]
CHARACTER_SETS = {
    "ISO_IR 192": "Ωμέγα=山田",
    "ISO_IR 100": "Münch^Ä",
    "ISO_IR 144": "Юлия",
    r"\ISO 2022 IR 87": "Yamada=山田^太郎",
}
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def named(element) -> st.SearchStrategy[str]:
    """An element by its keyword, or by its tag in either writing."""
    tag, _, keyword = element
    group, number = f"{tag >> 16:04X}", f"{tag & 0xFFFF:04x}"
    return st.sampled_from([keyword, f"({group},{number})", f"{group},{number}"])


def values(vr) -> st.SearchStrategy[str]:
    """Values that a VR can hold, as they are written in a path; none, one or several."""
    if vr in BYTES:
        return st.binary(max_size=8).map(bytes.hex)
    if vr in WHOLE:
        least = 0 if vr[0] == "U" else -(2 ** WHOLE[vr])
        one = st.integers(least, 2 ** WHOLE[vr] - 1).map(str)
    elif vr in ("FD", "FL"):
        one = st.floats(width=32, allow_nan=False, allow_infinity=False).map(str)
    elif vr == "AT":
        one = st.integers(0, 0xFFFFFFFF).map("{:08x}".format)
    elif vr == "DS":
        one = st.decimals(-999, 999, places=2).map(str)
    elif vr == "IS":
        one = st.integers(-(2**31), 2**31 - 1).map(str)
    else:
        one = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="\\"), max_size=12)
    return st.lists(one, max_size=3).map("\\".join)


@st.composite
def paths(draw) -> str:
    """``Sequence[1].(gggg,eeee)[0].Keyword=value``, up to three items deep; sometimes a private element."""
    steps = [
        f"{draw(named(draw(st.sampled_from(SEQUENCES))))}[{draw(st.integers(0, 2))}]" for _ in range(draw(st.integers(0, 3)))
    ]
    element = draw(st.one_of(st.sampled_from(ENCODABLE), st.just((0x00091001, "UN", "(0009,1001)"))))
    return ".".join([*steps, draw(named(element))]) + "=" + draw(values(element[1]))


@EXAMPLES
@given(st.lists(paths(), min_size=1, max_size=5))
def test_every_element_of_the_dictionary_has_the_same_bytes(given_paths):
    """Text, numbers, bytes and tags, by keyword or tag, in items of items; all four transfer syntaxes."""
    expected = encoded_by_the_original(given_paths)
    assume(expected is not None)
    assert prepare(None, given_paths).encoded == expected


def test_most_of_them_are_accepted_by_the_original():
    """The property above is about something: of 300 elements with a value of their own, one each, nearly all are encoded."""
    some = ENCODABLE[:: len(ENCODABLE) // 300]
    sample = {vr: "0001" if vr in BYTES else "00100010" if vr == "AT" else "1" for _, vr, _ in some}
    accepted = [keyword for _, vr, keyword in some if encoded_by_the_original([f"{keyword}={sample[vr]}"])]
    assert len(accepted) > 0.95 * len(some)
    for keyword, vr in [(keyword, vr) for _, vr, keyword in some if keyword in accepted]:
        path = [f"{keyword}={sample[vr]}"]
        assert prepare(None, path).encoded == encoded_by_the_original(path)


@EXAMPLES
@given(
    st.sampled_from(sorted(CHARACTER_SETS)),
    st.permutations(["charset", "name", "item", "level"]),
    st.booleans(),
)
def test_a_character_set_holds_in_whatever_order(charset, order, by_tag):
    """Before or after the text, in items too; by keyword or tag."""
    text = CHARACTER_SETS[charset]
    written = {
        "charset": f"{'(0008,0005)' if by_tag else 'SpecificCharacterSet'}={charset}",
        "name": f"PatientName={text}",
        "item": f"RequestAttributesSequence[0].RequestedProcedureDescription={text.partition('=')[0]}",
        "level": "QueryRetrieveLevel=STUDY",
    }
    given_paths = [written[each] for each in order]
    expected = encoded_by_the_original(given_paths)
    assert expected is not None
    assert prepare(None, given_paths).encoded == expected


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("number", range(8))
def test_an_index_at_or_below_the_end_is_the_original_s(count, number):
    """One more than there are extends as in the original; further on the original fails, and ours makes the items."""
    given_paths = [f"BeamSequence[{count - 1}].BeamNumber=1", f"BeamSequence[{number}].BeamName=X"]
    expected, found = encoded_by_the_original(given_paths), prepare(None, given_paths)
    assert (expected is None) is (number > count)
    assert len(found.data_set.BeamSequence) == max(count, number + 1)
    assert expected in (None, found.encoded)


@pytest.fixture(autouse=True)
def _silence():
    """The original logs what it cannot encode, and that is not what is tested."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
