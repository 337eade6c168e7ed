"""The data folder: made ready, written, refused, shared."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import dcmread

from dicommove.errors import StoreError


def test_stored_file_is_what_was_sent_behind_its_file_meta(kit, store):
    """The data set is there byte for byte, and a reader finds it."""
    data = kit.data_set("1.2.3.4.5")
    sink = kit.deliver(store, "1.2.3.4.5", data)
    assert (sink.status, sink.failure, sink.kept.disposition) == (0x0000, None, "new")
    stored = sink.kept.path.read_bytes()
    assert stored.endswith(data)
    assert sink.kept.size_bytes == len(stored)
    read = dcmread(sink.kept.path)
    assert read.file_meta.TransferSyntaxUID == kit.EXPLICIT
    assert read.file_meta.SourceApplicationEntityTitle == "PACS"
    assert read.PatientName == "MEIER^HANS"


def test_folder_and_files_are_private_to_their_user(kit, store):
    """Folders are 0700 and files 0600, whatever the umask."""
    kit.deliver(store)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in store.folder.rglob("*") if path.is_dir()}
    assert modes | {stat.S_IMODE(store.folder.stat().st_mode)} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in store.folder.rglob("*") if path.is_file()} == {0o600}


def test_umask_decides_when_the_folder_is_not_private(kit, open_store):
    """Without privacy files are readable as the umask says."""
    before = os.umask(0o022)
    try:
        sink = kit.deliver(open_store(private=False))
    finally:
        os.umask(before)
    assert stat.S_IMODE(sink.kept.path.stat().st_mode) == 0o644
    assert stat.S_IMODE(sink.kept.path.parent.stat().st_mode) == 0o755


def test_same_bytes_again_are_a_duplicate(kit, store):
    """A second delivery leaves the tree as it was and names the file that is there."""
    first, second = kit.deliver(store), kit.deliver(store)
    assert (second.status, second.kept.disposition, second.kept.path) == (0, "duplicate", first.kept.path)
    assert len(kit.instances_in(store.folder)) == 1


def test_other_file_meta_does_not_make_another_instance(kit, store):
    """The same data set from another AE title is a duplicate too."""
    kit.deliver(store)
    assert kit.deliver(store, source_ae_title="OTHER").kept.disposition == "duplicate"


def test_other_transfer_syntax_makes_a_conflict(kit, store):
    """The same bytes in another encoding mean another data set."""
    kit.deliver(store)
    assert kit.deliver(store, transfer_syntax_uid="1.2.840.10008.1.2").kept.disposition == "conflict"


@pytest.mark.parametrize("number", ["7", "8"])
def test_other_bytes_of_an_instance_are_kept_apart_once(kit, store, number):
    """A conflict is kept outside the tree, whether its own place is free or taken, and the same conflict only once."""
    first = kit.deliver(store)
    other = kit.data_set("1.2.3.4.5", number=number, pixels=b"\3\4" * 50)
    conflict, again = kit.deliver(store, data=other), kit.deliver(store, data=other)
    assert (conflict.status, conflict.kept.disposition) == (0, "conflict")
    assert conflict.kept.path.parent == store.folder / ".dicommove" / "conflicts"
    assert conflict.kept.path.read_bytes().endswith(other)
    assert again.kept == conflict.kept
    assert kit.instances_in(store.folder) == [str(first.kept.path.relative_to(store.folder))]


def test_without_a_journal_nothing_but_instances_is_left(kit, open_store):
    """A plain folder holds instances only; other bytes stand beside, and the same other bytes once."""
    store = open_store(journal=False, layout="{Modality}.{SOPInstanceUID}.dcm")
    kit.deliver(store)
    other = kit.data_set("1.2.3.4.5", pixels=b"\3\4" * 50)
    assert [kit.deliver(store, data=other).kept.disposition for _ in range(2)] == ["conflict", "conflict"]
    assert kit.deliver(store).kept.disposition == "duplicate"
    store.close()
    assert sorted(path.name for path in store.folder.iterdir()) == ["CT.1.2.3.4.5.dcm", "CT.1.2.3.4.5~2.dcm"]


def test_without_a_journal_an_instance_of_yesterday_is_a_duplicate(kit, open_store):
    """A later run in the same folder compares with what has the name."""
    layout = "{Modality}.{SOPInstanceUID}.dcm"
    kit.deliver(open_store(journal=False, layout=layout))
    assert kit.deliver(open_store(journal=False, layout=layout)).kept.disposition == "duplicate"


def test_two_instances_with_one_name_both_stay(kit, store, open_store):
    """A template that gives two instances one name gets the digest of the second appended."""
    store = open_store(layout="{Modality}.dcm")
    first, second = kit.deliver(store, "1.2.1"), kit.deliver(store, "1.2.2")
    assert first.kept.path.name == "CT.dcm"
    assert second.kept.path.name.startswith("CT~")
    assert second.kept.disposition == "new"
    assert kit.deliver(store, "1.2.2").kept.disposition == "duplicate"


def test_file_of_the_user_is_never_replaced(kit, store):
    """Something that is no DICOM file keeps its name and its bytes."""
    sink = kit.deliver(store)
    sink.kept.path.write_bytes(b"my notes")
    again = kit.deliver(store)
    assert again.kept.disposition == "new"
    assert again.kept.path != sink.kept.path
    assert sink.kept.path.read_bytes() == b"my notes"


def test_instance_that_was_deleted_is_stored_again(kit, store):
    """The index believes the folder, not its memory."""
    sink = kit.deliver(store)
    sink.kept.path.unlink()
    assert store.holds("1.2.3.4.5") is None
    assert kit.deliver(store).kept.disposition == "new"
    assert store.holds("1.2.3.4.5") == sink.kept.path


def test_file_that_was_cut_is_not_held(kit, store):
    """An instance counts as held only with the size that it came with."""
    sink = kit.deliver(store)
    os.truncate(sink.kept.path, 300)
    assert store.holds("1.2.3.4.5") is None


def test_sha256_is_that_of_the_file(kit, open_store):
    """The digest is of the file as it lies there, for a duplicate from another AE title too."""
    store = open_store(sha256=True)
    first, second = kit.deliver(store), kit.deliver(store, source_ae_title="OTHER")
    assert first.kept.sha256 == hashlib.sha256(first.kept.path.read_bytes()).hexdigest() == second.kept.sha256


def test_power_durability_stores_as_well(kit, open_store):
    """Synchronising every file changes nothing but the time it takes."""
    store = open_store(durability="power")
    assert [kit.deliver(store, f"1.2.{n}").status for n in range(3)] == [0, 0, 0]


def test_unreadable_instance_is_quarantined_and_noted(kit, store):
    """What the scanner could not read is stored and marked; leading groups and odd UIDs are noted."""
    head = replace(kit.head_of(kit.data_set("1.2.03")), readable=False, fault="torn", dropped_leading=True)
    kept = kit.deliver(store, "1.2.03", head=head).kept
    assert kept.quarantined
    assert kept.note.startswith("torn; leading elements of groups 0000-0007 were left out; its SOP Instance UID has")


def test_abandoned_instance_leaves_nothing(kit, store):
    """A data set that never became whole has no name, and its sink says why."""
    sink = kit.incoming_of(store, "1.2.3")
    sink.write(b"half")
    sink.abandon("the sender is gone")
    sink.abandon("again")
    assert sink.failure == "the sender is gone"
    assert sink.finish(kit.head_of(b"")) == 0xA700
    with pytest.raises(StoreError, match="gone"):
        sink.write(b"more")
    assert kit.instances_in(store.folder) == []


def test_empty_data_set_is_no_instance(kit, store):
    """Nothing but File Meta Information is never published."""
    assert kit.incoming_of(store, "1.2.3").finish(kit.head_of(b"")) == 0xA700


def test_descriptors_are_closed(kit, store):
    """After many deliveries, good and bad, no descriptor is left open."""
    kit.deliver(store)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(20):
        kit.deliver(store, f"1.2.{number % 5}", kit.data_set(f"1.2.{number % 5}", number=str(number)))
        kit.incoming_of(store, "1.9").abandon("no")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_two_stores_on_one_folder_notice_each_other(kit, open_store):
    """What the other has published is a duplicate, although this one's index never heard of it."""
    one, two = open_store(), open_store()
    first = kit.deliver(one)
    assert kit.deliver(two).kept.disposition == "duplicate"
    assert two.holds("1.2.3.4.5") == first.kept.path
    assert kit.deliver(two, data=kit.data_set("1.2.3.4.5", pixels=b"\3\4" * 50)).kept.disposition == "conflict"


def test_many_threads_on_the_same_instances(kit, store):
    """Of eight deliveries of each instance at once one is new and seven are duplicates."""
    dispositions, barrier = [], threading.Barrier(8)

    def send():
        barrier.wait(10)
        dispositions.extend((uid, kit.deliver(store, uid).kept.disposition) for uid in uids)

    uids = [f"1.2.{n}" for n in range(20)]
    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(uid for uid, disposition in dispositions if disposition == "new") == sorted(uids)
    assert len(dispositions) == 160
    assert len(kit.instances_in(store.folder)) == 20


def test_conflicting_deliveries_at_once_leave_one_file_in_the_tree(kit, store):
    """Other bytes of one instance that come at the same moment are never both in the tree."""
    barrier = threading.Barrier(4)

    def send(number):
        barrier.wait(10)
        kit.deliver(store, "1.2.3", kit.data_set("1.2.3", number=str(number)))

    threads = [threading.Thread(target=send, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(kit.instances_in(store.folder)) == 1
    assert len(list((store.folder / ".dicommove" / "conflicts").iterdir())) == 3


def test_files_that_no_journal_knows_are_taken_in(kit, open_store, tmp_path):
    """A file that somebody copied into the folder is held, and stands in the journal under operation 0."""
    kept = kit.deliver(open_store(tmp_path / "one")).kept
    (tmp_path / "two" / "sub").mkdir(parents=True)
    (tmp_path / "two" / "sub" / "copy.dcm").write_bytes(kept.path.read_bytes())
    (tmp_path / "two" / "notes.txt").write_text("none of ours")
    (tmp_path / "two" / "link.dcm").symlink_to(kept.path)
    store = open_store(tmp_path / "two")
    assert store.holds("1.2.3.4.5") == tmp_path / "two" / "sub" / "copy.dcm"
    (row,) = store.journal.rows("arrivals", 0)
    assert (row["SOPInstanceUID"], row["path"]) == ("1.2.3.4.5", str(tmp_path / "two" / "sub" / "copy.dcm"))
    store.close()
    assert store.prepare().journal.count("arrivals") == 1


def test_folder_may_be_moved(kit, open_store, tmp_path):
    """The journal's paths are those of the folder where it is now."""
    store = open_store(tmp_path / "one")
    kit.deliver(store, operation=store.journal.begin())
    store.close()
    (tmp_path / "one").rename(tmp_path / "two")
    store = open_store(tmp_path / "two")
    (row,) = store.journal.rows("arrivals")
    assert Path(row["path"]).is_file()
    assert str(store.holds("1.2.3.4.5")) == row["path"]


def test_arrival_is_recorded_with_the_callers_facts(kit, store):
    """The row of an arrival is in the journal when the answer is given."""
    operation = store.journal.begin("move")
    kept = kit.deliver(store, operation=operation, facts={"request": 3, "row": 12}).kept
    (row,) = store.journal.rows("arrivals", operation)
    assert row.items() >= {"request": 3, "row": 12, "disposition": "new", "status": 0, "StudyInstanceUID": "1.2.3"}.items()
    assert (row["path"], row["size_bytes"]) == (str(kept.path), kept.size_bytes)


def test_folder_that_vanishes_between_two_instances_is_made_again(kit, open_store):
    """A series folder is kept open for a moment; when somebody removes it meanwhile the next instance still gets its place."""
    store = open_store()
    first = kit.deliver(store, "1.2.1", kit.data_set("1.2.1"))
    shutil.rmtree(first.kept.path.parents[1])
    second = kit.deliver(store, "1.2.2", kit.data_set("1.2.2"))
    assert second.status == 0
    assert second.kept.path.is_file()


def test_pieces_that_came_together_are_written_together(kit, open_store):
    """However a data set is cut, the file holds it once, in order; more pieces than one call takes are no trouble."""
    store, data = open_store(), kit.data_set("1.2.3")
    sink = kit.incoming_of(store, "1.2.3")
    sink.write_all([data[n : n + 1] for n in range(len(data) - 5)])
    sink.write_all([memoryview(data)[-5:]])
    assert sink.finish(kit.head_of(data)) == 0
    assert sink.kept.path.read_bytes().endswith(data)
    assert sink.kept.size_bytes == sink.kept.path.stat().st_size
