"""What goes over the wire, by hand: PDUs (PS3.8 9.3), command sets (PS3.7 6.3), data sets (PS3.5 7.1).

Nothing here is of dicommove, pydicom or pynetdicom: peers that misbehave must not depend on who is judged by them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT, EXPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
DEFLATED, JPEG2000 = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.90"
ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)
C_STORE, C_FIND, C_MOVE, C_ECHO, C_CANCEL = 0x0001, 0x0020, 0x0021, 0x0030, 0x0FFF
STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY, SERIES = "1.2.3", "1.2.3.1"
_LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UC", "UN", "UR", "UT"}


def padded(text: str | bytes, filler: bytes = b"\0") -> bytes:
    """Even length (PS3.5 7.1.1)."""
    data = text.encode() if isinstance(text, str) else text
    return data + filler * (len(data) % 2)


def element(tag: int, vr: str, value: str | bytes = b"", *, length: int | None = None) -> bytes:
    """One element in Explicit VR Little Endian; ``length`` lies about it."""
    data = padded(value, b"\0" if vr in {"UI", "OB", "UN"} else b" ")
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    size = len(data) if length is None else length
    return head + (struct.pack("<HI", 0, size) if vr in _LONG else struct.pack("<H", size)) + data


def read_explicit(data: bytes) -> dict[int, bytes]:
    """Values of a data set without sequences in Explicit VR Little Endian, such as File Meta Information (PS3.10 7.1)."""
    values, at = {}, 0
    while at + 8 <= len(data):
        group, number, vr, length = struct.unpack_from("<HH2sH", data, at)
        at += 8
        if vr.decode("latin-1") in _LONG:
            (length,) = struct.unpack_from("<I", data, at)
            at += 4
        values[group << 16 | number] = data[at : at + length]
        at += length
    return values


def implicit(elements: dict[int, str | bytes]) -> bytes:
    """Elements in Implicit VR Little Endian: an Identifier."""
    data = b""
    for tag, text in sorted(elements.items()):
        value = padded(text, b"\0" if isinstance(text, bytes) or "." in text else b" ")
        data += struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value
    return data


def data_set(
    uid: str, *, sop_class: str = CT, patient: str = "P1", study: str = STUDY, series: str = SERIES, pixels: bytes = bytes(2000)
) -> bytes:
    """A small instance in Explicit VR Little Endian, as every honest system writes it."""
    return b"".join([
        element(0x00080016, "UI", sop_class),
        element(0x00080018, "UI", uid),
        element(0x00080060, "CS", "CT"),
        element(0x00100010, "PN", "DOE^JANE"),
        element(0x00100020, "LO", patient),
        element(0x0020000D, "UI", study),
        element(0x0020000E, "UI", series),
        element(0x00200013, "IS", uid.rpartition(".")[2]),
        element(0x7FE00010, "OW", pixels),
    ])  # fmt: skip


@dataclass(frozen=True)
class Instance:
    """A SOP Instance as it is sent.

    Attributes
    ----------
    stored : bytes or None
        What a file must hold, where that is not what was sent.
    """

    uid: str
    data: bytes
    sop_class: str = CT
    syntax: str = EXPLICIT
    stored: bytes | None = None


def instance(number: int | str, **how) -> Instance:
    """The nth instance of the study that is asked for, or one of another UID."""
    uid = number if isinstance(number, str) else f"{SERIES}.{number}"
    return Instance(uid, data_set(uid, **how), how.get("sop_class", CT))


def command_set(fields: dict[int, str | int | bytes]) -> bytes:
    """A command set by element number (Implicit VR Little Endian); numbers are US, texts as they are."""
    body = b""
    for number, value in sorted(fields.items()):
        data = struct.pack("<H", value) if isinstance(value, int) else padded(value)
        body += struct.pack("<HHI", 0, number, len(data)) + data
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def c_store(uid: str, sop_class: str = CT, message_id: int = 1, more: dict[int, str | int | bytes] | None = None) -> bytes:
    """The command set of a C-STORE-RQ (PS3.7 9.3.1.1); ``more`` adds or replaces elements."""
    fields = {0x0002: sop_class, 0x0100: C_STORE, 0x0110: message_id, 0x0700: 0, 0x0800: 1, 0x1000: uid}
    return command_set(fields | (more or {}))


def response(of: dict[int, object], status: int | None, more: dict[int, str | int | bytes] | None = None) -> bytes:
    """The command set of a response to a request, with or without a status (PS3.7 9.3)."""
    fields = {0x0100: of[0x0100] | 0x8000, 0x0120: of[0x0110], 0x0800: 0x0101}
    fields |= {0x0002: of[0x0002]} if 0x0002 in of else {}
    fields |= {} if status is None else {0x0900: status}
    return command_set(fields | (more or {}))


def read_command(data: bytes) -> dict[int, object]:
    """A command set by element number: numbers, texts, or bytes where they are neither."""
    fields, at = {}, 0
    while at + 8 <= len(data):
        _, number, length = struct.unpack_from("<HHI", data, at)
        value = data[at + 8 : at + 8 + length]
        text = {0x0002, 0x0003, 0x0600, 0x1000, 0x1001, 0x1030}
        fields[number] = value.decode("latin-1").strip("\0 ") if number in text else int.from_bytes(value[:4], "little")
        at += 8 + length
    return fields


def pdu(kind: int, body: bytes, *, length: int | None = None) -> bytes:
    """A PDU; ``length`` lies about it."""
    return struct.pack(">BxI", kind, len(body) if length is None else length) + body


def value_item(context: int, data: bytes, *, command: bool = False, last: bool = True, length: int | None = None) -> bytes:
    """A presentation data value item (PS3.8 9.3.5.1); ``length`` lies about it."""
    return struct.pack(">IBB", len(data) + 2 if length is None else length, context, command | last << 1) + data


def p_data(context: int, data: bytes, *, command: bool = False, size: int = 16000) -> bytes:
    """A whole command set or data set as P-DATA-TF PDUs with values of ``size`` bytes."""
    pieces = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
    items = (value_item(context, piece, command=command, last=number == len(pieces)) for number, piece in enumerate(pieces, 1))
    return b"".join(pdu(P_DATA, item) for item in items)


def item(kind: int, body: bytes, *, length: int | None = None) -> bytes:
    """An item of an association PDU; ``length`` lies about it."""
    return struct.pack(">BxH", kind, len(body) if length is None else length) + body


def user_information(max_length: int = 16384, more: bytes = b"") -> bytes:
    """User information: maximum length, implementation, and further sub-items (PS3.7 D.3.3)."""
    return item(0x50, item(0x51, struct.pack(">I", max_length)) + item(0x52, b"1.2.3.99") + more)


def associate_rq(contexts=((1, CT, (EXPLICIT,)),), *, called="STORESCP", calling="ARCHIVE", max_length=16384, more=b"") -> bytes:
    """An A-ASSOCIATE-RQ; ``more`` are further user information sub-items."""
    items = item(0x10, b"1.2.840.10008.3.1.1.1")
    for number, abstract, syntaxes in contexts:
        offered = b"".join(item(0x40, syntax.encode()) for syntax in syntaxes)
        items += item(0x20, bytes([number, 0, 0, 0]) + item(0x30, abstract.encode()) + offered)
    head = struct.pack(">H2x16s16s32x", 1, called.encode().ljust(16), calling.encode().ljust(16))
    return pdu(ASSOCIATE_RQ, head + items + user_information(max_length, more))


def items_of(body: bytes) -> list[tuple[int, bytes]]:
    """The items of a part of an association PDU."""
    found, at = [], 0
    while at + 4 <= len(body):
        kind, length = struct.unpack_from(">BxH", body, at)
        found.append((kind, body[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


def proposed(body: bytes) -> dict[int, tuple[str, list[str]]]:
    """The presentation contexts of an A-ASSOCIATE-RQ: abstract syntax and transfer syntaxes by ID."""
    contexts = {}
    for kind, content in items_of(body[68:]):
        if kind == 0x20:
            parts = items_of(content[4:])
            contexts[content[0]] = (parts[0][1].decode(), [syntax.decode() for number, syntax in parts if number == 0x40])
    return contexts


def accepted(body: bytes) -> dict[int, tuple[int, str]]:
    """The presentation contexts of an A-ASSOCIATE-AC: result and transfer syntax by ID."""
    found = [content for kind, content in items_of(body[68:]) if kind == 0x21]
    return {content[0]: (content[2], items_of(content[4:])[0][1].decode().strip("\0")) for content in found}


def associate_ac(request: bytes, *, result: int = 0, max_length: int = 16384, more: bytes = b"") -> bytes:
    """The answer to the body of an A-ASSOCIATE-RQ: the same result for each context, Implicit VR Little Endian where offered."""
    items = item(0x10, b"1.2.840.10008.3.1.1.1")
    for number, (_, syntaxes) in proposed(request).items():
        chosen = IMPLICIT if IMPLICIT in syntaxes else syntaxes[0]
        items += item(0x21, bytes([number, 0, result, 0]) + item(0x40, chosen.encode()))
    return pdu(ASSOCIATE_AC, request[:68] + items + user_information(max_length, more))


def reject(result: int, source: int, reason: int) -> bytes:
    """An A-ASSOCIATE-RJ (PS3.8 9.3.4)."""
    return pdu(ASSOCIATE_RJ, bytes([0, result, source, reason]))


def abort(source: int = 2, reason: int = 0) -> bytes:
    """An A-ABORT (PS3.8 9.3.8)."""
    return pdu(ABORT, bytes([0, 0, source, reason]))
