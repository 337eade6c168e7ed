"""Other bytes of an instance under the same UID: what an archive sends that holds two versions of one object."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from ..terms import DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN
from .elements import position_of

if TYPE_CHECKING:
    from .part10 import Instance

__all__ = ["altered"]

_IMAGE_COMMENTS = 0x00204000
_COMMENTS = b"another version of this instance"


def altered(instance: Instance, data: bytes) -> bytes:
    """Give an encoded data set other Image Comments (0020,4000); all else stays as it is, in any transfer syntax.

    Parameters
    ----------
    instance : Instance
        Says in which transfer syntax the data are.
    data : bytes
        The data set as stored.
    """
    if instance.transfer_syntax_uid != DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN:
        return _altered(data, instance.transfer_syntax_uid)
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(_altered(zlib.decompress(data, -zlib.MAX_WBITS), instance.transfer_syntax_uid)) + packer.flush()
    return packed + b"\0" * (len(packed) % 2)


def _altered(data: bytes, syntax: str) -> bytes:
    explicit, little = syntax != IMPLICIT_VR_LITTLE_ENDIAN, syntax != EXPLICIT_VR_BIG_ENDIAN
    start, end = position_of(data, _IMAGE_COMMENTS, explicit=explicit, little=little)
    order = "<" if little else ">"
    tag = struct.pack(order + "HH", _IMAGE_COMMENTS >> 16, _IMAGE_COMMENTS & 0xFFFF)
    head = b"LT" + struct.pack(order + "H", len(_COMMENTS)) if explicit else struct.pack("<L", len(_COMMENTS))
    return data[:start] + tag + head + _COMMENTS + data[end:]
