"""What somebody else has put into `.dicommove` on a shared disk leads nowhere, holds nobody up, and is told with what to do."""

from __future__ import annotations

import os
import socket
import sqlite3
from contextlib import closing, nullcontext

import pytest

from dicommove.errors import StoreError, StoreWarning
from dicommove.store import Store, purge, schema
from dicommove.store.log import Log, dead_logs, has_living_logs, unfolded_lines
from dicommove.store.whereabouts import journal_folder

UID, STUDY = "1.2.3.4.5", "1.2.3"
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT"


@pytest.fixture
def data(tmp_path, kit):
    """A data folder with one instance, recorded by an operation; its parent is somebody else's."""
    with Store(tmp_path / "data") as store:
        kit.deliver(store, UID, operation=store.journal.begin("move"))
    return tmp_path / "data"


def crafted(data, *statements):
    """Change the journal as somebody does who may write it."""
    with closing(sqlite3.connect(data / ".dicommove" / "journal.sqlite")) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def instances(data):
    """Instances in the folder, for whoever asks."""
    return sorted(data.rglob("*.dcm"))


@pytest.mark.parametrize(
    "path", ["../theirs/a.dcm", "/theirs/a.dcm", "x/../../theirs/a.dcm", '"../theirs/\\u0061.dcm"', "", "x\0"]
)
def test_path_of_a_journal_never_leads_out_of_the_folder(data, kit, path):
    """An empty file elsewhere, named by a crafted row, is neither counted as held nor replaced when the instance arrives."""
    theirs = data.parent / "theirs" / "a.dcm"
    theirs.parent.mkdir()
    theirs.write_bytes(b"")
    (there,) = instances(data)
    there.unlink()
    size = 0 if path == "../theirs/a.dcm" else 7
    quoted = path.replace("'", "''")
    crafted(data, f"UPDATE arrivals SET size_bytes = {size}, path = " + ("'x' || char(0)" if "\0" in path else f"'{quoted}'"))
    with pytest.warns(StoreWarning, match="was damaged"):
        store = Store(data).prepare()
    with store:
        assert store.holds(UID) is None
        sink = kit.deliver(store, UID)
    assert sink.kept is not None
    assert sink.kept.path.is_relative_to(data)
    assert theirs.read_bytes() == b""
    assert len(instances(data)) == 1


def test_path_in_the_log_of_another_process_never_leads_out(data):
    """A line that names a file elsewhere is stepped over as a torn one is."""
    log = Log.create(data / ".dicommove", 0o600)
    log.append(b"arrivals\t1\t1.2.9\t../theirs/a.dcm\t0\t\t\t5\t.")
    with Store(data) as store:
        assert [uid for uid, _, _ in store.journal.files()] == [UID]
    log.close()
    with Store(data) as store:
        assert [uid for uid, _, _ in store.journal.files()] == [UID]


@pytest.mark.parametrize("where", ["path", "own"])
def test_purge_removes_nothing_outside_the_folder(data, where):
    """A crafted row names a file elsewhere as an instance of the study: it stays."""
    theirs = data.parent / "theirs.txt"
    theirs.write_text("precious")
    absolute = os.path.join(data, "..", "theirs.txt")  # noqa: PTH118 - dots and all
    crafted(
        data,
        "UPDATE arrivals SET path = '../theirs.txt'"
        if where == "path"
        else f"""UPDATE arrivals SET path = NULL, own = '{{"path":"{absolute}"}}'""",
    )
    with pytest.warns(StoreWarning, match="was damaged") if where == "path" else nullcontext():
        purged = purge(data, {}, studies=[STUDY], confirm=True)
    assert theirs.read_text() == "precious"
    assert where == "path" or "remove it by hand" in " ".join(purged.kept)


@pytest.mark.parametrize(
    "planted",
    [
        (f"CREATE TRIGGER t AFTER INSERT ON arrivals BEGIN SELECT count(*) FROM ({ENDLESS} x FROM c); END",),
        ("ALTER TABLE logs RENAME TO old", f"CREATE VIEW logs AS {ENDLESS} 'a' AS name, x AS folded FROM c"),
        ("ALTER TABLE operations RENAME TO old", f"CREATE VIEW operations AS {ENDLESS} x AS id, '' AS began_at FROM c"),
    ],
    ids=["trigger", "view of logs", "view of operations"],
)
def test_database_that_computes_for_ever_is_set_aside(data, kit, planted):
    """Views and triggers are none of ours: the journal is made again without them, and takes the next arrival."""
    crafted(data, *planted)
    with pytest.warns(StoreWarning, match="was damaged"):
        store = Store(data).prepare()
    with store:
        assert store.holds(UID) is not None
        kit.deliver(store, "1.2.3.4.6", operation=store.journal.begin("move"))
        assert store.journal.count("arrivals") >= 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no names here")
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal", "pointer"])
def test_what_is_planted_under_the_names_of_the_journal_is_refused(data, kind, ending):
    """A link is not followed, a pipe not waited for; the text names it and says to remove it."""
    victim = data.parent / "victim"
    victim.write_text("precious\n" * 10)
    path = data / ".dicommove" / (f"journal-{socket.gethostname()}.pointer" if ending == "pointer" else f"journal.sqlite{ending}")
    path.unlink(missing_ok=True)
    {"link": lambda: path.symlink_to(victim), "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}[kind]()
    with pytest.raises(StoreError, match="remove it") as raised:
        Store(data).prepare()
    assert path.name in str(raised.value)
    assert victim.read_text() == "precious\n" * 10


def test_pointer_that_shares_its_file_with_another_name_changes_only_itself(data):
    """A pointer that holds no name is made again, not written over: a hard link to it keeps what it had."""
    pointer = data / ".dicommove" / f"journal-{socket.gethostname()}.pointer"
    pointer.write_text("precious")
    os.link(pointer, data.parent / "victim")
    name = journal_folder(data).name
    assert pointer.read_text() == name
    assert (data.parent / "victim").read_text() == "precious"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no names here")
def test_what_is_no_file_is_no_log(data):
    """Pipes, folders and links that are named as logs are stepped over: nobody waits for them, and no move seems under way."""
    home = data / ".dicommove"
    os.mkfifo(home / "pipe.log")
    (home / "folder.log").mkdir()
    (home / "link.log").symlink_to(data.parent / "victim")
    assert not list(dead_logs(home))
    assert not has_living_logs(home)
    assert not list(unfolded_lines(home, lambda _: 0))
    with Store(data) as store:
        assert store.holds(UID) is not None


def test_log_without_a_line_is_read_in_bounded_memory(data, monkeypatch):
    """What has no end of line for longer than any line of ours is torn: it is stepped over, and what follows is read."""
    monkeypatch.setattr("dicommove.store.log.LONGEST_LINE", 3 << 20)
    path = data / ".dicommove" / "1-dead.log"
    with path.open("wb") as file:
        file.truncate(10 << 20)
        file.seek(0, os.SEEK_END)
        file.write(b"\narrivals\t1\t1.2.9\tx/a.dcm\t5\t\t\t5\t.\n")
    with Store(data) as store:
        assert {uid for uid, _, _ in store.journal.files()} == {UID, "1.2.9"}
    assert not path.exists()


def test_huge_value_is_not_read(data, monkeypatch):
    """A value longer than any move writes ends the reading with the reason, before it is in memory."""
    monkeypatch.setattr(schema, "LONGEST_VALUE", 1 << 16)
    crafted(data, "UPDATE operations SET facts = json_object('x', hex(zeroblob(100000)))")
    with pytest.raises(StoreError, match="which no move writes"):
        Store(data).prepare()
