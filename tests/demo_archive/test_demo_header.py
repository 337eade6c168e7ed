"""Text of headers in their own character sets."""

import pytest

from dicommove.demo_archive.elements import Element
from dicommove.demo_archive.header import Header

NAME = 0x00100010
CASES = [
    ("", b"DOE^JANE", "DOE^JANE"),
    ("ISO_IR 100", "MÜLLER^JÖRG".encode("latin-1"), "MÜLLER^JÖRG"),
    ("ISO_IR 144", "ИВАНОВА^МАРИЯ".encode("iso8859_5"), "ИВАНОВА^МАРИЯ"),
    ("ISO_IR 192", "山田^太郎".encode(), "山田^太郎"),
    ("\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "Yamada^Tarou=山田^太郎"),
    ("ISO 2022 IR 13\\ISO 2022 IR 87", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"),
    ("\\ISO 2022 IR 149", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7", "Hong^Gildong=洪^吉洞"),
    ("GB18030", "王^小东".encode("gb18030"), "王^小东"),
    ("NO SUCH SET", b"M\xfcLLER", "MüLLER"),
    ("ISO_IR 192", b"M\xfcLLER", "M\ufffdLLER"),
]


@pytest.mark.parametrize(("charset", "value", "text"), CASES)
def test_text_is_read_by_the_specific_character_set(charset, value, text):
    """Every kind of Specific Character Set is read; what cannot be is replaced, never raised or warned about."""
    assert Header({0x00080005: Element("CS", charset.encode()), NAME: Element("PN", value)}).text(NAME) == text


def test_item_inherits_the_character_set_of_its_data_set():
    """An item without its own character set has that of the data set around (PS3.3 C.12.1.1.2)."""
    item = {0x00080104: Element("LO", "Schädel".encode("latin-1"))}
    header = Header({0x00080005: Element("CS", b"ISO_IR 100"), 0x00081032: Element("SQ", (item,))})
    assert header.items(0x00081032)[0].text(0x00080104) == "Schädel"


def test_absent_and_empty_have_no_values():
    """Absent, empty and padding alone are no value; a backslash in long text separates nothing."""
    header = Header({NAME: Element("PN", b""), 0x00104000: Element("LT", b"a\\b "), 0x00080050: Element("SH", b"  ")})
    assert [header.values(tag) for tag in (NAME, 0x00080050, 0x00100020)] == [(), (), ()]
    assert header.values(0x00104000) == ("a\\b",)
