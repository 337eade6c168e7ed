"""Programs and peers for the tests of ``movescu``: started processes, a listener that keeps what it hears, a silent one."""

from __future__ import annotations

import logging
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pynetdicom.apps.common import create_dataset
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import encode, pretty_dataset
from pynetdicom.sop_class import CTImageStorage

from dicommove.terms import EXPLICIT_VR_LITTLE_ENDIAN

if TYPE_CHECKING:
    from pathlib import Path

DEADLINE = 30.0
OURS, THEIRS = "dicommove", "pynetdicom"


@dataclass(frozen=True)
class Run:
    """What a program left behind."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def lines(self) -> list[str]:
        """What it said on standard error."""
        return self.err.splitlines()

    @property
    def files(self) -> dict[str, bytes]:
        """Every file below its working folder, by relative name."""
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}


def free_port() -> int:
    """A TCP port that nobody listens on, below those that the system gives to connections: none of them can take it meanwhile."""
    for port in random.SystemRandom().sample(range(15_000, 32_000), 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    pytest.fail("every port is in use")


ENCODINGS = {
    "1.2.840.10008.1.2": (True, True, False),
    "1.2.840.10008.1.2.1": (False, True, False),
    "1.2.840.10008.1.2.1.99": (False, True, True),
    "1.2.840.10008.1.2.2": (False, False, False),
}


def encoded_by_the_original(paths, file=None) -> dict[str, bytes] | None:
    """The encoded Identifier of the original by transfer syntax; None when it accepts the paths not."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = create_dataset(SimpleNamespace(file=file, keyword=paths))
            encoded = {uid: encode(dataset, *how) for uid, how in ENCODINGS.items()}
            pretty_dataset(dataset)
    except Exception:  # noqa: BLE001 - the original refuses in many ways
        return None
    finally:
        logging.disable(logging.NOTSET)
    return None if None in encoded.values() else encoded


class Program:
    """A started program."""

    def __init__(self, package: str, arguments, folder: Path, environment) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        own = {name: value for name, value in os.environ.items() if name != "DICOMMOVE_COMPAT"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", package, "movescu", *map(str, arguments)],
            cwd=folder,
            env={**own, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def signal(self, number: int = signal.SIGINT) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self) -> Run:
        """Wait for its end."""
        try:
            out, err = self.process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            pytest.fail(f"movescu did not end: {err}")
        return Run(self.process.returncode, out, err, self.folder)


def run_script(script: Path, arguments, folder: Path) -> Run:
    """Run a script of the test, in a working folder of its own."""
    folder.mkdir()
    command = [sys.executable, script, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=DEADLINE, check=False)
    return Run(done.returncode, done.stdout, done.stderr, folder)


def instance(uid="1.2.3.4", **attributes) -> Dataset:
    """A small instance that an archive can send."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = EXPLICIT_VR_LITTLE_ENDIAN
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.PatientID = CTImageStorage, uid, "P1"
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def store_request(data) -> C_STORE:
    """A C-STORE-RQ with these bytes as its data set."""
    request = C_STORE()
    request.MessageID, request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = 1, CTImageStorage, "1.2.3.4"
    request.Priority, request.DataSet = 0, BytesIO(data)
    return request


@contextmanager
def listening():
    """Accept connections and keep what each one sends first; yields (port, list of A-ASSOCIATE-RQ PDUs)."""
    received = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(DEADLINE)

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(DEADLINE)
                    header = connection.recv(6, socket.MSG_WAITALL)
                    received.append(header + connection.recv(int.from_bytes(header[2:], "big"), socket.MSG_WAITALL))
                    connection.sendall(b"\x03\0\0\0\0\x04\0\x01\x01\x01")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], received
        server.shutdown(socket.SHUT_RDWR)
    thread.join(DEADLINE)


@contextmanager
def silent_peer():
    """Accept connections and say nothing until the end; yields the port."""
    kept = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join(DEADLINE)
    for connection in kept:
        connection.close()


def masked(lines) -> list[str]:
    """Lines without what differs from run to run, or from implementation to implementation."""
    rules = (
        (r"Implementation Class UID:( +)\S+", r"Implementation Class UID:\1-"),
        (r"Implementation Version Name:( +)\S+", r"Implementation Version Name:\1-"),
        (r"movescu.py v\S+", "movescu.py v-"),
    )
    masked_lines = []
    for line in lines:
        for pattern, replacement in rules:
            line = re.sub(pattern, replacement, line)  # noqa: PLW2901 - each rule works on what the one before left
        masked_lines.append(line)
    return masked_lines
