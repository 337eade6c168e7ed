"""The first elements of a data set, read over bytes without decoding the rest: while they stream in, or from a file."""

from __future__ import annotations

from .part10 import read_head
from .scanner import PLACING, HeadScanner
from .text import CUSTOMIZABLE, decode_text
from .values import Head

__all__ = ["CUSTOMIZABLE", "PLACING", "Head", "HeadScanner", "decode_text", "read_head"]
