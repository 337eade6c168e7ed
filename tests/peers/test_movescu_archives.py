"""``movescu`` on real archives: every level and model, real files of many kinds, third parties, and what each archive refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .archives import RealFile, data_set_bytes
from .qrscp import Qrscp

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.peer

DEADLINE = 60
MODELS = {"-P": ("PATIENT", "STUDY", "SERIES", "IMAGE"), "-S": ("STUDY", "SERIES", "IMAGE"), "-O": ("PATIENT", "STUDY")}
KEYS = {"PATIENT": "PatientID", "STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}


@dataclass(frozen=True)
class Run:
    """What a program left behind."""

    code: int
    err: str
    folder: Path

    @property
    def lines(self) -> list[str]:
        """What it said."""
        return self.err.splitlines()

    @property
    def received(self) -> dict[str, bytes]:
        """Encoded data sets by SOP Instance UID."""
        return {RealFile(path).SOPInstanceUID: data_set_bytes(path) for path in self.folder.iterdir()}


@pytest.fixture
def movescu(tmp_path):
    """Run a program against an archive: ``movescu(archive, "-S", "-k", ..., package="pynetdicom")``."""

    def run(archive, *arguments, package="dicommove") -> Run:
        folder = tmp_path / f"run-{len(list(tmp_path.glob('run-*')))}"
        folder.mkdir()
        own = {name: value for name, value in os.environ.items() if name != "DICOMMOVE_COMPAT"}
        command = [sys.executable, "-m", package, "movescu", archive.host, archive.port, "-aec", archive.ae_title, *arguments]
        done = subprocess.run(
            [*map(str, command)], cwd=folder, env=own, capture_output=True, text=True, timeout=DEADLINE, check=False
        )
        return Run(done.returncode, done.stderr, folder)

    return run


def identifier(level, file) -> list[str]:
    """The keys of an exact C-MOVE for what holds a file."""
    above = list(KEYS)[: list(KEYS).index(level) + 1]
    return ["-k", f"QueryRetrieveLevel={level}", *(part for each in above for part in ("-k", f"{KEYS[each]}={file[each]}"))]


def of(level, file, files) -> dict[str, bytes]:
    """The data sets of all files that a C-MOVE for this file at this level asks for."""
    return {each["IMAGE"]: each["content"] for each in files if each[level] == file[level]}


def has_no_model(ran) -> bool:
    """Whether the archive has not got the Information Model: Patient/Study Only is retired."""
    return ran.code == 1 and any("No presentation context" in line for line in ran.lines)


def facts(files) -> list[dict]:
    """The keys of each file by level, and its data set."""
    return [{**{level: getattr(file, key) for level, key in KEYS.items()}, "content": file.content} for file in files]


def test_every_level_and_model(archive, movescu, real_files, free_port):
    """What is asked for and nothing else, byte for byte, with the file names of the original; 0."""
    port = free_port()
    server = archive()
    loaded = facts(server.load(real_files))
    server.register("STORESCP", port)
    file = next(file for file in loaded if len(of("STUDY", file, loaded)) == 1 and file["PATIENT"])
    for model, levels in MODELS.items():
        for level in levels:
            storing = ("--store", "--store-port", port, model, *identifier(level, file))
            ran = movescu(server, *storing)
            if model == "-O" and has_no_model(ran):
                continue
            assert ran.code == 0, (model, level, ran.err)
            assert ran.received == of(level, file, loaded), (model, level)
    theirs = movescu(server, "--store", "--store-port", port, "-S", *identifier("STUDY", file), package="pynetdicom")
    assert sorted(path.name for path in theirs.folder.iterdir()) == sorted(
        path.name for path in movescu(server, "--store", "--store-port", port, "-S", *identifier("STUDY", file)).folder.iterdir()
    )


@pytest.mark.slow
def test_every_real_file_arrives_as_it_is(archive, movescu, real_files, storescp, free_port):
    """Compressed ones, many character sets and SOP Classes: what arrives is what a bit-preserving receiver gets."""
    port = free_port()
    server = archive()
    loaded = facts(server.load(real_files))
    server.register("STORESCP", port)
    server.register(storescp.ae_title, storescp.port)
    received = {}
    for uid in sorted({file["STUDY"] for file in loaded}):
        study = ("-S", "-q", "-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={uid}")
        ran = movescu(server, "--store", "--store-port", port, *study)
        assert ran.code == 0, uid
        received |= ran.received
        assert movescu(server, "-aem", storescp.ae_title, *study).code == 0
    assert set(received) == {file["IMAGE"] for file in loaded}
    assert received == storescp.received()


def test_what_goes_wrong_is_told_apart(archive, movescu, real_files, storescp, free_port):
    """A third party, an unknown destination, no match, a listener that is not there."""
    server = archive()
    loaded = facts(server.load(real_files))
    server.register("STORESCP", free_port())
    server.register(storescp.ae_title, storescp.port)
    file = loaded[0]
    study = ("-S", *identifier("STUDY", file))
    third = movescu(server, "-aem", storescp.ae_title, *study)
    assert third.code == 0, third.err
    assert storescp.received() == of("STUDY", file, loaded)
    assert list(third.folder.iterdir()) == []
    assert movescu(server, "-aem", "NOBODY", *study).code == 4
    assert movescu(server, *study).code == 4
    nothing = movescu(server, "-aem", storescp.ae_title, "-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3")
    assert nothing.code == (5 if server.ae_title == "ARCHIVE" and type(server).__name__ == "Dcmqrscp" else 4)


def test_pynetdicom_s_own_archive(movescu, real_files, storescp, free_port, tmp_path):
    """Every level and model that it has, a third party, its refusals, and an Identifier without its unique key."""
    pytest.importorskip("sqlalchemy", reason="pynetdicom's qrscp needs it")
    port = free_port()
    with Qrscp(tmp_path / "qrscp") as server:
        server.destinations[storescp.ae_title] = storescp.port
        server.register("STORESCP", port)
        loaded = facts(server.load(real_files))
        file = next(file for file in loaded if len(of("STUDY", file, loaded)) == 1 and file["PATIENT"])
        for model, levels in MODELS.items():
            for level in levels:
                ran = movescu(server, "--store", "--store-port", port, model, *identifier(level, file))
                if model == "-O" and has_no_model(ran):
                    continue
                assert ran.code == 0, (model, level, ran.err)
                assert set(ran.received) == set(of(level, file, loaded)), (model, level)
        assert movescu(server, "-aem", storescp.ae_title, *identifier("PATIENT", file)).code == 0
        assert set(storescp.received()) == set(of("PATIENT", file, loaded))
        assert movescu(server, "-aem", "NOBODY", *identifier("PATIENT", file)).code == 4
        assert movescu(server, "--store", "--store-port", port, *identifier("PATIENT", {"PATIENT": "NONE"})).code == 5
        seed = movescu(server, "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientName=")
        assert seed.code == 4
        assert seed.lines[0].startswith("W: PatientID: a unique key of PATIENT level is missing")
        assert "I: Move SCP Result: 0xA801 (Failure)" in seed.lines
