"""Identifiers as data sets and on the wire."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.filebase import DicomIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from dicommove.errors import QueryError
from dicommove.query import Query
from dicommove.query.identifier import chunks, combinations
from dicommove.query.keys import keys_of
from dicommove.terms import Level


def _over_the_wire(dataset, *, implicit):
    stream = BytesIO()
    writer = DicomIO(stream)
    writer.is_implicit_VR, writer.is_little_endian = implicit, True
    write_dataset(writer, dataset)
    stream.seek(0)
    return read_dataset(stream, is_implicit_VR=implicit, is_little_endian=True)


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\=^*?"), min_size=1, max_size=20)


@pytest.mark.parametrize("implicit", [True, False])
@given(name=TEXT, description=TEXT)
def test_text_survives_the_wire_in_its_character_set(implicit, name, description):
    """What was typed is what an archive decodes, within sequences too."""
    query = Query().studies()
    try:
        query = query.where(PatientName=name, ProcedureCodeSequence={"CodeMeaning": description})
    except QueryError:
        assert not name.strip() or not description.strip()
        return
    received = _over_the_wire(query.identifier(), implicit=implicit)
    assert str(received.PatientName).rstrip() == name.rstrip()
    assert received.ProcedureCodeSequence[0].CodeMeaning.rstrip() == description.rstrip()


def test_name_groups_survive_the_wire():
    """Alphabetic, ideographic and phonetic group."""
    name = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    received = _over_the_wire(Query().studies().where(PatientName=name).identifier(), implicit=True)
    assert received.PatientName == name
    assert received.SpecificCharacterSet == "ISO_IR 192"


@pytest.mark.parametrize(("name", "term"), [("MEIER*", None), ("MÜLLER", "ISO_IR 100"), ("Иванов", "ISO_IR 192")])
def test_character_set_is_there_only_when_needed(name, term):
    """ASCII needs no Specific Character Set."""
    assert Query().studies().where(PatientName=name).identifier().get("SpecificCharacterSet") == term


def test_identifier_holds_level_unique_key_and_return_keys():
    """QueryRetrieveLevel, the unique key, asked and returned attributes, and nothing else."""
    identifier = Query().studies().where(StudyDate="2024-01-31").returning("StudyDescription").identifier()
    assert {element.keyword: element.value for element in identifier} == {
        "QueryRetrieveLevel": "STUDY",
        "StudyDate": "20240131",
        "StudyDescription": "",
        "PatientID": "",
        "StudyInstanceUID": "",
    }


def test_binary_values_are_numbers_and_tags():
    """Rows is a number on the wire, whatever the user typed."""
    query = Query().images().where(Rows="512").key("(0028,0009)=(0018,1063)").key("(0009,1001)=0aff")
    *_, (_, identifier, _) = query.identifiers()
    received = _over_the_wire(identifier, implicit=False)
    assert (received.Rows, received[0x00280009].value, received[0x00091001].value) == (512, 0x00181063, b"\x0a\xff")


def test_sequence_forms():
    """Asked back with no item, with one empty item, or with an attribute within: one element in each case."""
    base = Query().studies()
    assert len(base.key("ProcedureCodeSequence=").identifier().ProcedureCodeSequence) == 0
    assert len(base.key("ProcedureCodeSequence[0]=").identifier().ProcedureCodeSequence) == 1
    both = base.key("ProcedureCodeSequence=").key("ProcedureCodeSequence[0].CodeValue=A").identifier()
    assert both.ProcedureCodeSequence[0].CodeValue == "A"


def test_uid_lists_are_one_identifier_up_to_300():
    """301 UIDs are two lists; other lists are one Identifier a value."""
    uids = [f"1.2.{n}" for n in range(301)]
    (key,) = keys_of("StudyInstanceUID", uids, Level.STUDY)
    assert [text.count("\\") + 1 for ((_, text),) in combinations([key])] == [300, 1]
    assert [len(some) for some in chunks(uids)] == [300, 1]
    assert list(chunks([])) == []
