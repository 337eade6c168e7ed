"""Reading without I/O: elements, matches, command sets, responses, Message IDs."""

from __future__ import annotations

import json
import struct
import warnings
import zlib
from datetime import UTC, datetime
from io import BytesIO

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.data import get_charset_files
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from dicommove.errors import AssociationLost
from dicommove.net import MoveResponse, new_message_id, release_message_id
from dicommove.net.command import C_MOVE_RQ, CommandSet, encode_command
from dicommove.net.elements import MAX_DEPTH, MAX_ELEMENTS, DataSetError, read_elements
from dicommove.net.matches import read_match
from dicommove.net.responses import MAX_COMMENT, MAX_FAILED_UIDS
from dicommove.net.syntax import encode_data_set, encode_identifier, read_data_set
from dicommove.terms import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    NATIVE_TRANSFER_SYNTAXES,
    StatusCategory,
)

NOW = datetime(2024, 1, 31, 12, tzinfo=UTC)


def element(tag, value, vr=None):
    """One element in little endian, explicit when a VR is given."""
    group, number = tag >> 16, tag & 0xFFFF
    if vr is None:
        return struct.pack("<HHL", group, number, len(value)) + value
    return struct.pack("<HH2sH", group, number, vr.encode(), len(value)) + value


@pytest.mark.parametrize("explicit", [True, False])
def test_a_match_is_read_verbatim(explicit):
    """Text, several values, numbers, tags and a sequence come out as the peer wrote them."""
    answer = Dataset()
    answer.SpecificCharacterSet = "ISO_IR 192"
    answer.PatientName = "Müller^Jürgen=山田^太郎"
    answer.PatientID = "007 "
    answer.StudyDate = "20240131"
    answer.ModalitiesInStudy = ["CT", "MR"]
    answer.Rows = 512
    answer.NumberOfStudyRelatedInstances = "12"
    answer.FrameIncrementPointer = [0x00181063, 0x00181065]
    answer.StudyDescription = ""
    code = Dataset()
    code.CodeValue, code.CodeMeaning = "A1", "Schädel"
    answer.ProcedureCodeSequence = Sequence([code])
    match, whole = read_match(encode_identifier(answer, explicit=explicit), explicit=explicit)
    assert whole
    assert json.loads(match.pop("ProcedureCodeSequence")) == [
        {"00080100": {"vr": "SH", "Value": ["A1"]}, "00080104": {"vr": "LO", "Value": ["Schädel"]}}
    ]
    assert match == {
        "SpecificCharacterSet": "ISO_IR 192",
        "PatientName": "Müller^Jürgen=山田^太郎",
        "PatientID": "007",
        "StudyDate": "20240131",
        "ModalitiesInStudy": "CT\\MR",
        "Rows": "512",
        "NumberOfStudyRelatedInstances": "12",
        "FrameIncrementPointer": "00181063\\00181065",
        "StudyDescription": "",
    }


@pytest.mark.parametrize("path", get_charset_files("chr[!S]*.dcm"), ids=lambda path: path.rpartition("/")[2])
def test_names_in_every_character_set_are_those_that_pydicom_reads(path):
    """Real files in the Standard's character sets give the names that pydicom gives."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pydicom.dcmread(path)
        expected = str(theirs.PatientName)
    buffer = BytesIO()
    with open(path, "rb") as file:  # noqa: PTH123 - the path is text
        pydicom.filereader.read_preamble(file, force=True)
        pydicom.filereader._read_file_meta_info(file)
        buffer.write(file.read())
    explicit = not theirs.original_encoding[0]
    match, _ = read_match(buffer.getvalue(), explicit=explicit)
    assert match["PatientName"].rstrip("=") == expected  # pydicom leaves out an empty group at the end


def test_odd_values_neither_raise_nor_warn():
    """Dates, numbers and UIDs that are none, and text that is too long, stay text."""
    data = (
        element(0x00080020, b"2024.01.31", "DA")
        + element(0x00080030, b"25:99", "TM")
        + element(0x00080060, b"x" * 100, "CS")
        + element(0x00100010, b"\xff\xfe\x1b$Q", "PN")
        + element(0x00201206, b"twelve", "IS")
        + element(0x0020000D, b"1.02.x\0\0", "UI")
        + element(0x00280010, b"\x01", "US")
        + element(0x00091001, b"private ", "LO")
    )
    match, whole = read_match(data, explicit=True)
    assert whole
    assert match["StudyDate"] == "2024.01.31"
    assert match["StudyTime"] == "25:99"
    assert match["Modality"] == "x" * 100
    assert match["NumberOfStudyRelatedSeries"] == "twelve"
    assert match["StudyInstanceUID"] == "1.02.x"
    assert match["Rows"] == ""
    assert match["(0009,1001)"] == "private"


def test_sequences_hold_numbers_names_and_binary_as_dicom_json():
    """Each kind of value inside a sequence follows PS3.18 F.2."""
    values = Dataset()
    values.PatientName = "A=B"
    values.Rows = 3
    values.SliceThickness = "1.5"
    values.NumberOfFrames = "2"
    values.PixelData = b"\0\1"
    values["PixelData"].VR = "OB"
    values.PatientID = ""
    values.RealWorldValueSlope = float("nan")
    outer = Dataset()
    outer.RequestAttributesSequence = Sequence([values])
    match, _ = read_match(encode_identifier(outer, explicit=True), explicit=True)
    (item,) = json.loads(match["RequestAttributesSequence"])
    assert item["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "A", "Ideographic": "B"}]}
    assert item["00280010"] == {"vr": "US", "Value": [3]}
    assert item["00180050"] == {"vr": "DS", "Value": [1.5]}
    assert item["00280008"] == {"vr": "IS", "Value": [2]}
    assert item["7FE00010"] == {"vr": "OB", "InlineBinary": "AAE="}
    assert item["00100020"] == {"vr": "LO"}
    assert item["00409225"] == {"vr": "FD", "Value": ["nan"]}


def test_implicit_where_explicit_was_agreed_is_read():
    """A peer that answers in the other VR encoding is understood."""
    assert read_match(element(0x00100020, b"P1"), explicit=True) == ({"PatientID": "P1"}, True)


def test_what_stands_before_a_fault_is_kept():
    """A value that is cut off is not whole, and what came before it is there."""
    data = element(0x00100020, b"P1") + element(0x00100030, b"20240131")[:-3]
    assert read_match(data, explicit=False) == ({"PatientID": "P1"}, False)


def test_sequences_are_not_nested_without_end():
    """A bomb of nested sequences is refused, not followed."""
    opening = struct.pack("<HHL", 0x0040, 0x0275, 0xFFFFFFFF) + struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    with pytest.raises(DataSetError, match=f"more than {MAX_DEPTH} deep"):
        read_elements(opening * 5000, explicit=False)


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_make_reading_fail(data, explicit):
    """Whatever comes from the wire gives a row."""
    match, _ = read_match(data, explicit=explicit)
    assert all(isinstance(value, str) for value in match.values())


@given(st.binary(max_size=60))
def test_no_bytes_make_a_command_set_fail(data):
    """Whatever comes from the wire gives a command set; what is absent is None."""
    command = CommandSet(data)
    for keyword in ("Status", "ErrorComment", "OffendingElement", "MessageIDBeingRespondedTo", "PatientName"):
        command.get(keyword)
    response = {"Status": 0, "ErrorComment": command.get("ErrorComment")}
    assert MoveResponse.from_dataset(response, at=NOW).status == 0


def test_a_command_set_is_what_pydicom_reads():
    """Our encoding of a C-MOVE-RQ is that of the Standard."""
    values = {"CommandField": C_MOVE_RQ, "MessageID": 7, "AffectedSOPClassUID": "1.2.840", "MoveDestination": "ABC"}
    encoded = encode_command(values)
    theirs = pydicom.filereader.read_dataset(BytesIO(encoded), is_implicit_VR=True, is_little_endian=True)
    assert theirs.CommandGroupLength == len(encoded) - 12
    assert {keyword: getattr(theirs, keyword) for keyword in values} == values


def test_absent_counters_are_none():
    """What the peer did not say is not zero."""
    response = MoveResponse.from_dataset({"Status": 0xFF00, "NumberOfCompletedSuboperations": 3}, at=NOW)
    assert (response.remaining, response.completed, response.failed, response.warning) == (None, 3, None, None)
    assert not response.is_final
    assert response.category is StatusCategory.PENDING
    assert response.received_at == NOW


def test_a_response_can_be_read_from_a_dataset():
    """A Dataset of pydicom is read as well."""
    status = Dataset()
    status.Status = 0xB000
    status.NumberOfFailedSuboperations = 2
    status.OffendingElement = [0x00100020, 0x0020000D]
    status.FailedSOPInstanceUIDList = ["1.2.3", "1.2.4"]
    response = MoveResponse.from_dataset(status, at=NOW)
    assert response.failed_uids == ("1.2.3", "1.2.4")
    assert response.offending_element == (0x00100020, 0x0020000D)
    assert response.category is StatusCategory.WARNING


def test_an_empty_dataset_is_a_lost_association():
    """The empty status of pynetdicom is no response."""
    with pytest.raises(AssociationLost):
        MoveResponse.from_dataset(Dataset(), at=NOW)


def test_what_a_peer_says_without_end_is_bounded():
    """Error comment and failed UIDs have a limit, and what is no UID is left out."""
    values = {
        "Status": 0xC000,
        "ErrorComment": "x" * 100_000,
        "FailedSOPInstanceUIDList": "\\".join(["1.2", "", "<b>", "9" * 65]),
    }
    response = MoveResponse.from_dataset(values, at=NOW)
    assert len(response.error_comment or "") == MAX_COMMENT
    assert response.failed_uids == ("1.2",)
    many = MoveResponse.from_dataset({"Status": 0, "FailedSOPInstanceUIDList": "1\\" * (MAX_FAILED_UIDS + 9)}, at=NOW)
    assert len(many.failed_uids) == MAX_FAILED_UIDS


def test_message_ids_are_distinct_while_they_run():
    """No two running requests of the process share a Message ID, also past 65535."""
    taken = [new_message_id() for _ in range(1000)]
    assert len(set(taken)) == 1000
    assert all(1 <= message_id <= 0xFFFF for message_id in taken)
    for message_id in taken:
        release_message_id(message_id)
    release_message_id(taken[0])


def test_message_ids_run_out_with_an_error():
    """With every number in use there is none to give."""
    taken = []
    try:
        with pytest.raises(RuntimeError, match="every Message ID is taken"):
            taken.extend(new_message_id() for _ in range(0x10000))
    finally:
        for message_id in range(1, 0x10000):
            release_message_id(message_id)


@pytest.mark.parametrize("syntax", NATIVE_TRANSFER_SYNTAXES)
def test_identifiers_are_read_back_in_every_native_syntax(syntax):
    """What is encoded in one of the four native transfer syntaxes has the same elements when it is read."""
    identifier, item = Dataset(), Dataset()
    identifier.FailedSOPInstanceUIDList = ["1.2.3", "1.2.4"]
    identifier.Rows, item.CodeValue = 5, "A"
    identifier.ProcedureCodeSequence = [item]
    rows = b"\0\5" if syntax == EXPLICIT_VR_BIG_ENDIAN else b"\5\0"
    read = {e.tag: e.items or e.value for e in read_data_set(encode_data_set(identifier, syntax), syntax)}
    assert read[0x00080058] == b"1.2.3\\1.2.4\0"
    assert read[0x00280010] == rows
    assert read[0x00081032][0][0].value == b"A "


@pytest.mark.parametrize("bomb", [b"no deflate", zlib.compress(b"\0" * (1 << 25), wbits=-15)])
def test_a_deflated_answer_is_bounded(bomb):
    """What cannot be inflated, or grows beyond the limit, is no data set."""
    with pytest.raises(DataSetError):
        read_data_set(bomb, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)


@pytest.mark.parametrize("kind", ["elements", "items"])
def test_elements_of_an_identifier_are_bounded(kind):
    """Millions of empty ones would take minutes and gigabytes; the first are read, and the answer is not whole."""
    if kind == "elements":
        many = b"".join(struct.pack("<HHI", 0x4009, number % 0xFFFF, 0) for number in range(MAX_ELEMENTS + 5))
    else:
        items = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * (MAX_ELEMENTS + 5)
        many = struct.pack("<HHI", 0x0040, 0x0275, len(items)) + items
    match, whole = read_match(struct.pack("<HHI", 0x0008, 0x0050, 2) + b"A1" + many, explicit=False)
    assert match["AccessionNumber"] == "A1"
    assert len(match) <= MAX_ELEMENTS
    assert not whole
