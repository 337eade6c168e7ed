"""Data sets made byte by byte, and stores that are closed at the end."""

from __future__ import annotations

import struct
from types import SimpleNamespace

import pytest

from dicommove.head import PLACING, HeadScanner
from dicommove.store.folder import Store

EXPLICIT = "1.2.840.10008.1.2.1"
CT = "1.2.840.10008.5.1.4.1.1.2"


def element(tag, vr, value):
    """Encode one element in Explicit VR Little Endian (PS3.5 7.1.2), short form."""
    data = value if isinstance(value, bytes) else value.encode()
    data += (b"\0" if vr == "UI" else b" ") * (len(data) % 2)
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), len(data)) + data


def data_set(uid, *, study="1.2.3", series="1.2.3.4", number="7", modality="CT", patient="P1", pixels=b"\1\2" * 50):
    """Encode a small CT image."""
    return b"".join(
        (
            element(0x00080016, "UI", CT),
            element(0x00080018, "UI", uid),
            element(0x00080060, "CS", modality),
            element(0x00100010, "PN", "MEIER^HANS"),
            element(0x00100020, "LO", patient),
            element(0x0020000D, "UI", study),
            element(0x0020000E, "UI", series),
            element(0x00200011, "IS", "3"),
            element(0x00200013, "IS", number),
            element(0x00280010, "US", struct.pack("<H", 10)),
            element(0x00280011, "US", struct.pack("<H", 5)),
            struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, len(pixels)) + pixels,
        )
    )


def head_of(data, wanted=PLACING):
    """Scan the head as the receiver does."""
    scanner = HeadScanner(EXPLICIT, wanted)
    scanner.feed(data)
    return scanner.head(ended=True)


def incoming_of(store, uid, **options):
    """Open an instance's place with the facts of a usual request."""
    facts = {"sop_class_uid": CT, "transfer_syntax_uid": EXPLICIT, "source_ae_title": "PACS"} | options
    return store.incoming(sop_instance_uid=uid, **facts)


def deliver(store, uid="1.2.3.4.5", data=None, head=None, **options):
    """Hand over one instance as the receiver does, in two fragments; return its sink."""
    data = data_set(uid) if data is None else data
    sink = incoming_of(store, uid, **options)
    middle = len(data) // 2
    sink.write(memoryview(data)[:middle])
    sink.write(memoryview(data)[middle:])
    sink.status = sink.finish(head or head_of(data))
    return sink


def instances_in(folder):
    """Relative paths of all files outside our own folder, sorted."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return sorted(str(path) for path in files if path.parts[0] != ".dicommove")


@pytest.fixture
def kit():
    """What makes instances and hands them over."""
    return SimpleNamespace(
        EXPLICIT=EXPLICIT,
        data_set=data_set,
        deliver=deliver,
        head_of=head_of,
        incoming_of=incoming_of,
        instances_in=instances_in,
        new_store=Store,
    )


@pytest.fixture
def open_store(tmp_path):
    """Open stores, by default on one folder, and close them at the end."""
    stores = []

    def opened(folder=tmp_path / "data", **options):
        stores.append(Store(folder, **options).prepare())
        return stores[-1]

    yield opened
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store):
    """A store as it comes."""
    return open_store()
