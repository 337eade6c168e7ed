"""What is kept is what was sent, bit for bit, in every transfer syntax: by storescu, by dcmsend, and as it lies in a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydicom import dcmread

from dicommove.demo_archive.cache import demo_folders

from .archives import RealFile
from .keeping import keeping
from .sending import STORESCU_OPTIONS, dcmsend, send_as_stored, storescu
from .specimens import EVERY_SYNTAX, HTJ2K, VIDEO, found, specimens
from .wiretap import Wiretap

pytestmark = pytest.mark.peer
FOLDER = os.environ.get("DICOMMOVE_REAL_FILES")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One instance of every transfer syntax."""
    return specimens(tmp_path_factory.mktemp("specimens"))


@pytest.fixture
def keeper(tmp_path):
    """A receiver of ours, behind a wire that remembers."""
    with Wiretap() as wire, keeping(tmp_path / "kept") as keeper:
        wire.target = keeper.port
        keeper.wire = wire
        yield keeper


def check(keeper):
    """Every data set that went over the wire is kept as it went, in the transfer syntax that was agreed; return them by UID."""
    sent = {one.uid: one for one in keeper.wire.sent()}
    assert {one.status for one in sent.values()} <= {0}
    assert keeper.kept() == {uid: one.content for uid, one in sent.items()}
    return sent


def test_every_transfer_syntax_as_it_lies_there(keeper, made):
    """All 45 of them, deflated ones, video and HTJ2K among them: the file's data set is what lies in the sender's file."""
    assert {file.syntax for file in made} == set(EVERY_SYNTAX) >= VIDEO | HTJ2K
    assert send_as_stored(keeper.wire.port, made) == [0] * len(made)
    sent = check(keeper)
    assert {uid: one.content for uid, one in sent.items()} == {file.SOPInstanceUID: file.content for file in made}
    assert {uid: one.syntax for uid, one in sent.items()} == {file.SOPInstanceUID: file.syntax for file in made}


def test_kept_files_are_read_by_others(keeper, made, tmp_path):
    """Other software (pydicom) reads what was kept, with the transfer syntax and UIDs that it was sent with in its file meta."""
    natives = [file for file in made if file.syntax in list(STORESCU_OPTIONS)[:4]]
    send_as_stored(keeper.wire.port, natives)
    check(keeper)
    read = [dcmread(path) for path in (tmp_path / "kept").rglob("*.dcm")]
    assert {(ds.SOPInstanceUID, ds.file_meta.TransferSyntaxUID, ds.file_meta.MediaStorageSOPClassUID) for ds in read} == {
        (file.SOPInstanceUID, file.syntax, file.SOPClassUID) for file in natives
    }
    assert all(ds.PatientID == "SPEC1" for ds in read)


@pytest.mark.parametrize("syntax", STORESCU_OPTIONS)
def test_storescu(keeper, made, require, syntax):
    """What DCMTK's storescu puts on the wire of a file, in each of the 21 transfer syntaxes that it proposes, is what is kept."""
    (file,) = [file for file in made if file.syntax == syntax]
    assert storescu(require("storescu"), keeper.wire.port, file) == ""
    (sent,) = check(keeper).values()
    assert (sent.uid, sent.syntax, sent.sop_class) == (file.SOPInstanceUID, syntax, file.SOPClassUID)


def test_dcmsend(keeper, made, require):
    """What DCMTK's dcmsend puts on the wire, of all that it knows on one association, is what is kept."""
    known = [file for file in made if file.syntax in STORESCU_OPTIONS]
    assert dcmsend(require("dcmsend"), keeper.wire.port, known) == ""
    assert set(check(keeper)) == {file.SOPInstanceUID for file in known}


def test_the_demo_archives_files(keeper):
    """Real encoders' streams: JPEG, JPEG lossless, JPEG-LS, JPEG 2000, RLE and native instances of the demo archive."""
    compressed = demo_folders()[-1]
    files = [RealFile(path) for path in sorted(compressed.rglob("*.dcm"))][:40]
    assert send_as_stored(keeper.wire.port, files) == [0] * len(files)
    assert keeper.kept() == {file.SOPInstanceUID: file.content for file in files}


@pytest.mark.filterwarnings("ignore::UserWarning")  # the sender's: real UIDs break the rules of PS3.5 9.1
@pytest.mark.skipif(not FOLDER, reason="DICOMMOVE_REAL_FILES names no folder of files")
def test_a_folder_of_real_files(keeper):
    """Real files, sent as they lie there, are kept as they lie there."""
    (files, *_), _ = found(Path(FOLDER))
    assert set(send_as_stored(keeper.wire.port, files)) == {0}
    assert keeper.kept() == {file.SOPInstanceUID: file.content for file in files}
