"""Folders that cannot be used, links and pipes that are planted: refused, with the way out."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dicommove.errors import QueryError, StoreError
from dicommove.store.folder import Store


def test_output_folder_that_is_a_file_is_refused(tmp_path):
    """The text says that it is a file."""
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="it is a file"):
        Store(tmp_path / "data").prepare()


def test_missing_parent_is_refused(tmp_path):
    """A mistyped path is not made into a tree of folders."""
    with pytest.raises(StoreError, match=f"the folder {tmp_path / 'no'} does not exist: make it first, or give another folder"):
        Store(tmp_path / "no" / "data").prepare()


def test_unwritable_folder_is_refused(tmp_path):
    """A user without the right to write is told so; run as nobody, because root may write everywhere."""
    (tmp_path / "data").mkdir(mode=0o555)
    (tmp_path / "data").chmod(0o555)
    program = f"""
import os
from dicommove.store.folder import Store
from dicommove.errors import StoreError
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    Store({str(tmp_path / "data")!r}).prepare()
except StoreError as error:
    print(error)
"""
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "may not be written by this user" in said


def test_bad_layout_is_refused_before_anything_is_made(tmp_path):
    """A store is valid from birth."""
    with pytest.raises(QueryError, match="layout"):
        Store(tmp_path / "data", layout="../{instance}")
    assert not (tmp_path / "data").exists()


def test_free_bytes_of_a_folder_that_is_still_to_come(tmp_path):
    """The disk of the parent answers; nothing is made."""
    assert Store(tmp_path / "data").free_bytes() > 0
    assert not (tmp_path / "data").exists()
    with pytest.raises(StoreError, match=f"the folder {tmp_path / 'no'} does not exist: make it first, or give another folder"):
        Store(tmp_path / "no" / "data").free_bytes()


def test_planted_link_to_a_folder_is_not_followed(kit, store, tmp_path):
    """A link where a folder belongs is answered 0xA700, and nothing is written outside."""
    outside = tmp_path / "outside"
    outside.mkdir()
    place = store.layout.path_for(kit.head_of(kit.data_set("1.2.3.4.5")), "1.2.3.4.5")
    (store.folder / place.parts[0]).symlink_to(outside)
    sink = kit.deliver(store)
    assert sink.status == 0xA700
    assert "a link or a file stands where a folder belongs" in sink.failure
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("what", ["link", "dangling", "folder", "pipe"])
def test_what_is_no_file_under_an_instances_name_is_refused(kit, store, tmp_path, what):
    """A link, a folder or a pipe with the file's name is left alone and answered 0xA700 with a reason."""
    place = store.folder / store.layout.path_for(kit.head_of(kit.data_set("1.2.3.4.5")), "1.2.3.4.5")
    place.parent.mkdir(parents=True)
    target = tmp_path / "victim"
    if what == "link":
        target.write_bytes(b"precious")
    {"folder": place.mkdir, "pipe": lambda: os.mkfifo(place)}.get(what, lambda: place.symlink_to(target))()
    sink = kit.deliver(store)
    assert sink.status == 0xA700
    assert "a link, a folder or a device stands where an instance belongs" in sink.failure
    assert (target.read_bytes() == b"precious") if what == "link" else not target.exists()


def test_link_in_place_of_our_own_folder_is_refused(tmp_path):
    """Our journal is not written through a planted link either."""
    (tmp_path / "data").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "data" / ".dicommove").symlink_to(tmp_path / "outside")
    with pytest.raises(StoreError, match="a link or a file"):
        Store(tmp_path / "data").prepare()
    assert list((tmp_path / "outside").iterdir()) == []


def test_failure_texts_hold_no_patient_data(kit, open_store):
    """A path made of a name is not in the text."""
    store = open_store(layout="{PatientID}/{instance}.dcm")
    (store.folder / "MEIER").write_text("")
    failure = kit.deliver(store, data=kit.data_set("1.2.3.4.5", patient="MEIER")).failure
    assert failure
    assert "MEIER" not in failure
