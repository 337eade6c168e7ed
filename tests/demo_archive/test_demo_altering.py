"""Another version of an instance: other Image Comments, everything else as it was."""

from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import DeflatedExplicitVRLittleEndian

from dicommove.demo_archive.altering import altered
from dicommove.demo_archive.part10 import read_instance


@pytest.mark.parametrize(
    "name",
    ["MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "image_dfl.dcm", "JPEG2000.dcm", "test-SR.dcm"],
)
def test_only_the_comments_are_other(name):
    """In every kind of transfer syntax the altered data set is in order and differs in one element."""
    source = get_testdata_file(name)
    instance = read_instance(Path(source))
    data = instance.encoded()
    changed = altered(instance, data)
    assert changed != data
    assert len(changed) % 2 == 0 or len(data) % 2
    whole = pydicom.dcmread(source)
    again = pydicom.dcmread(BytesIO(Path(source).read_bytes()[: instance.start] + changed))
    assert again.ImageComments.startswith("another version")
    for dataset in (again, whole):
        dataset.pop("ImageComments", None)
    assert again == whole


def test_comments_that_are_there_are_replaced(tmp_path, client):
    """An instance that has Image Comments gets others in their place, not a second element."""
    path = tmp_path / "one"
    path.write_bytes(client.small_instance(1, ImageComments="as it was"))
    instance = read_instance(path)
    changed = altered(instance, instance.encoded())
    assert b"as it was" in instance.encoded()
    assert b"as it was" not in changed
    assert changed.count(bytes.fromhex("20000040")) == 1


def test_deflated_length_stays_even():
    """A deflated data set is padded to even length (PS3.5 A.5)."""
    instance = read_instance(Path(get_testdata_file("image_dfl.dcm")))
    assert instance.transfer_syntax_uid == DeflatedExplicitVRLittleEndian
    assert len(altered(instance, instance.encoded())) % 2 == 0
