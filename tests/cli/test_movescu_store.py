"""--store: the original's file names in the folder that was given, the bytes as sent, and nothing else left there."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
import zlib

import pytest
from pydicom import dcmread
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    EncapsulatedPDFStorage,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RTDoseStorage,
    SecondaryCaptureImageStorage,
)
from pynetdicom import AE
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.pdu import P_DATA_TF

from .movescu_programs import DEADLINE, instance, listening, store_request

P1 = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P1")
PATIENT = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=000123")


def sending(archive_that, *instances):
    """An archive that sends these instances."""

    def handle(_):
        yield archive_that.destination
        yield len(instances)
        for each in instances:
            yield 0xFF00, each

    return archive_that(handle)


def test_files_have_the_names_of_the_original(both, archive_that):
    """One of each prefix; a folder that is made, with those above it; the same instances within."""
    classes = (CTImageStorage, EnhancedMRImageStorage, SecondaryCaptureImageStorage, RTDoseStorage, EncapsulatedPDFStorage)
    instances = [instance(f"1.2.3.{number}", SOPClassUID=uid) for number, uid in enumerate(classes)]
    archive = sending(archive_that, *instances)
    theirs, ours = both(*archive, *archive_that.storing, "-od", "a/b", *P1)
    assert (theirs.code, ours.code) == (0, 0)
    assert (
        set(ours.files)
        == set(theirs.files)
        == {f"a/b/{name}" for name in ("CT.1.2.3.0", "MRE.1.2.3.1", "SC.1.2.3.2", "RD.1.2.3.3", "UN.1.2.3.4")}
    )
    for name in ours.files:
        assert dcmread(ours.folder / name) == dcmread(theirs.folder / name)


def test_the_demo_archive_is_stored_alike(both, demo):
    """130 instances of many kinds: equal names, equal data sets."""
    theirs, ours = both(*demo.storing, *PATIENT)
    assert (theirs.code, ours.code) == (0, 0)
    assert set(ours.files) == set(theirs.files)
    assert len(ours.files) == 130
    for name in sorted(ours.files)[::13]:
        assert dcmread(ours.folder / name) == dcmread(theirs.folder / name)


def test_an_instance_that_is_there_is_kept(movescu, archive_that):
    """The same bytes: the original's warning, one file. Other bytes: beside the first as ~2 and ~3, each once. Exit code 0."""
    one, other = instance(PatientName="ONE"), instance(PatientName="OTHER")
    for sent, files in ((one, 1), (one, 1), (other, 2), (other, 2), (instance(PatientName="THIRD"), 3)):
        ran = movescu(*sending(archive_that, sent), *archive_that.storing, *P1, folder="kept")
        assert ran.code == 0
        assert set(ran.files) == {"CT.1.2.3.4", "CT.1.2.3.4~2", "CT.1.2.3.4~3"} - {f"CT.1.2.3.4~{n}" for n in (2, 3) if n > files}
    assert [line for line in ran.lines if line.startswith("W:")] == [
        "W: DICOM file already exists with other content, keeping both: CT.1.2.3.4~3"
    ]
    assert dcmread(ran.folder / "CT.1.2.3.4").PatientName == "ONE"
    assert dcmread(ran.folder / "CT.1.2.3.4~2").PatientName == "OTHER"


def test_compat_overwrites_as_the_original(movescu, archive_that):
    """The last one stays, under its one name."""
    for name in ("ONE", "OTHER", "OTHER"):
        ran = movescu(*sending(archive_that, instance(PatientName=name)), *archive_that.storing, *P1, "--compat", folder="kept")
        assert ran.code == 0
        assert set(ran.files) == {"CT.1.2.3.4"}
        assert dcmread(ran.folder / "CT.1.2.3.4").PatientName == name
    assert "W: DICOM file already exists, overwriting" in ran.lines


def test_a_file_that_is_no_instance_is_never_touched(movescu, archive_that, tmp_path):
    """The user's own file with an instance's name stays; the instance has another name, and the line says which."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "CT.1.2.3.4").write_text("mine", encoding="utf-8")
    ran = movescu(*sending(archive_that, instance()), *archive_that.storing, *P1, folder="kept")
    assert ran.code == 0
    assert ran.files["CT.1.2.3.4"] == b"mine"
    (stored,) = set(ran.files) - {"CT.1.2.3.4"}
    assert any(stored in line for line in ran.lines if line.startswith("W:"))


def test_ignore_receives_and_stores_nothing(both, archive_that):
    """Counted all the same; no folder is made."""
    theirs, ours = both(*sending(archive_that, instance()), *archive_that.storing, "--ignore", "-od", "there", *P1)
    assert (theirs.code, ours.code) == (0, 0)
    assert ours.files == theirs.files == {}
    assert not (ours.folder / "there").exists()
    assert "I: Received Store Request" in ours.lines
    assert not any("Storing" in line for line in ours.lines)


def test_without_store_nothing_is_listened_on_nor_made(movescu, demo):
    """-od and --ignore mean nothing without --store, as in the original."""
    ran = movescu(*demo.arguments, "-aem", "NOBODY", "-od", "there", "--ignore", *PATIENT)
    assert ran.code == 4
    assert list(ran.folder.iterdir()) == []


def test_a_folder_for_nothing_is_gone_again(movescu, demo):
    """It is made before anything is sent, and not left behind empty; one that was there stays."""
    nothing = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=NONE")
    assert movescu(*demo.storing, "-od", "a/b", *nothing, folder="new").code == 5
    ran = movescu(*demo.storing, *nothing, "-od", "../kept", folder="kept")
    assert ran.code == 5
    assert ran.folder.is_dir()
    assert not (ran.folder.parent / "new" / "a").exists()


@pytest.mark.parametrize("folder", ["file/below", "file"])
def test_a_folder_that_cannot_be_made_ends_before_anything_is_sent(movescu, demo, tmp_path, folder):
    """One line and 2; with --compat 1."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "file").write_text("")
    for more, code in (((), 2), (("--compat",), 1)):
        ran = movescu(*demo.storing, "-od", folder, *PATIENT, *more, folder="here")
        assert ran.code == code
        assert len(ran.lines) == 1
        assert ran.lines[0].startswith("E: Unable to create the output directory: ")


def test_a_busy_port_is_one_line(movescu, demo):
    """It names the port, and what to do."""
    ran = movescu(*demo.arguments, "--store", "--store-port", demo.port, *PATIENT)
    assert ran.code == 1
    assert len(ran.lines) == 1
    assert ran.lines[0].startswith(f"E: Unable to start the Storage SCP on port {demo.port}: ")


def test_files_follow_the_umask(demo, tmp_path):
    """They are the user's as any other file."""
    command = [sys.executable, "-m", "dicommove", "movescu", *map(str, demo.storing), "-od", "there", *PATIENT]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, umask=0o027, timeout=DEADLINE)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "there").iterdir()} == {0o640}
    assert stat.S_IMODE((tmp_path / "there").stat().st_mode) == 0o750


@pytest.mark.parametrize("syntax", [DeflatedExplicitVRLittleEndian, JPEGBaseline8Bit])
def test_bytes_are_kept_as_sent(waiting, syntax):
    """Deflated and compressed data sets, behind a file meta that says so."""
    sent = (
        b"\x08\x00\x16\x00UI\x1a\x001.2.840.10008.5.1.4.1.1.2\x00\x08\x00\x18\x00UI\x08\x001.2.3.4\x00"
        b"\x10\x00\x20\x00LO\x02\x00P1"
    )
    if syntax == DeflatedExplicitVRLittleEndian:
        deflate = zlib.compressobj(wbits=-15)
        sent = deflate.compress(sent) + deflate.flush()
        sent += b"\0" * (len(sent) % 2)

    def store(port):
        ae = AE("SENDER")
        ae.add_requested_context(CTImageStorage, syntax)
        association = ae.associate("127.0.0.1", port)
        association._reactor_checkpoint.clear()
        association.dimse.send_msg(store_request(sent), association.accepted_contexts[0].context_id)
        _, response = association.dimse.get_msg(block=True)
        association._reactor_checkpoint.set()
        association.release()
        return response.Status

    status, ran = waiting(store)
    assert status == 0
    assert ran.files["CT.1.2.3.4"].endswith(sent)
    assert dcmread(ran.folder / "CT.1.2.3.4").file_meta.TransferSyntaxUID == syntax
    assert dcmread(ran.folder / "CT.1.2.3.4").PatientID == "P1"


def test_a_torn_instance_leaves_no_file(waiting):
    """A sender that goes away in the middle of a data set."""

    def tear(port):
        message = C_STORE_RQ()
        message.primitive_to_message(store_request(bytes(100_000)))
        first, *_ = list(message.encode_msg(1, 16382))[1:]
        with socket.create_connection(("127.0.0.1", port), DEADLINE) as connection:
            connection.sendall(association_request())
            connection.recv(6)
            for primitive in (next(message.encode_msg(1, 16382)), first):
                pdu = P_DATA_TF()
                pdu.from_primitive(primitive)
                connection.sendall(pdu.encode())

    _, ran = waiting(tear)
    assert ran.files == {}
    assert any(line.startswith("E: An instance was not stored: ") for line in ran.lines)
    assert "I: Association Aborted" in ran.lines


def association_request():
    """An A-ASSOCIATE-RQ for CT Image Storage, as pynetdicom writes it."""
    with listening() as (other, received):
        ae = AE("SENDER")
        ae.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
        ae.associate("127.0.0.1", other)
    return received[0]
