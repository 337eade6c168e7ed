"""Stores that use one folder at once, in one process and in several: one file in the tree for each instance."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from dicommove.store import claims as claims_module
from dicommove.store.claims import Claims
from dicommove.store.tree import Tree

_OTHER = """
import sys
sys.path.insert(0, {tests!r})
from conftest import *
store = Store({folder!r}, layout={layout!r}).prepare()
operation = store.journal.begin("move")
print("open", flush=True)
for line in sys.stdin:
    uid = line.strip()
    data = data_set(uid, number="9", pixels=b"other!" * 10)
    sink = deliver(store, uid, data, operation=operation)
    print(sink.status, sink.kept and sink.kept.disposition, flush=True)
store.close()
"""


class Other:
    """A store in another process, which sends other bytes of the instances that it is told."""

    def __init__(self, folder, layout):
        program = _OTHER.format(tests=str(Path(__file__).parent), folder=str(folder), layout=layout)
        self.process = subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert self.process.stdout.readline() == "open\n"

    def tell(self, *uids):
        """Say which instances; the answers are read by `answers`."""
        self.process.stdin.write("".join(f"{uid}\n" for uid in uids))
        self.process.stdin.flush()

    def answers(self, number):
        """Dispositions of so many instances."""
        return [self.process.stdout.readline().split()[1] for _ in range(number)]

    def close(self):
        """End it in peace."""
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait(20)


@pytest.fixture
def other(tmp_path):
    """Start stores in other processes and end them."""
    started = []

    def start(layout=None, folder=tmp_path / "data"):
        started.append(Other(folder, layout))
        return started[-1]

    yield start
    for process in started:
        process.close()


@pytest.fixture
def claims_of(tmp_path):
    """Open claims on one folder, as processes do; closed at the end."""
    opened = []
    (tmp_path / "data").mkdir()

    def open_claims(folder=tmp_path / "data"):
        opened.append(Claims(Tree(folder, 0o700), 0o600))
        return opened[-1]

    yield open_claims
    for claims in opened:
        claims.close()


@pytest.mark.parametrize("layout", [None, "b/{instance}.dcm"], ids=["one layout", "two layouts"])
def test_stores_of_one_process_share_what_they_know(kit, open_store, layout):
    """Other bytes that come by another store are a conflict, wherever its layout would put them."""
    one, two = open_store(), open_store(layout=layout)
    first = kit.deliver(one)
    other = kit.data_set("1.2.3.4.5", number="9", pixels=b"other!" * 10)
    assert kit.deliver(two, data=other).kept.disposition == "conflict"
    assert kit.deliver(two).kept.disposition == "duplicate"
    assert kit.instances_in(one.folder) == [str(first.kept.path.relative_to(one.folder))]


def test_a_link_to_the_folder_is_the_same_folder(kit, open_store, tmp_path):
    """Stores share by what the folder is, not by how it is called."""
    one = open_store()
    (tmp_path / "link").symlink_to(one.folder)
    kit.deliver(one)
    assert kit.deliver(open_store(tmp_path / "link", layout="b/{instance}.dcm")).kept.disposition == "duplicate"


def test_store_that_comes_later_keeps_what_the_first_knows(kit, open_store):
    """The journal's older place of an instance does not come back while the first store knows the newer one."""
    one = open_store()
    kit.deliver(one, operation=one.journal.begin()).kept.path.unlink()
    two = open_store(layout="b/{instance}.dcm")
    newer = kit.deliver(two).kept.path
    open_store(layout="c/{instance}.dcm")
    assert one.holds("1.2.3.4.5") == newer


def test_folder_that_was_deleted_and_made_again_starts_empty(kit, open_store):
    """What is gone is not held, and its instances are stored again."""
    one = open_store()
    kept = kit.deliver(one).kept
    one.close()
    for path in sorted(one.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    one.folder.rmdir()
    assert open_store().holds("1.2.3.4.5") is None
    assert kit.deliver(open_store()).kept.path == kept.path


def test_threads_with_two_stores_leave_one_file_an_instance(kit, open_store):
    """Two operations at once, other bytes and other layouts: of each instance one is new."""
    stores = [open_store(layout=f"{name}/{{instance}}.dcm") for name in "abcd"]
    barrier, told = threading.Barrier(4), []
    uids = [f"1.2.{number}" for number in range(50)]

    def send(number):
        barrier.wait(10)
        told.extend(kit.deliver(stores[number], uid, kit.data_set(uid, number=str(number))).kept.disposition for uid in uids)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Counter(told) == {"new": 50, "conflict": 150}
    assert len(kit.instances_in(stores[0].folder)) == 50


@pytest.mark.parametrize("layout", [None, "b/{instance}.dcm"], ids=["one layout", "two layouts"])
def test_other_process_keeps_to_the_place_that_was_claimed(kit, open_store, other, layout):
    """What one process stores after the other had opened the folder is a conflict there, and the other way round."""
    store, process = open_store(), other(layout)
    kit.deliver(store, "1.2.1")
    process.tell("1.2.1", "1.2.2")
    assert process.answers(2) == ["conflict", "new"]
    assert kit.deliver(store, "1.2.2").kept.disposition == "conflict"
    assert len(kit.instances_in(store.folder)) == 2


def test_two_processes_at_once_leave_one_file_an_instance(kit, open_store, other):
    """Other bytes and another layout at the same moment: never two files in the tree."""
    store, process = open_store(), other("b/{instance}.dcm")
    uids = [f"1.2.{number}" for number in range(300)]
    process.tell(*uids)
    mine = Counter(kit.deliver(store, uid).kept.disposition for uid in uids)
    theirs = Counter(process.answers(300))
    assert mine["new"] + theirs["new"] == 300
    assert mine["conflict"] == theirs["new"]
    assert len(kit.instances_in(store.folder)) == 300


def test_claims_of_the_dead_bind_nobody(kit, open_store, other):
    """After a kill the file of claims is made anew, and the other layout holds for what was deleted."""
    process = other("b/{instance}.dcm")
    process.tell("1.2.1")
    process.answers(1)
    process.process.kill()
    process.process.wait(10)
    store = open_store()
    store.holds("1.2.1").unlink()
    assert "/b/" not in str(kit.deliver(store, "1.2.1").kept.path)


def test_nothing_of_the_claims_is_left_when_the_last_store_closes(kit, open_store, tmp_path):
    """While one is open the claims stay."""
    one, two = open_store(), open_store()
    kit.deliver(one)
    claims = tmp_path / "data" / ".dicommove" / "incoming" / "claims"
    one.close()
    assert claims.stat().st_size > 0
    two.close()
    assert not claims.exists()


def test_first_claim_counts(claims_of):
    """Whoever asks later is told the place of the first, by the same process too when the first was another's."""
    one, two = claims_of(), claims_of()
    assert one.place_for("1.2.1", ("a", "x.dcm")) == ("a", "x.dcm")
    assert two.place_for("1.2.1", ("b", "x.dcm")) == ("a", "x.dcm")
    assert two.place_for("1.2.2", ("b", "ä\udcff.dcm")) == ("b", "ä\udcff.dcm")
    assert one.place_for("1.2.2", ("a", "y.dcm")) == ("b", "ä\udcff.dcm")


def test_own_claim_may_be_changed(claims_of):
    """A process that knows its own file gone may give the instance another place, and others learn of it."""
    one, two = claims_of(), claims_of()
    one.place_for("1.2.1", ("a", "x.dcm"))
    assert one.place_for("1.2.1", ("b", "x.dcm")) == ("b", "x.dcm")
    assert two.place_for("1.2.1", ("c", "x.dcm")) == ("b", "x.dcm")


@pytest.mark.parametrize(
    "planted",
    [
        b"1.2.1\t../x.dcm\t\n",
        b"1.2.1\t/etc/x\t\n",
        b"1.2.1\t.dicommove/x\t\n",
        b"1.2.1\ta\0\t\n",
        b"1.2.1\ta/x\n",
        b"1.2.1\ta/x\tb\t\n",
        b"1.2.1\n",
        b"\xff\n",
        b"1.2.1\ta/x.d",
    ],
)
def test_torn_and_hostile_claims_are_stepped_over(claims_of, planted):
    """A line that is no claim binds nobody, and the next one is read."""
    one, two = claims_of(), claims_of()
    path = next(Path(one._tree.root).rglob("claims"))
    with path.open("ab") as file:
        file.write(planted)
    assert one.place_for("1.2.1", ("a", "x.dcm")) == ("a", "x.dcm")
    assert two.place_for("1.2.1", ("b", "x.dcm")) == ("a", "x.dcm")


def test_claims_are_read_piece_by_piece(claims_of, monkeypatch):
    """Lines that stand across two pieces count, and one without an end is not kept in memory whole."""
    monkeypatch.setattr(claims_module, "_PIECE", 7)
    one = claims_of()
    path = next(Path(one._tree.root).rglob("claims"))
    with path.open("ab") as file:
        file.write(b"1.2.1\ta/x.dcm\t\n" + b"x" * 200_000 + b"\n1.2.2\ta/y.dcm\t\n1.2.3\ta/z")
    assert one.place_for("1.2.1", ("b", "x.dcm")) == ("a", "x.dcm")
    assert one.place_for("1.2.2", ("b", "x.dcm")) == ("a", "y.dcm")
    assert one.place_for("1.2.3", ("b", "x.dcm")) == ("b", "x.dcm")
    assert claims_of().place_for("1.2.3", ("c", "x.dcm")) == ("b", "x.dcm")


def test_claim_that_a_full_disk_tears_binds_nobody(claims_of, monkeypatch):
    """Who wrote only a part of its claim is told so, and the next claim of the instance counts."""
    one, two = claims_of(), claims_of()
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:9]))
    with pytest.raises(OSError, match="part of a claim"):
        one.place_for("1.2.1", ("a", "x.dcm"))
    monkeypatch.undo()
    assert two.place_for("1.2.1", ("b", "x.dcm")) == ("b", "x.dcm")
    assert one.place_for("1.2.1", ("a", "x.dcm")) == ("b", "x.dcm")


def test_claims_that_were_cut_from_outside_are_read_again(claims_of):
    """A file that is shorter than what was read is read from its start."""
    one, two = claims_of(), claims_of()
    one.place_for("1.2.1", ("a", "a-long-name-of-a-file.dcm"))
    two.place_for("1.2.2", ("a", "another-long-name-of-a-file.dcm"))
    os.truncate(next(Path(one._tree.root).rglob("claims")), 0)
    one.place_for("1.2.3", ("a", "x.dcm"))
    assert two.place_for("1.2.3", ("b", "x.dcm")) == ("a", "x.dcm")
