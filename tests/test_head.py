"""The scanner and the text of what it finds: every encoding, any split, and hostile bytes."""

from __future__ import annotations

import tracemalloc
import warnings
import zlib
from datetime import date
from pathlib import Path

import pydicom.data
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.sequence import Sequence

from dicommove.head import PLACING, HeadScanner, decode_text, read_head

IMPLICIT, EXPLICIT, BIG, DEFLATED = (f"1.2.840.10008.1.2{tail}" for tail in ("", ".1", ".2", ".1.99"))
JPIP_DEFLATE = "1.2.840.10008.1.2.4.95"
LONG = b"\x07\0\x10\0UN\0\0" + (5_000_000).to_bytes(4, "little")


def data_set():
    """Build a data set with nested sequences before, between and after what is wanted."""
    inner = Dataset()
    inner.SOPInstanceUID, inner.CodeValue, inner.ReferencedSOPSequence = "9.9.9", "X" * 15, Sequence([Dataset()])
    ds = Dataset()
    ds.SpecificCharacterSet, ds.ImageType = "ISO_IR 100", ["ORIGINAL", "PRIMARY"]
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4", "CT"
    ds.ProcedureCodeSequence, ds.RequestAttributesSequence = Sequence([inner, inner]), Sequence([inner])
    ds.PatientName, ds.PatientID, ds.StudyInstanceUID, ds.SeriesInstanceUID = "Müller^Eva", "P 1", "1.2", "1.2.3"
    ds.SeriesNumber, ds.InstanceNumber, ds.ImagePositionPatient, ds.Rows, ds.Columns = 3, 12, ["1.5", "-2", "3.0"], 512, 256
    ds.add_new(0x7FE00010, "OW", bytes(1000))
    return ds


def encoded(ds, syntax, *, undefined=False):
    """Encode a data set, its sequences and items with undefined lengths when wanted."""
    for element in ds.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = undefined
            for item in element.value:
                item.is_undefined_length_sequence_item = undefined
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = syntax != BIG, syntax == IMPLICIT
    write_dataset(buffer, ds)
    data = buffer.getvalue()
    if syntax in (DEFLATED, JPIP_DEFLATE):
        deflate = zlib.compressobj(wbits=-15)
        data = deflate.compress(data) + deflate.flush()
    return data


def scanned(pieces, syntax=EXPLICIT, wanted=PLACING, **options):
    """Feed pieces to a scanner; return its head."""
    scanner = HeadScanner(syntax, wanted, **options)
    for piece in pieces:
        scanner.feed(piece)
    return scanner.head(ended=True)


def bytewise(data):
    """Split data into single bytes."""
    return [bytes((byte,)) for byte in data]


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG, DEFLATED, JPIP_DEFLATE, "1.2.840.10008.1.2.4.50"])
def test_every_encoding(syntax, undefined):
    """Values, numbers and text come out alike, whole and byte by byte, whatever the encoding."""
    data = encoded(data_set(), syntax, undefined=undefined)
    head = scanned([data], syntax, None)
    assert head == scanned(bytewise(data), syntax, None)
    assert head.readable
    assert head.complete
    assert (head.start, head.dropped_leading) == (0, False)
    found = {keyword: head.text(keyword) for keyword in ("SOPInstanceUID", "PatientName", "PatientID", "Rows", "ImageType")}
    assert found == {
        "SOPInstanceUID": "1.2.3.4",
        "PatientName": "Müller^Eva",
        "PatientID": "P 1",
        "Rows": "512",
        "ImageType": "ORIGINAL\\PRIMARY",
    }
    assert head.text("ImagePositionPatient") == "1.5\\-2\\3.0"
    assert head.text("ProcedureCodeSequence") is None
    assert head.text("NoSuchKeyword") is None
    assert 0x7FE00010 not in head.raw


def test_only_what_is_wanted_is_kept():
    """The scan keeps the wanted tags and the character set, and ends after the last tag."""
    scanner = HeadScanner(EXPLICIT, frozenset({0x00080018}), last_tag=0x00080018)
    scanner.feed(encoded(data_set(), EXPLICIT))
    assert scanner.done
    assert set(scanner.head().raw) == {0x00080005, 0x00080018}
    assert scanner.head().complete


@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_random_pieces(data):
    """Split in any number of pieces it finds the same."""
    whole = encoded(data_set(), EXPLICIT, undefined=True)
    places = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=30)))
    pieces = [whole[start:end] for start, end in zip([0, *places], [*places, len(whole)], strict=True)]
    assert scanned(pieces) == scanned([whole])


@given(st.binary(max_size=600), st.sampled_from([IMPLICIT, EXPLICIT, BIG, DEFLATED]))
@settings(deadline=None, max_examples=300)
def test_hostile_bytes(data, syntax):
    """Whatever comes, nothing is raised, and texts can be asked for."""
    head = scanned([data], syntax, None)
    assert head == scanned(bytewise(data), syntax, None)
    for tag in head.raw:
        head.text(tag)


def test_end_inside_an_element():
    """A data set that is cut off is not readable, and what came before is kept."""
    head = scanned([encoded(data_set(), EXPLICIT)[:100]])
    assert (head.readable, head.complete, head.fault) == (False, False, "the data set ends inside an element")
    assert head.text("SpecificCharacterSet") == "ISO_IR 100"


def test_long_values_are_stepped_over_without_being_kept():
    """Five megabytes before the UIDs cost no memory."""
    rest = encoded(data_set(), EXPLICIT)
    scanner = HeadScanner(EXPLICIT, None)
    piece = bytes(50_000)
    tracemalloc.start()
    scanner.feed(LONG)
    for _ in range(100):
        scanner.feed(piece)
    scanner.feed(rest)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200_000
    assert scanner.head().text("SOPInstanceUID") == "1.2.3.4"


def test_kept_values_have_a_limit():
    """What is kept in all stays within the limit."""
    ds = data_set()
    for number in range(40):
        ds.add_new(0x00090010 + number, "LO", "x" * 60)
    head = scanned([encoded(ds, EXPLICIT)], wanted=None, limit=500)
    assert sum(len(value) for _, value in head.raw.values()) <= 500


def test_deflated_bomb_is_inflated_to_the_limit_only():
    """A few kilobytes that inflate to a hundred megabytes are not inflated."""
    deflate = zlib.compressobj(9, wbits=-15)
    bomb = deflate.compress(LONG + bytes(100_000_000)) + deflate.flush()
    tracemalloc.start()
    head = scanned([bomb], DEFLATED)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
    assert not head.complete


def test_damaged_deflated_stream_is_read_to_its_damage():
    """What comes before the damage is found, in whatever pieces the stream comes: zlib alone drops the piece with the damage."""
    data, texts = encoded(data_set(), DEFLATED), []
    for place in range(len(data)):
        damaged = data[:place] + b"\xff" * 40
        whole = scanned([damaged], DEFLATED)
        assert whole == scanned(bytewise(damaged), DEFLATED) == scanned([data[:place], b"\xff" * 40], DEFLATED), place
        texts.append(whole.text("SOPInstanceUID"))
    assert texts[0] is None
    assert texts[-1] == "1.2.3.4"


def test_inflating_to_the_limit_ends_alike_however_split():
    """At the limit of what is inflated the scan is over, whether the stream comes whole or byte by byte."""
    data = encoded(data_set(), DEFLATED)
    for limit in (10, 100, 200):
        assert scanned([data], DEFLATED, limit=limit) == scanned(bytewise(data), DEFLATED, limit=limit)


def test_noise_is_no_deflated_stream():
    """What cannot be inflated is said to be so."""
    assert scanned([b"\xff" * 50], DEFLATED).fault == "not a deflated stream (PS3.5 A.5)"


def test_leading_groups_are_told_and_left_out():
    """Elements of groups 0000-0007 are no part of the data set: `start` is where it begins."""
    leading = b"\x02\0\x10\0UI\x02\x001\0" + b"\x04\0\0\x10CS\x02\0AB"
    head = scanned([leading + encoded(data_set(), EXPLICIT)], wanted=None)
    assert (head.start, head.dropped_leading) == (len(leading), True)
    assert min(head.raw) == 0x00080005


def test_nothing_but_leading_groups():
    """A stream of group 0002 alone has no data set at all."""
    head = scanned([b"\x02\0\x10\0UI\x02\x001\0"])
    assert (head.start, head.dropped_leading, dict(head.raw)) == (10, True, {})


@pytest.mark.parametrize(("agreed", "real"), [(EXPLICIT, IMPLICIT), (IMPLICIT, EXPLICIT)])
def test_other_encoding_than_agreed(agreed, real):
    """Senders that encode otherwise than agreed are understood, and it is said."""
    head = scanned([encoded(data_set(), real)], agreed)
    assert head.text("SOPInstanceUID") == "1.2.3.4"
    assert "although agreed" in head.fault


def test_element_twice_is_told():
    """The last of two counts, as for most readers, and the head is not readable."""
    data = b"\x08\0\x18\0UI\x04\x001.1\0" + b"\x08\0\x18\0UI\x04\x001.2\0"
    head = scanned([data])
    assert (head.text("SOPInstanceUID"), head.fault) == ("1.2", "(0008,0018) stands there twice (PS3.5 7.1)")
    assert head.contested == {0x00080018}


def test_delimiter_at_the_top_level_is_told():
    """What follows it cannot be trusted to be of the data set itself."""
    head = scanned([b"\x08\0\x18\0UI\x04\x001.1\0" + b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\x08\0\x60\0CS\x02\0CT"])
    assert (head.text("SOPInstanceUID"), head.readable, head.complete) == ("1.1", False, False)


def test_element_twice_with_one_value_is_no_contest():
    """Padding is no part of a value."""
    head = scanned([b"\x08\0\x18\0UI\x04\x001.1\0" + b"\x08\0\x18\0UI\x04\x001.1 "])
    assert (head.readable, head.contested) == (False, frozenset())


def test_nesting_has_a_bound():
    """Thousands of nested sequences end the scan instead of filling the memory."""
    deep = (b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\xff\xff\xff\xff") * 5000
    assert "nested" in scanned([deep]).fault


def test_stray_delimiter_is_told():
    """A delimiter that closes nothing is a fault, not a crash."""
    stray = b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x0d\xe0\0\0\0\0"
    assert "delimiter" in scanned([stray]).fault


def test_unknown_vr_of_undefined_length_is_implicit_inside():
    """A UN of undefined length holds Implicit VR items (PS3.5 6.2.2)."""
    unknown = b"\x08\0\x15\x11UN\0\0\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\xff\xff\xff\xff"
    unknown += b"\x08\0\x50\x11\x02\0\0\0AB" + b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    head = scanned([b"\x08\0\x18\0UI\x02\x001\0" + unknown + b"\x10\0\x20\0LO\x02\0P1"])
    assert (head.text("PatientID"), head.readable) == ("P1", True)


@pytest.mark.parametrize(
    ("value", "vr", "character_set", "text"),
    [
        (b"M\xfcller ", "LO", "ISO_IR 100", "Müller"),
        ("Иванов^Иван".encode(), "PN", "ISO_IR 192", "Иванов^Иван"),
        (b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "PN", "\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎"),
        (b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3", "PN", "ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
        (b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7", "PN", "\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞"),
        (b"Buc^J\xe9r\xf4me", "PN", "ISO_IR 100", "Buc^Jérôme"),
        (b"abc\xff", "LO", "ISO_IR 192", "abc\ufffd"),
        (b"abc\xff", "LO", "NO SUCH SET", "abcÿ"),
        (b"A \\ B", "CS", None, "A\\B"),
        (b"  indented\\kept  ", "LT", None, "  indented\\kept"),
        (b"1.2.3\0", "UI", "ISO_IR 192", "1.2.3"),
        (b"\x1b", "LO", "ISO 2022 IR 87", ""),
    ],
)
def test_text_of_character_sets(value, vr, character_set, text):
    """Text is decoded by its character set, code extensions included; what cannot be is replaced."""
    assert decode_text(value, vr, character_set) == text


@given(st.binary(max_size=80), st.sampled_from(["PN", "LO", "UT", "CS"]), st.text(max_size=30))
@settings(deadline=None)
def test_text_is_never_an_exception(value, vr, character_set):
    """Any bytes in any character set are some text."""
    decode_text(value, vr, character_set)
    decode_text(value, vr, "ISO 2022 IR 87\\ISO 2022 IR 149\\ISO 2022 IR 58")


def test_files_agree_with_pydicom():
    """In pydicom's test files the head has what pydicom reads."""
    read = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in Path(pydicom.data.__file__).parent.rglob("*.dcm"):
            try:
                ds, head = dcmread(path, stop_before_pixels=True), read_head(path)
            except InvalidDicomError:
                continue
            assert head.text("SOPInstanceUID") == ds.get("SOPInstanceUID"), path
            assert head.text("Modality") == ds.get("Modality"), path
            assert head.transfer_syntax_uid == ds.file_meta.get("TransferSyntaxUID", IMPLICIT), path
            read += 1
    assert read > 10


def test_data_start_is_where_the_data_set_begins(tmp_path):
    """`data_start` leads from the file to the encoded data set."""
    ds = data_set()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID, ds.StudyDate = EXPLICIT, date(2024, 1, 2).strftime("%Y%m%d")
    ds.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    head = read_head(tmp_path / "a.dcm", None)
    assert (tmp_path / "a.dcm").read_bytes()[head.data_start :] == encoded(ds, EXPLICIT)
    assert head.text("StudyDate") == "20240102"
