"""Text for pictures: whatever a modality wrote, in glyphs that the fonts of this machine have."""

from __future__ import annotations

from functools import cache

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

__all__ = ["families", "font_of", "legible"]

_FALLBACKS = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Hiragino Sans", "Yu Gothic", "MS Gothic", "IPAexGothic", "IPAGothic", "TakaoGothic",
    "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Malgun Gothic",
    "AppleGothic", "Noto Sans CJK KR", "Arial Unicode MS", "Noto Sans",
)  # fmt: skip
_NO_GLYPH = "\N{WHITE SQUARE}"


@cache
def families() -> list[str]:
    """Name the font families to draw with: matplotlib's own, then those of this machine that know more scripts."""
    installed = set(font_manager.get_font_names())
    return ["DejaVu Sans", *(name for name in _FALLBACKS if name in installed)]


@cache
def _glyphs() -> dict[str, frozenset[int]]:
    """Code points that each font file can draw."""
    paths = [str(font_manager.findfont(name, fallback_to_default=False)) for name in families()]
    return {path: frozenset(FT2Font(path).get_charmap()) for path in paths}


@cache
def _drawable() -> frozenset[int]:
    return frozenset[int]().union(*_glyphs().values())


def font_of(text: str) -> str:
    """Path of the first font that can draw the whole of a line; of the one that can draw most of it, where none can.

    Examples
    --------
    >>> font_of("Thorax").endswith("DejaVuSans.ttf")
    True
    """
    codes = {ord(character) for character in text}
    return max(_glyphs(), key=lambda path: len(codes & _glyphs()[path]))


def legible(text: str, width: int) -> str:
    r"""Bring a line to at most `width` characters, all of which can be drawn; matplotlib warns about others at every drawing.

    Examples
    --------
    >>> legible("Thorax  Lungen\n1.0 B70f", 40)
    'Thorax Lungen 1.0 B70f'
    """
    one_line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    known = "".join(c if ord(c) in _drawable() else _NO_GLYPH for c in one_line)
    return known if len(known) <= width else f"{known[: width - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
