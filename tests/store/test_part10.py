"""Preamble and File Meta Information, written and read back."""

from __future__ import annotations

import os
import tempfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.filereader import read_file_meta_info, read_partial

from dicommove.store.part10 import FileMeta, file_start, read_file_meta
from dicommove.terms import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

FACTS = {"sop_class_uid": "1.2.840.10008.5.1.4.1.1.2", "sop_instance_uid": "1.2.3", "transfer_syntax_uid": "1.2.840.10008.1.2.1"}


def read(data):
    """Read File Meta Information of these bytes as of a file."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return read_file_meta(file.fileno())


def test_pydicom_reads_what_we_write(tmp_path):
    """Every element of PS3.10 7.1 that we give is there, and the group length is right."""
    (tmp_path / "a.dcm").write_bytes(file_start(**FACTS, source_ae_title="PACS"))
    meta = read_file_meta_info(tmp_path / "a.dcm")
    assert meta.FileMetaInformationVersion == b"\0\1"
    assert (meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID) == (FACTS["sop_class_uid"], "1.2.3")
    assert (meta.ImplementationClassUID, meta.ImplementationVersionName) == (
        IMPLEMENTATION_CLASS_UID,
        IMPLEMENTATION_VERSION_NAME,
    )
    assert meta.SourceApplicationEntityTitle == "PACS"
    assert meta.FileMetaInformationGroupLength == len((tmp_path / "a.dcm").read_bytes()) - 144


@given(st.text("0123456789.aZ_-", min_size=1, max_size=64), st.text("ABC 1", max_size=16))
def test_what_was_written_is_read_back(uid, title):
    """UIDs of every length, with and without an AE title; the data set begins where the meta ends."""
    start = file_start(**(FACTS | {"sop_instance_uid": uid}), source_ae_title=title)
    expected = FileMeta(FACTS["sop_class_uid"], uid, FACTS["transfer_syntax_uid"], len(start))
    assert read(start + b"\x08\0\x16\0" + bytes(20)) == expected
    assert len(start) % 2 == 0


def test_source_ae_title_is_left_out_when_unknown():
    """An empty element would claim a title of no characters."""
    assert "SourceApplicationEntityTitle" not in read_partial(BytesIO(file_start(**FACTS, source_ae_title=""))).file_meta


@pytest.mark.parametrize("cut", [0, 100, 131, 140, 150, 160, 250])
def test_torn_beginning_is_no_file(cut):
    """A file that ends within its meta has none."""
    assert read(file_start(**FACTS, source_ae_title="PACS")[:cut]) is None


def test_long_meta_is_read_to_its_end():
    """Private data in the meta of other programs is stepped over."""
    start = file_start(**FACTS, source_ae_title="")
    start += b"\x02\x00\x02\x01OB\0\0" + (5000).to_bytes(4, "little") + bytes(5000)
    assert read(start + b"\x08\0\x16\0" + bytes(20)).data_start == len(start)


def test_endless_length_is_no_file():
    """A length beyond the file ends the reading, not the memory."""
    assert read(file_start(**FACTS, source_ae_title="") + b"\x02\x00\x02\x01OB\0\0\xff\xff\xff\xff" + os.urandom(3000)) is None
