"""Files in the tree that are no longer what was published: cut, emptied, renamed."""

from __future__ import annotations

import os
import shutil

import pytest

OTHER = b"\3\4" * 50


def torn_files(store):
    """Names of what was set aside."""
    return sorted(path.name for path in (store.folder / ".dicommove" / "conflicts").glob("*.torn"))


@pytest.mark.parametrize("size", [0, 100, 140, 200, 500, -4], ids="{} bytes".format)
@pytest.mark.parametrize("reopened", [False, True], ids=["same store", "next store"])
def test_torn_file_gives_way_to_the_arriving_one(kit, open_store, size, reopened):
    """Whatever was cut off, the instance is whole under its name again, and what was left of the first is set aside."""
    store = open_store()
    first = kit.deliver(store, operation=store.journal.begin())
    whole = first.kept.path.read_bytes()
    left = whole[:size]
    first.kept.path.write_bytes(left)
    if reopened:
        store.close()
        store = open_store()
    again = kit.deliver(store, operation=store.journal.begin())
    assert (again.status, again.kept.disposition, again.kept.path) == (0, "new", first.kept.path)
    assert first.kept.path.read_bytes() == whole
    (name,) = torn_files(store)
    assert again.kept.note == f"a damaged file was replaced; it lies in .dicommove/conflicts/{name}"
    assert (store.folder / ".dicommove" / "conflicts" / name).read_bytes() == left
    assert store.holds("1.2.3.4.5") == first.kept.path
    assert kit.deliver(store).kept.disposition == "duplicate"
    assert len(kit.instances_in(store.folder)) == 1


def test_torn_file_is_healed_where_it_lies(kit, open_store):
    """Another layout does not make a second file of an instance whose first one was cut."""
    store = open_store()
    first = kit.deliver(store)
    os.truncate(first.kept.path, 450)
    assert kit.deliver(open_store(layout="b/{instance}.dcm")).kept.path == first.kept.path
    assert len(kit.instances_in(store.folder)) == 1


def test_each_torn_file_is_kept(kit, store):
    """A file that is cut twice lies there twice; none is written over."""
    path = kit.deliver(store).kept.path
    for size in (400, 450):
        os.truncate(path, size)
        kit.deliver(store)
    assert [(store.folder / ".dicommove/conflicts" / name).stat().st_size for name in torn_files(store)] == [400, 450]


def test_other_bytes_of_an_instance_heal_its_torn_file(kit, store):
    """The one that arrives now is the instance; nobody can say any more what the first was."""
    path = kit.deliver(store).kept.path
    os.truncate(path, 450)
    other = kit.data_set("1.2.3.4.5", pixels=OTHER)
    assert kit.deliver(store, data=other).kept.disposition == "new"
    assert path.read_bytes().endswith(other)


def test_empty_file_that_nobody_knows_gives_way(kit, open_store):
    """A name that holds nothing is no instance: the arriving one gets it."""
    store = open_store()
    place = store.folder / store.layout.path_for(kit.head_of(kit.data_set("1.2.3.4.5")), "1.2.3.4.5")
    place.parent.mkdir(parents=True)
    place.touch()
    kept = kit.deliver(store).kept
    assert (kept.disposition, kept.path, len(torn_files(store))) == ("new", place, 1)


def test_file_meta_that_somebody_rewrote_is_no_damage(kit, store):
    """The same data set behind other File Meta Information is a duplicate, and held with the size that it has now."""
    kept = kit.deliver(store).kept
    kept.path.unlink()
    store.close()
    assert kit.deliver(store, source_ae_title="A_LONGER_TITLE").kept.disposition == "new"
    longer = kept.path.read_bytes()
    kept.path.unlink()
    assert kit.deliver(store).kept.disposition == "new"
    kept.path.write_bytes(longer)
    assert store.holds("1.2.3.4.5") is None
    assert kit.deliver(store).kept.disposition == "duplicate"
    assert store.holds("1.2.3.4.5") == kept.path
    assert torn_files(store) == []


def test_without_a_journal_nothing_is_set_aside(kit, open_store):
    """Where our own folder must not stay, a cut file keeps its name and the whole one stands beside it."""
    store = open_store(journal=False)
    first = kit.deliver(store).kept
    os.truncate(first.path, 450)
    assert kit.deliver(store).kept.path.name.endswith("~2.dcm")
    store.close()
    assert not (store.folder / ".dicommove").exists()


def test_file_that_the_user_renamed_is_found_at_the_next_start(kit, open_store):
    """It is held under its new name, then and later, and its instance is not put there twice."""
    store = open_store()
    kept = kit.deliver(store, operation=store.journal.begin()).kept
    store.close()
    kept.path.rename(store.folder / "mine.dcm")
    for _ in range(2):
        store = open_store()
        assert store.holds("1.2.3.4.5") == store.folder / "mine.dcm"
        assert kit.deliver(store).kept.disposition == "duplicate"
        store.close()
    assert kit.instances_in(store.folder) == ["mine.dcm"]


def test_renamed_file_that_was_cut_is_not_held(kit, open_store):
    """A new name does not make a torn file whole; it is healed under that name."""
    store = open_store()
    kept = kit.deliver(store, operation=store.journal.begin()).kept
    store.close()
    kept.path.rename(store.folder / "mine.dcm")
    os.truncate(store.folder / "mine.dcm", 450)
    for _ in range(2):
        store = open_store()
        assert store.holds("1.2.3.4.5") is None
        store.close()
    assert kit.deliver(store).kept.path == store.folder / "mine.dcm"
    assert store.holds("1.2.3.4.5") == store.folder / "mine.dcm"


def test_copy_of_a_file_does_not_take_its_place(kit, open_store):
    """The first file stays the one that is named."""
    store = open_store()
    kept = kit.deliver(store, operation=store.journal.begin()).kept
    store.close()
    shutil.copy(kept.path, store.folder / "copy.dcm")
    assert open_store().holds("1.2.3.4.5") == kept.path
