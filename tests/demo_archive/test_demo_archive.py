"""The archive as an object: what it serves, where it listens, and how it starts and stops."""

import hashlib
import shutil
import socket

import pytest
from pydicom.data import get_testdata_file

from dicommove.demo_archive import DemoArchive
from dicommove.demo_archive import archive as archive_module
from dicommove.errors import ListenerError, QueryError
from dicommove.terms import Level


def test_folder_with_junk_is_served_and_not_changed(tmp_path, client):
    """Junk, empty files, files without UIDs and doubles are passed over; no file is changed or added."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "one.dcm").write_bytes(client.small_instance(1))
    (tmp_path / "double").write_bytes(client.small_instance(1))
    (tmp_path / "empty").touch()
    (tmp_path / "notes.txt").write_text("no DICOM here" * 50)
    (tmp_path / "cut").write_bytes(client.small_instance(2)[:260])
    (tmp_path / "no_uid").write_bytes(client.small_instance(3, study=""))
    (tmp_path / "odd_uid").write_bytes(client.small_instance(4, study="../1"))
    before = {path: hashlib.sha256(path.read_bytes()).digest() for path in tmp_path.rglob("*") if path.is_file()}
    with DemoArchive(data=tmp_path) as archive:
        assert len(archive.index) == 1
        answers, _ = client.find(archive, client.identifier("STUDY", PatientID="P1"))
        assert len(answers) == 1
    assert {path: hashlib.sha256(path.read_bytes()).digest() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("name", "rows"),
    [("MR_small_bigendian.dcm", "64"), ("MR_small_implicit.dcm", "64"), ("image_dfl.dcm", "512"), ("JPEG2000.dcm", "1024")],
)
def test_every_transfer_syntax_is_indexed(tmp_path, name, rows):
    """Big endian, implicit, deflated and compressed files are read to the same header."""
    shutil.copy(get_testdata_file(name), tmp_path)
    index = DemoArchive(data=tmp_path).index
    assert [node.header.text(0x00280010) for node in index.nodes(Level.IMAGE)] == [rows]


def test_wrong_arguments_say_what_to_do(tmp_path):
    """A folder that is none and a fault that is none are refused before anything starts."""
    with pytest.raises(QueryError, match="folder"):
        DemoArchive(data=tmp_path / "absent")
    with pytest.raises(QueryError, match="drop:N"):
        DemoArchive(fault="fire")


def test_taken_port_is_told(small_folder):
    """A port that somebody holds raises with the port and the way out."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(ListenerError, match="port=0") as refused:
            DemoArchive(data=small_folder, port=port).start()
    assert refused.value.port == port


def test_stopped_archive_starts_again_on_its_port(small_folder, client):
    """Start and stop may be called twice; after a stop the same port can be taken again."""
    archive = DemoArchive(data=small_folder)
    assert (archive.port, archive.running, repr(archive)) == (0, False, "<DemoArchive stopped>")
    port = archive.start().start().port
    archive.stop()
    archive.stop()
    again = DemoArchive(data=small_folder, port=port, fault="refuse")
    with again:
        assert repr(again) == f"<DemoArchive DEMO@127.0.0.1:{port} fault=refuse>"
        with client.association(again) as talk:
            assert talk.send_c_echo().Status == 0x0000


def test_destinations_are_copies():
    """What `destinations` gives can be changed without changing the archive."""
    archive = DemoArchive(destinations={"A": ("127.0.0.1", 1)})
    archive.destinations.clear()
    assert archive.destinations == {"A": ("127.0.0.1", 1)}


def test_without_a_folder_it_has_its_patients(monkeypatch, small_folder):
    """The synthetic patients are looked up only when no folder is given."""
    monkeypatch.setattr(archive_module, "demo_folders", lambda: (small_folder,))
    assert len(DemoArchive().index) == 12
