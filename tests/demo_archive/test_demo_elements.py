"""Reading and writing data elements, compared with pydicom and fed with rubbish."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from dicommove.demo_archive.elements import Element, ElementsError, encode_elements, parse_elements, text_element


def _encoded(dataset, *, implicit, little):
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = implicit, little
    write_dataset(stream, dataset)
    return stream.getvalue()


@pytest.fixture
def dataset():
    """A data set with text, words and a sequence."""
    code = Dataset()
    code.CodeValue, code.CodeMeaning = "51185008", "Chest"
    made = Dataset()
    made.PatientName, made.Rows, made.ProcedureCodeSequence, made.PixelData = "DOE^JANE", 258, [code], b"\1\2"
    made["PixelData"].VR = "OW"
    return made


@pytest.mark.parametrize(("implicit", "little"), [(True, True), (False, True), (False, False)])
def test_every_encoding_is_read_to_the_same_elements(dataset, implicit, little):
    """Implicit and explicit VR, little and big endian give equal elements, and the pixels are left out."""
    elements = parse_elements(_encoded(dataset, implicit=implicit, little=little), explicit=not implicit, little=little)
    assert list(elements) == [0x00081032, 0x00100010, 0x00280010]
    assert elements[0x00280010] == Element("US", b"\2\1")
    assert elements[0x00081032].value[0][0x00080104] == Element("LO", b"Chest ")


@pytest.mark.parametrize("explicit", [True, False])
def test_what_is_written_is_read_back(dataset, explicit):
    """Writing and reading are each other's inverse."""
    elements = parse_elements(_encoded(dataset, implicit=True, little=True), explicit=False)
    assert parse_elements(encode_elements(elements, explicit=explicit), explicit=explicit) == elements


def test_sequence_of_undefined_length_is_read(dataset):
    """Delimiters end items and sequences that do not say how long they are."""
    dataset["ProcedureCodeSequence"].is_undefined_length = True
    dataset.ProcedureCodeSequence[0].is_undefined_length_sequence_item = True
    elements = parse_elements(_encoded(dataset, implicit=False, little=True), explicit=True)
    assert elements[0x00081032].value[0][0x00080100].value == b"51185008"


def test_long_values_are_left_out_when_told(dataset):
    """What is longer than the limit is stepped over."""
    elements = parse_elements(_encoded(dataset, implicit=True, little=True), explicit=False, longest=4)
    assert 0x00100010 not in elements
    assert 0x00280010 in elements


def test_nesting_without_end_is_refused():
    """A hostile data set of sequences in sequences ends in the one exception, not in a stack overflow."""
    nested = b"".join(b"\x08\x00\x32\x10SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" for _ in range(5000))
    with pytest.raises(ElementsError):
        parse_elements(nested, explicit=True)


@given(st.binary(max_size=200), st.booleans(), st.booleans())
def test_rubbish_is_read_or_refused(data, explicit, little):
    """Whatever the bytes are, the result is elements or the one exception."""
    with suppress(ElementsError):
        parse_elements(data, explicit=explicit, little=little)


def test_text_is_padded_by_its_vr():
    """UIDs are padded with NUL, other text with a space (PS3.5 6.2)."""
    assert text_element("UI", "1").value == b"1\0"
    assert text_element("LO", "a").value == b"a "
    assert encode_elements({0x00080060: text_element("CS", "CT")}, explicit=True)[4:6] == b"CS"
