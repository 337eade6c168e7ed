"""Reading and writing data elements, compared with pydicom and fed with rubbish."""

import struct
from contextlib import suppress
from io import BytesIO

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from dicommove.demo_archive.elements import Element, ElementsError, encode_elements, parse_elements, position_of, text_element


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


def test_value_too_long_for_its_vr_is_written_as_unknown():
    """A list of UIDs of over 65,534 bytes keeps its bytes and becomes UN (PS3.5 6.2.2), which takes any length."""
    uids = "\\".join(f"1.2.826.0.1.3680043.{number:040}" for number in range(1200))
    data = encode_elements({0x00080058: text_element("UI", uids)}, explicit=True)
    assert data[4:6] == b"UN"
    assert pydicom.dcmread(BytesIO(data), force=True)["FailedSOPInstanceUIDList"].value.rstrip(b"\0").decode() == uids
    assert parse_elements(data, explicit=True)[0x00080058].value.rstrip(b"\0").decode() == uids


@pytest.mark.parametrize(("explicit", "little"), [(True, True), (False, True), (True, False)])
def test_position_steps_over_sequences_and_long_values(explicit, little):
    """The place of an element is found behind a sequence of undefined length, and stays outside of it."""
    order = "<" if little else ">"

    def head(tag, vr, length):
        number = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
        long = vr + (b"\0\0" if vr == b"SQ" else b"")
        return number + (long if explicit else b"") + struct.pack(order + ("H" if explicit and vr != b"SQ" else "L"), length)

    def mark(tag, length):
        return struct.pack(order + "HHL", tag >> 16, tag & 0xFFFF, length)

    inner = head(0x00080100, b"SH", 4) + b"CODE"
    sequence = head(0x00081032, b"SQ", 0xFFFFFFFF) + mark(0xFFFEE000, len(inner)) + inner + mark(0xFFFEE0DD, 0)
    wanted = head(0x00081030, b"LO", 2) + b"CT"
    after = head(0x00100020, b"LO", 2) + b"P1"
    data = wanted + sequence + after
    place = {
        tag: position_of(data, tag, explicit=explicit, little=little) for tag in (0x00081030, 0x00080100, 0x00100020, 0x00200010)
    }
    assert place[0x00081030] == (0, len(wanted))
    assert place[0x00080100] == (0, 0)
    assert place[0x00100020] == (len(wanted + sequence), len(data))
    assert place[0x00200010] == (len(data), len(data))
    with pytest.raises(ElementsError):
        position_of(data[:-1], 0x00200010, explicit=explicit, little=little)
