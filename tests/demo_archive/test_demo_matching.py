"""Attribute matching by the tables of PS3.4 C.2.2.2."""

import pytest

from dicommove.demo_archive.elements import Element
from dicommove.demo_archive.header import Header
from dicommove.demo_archive.matching import matches, matches_sequence

CASES = [
    # VR, key, stored values, matches
    ("LO", "", (), True),
    ("LO", "*", (), True),
    ("LO", "CT head", ("CT head",), True),
    ("LO", "ct head", ("CT head",), False),
    ("CS", "CT", ("MR", "CT"), True),
    ("CS", "C?", ("CT",), True),
    ("CS", "C?", ("C",), False),
    ("LO", "a.c", ("abc",), False),
    ("LO", "*x*y*", ("axbyc",), True),
    ("LO", "*y*x*", ("axbyc",), False),
    ("LO", "a**c", ("abc",), True),
    ("LO", "CT", (), False),
    ("LO", "CT", ("",), False),
    ("PN", "meier*", ("MEIER^ANNA",), True),
    ("PN", "MEIER^ANNA", ("MEIER^ANNA^^^",), True),
    ("PN", "山田*", ("Yamada^Tarou=山田^太郎=やまだ^たろう",), True),
    ("PN", "Yamada*=山田*", ("Yamada^Tarou=山田^太郎=やまだ^たろう",), True),
    ("PN", "=山田*", ("Yamada^Tarou=山田^太郎=やまだ^たろう",), True),
    ("PN", "=鈴木*", ("Yamada^Tarou=山田^太郎=やまだ^たろう",), False),
    ("PN", "MU\u0308LLER*", ("MÜLLER^KLAUS",), True),
    ("UI", "1.2.3", ("1.2.3",), True),
    ("UI", "1.2\\1.2.3", ("1.2.3",), True),
    ("UI", "1.2.*", ("1.2.3",), False),
    ("DA", "20240117", ("20240117",), True),
    ("DA", "20240101-20240331", ("20240117",), True),
    ("DA", "20240101-20240331", ("20240331",), True),
    ("DA", "20240101-", ("20231231",), False),
    ("DA", "-20231231", ("20231231",), True),
    ("DA", "20240101-20240331", ("2024.01.17",), True),
    ("DA", "20240101-20240331", (), False),
    ("TM", "0800-0900", ("081500",), True),
    ("TM", "0800-0900", ("090059.9",), True),
    ("TM", "0800-0900", ("0901",), False),
    ("TM", "081500", ("0815",), True),
    ("DT", "20240101-20240131", ("20240117081500.5",), True),
    ("DT", "20240117081500-0500", ("20240117081500-0500",), True),
    ("DT", "202401-", ("20231231",), False),
    ("IS", "7", ("007",), True),
    ("DS", "2.50", ("2.5",), True),
    ("US", "512", ("512",), True),
    ("US", "512", ("256",), False),
]


@pytest.mark.parametrize(("vr", "key", "stored", "expected"), CASES)
def test_key_matches_stored_values_by_its_vr(vr, key, stored, expected):
    """Single value, UID list, universal, wildcard and range matching do what the Standard says."""
    assert matches(vr, key, stored) is expected


def test_many_asterisks_take_no_time():
    """A hostile wildcard is answered at once: no backtracking without end."""
    assert not matches("LO", "*a" * 30 + "b", ("a" * 64,))


def test_sequence_matches_when_one_item_has_every_key():
    """Keys of a sequence must all be in the same item."""
    code, scheme = 0x00080100, 0x00080102
    stored = [
        Header({code: Element("SH", b"A"), scheme: Element("SH", b"X")}),
        Header({code: Element("SH", b"B"), scheme: Element("SH", b"Y")}),
    ]
    assert matches_sequence(Header({code: Element("SH", b"A"), scheme: Element("SH", b"X")}), stored)
    assert not matches_sequence(Header({code: Element("SH", b"A"), scheme: Element("SH", b"Y")}), stored)
    assert matches_sequence(Header({code: Element("SH", b"")}), ())
