"""Layouts: what a template may say, and that no value can leave its place."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import tag_for_keyword

from dicommove import platform
from dicommove.errors import QueryError
from dicommove.head import Head
from dicommove.store.layout import DEFAULT_LAYOUT, Layout

HOSTILE = st.text() | st.sampled_from(
    [
        "..",
        ".",
        "",
        "/",
        "\\",
        "../../etc/passwd",
        "C:\\x",
        "NUL",
        "con.txt",
        "a. ",
        " a",
        "~root",
        "-rf",
        "\x00",
        "\u202egpj.exe",
        "\ud800",
        "ﬁ" * 99,
    ]
)


def head_with(**values):
    """A head as it would be read from these texts."""
    raw = {
        tag_for_keyword(k): ("UI" if k.endswith("UID") else "LO", v.encode("utf-8", "surrogatepass")) for k, v in values.items()
    }
    return Head("1.2.840.10008.1.2.1", {0x00080005: ("CS", b"ISO_IR 192")} | raw)


def test_default_layout_names_no_person_and_is_short():
    """Study, series and instance are digests; the whole path is short enough for Windows."""
    values = {
        "StudyInstanceUID": "1.2",
        "SeriesInstanceUID": "1.3",
        "SeriesNumber": "12",
        "Modality": "MR",
        "InstanceNumber": "3",
    }
    path = Layout().path_for(head_with(**values, PatientID="GEHEIM", PatientName="MEIER"), "1.4")
    assert re.fullmatch(r"[a-z2-7]{16}/0012_MR_[a-z2-7]{16}/00003_[a-z2-7]{16}\.dcm", path.as_posix())
    assert len(str(path)) < 80


def test_missing_values_have_a_stable_placeholder():
    """What is absent says so, the same way each time."""
    path = Layout().path_for(Head("1.2.840.10008.1.2.1"), "1.4")
    assert path.as_posix().startswith("no-StudyInstanceUID/no-SeriesNumber_no-Modality_no-SeriesInstanceUID/no-InstanceNumber_")
    assert Layout("{row.site}/{instance}.dcm").path_for(Head(""), "1.4", {}).parts[0] == "no-site"


def test_columns_and_tags_are_told():
    """Who fills a layout learns which columns and attributes it needs."""
    layout = Layout("{row.site}/{PatientID}/{row.arm:02}/{instance}.dcm")
    assert layout.columns == ("site", "arm")
    assert layout.tags == {0x00100020, 0x00080018}
    path = layout.path_for(head_with(PatientID="P/1"), "1.4", {"site": "Köln", "arm": "3"})
    assert path.parts[0] == "Köln"
    assert re.fullmatch("P_1-[a-z2-7]{6}", path.parts[1])
    assert path.parts[2] == "03"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("/data/{instance}.dcm", "absolute path"),
        ("a//{instance}.dcm", "empty folder name"),
        ("", "empty folder name"),
        ("../{instance}.dcm", "'..'"),
        ("a/../../{instance}.dcm", "'..'"),
        (". /{instance}", "'..'"),
        (".dicommove/{instance}", "'.dicommove'"),
        ("C:\\{instance}.dcm", "cannot stand in a file name"),
        ("a\x00/{instance}", "cannot stand in a file name"),
        ("{PatientNam}.dcm", "did you mean {PatientName}?"),
        ("{studi}.dcm", "did you mean {study}?"),
        ("{}.dcm", "is no attribute"),
        ("{PixelData}.dcm", "cannot be used"),
        ("{PixelSpacing}.dcm", "cannot be used"),
        ("{TransferSyntaxUID}.dcm", "cannot be used"),
        ("{ProcedureCodeSequence}.dcm", "cannot be used"),
        ("{PatientName!r}.dcm", "takes a width"),
        ("{InstanceNumber:x}.dcm", "takes a width"),
        ("{InstanceNumber:{Rows}}.dcm", "takes a width"),
        ("{InstanceNumber:099999}.dcm", "takes a width"),
        ("{PatientName.family}.dcm", "is no attribute"),
        ("{row.}.dcm", "names no column"),
        ("{instance.dcm", "braces come in pairs"),
    ],
)
def test_templates_that_cannot_be_are_refused_when_read(template, message):
    """A bad template raises before anything is moved, and says what is wrong with it."""
    with pytest.raises(QueryError, match=re.escape(message)):
        Layout(template)


@settings(max_examples=300, deadline=None)
@given(patient=HOSTILE, series=HOSTILE, uid=HOSTILE, cell=HOSTILE)
def test_no_value_leaves_its_component(patient, series, uid, cell):
    """Whatever the sender and the table say, the path has the template's depth and is safe on every system."""
    layout = Layout("{row.site}/{PatientID}_{SeriesDescription}/{SOPInstanceUID}.dcm")
    path = layout.path_for(head_with(PatientID=patient, SeriesDescription=series), uid, {"site": cell})
    assert len(path.parts) == 3
    assert not PurePosixPath(path).is_absolute()
    assert not PureWindowsPath(str(path)).drive
    for part in path.parts:
        assert part not in (".", "..")
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', part)
        assert part == part.rstrip(". ")
        assert len(part.encode("utf-8")) <= 160
        assert not platform.is_reserved_name(part)


@settings(max_examples=300, deadline=None)
@given(one=st.text("0123456789.aAbB_-", min_size=1, max_size=64), other=st.text("0123456789.aAbB_-", min_size=1, max_size=64))
def test_two_uids_never_have_one_name(one, other):
    """Not even on a file system without letter case that forgets trailing dots."""
    for template in (DEFAULT_LAYOUT, "{SOPInstanceUID}.dcm", "{SOPInstanceUID}", "{Modality}.{SOPInstanceUID}"):
        names = [str(Layout(template).path_for(Head(""), uid)).casefold().rstrip(". ") for uid in (one, other)]
        assert (names[0] == names[1]) == (one == other)


def test_layouts_are_values():
    """Equal by their template, hashable, with a repr that makes them again."""
    assert Layout("{study}/{instance}") == eval(repr(Layout("{study}/{instance}")))
    assert len({Layout(), Layout(DEFAULT_LAYOUT), Layout("{instance}")}) == 2
    assert Layout() != DEFAULT_LAYOUT
