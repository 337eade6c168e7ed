"""Identifiers: the bytes of the original for every path that it accepts; a sentence for what cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from dicommove.cli.movescu.identifier import prepare
from dicommove.errors import QueryError

from .movescu_programs import encoded_by_the_original

NAMES = (  # noqa: SIM905 - one of them a line is no better to read
    "PatientName PatientID (0010,0010) 0010,0020 (0010,0020 StudyDate Columns BeamSequence (300A,00B0) (0009,1001) (0009,0010)"
    " PixelData FrameIncrementPointer SliceThickness InstanceNumber FloatPixelData SmallestImagePixelValue ModalitiesInStudy"
    " PatientComments SpecificCharacterSet SelectorFDValue SelectorUSValue SelectorATValue ProcedureCodeSequence CodeValue"
    " PatientAge SOPInstanceUID (6000,3000) OverlayRows Unknown (0020,3101) URNCodeValue LongCodeValue SelectorSVValue"
).split()
VALUES = (  # noqa: SIM905 - one of them a line is no better to read
    "|x|1|1\\2|1.5|00ff|0|é|山田|a\\b|20240101|20240101-20240201|1.2.3\\1.2.4|ISO_IR 192|PatientName|00181063|(0018,1063)"
    "|00181063\\00100010|*|abc*| f|-5|99999|1_0|nan| 7 "
).split("|")
STEPS = st.tuples(st.sampled_from(NAMES), st.sampled_from(["", "", "[0]", "[1]", "[3]", "[0]x", "[ 1 ]", "[-1]", "[]", "["])).map(
    "".join
)
PATHS = st.tuples(
    st.lists(STEPS, min_size=1, max_size=3).map(".".join),
    st.sampled_from(["=", ""]),
    st.one_of(st.sampled_from(VALUES), st.text(max_size=6)),
).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(PATHS, min_size=1, max_size=3))
def test_what_the_original_accepts_has_the_same_bytes(paths):
    """In all four transfer syntaxes; only what it accepts by overwriting its own mistake is refused by us."""
    expected = encoded_by_the_original(paths)
    if expected is None:
        return
    try:
        found = prepare(None, paths).encoded
    except QueryError as error:
        said = str(error)
        assert len(paths) > 1
        assert "is no sequence" in said or "cannot be written as VR" in said
    else:
        assert found == expected


@pytest.mark.parametrize(
    "paths",
    [
        ["QueryRetrieveLevel=PATIENT", "PatientName="],
        ["(0010,0010)=CITIZEN^Jan"],
        ["Columns=1024"],
        ["AcquisitionIndex=1\\2\\3\\4"],
        ["BeamSequence="],
        ["(300a,00b0)="],
        ["BeamSequence[0]="],
        ["BeamSequence[0].PatientName=CITIZEN^Jan"],
        ["BeamSequence[3]="],
        ["BeamSequence[0].BeamNumber=1", "BeamSequence[1].BeamNumber=2"],
        ["SpecificCharacterSet=ISO_IR 192", "PatientName=Ωμέγα"],
        ["PatientName=Ωμέγα", "SpecificCharacterSet=ISO_IR 192"],
        ["PatientName=Ünal"],
        ["SpecificCharacterSet=\\ISO 2022 IR 87", "PatientName=Yamada^Tarou=山田^太郎"],
        ["SmallestImagePixelValue=00ff"],
        ["FrameIncrementPointer=00181063"],
        ["(0009,1001)=0aff"],
        ["StudyInstanceUID=1.2.3\\1.2.4"],
        ["PatientName.=x"],
    ],
)
def test_the_examples_of_the_document_are_equal(paths):
    """Keywords, tags, sequences, several values, character sets in either order."""
    expected = encoded_by_the_original(paths)
    assert expected is not None
    assert prepare(None, paths).encoded == expected


def test_a_file_is_the_identifier_and_paths_change_it(bundled_folder, tmp_path):
    """-f with -k on top, as the original; a part of the Identifier keeps the VR that the file gave it."""
    identifier = Dataset()
    identifier.QueryRetrieveLevel, identifier.PatientID, identifier.PatientName = "PATIENT", "P1", "MEIER*"
    path = tmp_path / "query.dcm"
    identifier.save_as(path, implicit_vr=True, little_endian=True)
    for file in (path, bundled_folder / "charset_files" / "chrH32.dcm", bundled_folder / "test_files" / "CT_small.dcm"):
        for paths in ([], ["PatientID=P2", "StudyDate=20240101-"], ["PatientName=山田"]):
            assert prepare(str(file), paths).encoded == encoded_by_the_original(paths, str(file))


@pytest.mark.parametrize(
    ("path", "check"),
    [
        ("BeamSequence[7].BeamNumber=9", lambda ds: len(ds.BeamSequence) == 8),
        ("ProcedureCodeSequence[0].Rows=5", lambda ds: ds.ProcedureCodeSequence[0].Rows == 5),
        ("ProcedureCodeSequence[0].(0009,1001)=0aff", lambda ds: ds.ProcedureCodeSequence[0][0x00091001].value == b"\x0a\xff"),
        ("PixelData=00ffea08", lambda ds: ds.PixelData == b"\x00\xff\xea\x08"),
        ("FrameIncrementPointer=(0018,1063)", lambda ds: ds.FrameIncrementPointer == 0x00181063),
    ],
)
def test_what_the_original_cannot_do_works(path, check):
    """An index beyond the end extends; binary values within sequences, bytes of images and written tags are encoded."""
    assert encoded_by_the_original(["BeamSequence[0]=", path]) is None
    assert check(prepare(None, ["BeamSequence[0]=", path]).data_set)


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("", "Unable to parse element path component: ''"),
        ("PatientNam=", "Unable to parse element path component: 'PatientNam'; did you mean 'PatientName'?"),
        ("(ggg,eeee)=", "Unable to parse element path component: '(ggg,eeee)'"),
        ("(zzzz,0010)=", "Unable to parse element path component"),
        ("OverlayRows=1", "Repeating group elements must be specified using (gggg,eeee): 'OverlayRows'"),
        ("BeamSequence[=", "Element path contains an invalid component: 'BeamSequence['"),
        ("BeamSequence[-1]=", "Element path contains an invalid component: 'BeamSequence[-1]'"),
        ("BeamSequence[99999]=", "from 0 to 9999"),
        ("PatientName[0]=x", "PatientName is no sequence"),
        ("BeamSequence=x", "say which item"),
        ("BeamSequence.BeamNumber=1", "say which item"),
        ("Columns=x", "'Columns': the value cannot be written as VR US"),
        ("InstanceNumber=x", "cannot be written as VR IS"),
        ("(0009,1001)=0", "cannot be written as VR UN"),
    ],
)
def test_what_is_no_path_is_explained_in_the_words_of_the_original(path, hint):
    """The original's text first, then what to do."""
    with pytest.raises(QueryError) as caught:
        prepare(None, [path])
    assert str(caught.value).startswith("Exception raised trying to parse the supplied keywords: ")
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("path", "remark"),
    [
        ("PatientBirthDate=2020-01-01", "PatientBirthDate: Invalid value for VR DA: '2020-01-01'."),
        ("StudyInstanceUID=1.2\\1.x", "StudyInstanceUID: Invalid value for VR UI: '1.x'."),
        ("SliceThickness=1.123456789012345678", "exceeds the maximum length of 16"),
        ("PatientName=山田", "Failed to encode value with encodings: iso8859"),
        ("PatientID=P1", None),
        ("StudyDate=20240101-20240131", None),
        ("PatientName=", None),
    ],
)
def test_a_value_that_breaks_its_vr_is_sent_with_a_remark(path, remark):
    """The user may know better; the remark names the attribute."""
    remarks = prepare(None, [path]).remarks
    assert len(remarks) == (remark is not None)
    assert remark is None or remark in remarks[0]


def test_what_cannot_be_encoded_is_refused():
    """A number that its VR cannot hold."""
    with pytest.raises(QueryError, match="Failed to encode the supplied Identifier dataset") as caught:
        prepare(None, ["Columns=99999"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"hello world, this is no DICOM file at all", b"\x7fELF" + bytes(300), bytes(200)])
def test_a_file_that_is_no_dicom_is_refused(tmp_path, content):
    """The original sends whatever it reads from it."""
    path = tmp_path / "no.dcm"
    path.write_bytes(content)
    with pytest.raises(QueryError, match="Cannot read input file"):
        prepare(str(path), [])


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """With what the system says."""
    with pytest.raises(QueryError, match=r"Cannot read input file .*none\.dcm: no such file or directory"):
        prepare(str(tmp_path / "none.dcm"), [])
