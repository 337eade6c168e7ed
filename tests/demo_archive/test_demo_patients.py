"""The synthetic patients: who is there, that the pictures decode and look like something, and how they are kept."""

from itertools import chain

import numpy as np
import pytest
from pydicom import dcmread

from dicommove.demo_archive import cache
from dicommove.demo_archive.cache import demo_folders
from dicommove.demo_archive.index import index_folders
from dicommove.demo_archive.phantom_chest import chest_ct, chest_radiograph
from dicommove.demo_archive.phantom_head import head_ct
from dicommove.terms import Level

ACCESSION, PATIENT_ID, SOP_CLASS = 0x00080050, 0x00100020, 0x00080016


@pytest.fixture(scope="module")
def files():
    """Every file of the synthetic patients."""
    return sorted(chain.from_iterable(folder.glob("*.dcm") for folder in demo_folders()))


@pytest.fixture(scope="module")
def index():
    """Their index."""
    return index_folders(*demo_folders())


def test_there_are_enough_of_them(index, files):
    """Six patients and ten studies at least, every file is served, and identifiers with leading zeros are among them."""
    assert len(index) == len(files)
    assert len(index.nodes(Level.PATIENT)) >= 6
    assert len(index.nodes(Level.STUDY)) >= 10
    assert "000123" in {node.uid for node in index.nodes(Level.PATIENT)}


def test_kinds_that_the_docs_promise_are_there(index):
    """Modalities, transfer syntaxes, character sets, a private and a retired class, and missing attributes."""
    instances = [node.instance for node in index.nodes(Level.IMAGE)]
    assert {"CT", "MR", "CR", "DX", "US", "SR", "DOC", "ECG", "OT"} <= {
        m for node in index.nodes(Level.STUDY) for m in node.modalities
    }
    syntaxes = {instance.transfer_syntax_uid.removeprefix("1.2.840.10008.1.2") for instance in instances}
    assert syntaxes == {".1", ".4.50", ".4.70", ".4.80", ".4.90", ".5"}
    charsets = {instance.header.text(0x00080005) for instance in instances}
    assert {"", "ISO_IR 100", "ISO_IR 144", "ISO_IR 192", "\\ISO 2022 IR 87"} == charsets
    classes = {instance.sop_class_uid for instance in instances}
    assert "1.2.840.10008.5.1.4.1.1.6" in classes
    assert any(uid.startswith("2.25.") for uid in classes)
    assert any(not node.header.text(ACCESSION) for node in index.nodes(Level.STUDY))


def test_pydicom_reads_everything_without_a_remark(files):
    """Every element of every instance is valid for pydicom, which would warn, and warnings are errors here."""
    for file in files:
        dataset = dcmread(file, stop_before_pixels=True)
        assert all(element.value is not NotImplemented for element in dataset.iterall())


@pytest.mark.parametrize("name", ["j2k-01.dcm", "j2k-dx.dcm", "jls-01.dcm", "jpl-01.dcm", "jpg-01.dcm", "rle-01.dcm"])
def test_compressed_pictures_decode(files, name):
    """Each compression decodes to a picture with contrast."""
    pixels = dcmread(next(file for file in files if file.name == name)).pixel_array
    assert pixels.std() > 10


def test_compressed_files_are_small(files):
    """What the package ships is at most 2 MB."""
    assert sum(file.stat().st_size for file in files if "-" in file.name) < 2_000_000


def test_head_has_hounsfield_units():
    """Air around, bone in the skull, and a brain in between that is neither."""
    head = head_ct()
    assert head.shape[0] >= 60
    assert head[32, 2, 2] < -980
    assert head[32].max() > 900
    assert 20 < np.median(head[40, 90:166, 90:166]) < 50


def test_chest_has_lungs_and_a_projection_of_them():
    """Lungs are dark in the slices and in the radiograph, the spine is bright in both."""
    chest, radiograph = chest_ct(), chest_radiograph()
    assert chest.shape[0] >= 60
    assert np.median(chest[36, 110:140, 70:90]) < -800
    assert radiograph.max() < 4096
    assert radiograph[300, 320] > radiograph[300, 200] + 500


def test_cache_is_made_once(tmp_path, monkeypatch):
    """The first use makes the folder, the second finds it, and nothing half made is left."""
    monkeypatch.setenv("DICOMMOVE_DEMO_CACHE", str(tmp_path))
    native, _ = demo_folders()
    assert native.parent == tmp_path
    assert list(tmp_path.iterdir()) == [native]
    assert demo_folders()[0] == native


def test_home_that_cannot_be_written_is_no_obstacle(tmp_path, monkeypatch):
    """Without a place for the cache the instances are made in the system's folder for temporary files."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("DICOMMOVE_DEMO_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(cache, "demo_instances", lambda: iter(()))
    native, _ = demo_folders()
    assert native.is_dir()
    assert tmp_path not in native.parents


def test_faster_process_wins(tmp_path, monkeypatch):
    """When another process has published the folder meanwhile, its folder is taken and ours removed."""
    monkeypatch.setenv("DICOMMOVE_DEMO_CACHE", str(tmp_path))

    def instances_while_another_publishes():
        other = tmp_path / cache._recipe()
        other.mkdir()
        (other / "complete").touch()
        return iter(())

    monkeypatch.setattr(cache, "demo_instances", instances_while_another_publishes)
    assert demo_folders()[0] == tmp_path / cache._recipe()
    assert len(list(tmp_path.iterdir())) == 1
