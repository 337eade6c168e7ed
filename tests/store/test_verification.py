"""Files against the journal: each kind of damage is found, and what is whole is not."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from dicommove.store import SqliteJournal, Store, scan, verify

UIDS = ("1.2.1", "1.2.2", "1.2.3", "1.2.4")


@pytest.fixture
def folder(tmp_path, kit):
    """A data folder with four instances that an operation brought."""
    place = tmp_path / "data"
    with Store(place) as store:
        operation = store.journal.begin("move")
        for uid in UIDS:
            kit.deliver(store, uid, operation=operation)
    return place


@pytest.fixture
def path_of(folder):
    """Path of an instance, by its UID."""
    with Store(folder) as store:
        return {uid: store.holds(uid) for uid in UIDS}.__getitem__


@pytest.fixture
def check(folder):
    """Verify the folder: problem by name of the file, and how much was looked at."""

    def run(**how):
        journal = SqliteJournal(folder)
        try:
            done = verify(folder, journal, **how)
        finally:
            journal.close()
        return {Path(one.path).name: one.problem for one in done.findings}, done

    return run


def later(path, seconds=60):
    """Make a file's time of change later than it is."""
    status = path.stat()
    os.utime(path, (status.st_atime, status.st_mtime + seconds))


def flip(path, at=-1):
    """Change one byte and leave size and times as they were."""
    status = path.stat()
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_whole_folder_has_no_findings(check):
    """Nothing is found where nothing is wrong; without hashes nothing is proven."""
    found, done = check()
    assert (found, done.checked, done.proven) == ({}, 4, 0)


def test_a_missing_and_a_truncated_file_are_found(check, path_of):
    """Both are told apart, with the sizes."""
    path_of("1.2.1").unlink()
    whole = path_of("1.2.2").stat().st_size
    os.truncate(path_of("1.2.2"), whole - 10)
    found, done = check()
    assert found == {path_of("1.2.1").name: "missing", path_of("1.2.2").name: "truncated"}
    cut = next(one for one in done.findings if one.problem == "truncated")
    assert (cut.uid, cut.size_bytes, cut.recorded_bytes) == ("1.2.2", whole - 10, whole)


def test_an_empty_file_is_truncated(check, path_of):
    """What a full disk leaves is no foreign file."""
    path_of("1.2.1").write_bytes(b"")
    assert list(check()[0].values()) == ["truncated"]


def test_a_longer_file_and_another_instance_are_changed(check, path_of):
    """More bytes, another SOP Instance of the same size, and no DICOM of the same size."""
    with path_of("1.2.1").open("ab") as file:
        file.write(b"more")
    shutil.copy2(path_of("1.2.3"), path_of("1.2.2"))
    path_of("1.2.4").write_bytes(b"x" * path_of("1.2.4").stat().st_size)
    found, _ = check()
    assert found == {path_of(uid).name: "changed" for uid in ("1.2.1", "1.2.2", "1.2.4")}


def test_a_link_in_the_place_of_a_file_is_changed(check, path_of, tmp_path):
    """No link is followed."""
    path = path_of("1.2.1")
    path.rename(tmp_path / "elsewhere.dcm")
    path.symlink_to(tmp_path / "elsewhere.dcm")
    assert check()[0] == {path.name: "changed"}


def test_a_file_that_was_written_to_later_is_touched(check, path_of):
    """Without a hash the time of its last change speaks."""
    path = path_of("1.2.1")
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    later(path)
    assert check()[0] == {path.name: "touched"}


def test_one_changed_byte_is_found_by_a_hash_of_the_move(kit, check, folder):
    """With sha256 the bytes are proven, whatever the time of the file says."""
    with Store(folder, sha256=True) as store:
        sink = kit.deliver(store, "1.2.9", operation=store.journal.begin("move"))
    path = folder / sink.kept.path
    later(path)
    assert check()[0] == {}
    flip(path)
    found, done = check()
    assert list(found.values()) == ["changed"]
    assert done.proven == 1
    assert check(hashes="skip")[0] == {path.name: "touched"}


def test_recorded_hashes_prove_the_bytes_from_then_on(check, path_of):
    """hashes="record" reads each file once and keeps its hash; a byte that changes later is found."""
    assert check(hashes="record")[1].proven == 0
    assert check()[1].proven == 4
    flip(path_of("1.2.1"))
    assert check()[0] == {path_of("1.2.1").name: "changed"}


def test_a_hash_of_a_file_that_was_replaced_does_not_count(check, path_of, folder, kit):
    """A damaged file that a later move heals is compared with what that move brought."""
    check(hashes="record")
    path = path_of("1.2.1")
    os.truncate(path, 200)
    with Store(folder, sha256=True) as store:
        sink = kit.deliver(store, "1.2.1", kit.data_set("1.2.1", pixels=b"\7\7" * 50), operation=store.journal.begin("move"))
    assert sink.kept.disposition == "new"
    assert check()[0] == {}


def test_a_file_that_was_touched_gets_no_hash(check, path_of):
    """What may have been changed is not made the measure."""
    later(path_of("1.2.1"))
    assert check(hashes="record")[0] == {path_of("1.2.1").name: "touched"}
    assert check()[1].proven == 3


def test_foreign_files_are_found_whatever_they_are(check, folder, path_of):
    """A DICOM file has its UID; anything else has none."""
    shutil.copy(path_of("1.2.1"), folder / "copy.dcm")
    (folder / "notes.txt").write_text("mine")
    found, done = check()
    assert found == {"copy.dcm": "foreign", "notes.txt": "foreign"}
    assert {one.uid for one in done.findings} == {"1.2.1", None}


def test_a_foreign_file_stays_foreign_after_the_next_move(check, folder, kit):
    """The next move learns of it; that does not make it one of ours. A scan does."""
    with Store(folder.with_name("other")) as store:
        sink = kit.deliver(store, "1.2.77")
    shutil.copy(store.folder / sink.kept.path, folder / "foreign.dcm")
    with Store(folder) as store:
        assert store.holds("1.2.77") is not None
    assert check()[0] == {"foreign.dcm": "foreign"}
    assert scan(folder) == 1
    assert check()[0] == {}


def test_what_arrives_meanwhile_is_not_foreign(check, folder, kit):
    """A move that runs has facts on their way into the journal; its files are known all the same."""
    with Store(folder) as store:
        operation = store.journal.begin("move")
        for number in range(20):
            kit.deliver(store, f"1.2.5.{number}", operation=operation)
        assert check()[0] == {}


def test_conflicts_are_verified_too(check, folder, kit):
    """Other bytes of an instance are kept apart, and looked at."""
    with Store(folder) as store:
        sink = kit.deliver(store, "1.2.1", kit.data_set("1.2.1", pixels=b"\7\7" * 50), operation=store.journal.begin("move"))
    assert sink.kept.disposition == "conflict"
    assert check()[1].checked == 5
    os.truncate(folder / sink.kept.path, 300)
    assert list(check()[0].values()) == ["truncated"]


def test_a_manifest_hash_is_that_of_the_file(folder, path_of, check):
    """The hash is of the whole file, as sha256sum gives it."""
    check(hashes="record")
    journal = SqliteJournal(folder)
    hashes = {row["SOPInstanceUID"]: row["sha256"] for row in journal.rows("events", 0)}
    journal.close()
    assert hashes == {uid: hashlib.sha256(path_of(uid).read_bytes()).hexdigest() for uid in UIDS}
