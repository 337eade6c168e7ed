"""What happens to the data folder while instances come in, and odd places for it: the right status, and nothing outside of it."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from dicommove.errors import StoreError

UID = "1.2.3.4.5"


@pytest.fixture
def outside(tmp_path):
    """A folder that is none of ours, with a file that must stay."""
    folder = tmp_path / "outside"
    (folder / "incoming").mkdir(parents=True)
    (folder / "incoming" / "theirs").write_bytes(b"precious")
    yield folder
    assert [str(path.relative_to(folder)) for path in sorted(folder.rglob("*"))] == ["incoming", "incoming/theirs"]


def gone(folder, _):
    """Remove the folder."""
    shutil.rmtree(folder)


def made_again(folder, _):
    """Put a new one in its place."""
    shutil.rmtree(folder)
    folder.mkdir()


def linked(folder, outside):
    """Put a link to another folder in its place."""
    shutil.rmtree(folder)
    folder.symlink_to(outside)


def moved_and_linked(folder, outside):
    """The same, and the folder lives on under another name."""
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(outside)


def a_file(folder, _):
    """Put a file in its place."""
    shutil.rmtree(folder)
    folder.write_bytes(b"")


def refused(kit, store, uid):
    """Whether an instance was not taken, and by which text."""
    try:
        sink = kit.deliver(store, uid)
    except StoreError as error:
        return str(error)
    return sink.failure if (sink.status, sink.kept) == (0xA700, None) else None


@pytest.mark.parametrize("journal", [True, False])
@pytest.mark.parametrize(
    ("deed", "said"),
    [
        (gone, "make it again, or give another folder"),
        (made_again, "another folder stands where the data folder was"),
        (linked, "another folder stands where the data folder was"),
        (moved_and_linked, "another folder stands where the data folder was"),
        (a_file, "it is a file, or a file stands in its path"),
    ],
)
def test_folder_that_is_replaced_takes_nothing_more(kit, open_store, outside, deed, said, journal):
    """What was acknowledged before went with the old folder: what comes is refused, until the store is opened anew."""
    store = open_store(journal=journal)
    assert kit.deliver(store).status == 0
    half = kit.incoming_of(store, "1.2.4")
    half.write(kit.data_set("1.2.4"))
    deed(store.folder, outside)
    store._opened.drafts._tree.leave()  # what is kept open for a tenth of a second
    assert half.finish(kit.head_of(kit.data_set("1.2.4"))) == 0xA700
    assert said in half.failure
    store._room_until = 0.0  # the same for the look at the disk
    assert refused(kit, store, "1.2.5")
    store.close()
    if deed in (gone, made_again):
        assert kit.deliver(store).kept.disposition == "new"
    elif deed is not a_file:
        store.folder.unlink()


def test_link_that_is_planted_for_our_own_folder_is_not_emptied(kit, open_store, outside):
    """Without a journal our folder goes when the store is closed, and never what a link in its place leads to."""
    store = open_store(journal=False)
    kit.deliver(store)
    (store.folder / ".dicommove").symlink_to(outside)
    store.close()
    assert (store.folder / ".dicommove").is_symlink()


def test_socket_under_an_instances_name_is_refused(kit, store, monkeypatch):
    """It is left alone and answered 0xA700 with a reason."""
    place = store.folder / store.layout.path_for(kit.head_of(kit.data_set(UID)), UID)
    place.parent.mkdir(parents=True)
    monkeypatch.chdir(place.parent)  # the path of a socket has 107 characters at most
    with socket.socket(socket.AF_UNIX) as theirs:
        theirs.bind(place.name)
        sink = kit.deliver(store)
    assert sink.status == 0xA700
    assert "a link, a folder or a device stands where an instance belongs" in sink.failure
    assert place.is_socket()


@pytest.mark.parametrize("journal", [True, False])
@pytest.mark.parametrize("name", ["two words", "山田 Müller", "-rf *", "a'b\"c;%s{}", "new\nline", b"latin-\xfc1"])
def test_folder_by_an_odd_name(kit, open_store, tmp_path, name, journal):
    """Spaces, other scripts, shell's and SQLite's own characters, bytes that are no text."""
    folder = tmp_path / os.fsdecode(name)
    with open_store(folder, journal=journal) as store:
        operation = store.journal.begin() if journal else None
        kept = kit.deliver(store, operation=operation).kept
    with open_store(folder, journal=journal) as store:
        assert kit.deliver(store).kept.path == kept.path
        assert not journal or store.holds(UID) == kept.path
        assert not journal or store.journal.rows("arrivals", operation)[0]["path"] == str(kept.path)
    assert kit.instances_in(folder) == [str(kept.path.relative_to(folder))]


@pytest.mark.parametrize(("journal", "longest"), [(True, 450), (False, 3700)])
def test_folder_at_the_end_of_a_very_long_path(kit, tmp_path, journal, longest):
    """What the system takes is used; what it does not take is refused before anything comes, and nothing is left."""
    folder = tmp_path
    while len(str(folder)) < 4200:
        folder = folder / ("x" * 200)
        if len(str(folder)) < 4000:
            folder.mkdir()
    with pytest.raises(StoreError, match=r"too long for this file system|does not exist"):
        kit.new_store(folder, journal=journal).prepare()
    if journal:
        with pytest.raises(StoreError, match="too long for SQLite; give a data folder with a shorter one"):
            kit.new_store(str(folder)[:800]).prepare()
    short = Path(str(folder)[:longest])
    with kit.new_store(short, journal=journal) as store:
        assert kit.deliver(store).status == 0
    assert len(kit.instances_in(short)) == 1


def test_name_that_is_too_long_is_refused(kit, open_store):
    """A layout that asks for more than the file system takes: 0xA700, and what to do."""
    store = open_store(layout="{PatientID}_{PatientID}_{PatientID}_{PatientID}_{PatientID}_{instance}.dcm")
    sink = kit.deliver(store, data=kit.data_set(UID, patient="X" * 64))
    assert sink.status in (0, 0xA700)
    assert sink.status == 0 or "give a shorter layout or folder" in sink.failure


def test_many_files_of_others_are_no_trouble(kit, open_store, tmp_path):
    """3,000 files that are no instances stay what they are, and the folder is opened again without reading them twice."""
    folder = tmp_path / "data"
    (folder / "theirs").mkdir(parents=True)
    for number in range(3000):
        os.close(os.open(folder / "theirs" / f"{number}.txt", os.O_CREAT | os.O_WRONLY))
    with open_store() as store:
        assert kit.deliver(store).status == 0
    with open_store() as store:
        assert store.holds(UID) is not None
        assert store.journal.count("arrivals", 0) == 1
    assert len(kit.instances_in(folder)) == 3001
