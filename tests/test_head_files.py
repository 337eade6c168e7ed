"""Heads of files that are none of DICOM, or are cut off."""

from __future__ import annotations

import pytest

from dicommove.head import read_head


@pytest.mark.parametrize(
    "content", [b"", b"DICM", bytes(128) + b"DICM", bytes(128) + b"DICM\x02\0\x10\0UI\xff\xff1", b"x" * 40_000]
)
def test_what_is_no_dicom_file(tmp_path, content):
    """Other files, and those that are cut off, are heads without values."""
    (tmp_path / "a").write_bytes(content)
    head = read_head(tmp_path / "a")
    assert dict(head.raw) == {}
    assert not head.complete or content.endswith(b"DICM")
