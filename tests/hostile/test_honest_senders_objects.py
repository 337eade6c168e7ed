"""What an honest sender may store: any class, any transfer syntax, any size, any number; it works, and the bytes are kept."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from . import wire
from .abusing import API, Abuses
from .encodings import big_endian, deflated, encapsulated, implicit

cases = Abuses()
STORAGE = "1.2.840.10008.5.1.4.1.1"
CURRENT = (
    "1",
    "1.1.1",
    "2.1",
    "4.1",
    "6.1",
    "7",
    "12.1",
    "20",
    "66",
    "66.4",
    "77.1.6",
    "88.33",
    "104.1",
    "128",
    "481.3",
    "9.1.1",
)
RETIRED = ("3", "5", "6", "8", "9", "10", "11", "12.3", "77.1", "77.2")
PRIVATE = (
    "1.2.840.113619.4.26",
    "1.3.12.2.1107.5.9.1",
    "1.3.46.670589.11.0.0.12.1",
    "2.25.329800735698586629295641978511506172918",
)
OTHER_STORAGE = ("1.2.840.10008.5.1.4.38.1", "1.2.840.10008.5.1.4.43.1", "1.2.840.10008.5.1.4.39.1")
"""Storage outside of the usual arc: hanging protocols, color palettes, implant templates."""
COMPRESSED = (
    "5",
    "4.50",
    "4.51",
    "4.57",
    "4.70",
    "4.80",
    "4.81",
    "4.90",
    "4.91",
    "4.94",
    "4.100",
    "4.102",
    "4.106",
    "4.107",
    "4.110",
)
HIGH_THROUGHPUT = ("4.201", "4.202", "4.203")


def kept(talk, *what):
    """Store instances, each of which must be acknowledged."""
    statuses = talk.send_instances(*what)
    assert set(statuses) == {0}, statuses


@cases("stores instances of current storage SOP Classes", kept=3 + len(CURRENT))
def current_classes(talk):
    """Images, reports, documents, raw data, segmentations, plans, waveforms."""
    kept(talk, *[wire.instance(n, sop_class=f"{STORAGE}.{each}") for n, each in enumerate(CURRENT, 4)])


@cases("stores instances of retired storage SOP Classes", kept=3 + len(RETIRED), subjects=API)
def retired_classes(talk):
    """Archives are full of them."""
    kept(talk, *[wire.instance(n, sop_class=f"{STORAGE}.{each}") for n, each in enumerate(RETIRED, 4)])


@cases("stores instances of private SOP Classes, and of storage outside of the usual arc", kept=10)
def private_classes(talk):
    """Of three vendors, and of a UUID."""
    kept(talk, *[wire.instance(n, sop_class=each) for n, each in enumerate(PRIVATE + OTHER_STORAGE, 4)])


@cases("stores in Explicit and Implicit VR Little Endian, Big Endian and deflated", kept=6)
def native_syntaxes(talk):
    """Four that every system can have."""
    kept(talk, 1, implicit(wire.instance(4)), big_endian(wire.instance(5)), deflated(wire.instance(6)))


@cases.plainly("stores only in Implicit VR Little Endian, over contexts for nothing else", kept=3, subjects=API)
def implicit_only(talk):
    """The default transfer syntax (PS3.5 10.1)."""
    kept(talk, *[implicit(wire.instance(number)) for number in (1, 2, 3)])
    talk.end(completed=3)


@cases("stores compressed: RLE, JPEG, JPEG-LS, JPEG 2000, JPIP, MPEG-2, MPEG-4, HEVC, JPEG XL", kept=3 + len(COMPRESSED))
def compressed(talk):
    """Encapsulated in some fragments, some of them of odd length before padding."""
    fragments = bytes(range(251)), b"\xff\xd8\xff\xe0" * 9, b""
    names = [f"1.2.840.10008.1.2.{each}" for each in COMPRESSED]
    kept(talk, *[encapsulated(wire.instance(n), name, *fragments) for n, name in enumerate(names, 4)])


@cases("stores in the High-Throughput JPEG 2000 syntaxes", kept=6, subjects=API)
def high_throughput(talk):
    """Newer than most software."""
    kept(talk, *[encapsulated(wire.instance(n), f"1.2.840.10008.1.2.{name}", b"x") for n, name in enumerate(HIGH_THROUGHPUT, 4)])


@cases("stores in private transfer syntaxes, one of them without VRs", kept=6)
def private_syntaxes(talk):
    """The bytes are kept; what a vendor's syntax looks like inside nobody else knows."""
    kept(talk, replace(wire.instance(4), syntax="1.3.46.670589.33.1.4.1"), encapsulated(wire.instance(5), "2.25.12345", b"x"))
    kept(talk, replace(implicit(wire.instance(6)), syntax="1.2.840.113619.5.2"))


@cases("offers native and compressed syntaxes in one context, and compressed ones in another", kept=5)
def chosen_syntaxes(talk):
    """The native one where there is one, the proposer's first where all are compressed (contract of the receiver)."""
    jpeg, jpeg2000 = "1.2.840.10008.1.2.4.70", wire.JPEG2000
    contexts = (
        (1, wire.CT, (jpeg, wire.EXPLICIT, wire.IMPLICIT)),
        (3, wire.MR, (jpeg2000, jpeg)),
        (5, wire.CT, (wire.IMPLICIT,)),
    )
    with talk.story.sender().associate(contexts=contexts) as sender:
        assert sender.contexts[3] == (0, jpeg2000)
        assert sender.contexts[5] == (0, wire.IMPLICIT)
        assert sender.store(encapsulated(wire.instance(4, sop_class=wire.MR), jpeg2000, b"x"), context=3) == 0
        assert sender.store(implicit(wire.instance(5)), context=5) == 0


@cases("stores without pixels, with pixels of no bytes, with padding behind them", kept=6)
def odd_pixels(talk):
    """Presentation states have none; some modalities pad (PS3.5 8.1, (FFFC,FFFC))."""
    bare, empty, last = wire.instance(4), wire.instance(5, pixels=b""), wire.instance(6)
    bare = replace(bare, data=bare.data[: bare.data.index(struct.pack("<HH", 0x7FE0, 0x0010))])
    kept(talk, bare, empty, replace(last, data=last.data + wire.element(0xFFFCFFFC, "OB", bytes(500))))


@cases("stores long sequences without VRs before the identifiers, of defined and undefined length", kept=6)
def long_sequences(talk):
    """300 KB of items between the SOP Instance UID and the Study Instance UID, nested 20 deep."""
    item = struct.pack("<HHI", 0x0008, 0x1150, 20) + b"1.2.840.10008.5.1.4." + struct.pack("<HHI", 0x0008, 0x1155, 6) + b"1.2.3\0"
    items = (struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item) * 6000
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    begin = struct.pack("<HHIHHI", 0x0008, 0x1140, 0xFFFFFFFF, 0xFFFE, 0xE000, 0xFFFFFFFF)
    over = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + end
    for number, sequence in enumerate((
        struct.pack("<HHI", 0x0008, 0x1140, len(items)) + items,
        struct.pack("<HHI", 0x0008, 0x1140, 0xFFFFFFFF) + items + end,
        begin * 20 + over * 20,
    ), 4):  # fmt: skip
        kept(talk, implicit(wire.instance(number), sequence))


@cases("stores with retired group lengths, with names in other scripts, with 3,000 private elements", kept=6)
def odd_data_sets(talk):
    """All that is legal, and what older systems write."""
    one, two, three = wire.instance(4), wire.instance(5), wire.instance(6)
    first = wire.element(0x00080000, "UL", struct.pack("<I", 90)) + wire.element(0x00080005, "CS", "ISO 2022 IR 87\\ISO_IR 192")
    kanji = "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B".encode("ascii")
    name = wire.element(0x00100010, "PN", "DOE^JANE")
    private = b"".join(wire.element(0x00091000 + n, "UN", bytes(40)) for n in range(3000))
    kept(
        talk,
        replace(one, data=first + one.data),
        replace(two, data=two.data.replace(name, wire.element(0x00100010, "PN", kanji))),
    )
    kept(talk, replace(three, data=three.data.replace(name, private + name)))


@cases("stores an instance of 50 MB", kept=4)
def large(talk):
    """It is never whole in memory."""
    kept(talk, wire.instance(4, pixels=bytes(range(256)) * 195_313))


@cases("stores 300 instances over one association", kept=300)
def many_in_one(talk):
    """Each is there."""
    kept(talk, *range(1, 301))


@cases("stores 300 instances over 300 associations, one after the other", kept=300)
def one_in_each(talk):
    """As some archives do."""
    for number in range(1, 301):
        kept(talk, number)


@cases("stores over 20 associations at once, ten instances each", kept=200)
def twenty_at_once(talk):
    """As fast archives do."""
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda n: kept(talk, *range(10 * n + 1, 10 * n + 11)), range(20)))


@cases("stores everything twice, and a third time over another association", subjects=API)
def thrice(talk):
    """The same bytes under the same UID are one instance."""
    for _ in range(3):
        kept(talk, 1, 2, 3)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_every_object_is_kept(case, subject, faults):
    """Every one is acknowledged, kept byte for byte, and counted."""
    assert faults(case, subject) == []
