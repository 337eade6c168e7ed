"""Kernels killed again and again in one move: what was acknowledged is there, and nothing that is there is asked for again."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

import dicommove as dm
from dicommove.demo_archive import DemoArchive, move, sender
from dicommove.store.part10 import read_file_meta

COUNT, SERIES = 2000, 4
ROOT = "1.2.826.0.1.3680043.10.77"
PROGRAM = Path(__file__).with_name("killed_kernels.py")
KILLED = {"exit": 9 << 8, "kill": 9}
"""How `os.waitpid` tells the ways of a kernel's end."""
POINTS = ("write", "publish", "journal", "before the answer", "after the answer")


def uid_of(number: int) -> str:
    """SOP Instance UID of an instance, always of the same length."""
    return f"{ROOT}.9.{1_000_000 + number}"


def template() -> bytes:
    """Encode a Part 10 file of 1 KB, whose UID, series and number are replaced byte by byte."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", uid_of(0)
    ds.PatientID, ds.PatientName, ds.Modality = "KILLED", "KILLED^KERNEL", "CT"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = f"{ROOT}.1", f"{ROOT}.2.1"
    ds.SeriesNumber, ds.InstanceNumber = "1", "9999"
    ds.Rows, ds.Columns, ds.BitsAllocated = 20, 20, 16
    ds.PixelData = bytes(800)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    file = BytesIO()
    ds.save_as(file, enforce_file_format=True)
    return file.getvalue()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A folder of 2,000 instances of one study, in four series."""
    folder, text = tmp_path_factory.mktemp("source"), template()
    for number in range(COUNT):
        series = f"{ROOT}.2.{1 + number % SERIES}"
        data = text.replace(uid_of(0).encode(), uid_of(number).encode()).replace(f"{ROOT}.2.1".encode(), series.encode())
        (folder / f"{number:05}.dcm").write_bytes(data.replace(b"9999", f"{number:04}".encode()))
    return folder


@dataclass
class Wire:
    """What the archive sent and was answered with which status, by the Message ID of the C-MOVE; and what it was asked for."""

    sent: list[tuple[int, str, int]] = field(default_factory=list)
    asked: list[set[str]] = field(default_factory=list)

    @property
    def acknowledged(self):
        """UIDs of the instances that were answered with 0x0000."""
        return {uid for _, uid, status in self.sent if status == 0}

    def asked_since(self, before):
        """UIDs of the instances of all requests but the first so many."""
        return set().union(*self.asked[before:])


@pytest.fixture
def wire(monkeypatch):
    """Note what goes over the archive's side of the wire."""
    noted, store, begin = Wire(), sender.Sending.store, move.MoveJob.__init__

    def stored(self, instance, data, originator):
        status = store(self, instance, data, originator)
        noted.sent.append((originator.message_id, instance.sop_instance_uid, status))
        return status

    def begun(self, instances, **how):
        noted.asked.append({instance.sop_instance_uid for instance in instances})
        begin(self, instances, **how)

    monkeypatch.setattr(sender.Sending, "store", stored)
    monkeypatch.setattr(move.MoveJob, "__init__", begun)
    return noted


@pytest.fixture
def port():
    """A port that nobody listened on a moment ago, for one kernel after the other."""
    with dm.demo() as other:
        return other.port


@pytest.fixture
def kernels(source, port, data, wire):  # noqa: ARG001 - the wire is watched before the archive starts
    """Start kernels one after the other: ``kernels(point="publish", count=3, how="kill")`` returns what it said."""
    with DemoArchive(data=source, destinations={"NOTEBOOK": ("127.0.0.1", port)}) as archive:
        command = [sys.executable, str(PROGRAM), str(archive.port), str(port), str(data)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as program:

            def kernel(**kill):
                program.stdin.write(json.dumps(kill) + "\n")
                said = {}
                while "status" not in said:
                    said |= json.loads(program.stdout.readline())
                return said

            yield kernel
            program.stdin.close()


class Shelf:
    """The data folder as anybody sees it."""

    def __init__(self, folder, source):
        self.folder = folder
        self.sent = {}
        for path in sorted(source.iterdir()):
            data = path.read_bytes()
            with path.open("rb", buffering=0) as file:
                meta = read_file_meta(file.fileno())
            self.sent[meta.sop_instance_uid] = data[meta.data_start :]

    def whole(self):
        """UIDs of the visible files, each of which is compared with what was sent."""
        uids = set()
        for path in self.folder.rglob("*.dcm"):
            if ".dicommove" in path.parts:
                continue
            with path.open("rb", buffering=0) as file:
                meta = read_file_meta(file.fileno())
                file.seek(meta.data_start)
                assert file.read() == self.sent[meta.sop_instance_uid], f"{path} is torn"
            uids.add(meta.sop_instance_uid)
        return uids


def kills(seed=6):
    """Twenty kills: every point four times, by either way, at counts that add up to less than the move."""
    dice = random.Random(seed)
    marks = sorted(dice.sample(range(20, COUNT - 60), 20))
    points = dice.sample(POINTS * 4, 20)
    return [
        {"point": point, "count": mark - before, "how": dice.choice(["exit", "kill"])}
        for point, mark, before in zip(points, marks, [0, *marks], strict=False)
    ]


@pytest.mark.slow
def test_twenty_kernels_are_killed_in_one_move(kernels, data, source, wire):
    """After each kill all that was acknowledged is there, nothing visible is torn; what is there is never asked for again."""
    shelf, there = Shelf(data, source), set()
    for kill in kills():
        before = len(wire.asked)
        assert kernels(**kill) == {"status": KILLED[kill["how"]]}
        assert not there & wire.asked_since(before), kill
        there = shelf.whole()
        assert wire.acknowledged <= there, kill
    before = len(wire.asked)
    assert kernels()["outcome"] == "complete"
    assert wire.asked_since(before) == set(shelf.sent) - there
    assert shelf.whole() == set(shelf.sent)


@pytest.fixture
def stubborn(monkeypatch):
    """Have archives that go on sending what a dead kernel asked for, over new associations to its port."""
    run, reach = move.MoveJob.run, move.MoveJob._open

    class Unmoved(move.Nobody):
        def __init__(self, asker):
            super().__init__()
            self.respond = asker.respond

    def reached(self, batch):
        reach(self, batch)
        while self._sending is None and not self._stopping.wait(0.02):
            reach(self, batch)

    monkeypatch.setattr(move.MoveJob, "run", lambda self, asker: run(self, Unmoved(asker)))
    monkeypatch.setattr(move.MoveJob, "_open", reached)


@pytest.mark.slow
@pytest.mark.usefixtures("stubborn")
def test_archive_goes_on_sending_to_the_restarted_port(kernels, data, source, wire):
    """What the dead kernel had asked for is taken by the next one, which asks for the rest itself; all of it is there once."""
    shelf = Shelf(data, source)
    kernels(point="journal", count=300, how="kill")
    there, before = shelf.whole(), len(wire.sent)
    assert wire.acknowledged <= there
    assert kernels()["outcome"] == "complete"
    late = [status for message, _, status in wire.sent[before + 1 :] if message == wire.sent[0][0]]
    refused = next((number for number, status in enumerate(late) if status), len(late))
    assert refused > 0
    assert 0 not in late[refused:]  # what is still under way when the complete move closes its port is not wanted any more
    assert there | wire.acknowledged == set(shelf.sent)
    assert not there & wire.asked[1]
    assert shelf.whole() == set(shelf.sent)
    assert len([path for path in data.rglob("*.dcm") if ".dicommove" not in path.parts]) == COUNT
