"""Everything that can happen to a C-MOVE, as an archive does it: the Patient ID that it is asked for says what."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydicom.dataset import Dataset
from pynetdicom import AE, QueryRetrievePresentationContexts, StoragePresentationContexts, evt
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelMove, Verification

from .movescu_programs import DEADLINE, OURS, THEIRS, free_port, instance, silent_peer, store_request

_RECORDER = Path(__file__).with_name("movescu_recorder.py")
_TITLES = {OURS: "OURS", THEIRS: "THEIRS"}
_NO_UID = b"\x08\x00\x16\x00UI\x1a\x001.2.840.10008.5.1.4.1.1.2\x00\x10\x00\x20\x00LO\x02\x00P1"


class Archive:
    """A pynetdicom archive that does as the Patient ID says, towards the port of who asks."""

    def __init__(self, ports: dict[str, int], full: tuple[str, int], classes: dict[str, str]) -> None:
        self.ports, self.full, self.classes = ports, full, classes
        self.over = threading.Event()
        self.recorders: dict[str, subprocess.Popen] = {}

    def moved(self, event):
        """Handle a C-MOVE."""
        calling = event.assoc.requestor.primitive.calling_ae_title.strip()
        here = ("127.0.0.1", self.ports[calling])
        wanted = str(event.identifier.get("PatientID", ""))
        yield from getattr(self, f"do_{wanted.lower()}", self.do_nothing)(event, here)

    def do_nothing(self, _, here):
        """No match."""
        yield from (here, 0)

    def do_one(self, _, here):
        """One instance."""
        yield from (here, 1)
        yield 0xFF00, instance(PatientID="ONE")

    def do_other(self, _, here):
        """The same SOP Instance with other content."""
        yield from (here, 1)
        yield 0xFF00, instance(PatientID="OTHER")

    def do_classes(self, _, here):
        """One instance of each class of a list, by UID."""
        yield from (here, len(self.classes))
        for uid, sop_class in self.classes.items():
            yield 0xFF00, instance(uid, SOPClassUID=sop_class, PatientID="CLASSES")

    def do_stranger(self, _, here):
        """An instance of somebody else."""
        yield from (here, 1)
        yield 0xFF00, instance("1.2.3.5", PatientID="SOMEBODY")

    def do_more(self, _, here):
        """One more than it says."""
        with _association(here) as association:
            association.send_c_store(instance("1.2.3.6", PatientID="MORE"))
        yield from (here, 1)
        yield 0xFF00, instance("1.2.3.7", PatientID="MORE")

    def do_fewer(self, _, here):
        """Says that it has sent one, and has sent it elsewhere."""
        del here
        yield from (("127.0.0.1", self.ports["KEEPER"]), 1)
        yield 0xFF00, instance(PatientID="FEWER")

    def do_failed(self, _, here):
        """A destination that takes none of two."""
        del here
        yield from (self.full, 2)
        yield 0xFF00, instance("1.2.3.1")
        yield 0xFF00, instance("1.2.3.2")

    def do_unknown(self, _, here):
        """Destination unknown."""
        del here
        yield None, None

    def do_warned(self, _, here):
        """Ends with a warning."""
        yield from (here, 1)
        failed = Dataset()
        failed.FailedSOPInstanceUIDList = ["1.2.3.8"]
        yield 0xB000, failed

    def do_cancelled(self, _, here):
        """Ends as if it had been cancelled."""
        yield from (here, 1)
        yield 0xFE00, None

    def do_abort(self, event, here):
        """Aborts."""
        del here
        event.assoc.abort(block=False)
        yield None, None

    def do_close(self, event, here):
        """Closes the connection."""
        del here
        event.assoc.dul.socket.close()
        yield None, None

    def do_silent(self, _, here):
        """Says nothing."""
        del here
        self.over.wait(DEADLINE)
        yield None, None

    def do_echo(self, _, here):
        """C-ECHO to the destination first."""
        with _association(here, Verification) as association:
            if association.is_established and association.accepted_contexts:
                association.send_c_echo()
        yield from (here, 0)

    def do_torn(self, _, here):
        """A sender that aborts."""
        with _association(here) as association:
            association.abort()
        yield from (here, 0)

    def do_unreadable(self, _, here):
        """A data set without its SOP Instance UID."""
        with _association(here) as association:
            association._reactor_checkpoint.clear()
            association.dimse.send_msg(store_request(_NO_UID), association.accepted_contexts[0].context_id)
            association.dimse.get_msg(block=True)
            association._reactor_checkpoint.set()
        yield from (here, 0)

    def do_large(self, _, here):
        """More than the disk takes."""
        yield from (here, 1)
        yield 0xFF00, instance(PatientID="LARGE", PixelData=bytes(100_000), BitsAllocated=16, Rows=1, Columns=1)

    def do_signal(self, event, here):
        """A signal to the program in the middle of the move, and obedience to its C-CANCEL."""
        yield from (here, 1)
        os.kill(self.recorders[OURS].pid, signal.SIGINT)
        pause = threading.Event()
        for _ in range(int(DEADLINE / 0.01)):
            if event.is_cancelled:
                break
            pause.wait(0.01)
        yield 0xFE00, None


@contextmanager
def _association(here, sop_class=CTImageStorage):
    ae = AE("SENDER")
    ae.add_requested_context(sop_class)
    association = ae.associate(*here)
    yield association
    if association.is_established:
        association.release()


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
