"""As an administrator does it, with the mailed page alone: register, test with C-ECHO, let a first study go, remove it again."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys

import pytest

import dicommove as dm

from .archives import Dcmqrscp, Orthanc, free_port

pytestmark = pytest.mark.peer

CLOSED = {f"DicomAlwaysAllow{service}": False for service in ("Echo", "Store", "Find", "Get", "Move")}


def _from_page(page: str, archive: str) -> str:
    """The entry as the page writes it for an archive: the lines below its name."""
    lines = page.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"  {archive} ("))
    entry = []
    for line in lines[start + 1 :]:
        if not line.startswith("    "):
            break
        entry.append(line.strip())
    return "\n".join(entry)


class FreshOrthanc(Orthanc):
    """An Orthanc that knows nobody, and whose administrator has the page; it compares addresses with the entry."""

    told_host = "127.0.0.1"

    def register_from(self, page: str) -> None:
        """Copy the entry into DicomModalities, and start."""
        self.settings = {
            **CLOSED,
            "DicomCheckModalityHost": True,
            "DicomModalities": json.loads(f"{{{_from_page(page, 'Orthanc')}}}"),
        }
        self.stop()
        self.start()

    def remove(self, title: str) -> None:
        """Delete the entry, as the page says."""
        del self.settings["DicomModalities"][title]
        self.stop()
        self.start()

    def echo(self, page: str) -> bool:
        """Its own C-ECHO to the entry, by the line that the page gives; whether it ended with success."""
        line = next(line for line in page.splitlines() if line.strip().startswith("Orthanc: "))
        *_, body, address = shlex.split(line)
        try:
            self._ask("POST", address.removeprefix("http://localhost:8042"), body.encode())
        except AssertionError:
            return False
        return True


class FreshDcmqrscp(Dcmqrscp):
    """A dcmqrscp that knows nobody, and whose administrator has the page; it compares the names of hosts with the entry."""

    told_host = "localhost"
    entry = ""

    def command(self):
        """As any, with the page's line in its HostTable."""
        command = super().command()
        path = self.folder / "dcmqrscp.cfg"
        table = f"HostTable BEGIN\n{self.entry}\nHostTable END"
        text = re.sub(r"HostTable BEGIN.*HostTable END", table, path.read_text(), flags=re.DOTALL)
        path.write_text(text.replace(" ANY\n", f" {'dicommove' if self.entry else 'ANY'}\n"))
        return command

    def register_from(self, page: str) -> None:
        """Copy the line into HostTable, and start again."""
        self.entry = _from_page(page, "DCMTK dcmqrscp")
        self._restart()

    def remove(self, title: str) -> None:
        """Delete the line, as the page says."""
        assert title in self.entry
        self.entry = ""
        self._restart()

    def echo(self, page: str) -> bool:
        """DCMTK's C-ECHO, by the line that the page gives; whether it ended with success."""
        line = next(line for line in page.splitlines() if line.strip().startswith("DCMTK: "))
        return subprocess.run(shlex.split(line)[1:], check=False, capture_output=True, timeout=30).returncode == 0


@pytest.fixture(params=["orthanc", "dcmqrscp"])
def fresh(request, programs, require, tmp_path, real_files):
    """A fresh archive with one real study, and nobody registered."""
    made = {
        "orthanc": lambda: FreshOrthanc(tmp_path / "orthanc", require("Orthanc"), **CLOSED),
        "dcmqrscp": lambda: FreshDcmqrscp(tmp_path / "dcmqrscp", require("dcmqrscp"), require("dcmqridx")),
    }
    require("echoscu")
    server = programs.enter_context(made[request.param]())
    server.load([file for file in real_files if file.path.name == "CT_small.dcm"])
    return server


@pytest.fixture
def study(real_files):
    """Study Instance UID of what it has."""
    return next(file for file in real_files if file.path.name == "CT_small.dcm").StudyInstanceUID


@pytest.fixture
def command():
    """Start a command of ours; ended at the end of the test."""
    running = []

    def start(*arguments):
        whole = [sys.executable, "-m", "dicommove", *map(str, arguments)]
        running.append(subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_registered_tested_used_and_removed_by_the_page_alone(fresh, study, command, tmp_path):
    """The page that ``register`` prints is all that the administrator has; ``listen`` is what answers the test."""
    port = free_port()
    archive = ("--peer", f"{fresh.ae_title}@{fresh.host}:{fresh.port}", "--calling", "NOTEBOOK", "--listen", port)
    told = f"{fresh.told_host}:{port}"
    page, _ = command("register", *archive, "--advertise", told, "--contact", "A. Meier").communicate(timeout=60)
    fresh.register_from(page)

    assert not fresh.echo(page)  # as the page says: the port is closed at other times
    listening = command("listen", *archive, "--minutes", 5, "--json")
    assert "Listening as NOTEBOOK" in listening.stderr.readline()
    assert fresh.echo(page)
    assert any("C-ECHO answered" in line for line in iter(listening.stderr.readline, ""))
    listening.send_signal(signal.SIGINT)
    answer, _ = listening.communicate(timeout=60)
    assert [caller["echoes"] for caller in json.loads(answer)["callers"]] == [1]

    listener = dm.Listener(port=port, advertise=told)
    pacs = dm.Peer(fresh.host, fresh.port, ae_title=fresh.ae_title, calling_ae_title="NOTEBOOK", listener=listener)
    assert pacs.check(study=study).ready
    assert pacs.move(study, tmp_path / "data", progress=False).outcome == "complete"

    assert "Delete the entry of NOTEBOOK" in page.replace("\n  ", " ")
    fresh.remove("NOTEBOOK")
    assert pacs.check(study=study).ready is False


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_dcmqrscp_lets_in_by_name_as_the_page_says(programs, require, tmp_path, real_files, study, host):
    """A number in its HostTable lets nobody in, the name does; two AE titles of ours are one name in its AETable."""
    port = free_port()
    server = FreshDcmqrscp(tmp_path / "dcmqrscp", require("dcmqrscp"), require("dcmqridx"))
    listener = dm.Listener("TAKES", port=port, advertise=f"{host}:{port}")
    pacs = dm.Peer(server.host, server.port, ae_title=server.ae_title, calling_ae_title="ASKS", listener=listener)
    page = str(pacs.registration())
    assert "where the host above is a number, write the name that it resolves to" in " ".join(page.split())
    server.entry = _from_page(page, "DCMTK dcmqrscp")
    programs.enter_context(server)
    server.load([file for file in real_files if file.path.name == "CT_small.dcm"])
    check = pacs.check(study=study)
    assert check.ready is (host == "localhost")
    assert check.ready or "registered with another name of our host" in check.fault.what_to_do
