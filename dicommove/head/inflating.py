"""The beginning of a deflated data set, inflated as far as anybody needs it (PS3.5 A.5)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .encoding import Data

__all__ = ["Inflating"]

_STEPS = (4096, 64, 1)  # bytes; in which the damage of a piece is looked for


class Inflating:
    """Inflates a stream that comes in pieces, up to a limit: a few bytes may inflate to gigabytes.

    In whatever pieces it comes, the same comes out; of a damaged one all that is before the damage.

    Parameters
    ----------
    limit : int
        Bytes that come out at most.

    Attributes
    ----------
    room : int
        Bytes that may still come out.
    damaged : bool
        The stream is none from here on; nothing more comes out.

    Examples
    --------
    >>> stream = Inflating(100)
    >>> stream.take(bytes.fromhex("730e0100")), stream.damaged
    (b'CT', False)
    """

    def __init__(self, limit: int) -> None:
        self.room = limit
        self.damaged = False
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)

    def take(self, data: Data) -> bytes:
        """Inflate the next piece."""
        if self.room == 0 or self.damaged:
            return b""
        before = self._stream.copy()
        try:
            plain = self._stream.decompress(data, self.room)
        except zlib.error:
            plain = self._before_damage(before, memoryview(data))
            self.damaged = True
        self.room -= len(plain)
        return plain

    def _before_damage(self, stream: zlib._Decompress, data: memoryview) -> bytes:
        """Inflate what comes before the damage: of a piece in which it finds a fault zlib itself gives nothing."""
        plain, position = b"", 0
        for step in _STEPS:
            while position < len(data):
                trial = stream.copy()
                try:
                    plain += trial.decompress(data[position : position + step], self.room - len(plain))
                except zlib.error:
                    break
                stream, position = trial, position + step
        return plain
