"""Real archives and a real receiver on free ports of 127.0.0.1, each with a folder and a configuration of its own.

What they do differently from each other is written where it matters; their quirks are the reason why they are here.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from pydicom import dcmread

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_SERVICES = ["1.2.840.10008.1.1", *(f"1.2.840.10008.5.1.4.1.2.{model}.{service}" for model in (1, 2) for service in (1, 2, 3))]
_NATIVE = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]


def free_port() -> int:
    """Return a TCP port that nobody listened on a moment ago; for programs that cannot be told to choose one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def data_set_bytes(path: Path) -> bytes:
    """Return the encoded data set of a Part 10 file, without preamble and file meta (PS3.10 7.1)."""
    content = path.read_bytes()
    assert content[128:136] == b"DICM\x02\0\0\0", path
    return content[144 + int.from_bytes(content[140:144], "little") :]


@dataclass(frozen=True)
class RealFile:
    """A DICOM file that a real system or a test suite wrote, and what a query would find it by."""

    path: Path

    @cached_property
    def _header(self):
        tags = ["PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "SpecificCharacterSet"]
        return dcmread(self.path, stop_before_pixels=True, specific_tags=tags)

    def __getattr__(self, keyword: str) -> str:
        """Attributes by keyword, as text."""
        if keyword.startswith("_"):
            raise AttributeError(keyword)
        return str(self._header.get(keyword, ""))

    @property
    def syntax(self) -> str:
        """Transfer Syntax UID."""
        return str(self._header.file_meta.TransferSyntaxUID)

    @property
    def content(self) -> bytes:
        """The encoded data set."""
        return data_set_bytes(self.path)


class Program:
    """A server in a process group of its own; started and stopped as a context manager."""

    ae_title = "ANY-SCP"
    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[object]:
        """What is started, its configuration written."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether it takes connections."""
        try:
            socket.create_connection((self.host, self.port), 1).close()
        except OSError:
            return False
        return True

    @property
    def log(self) -> str:
        """What it has said so far."""
        return (self.folder / "log.txt").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start it and wait until it is ready."""
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TCP_NODELAY": "1"}
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [str(part) for part in self.command()], cwd=self.folder, stdout=log, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True, env=environment,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while not self.ready():
            assert self._process.poll() is None, f"{type(self).__name__} ended: {self.log[-2000:]}"
            assert time.monotonic() < deadline, f"{type(self).__name__} is not ready: {self.log[-2000:]}"
            threading.Event().wait(0.05)

    def stop(self) -> None:
        """End it, then what it forked and left: its own process group, nothing else."""
        if self._process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, sign)
                self._process.wait(10)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self._process.wait(10)
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()


class Orthanc(Program):
    """Orthanc, told to keep and send everything as it is stored.

    It answers 0xC000 for nearly every failure, stops a move at the first object that is refused, and may use several
    associations for one move.
    """

    ae_title = "ORTHANC"

    def __init__(self, folder: Path, program: str, destinations: dict[str, int] | None = None, **settings: object) -> None:
        super().__init__(folder)
        self.program = program
        self.settings = settings
        self.http_port = free_port()
        self.destinations = dict(destinations or {})

    def command(self) -> Sequence[object]:
        """Write the configuration and name the program."""
        store = str(self.folder / "store")
        always = {f"DicomAlwaysAllow{service}": True for service in ("Echo", "Store", "Find", "Get", "Move")}
        configuration = {
            "Name": "TEST", "StorageDirectory": store, "IndexDirectory": store, "Plugins": [],
            "HttpPort": self.http_port, "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "HttpDescribeErrors": True,
            "DicomAet": self.ae_title, "DicomPort": self.port, "DicomCheckCalledAet": True, **always,
            "AcceptedTransferSyntaxes": ["1.2.840.10008.1.*"], "UnknownSopClassAccepted": True,
            # Else it transcodes for a receiver that refuses, and answers before the sub-operations are done.
            "TranscodeDicomProtocol": False, "SynchronousCMove": True,
            "SaveJobs": False, "StableAge": 600, "DicomAssociationCloseDelay": 0,
            "DicomModalities": {ae: [ae, self.host, port] for ae, port in self.destinations.items()},
            **self.settings,
        }  # fmt: skip
        (self.folder / "orthanc.json").write_text(json.dumps(configuration), encoding="utf-8")
        return [self.program, self.folder / "orthanc.json"]

    def ready(self) -> bool:
        """Whether REST and DICOM both answer."""
        try:
            self._ask("GET", "/system")
        except OSError:
            return False
        return super().ready()

    def _ask(self, method: str, where: str, body: bytes | None = None) -> bytes:
        connection = http.client.HTTPConnection(self.host, self.http_port, timeout=60)
        try:
            connection.request(method, where, body)
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status == 200, (method, where, answer.status, content[:300])
            return content
        finally:
            connection.close()

    def load(self, files: Iterable[RealFile]) -> list[RealFile]:
        """Store files over REST, which keeps them as they are (C-STORE re-writes them); returns them."""
        loaded = list(files)
        for file in loaded:
            self._ask("POST", "/instances", file.path.read_bytes())
        return loaded

    def register(self, ae_title: str, port: int) -> None:
        """Make a move destination known, while it runs."""
        entry = {"AET": ae_title, "Host": self.host, "Port": port}
        self._ask("PUT", f"/modalities/{ae_title}", json.dumps(entry).encode())


class Dcmqrscp(Program):
    """DCMTK's archive; it never transcodes, and picks the context of a sub-operation by SOP Class alone.

    So of each class one transfer syntax can be moved: `load` keeps the first and leaves the others out.
    """

    ae_title = "ARCHIVE"

    def __init__(self, folder: Path, program: str, indexer: str, destinations: dict[str, int] | None = None) -> None:
        super().__init__(folder)
        self.program, self.indexer = program, indexer
        self.destinations = dict(destinations or {})
        self._syntaxes: dict[str, str] = {}
        self._area = self.folder / "area"
        self._area.mkdir(exist_ok=True)

    def command(self) -> Sequence[object]:
        """Write configuration and association profiles (else it takes uncompressed data only) and name the program."""
        hosts = "\n".join(f"host{n} = ({ae}, localhost, {port})" for n, (ae, port) in enumerate(self.destinations.items()))
        (self.folder / "dcmqrscp.cfg").write_text(
            f"NetworkTCPPort = {self.port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
            f"HostTable BEGIN\n{hosts}\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"
            f"AETable BEGIN\n{self.ae_title} {self._area} RW (500, 1024mb) ANY\nAETable END\n",
            encoding="utf-8",
        )
        (self.folder / "profiles.cfg").write_text(self._profiles(), encoding="utf-8")
        return [self.program, "-c", self.folder / "dcmqrscp.cfg", "-xf", self.folder / "profiles.cfg", "In", "Out"]

    def _profiles(self) -> str:
        syntaxes = sorted({*self._syntaxes.values(), _NATIVE[0]})
        lines = ["[[TransferSyntaxes]]"]
        for n, syntax in enumerate(syntaxes):
            lines += [f"[Syntax{n}]", f"TransferSyntax1 = {syntax}"]
        lines += ["[Native]", *(f"TransferSyntax{n} = {syntax}" for n, syntax in enumerate(_NATIVE, 1))]
        lines += ["[[PresentationContexts]]", "[In]"]
        lines += [f"PresentationContext{n} = {service}\\Native" for n, service in enumerate(_SERVICES, 1)]
        sent = (self._syntaxes or {_SERVICES[0]: _NATIVE[0]}).items()
        lines += ["[Out]"]
        lines += [f"PresentationContext{n} = {uid}\\Syntax{syntaxes.index(ts)}" for n, (uid, ts) in enumerate(sent, 1)]
        return "\n".join([*lines, "[[Profiles]]", "[In]", "PresentationContexts = In", "[Out]", "PresentationContexts = Out", ""])

    def load(self, files: Iterable[RealFile]) -> list[RealFile]:
        """Index files as they are, without sending them; returns those that it can move."""
        loaded = [file for file in files if self._syntaxes.setdefault(file.SOPClassUID, file.syntax) == file.syntax]
        copies = [shutil.copy(file.path, self._area / f"{n:04}.dcm") for n, file in enumerate(loaded)]
        subprocess.run([self.indexer, self._area, *copies], check=True, capture_output=True, timeout=60)
        self._restart()
        return loaded

    def register(self, ae_title: str, port: int) -> None:
        """Make a move destination known: it reads its configuration at start only."""
        self.destinations[ae_title] = port
        self._restart()

    def _restart(self) -> None:
        if self._process is not None:
            self.stop()
            self.start()


class Storescp(Program):
    """DCMTK's receiver, told to take every syntax and to write each data set bit for bit as it came."""

    def __init__(self, folder: Path, program: str, ae_title: str = "KEEPER") -> None:
        super().__init__(folder)
        self.program, self.ae_title = program, ae_title
        self._received = self.folder / "received"
        self._received.mkdir(exist_ok=True)

    def command(self) -> Sequence[object]:
        """Name the program and its options: bit-preserving, every syntax, every class."""
        return [self.program, "-aet", self.ae_title, "+B", "+xa", "--promiscuous", "-od", self._received, self.port]

    def received(self) -> dict[str, bytes]:
        """Encoded data sets by SOP Instance UID."""
        return {RealFile(path).SOPInstanceUID: data_set_bytes(path) for path in self._received.iterdir()}
