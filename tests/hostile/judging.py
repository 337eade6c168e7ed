"""Runs a case against the command line or the API, and says what was wrong: an empty list is the only good answer."""

from __future__ import annotations

import contextlib
import os
import random
import re
import select
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom.filereader import read_dataset

import dicommove as dm
from dicommove.errors import DicomMoveError

from . import wire
from .cases import CODES
from .connection import HERE
from .peers import archive
from .senders import Story

if TYPE_CHECKING:
    from .cases import Case
    from .peers import Talk

_CONTROL = re.compile(r"[^\x20-\x7e\xa0-\uffff\n\r\t]").search

_PATIENCE = ("-ta", 3, "-tn", 3, "-td", 3)
_ASKED = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={wire.STUDY}")


@dataclass
class Aftermath:
    """What a run left behind."""

    story: Story
    ended: bool = True
    code: int | None = None
    outcome: str = ""
    text: str = ""
    megabytes: float = 0.0
    received: int | None = None
    strays: list[str] = field(default_factory=list)
    there_before: set[Path] = field(default_factory=set)


def judge(case: Case, subject: str, box: Path) -> list[str]:
    """Run it in an empty folder; return everything that was wrong."""
    folder = box / "out"
    folder.mkdir()
    (box / "neighbour").write_text("not ours")
    if case.prepare:
        case.prepare(folder)
    around, before = _names(box), set(instances_in(folder))
    story = Story(folder, _free_port())
    with archive(story, case.script, case.at, partial(_find, case)) as port:
        aftermath = (_by_api if subject == "api" else _by_program)(case, story, port, subject)
    aftermath.strays = sorted(_names(box) - around)
    if (box / "neighbour").read_text() != "not ours":
        aftermath.strays.append("the neighbour's bytes")
    aftermath.there_before = before
    return [fault for rule in (_telling, _ending, _keeping) for fault in rule(case, subject, aftermath)] + story.errors


def _names(box: Path) -> set[str]:
    """Everything in the box but outside of the folder."""
    return {str(path.relative_to(box)) for path in box.rglob("*") if path != box / "out" and box / "out" not in path.parents}


def _free_port() -> int:
    """A port below those that the system gives to connections: none of them can take it meanwhile."""
    for port in random.SystemRandom().sample(range(15_000, 32_000), 100):
        with contextlib.suppress(OSError), socket.create_server((HERE, port)):
            return port
    raise OSError("every port is in use")


def _find(case: Case, talk: Talk, identifier: bytes) -> None:
    if case.finding is None:
        talk.found(matches(identifier))
    else:
        case.finding(talk, identifier, matches(identifier))


def matches(identifier: bytes) -> list[bytes]:
    """Answers of an honest archive that has the one study, in Implicit VR Little Endian as it is asked."""
    asked = read_dataset(BytesIO(identifier), is_implicit_VR=True, is_little_endian=True)
    level = str(asked.get("QueryRetrieveLevel", "STUDY"))
    found = {0x00080052: level, 0x00100020: "P1", 0x0020000D: wire.STUDY, 0x00201206: "1", 0x00201208: "3"}
    if level == "STUDY":
        return [wire.implicit(found)]
    found |= {0x0020000E: wire.SERIES, 0x00201209: "3", 0x00080060: "CT"}
    if level == "SERIES":
        return [wire.implicit(found)]
    return [wire.implicit(found | {0x00080018: f"{wire.SERIES}.{n}", 0x00080016: wire.CT, 0x00200013: str(n)}) for n in (1, 2, 3)]


def _by_program(case: Case, story: Story, port: int, package: str) -> Aftermath:
    """``movescu``, ours or the original, in a process of its own."""
    package = "dicommove" if package == "movescu" else package
    command = [*case.wrapper, sys.executable, "-m", package, "movescu", HERE, port, "-aet", "MOVESCU", "-aec", "ARCHIVE"]
    command += ["-aem", "STORESCP", "--store", "--store-port", story.destination, "-od", story.folder, *_PATIENCE, *_ASKED]
    command += [each.format(folder=story.folder) for each in case.arguments]
    text = story.folder.parent.parent / f"{story.folder.parent.name}.txt"
    megabytes = 0.0
    for story.run in range(1, case.runs + 1):
        with text.open("wb") as said:
            process = subprocess.Popen(
                list(map(str, command)), stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd=text.parent
            )
            story.signal = process.send_signal
            ended, peak = _waited_for(process, case.within)
            megabytes = max(megabytes, peak)
    return Aftermath(story, ended, process.returncode, text=text.read_text(errors="replace"), megabytes=megabytes)


def _waited_for(process: subprocess.Popen, seconds: float) -> tuple[bool, float]:
    """Whether it ended by itself, and the most memory that it had, in MB.

    Not what ``wait4`` tells: that begins with the memory of the process that forked.
    """
    deadline, megabytes = time.monotonic() + seconds, 0.0
    handle, poll = os.pidfd_open(process.pid), select.poll()
    poll.register(handle, select.POLLIN)
    try:
        while not (ended := bool(poll.poll(30))) and time.monotonic() < deadline:
            megabytes = max(megabytes, _peak(process.pid))
    finally:
        os.close(handle)
    if not ended:
        process.kill()
    process.wait()
    return ended, megabytes


def _peak(pid: int) -> float:
    """Peak of its resident memory since it began as this program, in MB; 0 when it is over."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def _by_api(case: Case, story: Story, port: int, _: str) -> Aftermath:
    """`Peer.move`, in this process."""
    listener = dm.Listener(ae_title="STORESCP", port=story.destination)
    patience = {"connect_timeout": 3.0, "acse_timeout": 5.0, "dimse_timeout": 8.0}
    pacs = dm.Peer(HERE, port, ae_title="ARCHIVE", calling_ae_title="MOVESCU", listener=listener, **patience)
    aftermath = Aftermath(story)
    try:
        options = {"silence": 3.0, "grace": 2.0, "stragglers": 1.0} | case.options
        operation = pacs.start_move([wire.STUDY], story.folder, **options)
        try:
            result = operation.result(timeout=case.within)
        except TimeoutError:
            operation.cancel()
            aftermath.ended, result = False, operation.result(timeout=case.within)
    except DicomMoveError as error:
        aftermath.outcome = type(error).__name__
        return aftermath
    aftermath.outcome = str(result.outcome)
    aftermath.received = int(result.ledger["received"].sum())
    aftermath.text = repr(result)
    return aftermath


def _telling(case: Case, subject: str, run: Aftermath) -> list[str]:
    """The outcome tells the truth."""
    if subject == "api":
        right = case.api or case.right
        return [] if run.outcome in right else [f"outcome {run.outcome}, right is {' or '.join(right)}"]
    codes = {CODES[name] for name in case.right if name in CODES} | set(case.signalled)
    if subject != "movescu":  # the original has two codes: what must hold is that 0 is never wrong
        good = (run.code == 0) == (codes == {0}) or (0 in codes and len(codes) > 1)
        return [] if good else [f"exit code {run.code}"]
    return [] if run.code in codes else [f"exit code {run.code}, right is {sorted(codes)}: {run.text[-800:]}"]


def _ending(case: Case, _: str, run: Aftermath) -> list[str]:
    """It ends, in its memory, with a clean text and a clean neighbourhood."""
    faults = [] if run.ended else [f"did not end within {case.within} s: {run.text[-800:]}"]
    if run.megabytes > case.megabytes:
        faults.append(f"{run.megabytes:.0f} MB of memory, more than {case.megabytes}")
    if "Traceback" in run.text:
        faults.append(f"a traceback: {run.text[-1500:]}")
    if strange := _CONTROL(run.text):
        faults.append(f"control characters on the terminal: {strange.group()!r}")
    return faults + [f"outside of the folder: {name}" for name in run.strays]


def _keeping(case: Case, subject: str, run: Aftermath) -> list[str]:
    """Acknowledged means there, byte for byte; what was never sent whole is not there."""
    found = {path: content for path, content in instances_in(run.story.folder).items() if path not in run.there_before}
    whole = {(one.uid, one.syntax, one.data if one.stored is None else one.stored): one for one in run.story.sent}
    inside = {content for path, content in found.items() if ".dicommove" not in path.parts}
    lost = {key[0] for key, one in whole.items() if one in run.story.acknowledged and key not in found.values()}
    faults = [f"{uid} was acknowledged and is not there" for uid in sorted(lost, key=str)]
    faults += [f"{key[0] if key else 'a torn file'} was never sent like that" for key in inside if key not in whole]
    if case.kept is not None and len(inside) != case.kept:
        faults.append(f"{len(inside)} instances are there, right is {case.kept}: {sorted(map(str, found))}")
    distinct = {one.uid for one in run.story.acknowledged}
    if subject == "api" and run.received is not None and run.received < len(distinct):
        faults.append(f"the ledger counts {run.received} received where {len(distinct)} were acknowledged")
    return faults


def instances_in(folder: Path) -> dict[Path, tuple[str, str, bytes] | None]:
    """Every file that somebody may take for an instance: its UID, transfer syntax and data set; None for one that is torn."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    own = {"journal", "lock", "claims", "log"}
    return {
        path.relative_to(folder): _read(path)
        for path in files
        if not (own & set(path.parts) or path.suffix in {".sqlite", ".torn"})
    }


def _read(path: Path) -> tuple[str, str, bytes] | None:
    """File Meta Information and data set (PS3.10 7.1)."""
    content = path.read_bytes()
    if content[128:136] != b"DICM\x02\0\0\0":
        return None
    end = 144 + int.from_bytes(content[140:144], "little")
    meta = wire.read_explicit(content[144:end])
    uid, syntax = (meta.get(tag, b"").decode("latin-1").rstrip("\0") for tag in (0x00020003, 0x00020010))
    return uid, syntax, content[end:]
