"""Processes that are killed in the middle, and folders that more than one of them writes to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from pydicom import dcmread

from dicommove.store import recovery

_SENDER = """
import sys
sys.path.insert(0, {tests!r})
from conftest import *
store = Store({folder!r}).prepare()
operation = store.journal.begin("move")
for number in range({number}):
    uid = f"1.2.3.{{number}}"
    data = data_set(uid, number=str(number), pixels=bytes([number % 256]) * 20_000)
    assert deliver(store, uid, data, operation=operation).status == 0
    print(uid, flush=True)
if {close}:
    store.close()
"""


def _start(folder, number=10**9, *, close=False):
    program = _SENDER.format(tests=str(Path(__file__).parent), folder=str(folder), number=number, close=close)
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)


def _killed(child, after):
    """Kill it once it has said so many; return all that it said whole."""
    said = [child.stdout.readline().strip() for _ in range(after)]
    child.send_signal(signal.SIGKILL)
    said += child.stdout.read().splitlines(keepends=False)[:-1]
    child.stdout.close()
    child.wait(10)
    return said


def test_killed_process_loses_and_tears_nothing(kit, tmp_path, open_store):
    """After kill -9 every acknowledged instance is held, whole, and in the journal once; nothing half has a name."""
    said = _killed(_start(tmp_path / "data"), 300)
    store = open_store()
    assert [uid for uid in said if store.holds(uid) is None] == []
    files = kit.instances_in(store.folder)
    assert all(len(dcmread(store.folder / path).PixelData) == 20_000 for path in files[::37])
    assert len({(store.folder / path).stat().st_size for path in files}) <= 5
    rows = store.journal.rows("arrivals")
    assert sorted(row["path"] for row in rows) == sorted(str(store.folder / path) for path in files)
    assert not list(store.folder.rglob("*.part"))
    assert not [log for log in store.folder.rglob("*.log") if not log.name.startswith(f"{os.getpid()}-")]


def test_named_drafts_of_a_killed_process_are_swept(tmp_path, open_store):
    """Where the system has no unnamed files what was half written is removed at the next start."""
    program = _SENDER.replace(
        "store = Store", "from dicommove import platform\nplatform.HAS_UNNAMED_FILES = False\nstore = Store"
    )
    program = program.replace(
        "    assert deliver",
        "    incoming_of(store, uid).write(b'half'); sinks = globals().setdefault('s', [])\n    assert deliver",
    )
    text = program.format(tests=str(Path(__file__).parent), folder=str(tmp_path / "data"), number=10**9, close=False)
    said = _killed(subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True), 20)
    assert list((tmp_path / "data").rglob("*.part"))
    store = open_store()
    assert not list((tmp_path / "data").rglob("*.part"))
    assert [uid for uid in said if store.holds(uid) is None] == []


def test_two_processes_send_the_same_instances(kit, tmp_path, open_store):
    """Each instance is in the tree once, and each process has its rows: new in one, duplicate in the other."""
    children = [_start(tmp_path / "data", 150, close=True) for _ in range(2)]
    for child in children:
        child.stdout.read()
        child.stdout.close()
        assert child.wait(60) == 0
    store = open_store()
    assert len(kit.instances_in(store.folder)) == 150
    rows = store.journal.rows("arrivals")
    assert sorted(row["disposition"] for row in rows if row.get("note") is None) == ["duplicate"] * 150 + ["new"] * 150


def test_second_start_reads_no_file_again(kit, open_store, monkeypatch):
    """What the journal knows is taken from there."""
    store = open_store()
    kit.deliver(store, operation=store.journal.begin())
    store.close()
    monkeypatch.setattr(recovery, "read_file_meta", lambda _: 1 / 0)
    assert store.prepare().holds("1.2.3.4.5") is not None


def test_lost_journal_is_made_again_from_the_files(kit, open_store):
    """Without its database a folder still knows what it holds."""
    store = open_store()
    kept = kit.deliver(store, operation=store.journal.begin()).kept
    store.close()
    (store.folder / ".dicommove" / "journal.sqlite").unlink()
    store = open_store()
    assert store.holds("1.2.3.4.5") == kept.path
    assert store.journal.count("arrivals", 0) == 1
