"""Every case of the conformance statement: what is asked of which archive, and both programs side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from pynetdicom import AE, QueryRetrievePresentationContexts, StoragePresentationContexts, evt
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelMove, Verification

from .movescu_archive import Archive
from .movescu_programs import DEADLINE, OURS, THEIRS, free_port, silent_peer

_RECORDER = Path(__file__).with_name("movescu_recorder.py")
_TITLES = {OURS: "OURS", THEIRS: "THEIRS"}


class Stage:
    """Archives and both programs' recorders; ``play`` runs scenarios, each program beside the other."""

    def __init__(self, folder: Path, classes: dict[str, str]) -> None:
        self.folder, self._stack = folder, ExitStack()
        full = self._serve("FULL", StoragePresentationContexts, (evt.EVT_C_STORE, lambda _: 0xA700))
        keeper = self._serve("KEEPER", StoragePresentationContexts, (evt.EVT_C_STORE, lambda _: 0x0000))
        ports = {"OURS": free_port(), "THEIRS": free_port(), "KEEPER": keeper}
        self.archive = Archive(ports, ("127.0.0.1", full), classes)
        move = (evt.EVT_C_MOVE, self.archive.moved)
        grant = (evt.EVT_SOP_EXTENDED, lambda event: dict.fromkeys(event.app_info, b"\x01\x00"))
        study_root = [build_context(StudyRootQueryRetrieveInformationModelMove)]
        self.places = {
            "archive": self._serve("ARCHIVE", QueryRetrievePresentationContexts, move, grant),
            "study root only": self._serve("ARCHIVE", study_root, move),
            "no service": self._serve("ARCHIVE", [build_context(Verification)]),
            "nobody": free_port(),
            "mute": self._stack.enter_context(silent_peer()),
        }
        self.archive.recorders = {package: self._recorder(package) for package in (OURS, THEIRS)}

    def _serve(self, ae_title, contexts, *handlers) -> int:
        ae = AE(ae_title)
        ae.require_called_aet = ae_title == "ARCHIVE"
        ae.supported_contexts, ae.requested_contexts = contexts, StoragePresentationContexts
        server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=list(handlers))
        self._stack.callback(server.shutdown)
        return server.server_address[1]

    def _recorder(self, package) -> subprocess.Popen:
        own = {name: value for name, value in os.environ.items() if name != "DICOMMOVE_COMPAT"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": own}
        process = subprocess.Popen([sys.executable, _RECORDER, package], **pipes)
        self._stack.callback(process.wait, DEADLINE)
        self._stack.callback(process.stdout.close)
        self._stack.callback(process.stdin.close)
        return process

    def play(self, scenarios) -> dict[str, dict[str, dict]]:
        """Run each scenario with both programs; returns what they left behind, by package and name of the scenario."""
        with ThreadPoolExecutor(2) as both:
            runs = {package: both.submit(self._played, package, scenarios) for package in (OURS, THEIRS)}
        return {package: run.result() for package, run in runs.items()}

    def _played(self, package, scenarios) -> dict[str, dict]:
        process = self.archive.recorders[package]
        played = {}
        for name, scenario in scenarios.items():
            if package not in scenario.get("only", package):
                continue
            process.stdin.write(json.dumps(self._run(package, name, scenario)) + "\n")
            process.stdin.flush()
            played[name] = json.loads(process.stdout.readline())
        return played

    def _run(self, package, name, scenario) -> dict:
        title = _TITLES[package]
        port = self.places[scenario.get("at", "archive")]
        storing = ("--store", "--store-port", self.archive.ports[title]) if scenario.get("store", True) else ()
        arguments = ("127.0.0.1", port, "-aec", "ARCHIVE", "-aet", title, *storing, *scenario["arguments"])
        folder = self.folder / package / scenario.get("in", name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "file").write_text("hello world, this is no DICOM file at all", encoding="utf-8")
        return {"folder": str(folder), "arguments": [str(each) for each in arguments], **scenario.get("limits", {})}

    def end(self) -> None:
        """End what was started."""
        self.archive.over.set()
        self._stack.close()


def _asked(patient_id, *more, **how) -> dict:
    return {"arguments": ("-k", "QueryRetrieveLevel=PATIENT", "-k", f"PatientID={patient_id}", *more), **how}


SCENARIOS = {
    "an instance arrives": _asked("ONE", **{"in": "there"}),
    "the same instance again": _asked("ONE", **{"in": "there"}),
    "the same instance with other content": _asked("OTHER", **{"in": "there"}),
    "an instance of every class": _asked("CLASSES"),
    "into a folder that is made": _asked("ONE", "-od", "a/b"),
    "received and not stored": _asked("ONE", "--ignore"),
    "an instance arrives, with messages shown": _asked("ONE", "-d"),
    "nothing matches": _asked("NOTHING"),
    "an instance that was not asked for": _asked("STRANGER"),
    "more instances than the archive reports": _asked("MORE"),
    "fewer instances than the archive reports": _asked("FEWER"),
    "every sub-operation fails": _asked("FAILED", store=False),
    "the destination is unknown": _asked("UNKNOWN", store=False),
    "the archive ends with a warning and a failed instance": _asked("WARNED"),
    "the archive ends with 0xFE00": _asked("CANCELLED"),
    "the archive aborts": _asked("ABORT"),
    "the archive closes the connection": _asked("CLOSE"),
    "no response in time": _asked("SILENT", "-td", "0.4", store=False),
    "no answer to the association request": _asked("ONE", "-ta", "0.4", at="mute", store=False),
    "nobody listens": _asked("ONE", at="nobody", store=False),
    "the association is rejected": _asked("ONE", "-aec", "OTHER", store=False),
    "no service is accepted": _asked("ONE", at="no service", store=False),
    "C-ECHO to the Storage SCP, nothing matches": _asked("ECHO"),
    "a sender aborts, nothing matches": _asked("TORN"),
    "an instance without its UID": _asked("UNREADABLE"),
    "an instance whose UID is not its request's": _asked("CONTRARY"),
    "a full disk": _asked("LARGE", limits={"file_bytes": 50_000}),
    "a folder that cannot be made": _asked("ONE", "-od", "file/below"),
    "extended negotiation, and the destination is unknown": _asked(
        "UNKNOWN", "--relational-retrieval", "--enhanced-conversion", store=False
    ),
    "a value that breaks its VR, nothing matches": _asked("NOTHING", "-k", "PatientBirthDate=2020-01-01", store=False),
    "an Identifier without its unique key, nothing matches": {
        "arguments": ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientName="),
        "store": False,
    },
    "a path that cannot be read": _asked("ONE", "-k", "PatientNam=", store=False),
    "a file that is not there": _asked("ONE", "-f", "none.dcm", store=False),
    "a number that its VR cannot hold": _asked("ONE", "-k", "Columns=99999", "-tn", "0.4", store=False),
    "a signal": _asked("SIGNAL", only=(OURS,)),
    "the model is not accepted": _asked("ONE", "-tn", "0.4", at="study root only", store=False),
}
"""By name, as the conformance statement lists them. Where the original forgets its association, -tn ends it soon."""
