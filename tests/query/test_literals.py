"""Literal values per VR."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.valuerep import DSfloat, PersonName

from dicommove.errors import QueryError
from dicommove.query.literals import INTEGER_RANGES, literal_text


@pytest.mark.parametrize(
    ("vr", "value", "text"),
    [
        ("CS", " CT ", "CT"),
        ("CS", "M?", "M?"),
        ("PN", "Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("PN", PersonName("A^B"), "A^B"),
        ("PN", "=山田*", "=山田*"),
        ("UI", " 1.2.3\0", "1.2.3"),
        ("IS", np.int64(7), "7"),
        ("IS", "+7", "7"),
        ("DS", "1.50", "1.50"),
        ("DS", Decimal("2.5"), "2.5"),
        ("DS", 3, "3"),
        ("DS", 1e300, "1e+300"),
        ("DS", DSfloat("0.25"), "0.25"),
        ("DS", np.float32(0.5), "0.5"),
        ("FD", "0.1", "0.1"),
        ("US", 512, "512"),
        ("AS", "045Y", "045Y"),
        ("AT", "(0018,1063)", "00181063"),
        ("AT", "FrameTime", "00181063"),
        ("AT", 0x00181063, "00181063"),
        ("OB", b"\x0a\xff", "0aff"),
        ("UN", "0AFF", "0aff"),
        ("LO", np.str_("X"), "X"),
        ("LT", "a\\b", "a\\b"),
        ("AE", "PACS*", "PACS*"),
    ],
)
def test_values_that_are_taken(vr, value, text):
    """What each VR takes and how it is written."""
    assert literal_text(vr, value, "X") == text


@pytest.mark.parametrize(
    ("vr", "value", "hint"),
    [
        ("CS", "ct", "capital letters"),
        ("CS", "A" * 17, "at most 16"),
        ("SH", "A" * 17, "at most 16"),
        ("LO", "A" * 65, "at most 64"),
        ("LO", 12345, "leading zeros"),
        ("LO", 12345.0, "leading zeros"),
        ("LO", None, "takes text"),
        ("LO", pd.NA, "takes text"),
        ("LO", "", "match everything"),
        ("LO", "   ", "match everything"),
        ("LO", "a\\b", "all_of"),
        ("PN", "a=b=c=d", "three component groups"),
        ("PN", "a^b^c^d^e^f", "five components"),
        ("PN", "x" * 65, "64 characters"),
        ("PN", 5, "takes text"),
        ("UI", "1.2.*", "no wildcards"),
        ("UI", "../etc", "no UID"),
        ("UI", "1" * 65, "longer than 64"),
        ("UI", 1.2, "as text"),
        ("IS", "5*", "no wildcards"),
        ("IS", 2**31, "takes -2147483648 to"),
        ("IS", True, "whole number, not bool"),
        ("IS", 1.5, "whole number, not float"),
        ("IS", "x", "whole number, not other text"),
        ("US", -1, "takes 0 to 65535"),
        ("DS", float("inf"), "finite"),
        ("DS", "1,5", "decimal number"),
        ("DS", "1" * 17, "16 characters"),
        ("FD", "nan", "finite"),
        ("FD", "x", "finite"),
        ("AS", "45", "'045Y'"),
        ("AT", "Fram", "takes a tag"),
        ("AT", "zz", "takes a tag"),
        ("OB", "0", "hexadecimal"),
        ("OB", 5, "takes"),
        ("UR", "http://é", "not ASCII"),
    ],
)
def test_values_that_are_refused_with_a_reason(vr, value, hint):
    """Each refusal names the attribute and what would be right."""
    with pytest.raises(QueryError, match="SomeKeyword") as caught:
        literal_text(vr, value, "SomeKeyword")
    assert hint in str(caught.value)


@given(st.text(min_size=1), st.sampled_from(["LO", "PN", "SH", "CS", "UI", "DA", "IS", "DS", "AE", "AS", "AT", "OB"]))
def test_any_text_is_taken_or_refused_in_our_own_words(text, vr):
    """Hostile text raises nothing but QueryError."""
    with suppress(QueryError):
        assert isinstance(literal_text(vr, text, "K"), str)


@pytest.mark.parametrize("vr", ["LO", "PN", "SH", "CS", "UI", "DA", "TM", "DT", "IS", "DS", "AE", "AS", "OB"])
def test_refusals_never_show_the_value(vr):
    """What a patient is called, or when born, stays out of exception texts and so out of logs."""
    secret = "Süß\\Secret" * 9
    with pytest.raises(QueryError) as caught:
        literal_text(vr, secret, "K")
    assert "Secret" not in str(caught.value)


@given(st.floats(-1e300, 1e300))
def test_decimals_fit_and_stay_close(number):
    """DS has 16 characters; a number that fits is exact, any other is rounded in its last places."""
    text = literal_text("DS", number, "SliceThickness")
    assert len(text) <= 16
    assert float(text) == pytest.approx(number, rel=1e-8, abs=1e-300)


@pytest.mark.parametrize("vr", INTEGER_RANGES)
def test_ends_of_integer_ranges(vr):
    """The smallest and the largest are taken, one beyond is not."""
    low, high = INTEGER_RANGES[vr]
    assert [literal_text(vr, end, "K") for end in (low, high)] == [str(low), str(high)]
    for beyond in (low - 1, high + 1):
        with pytest.raises(QueryError):
            literal_text(vr, beyond, "K")
