"""An archive that does to a C-MOVE whatever can be done to it: the Patient ID that it is asked for says what."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.sop_class import CTImageStorage, Verification

from .movescu_programs import DEADLINE, OURS, instance, store_request

if TYPE_CHECKING:
    import subprocess

_CT = b"\x08\x00\x16\x00\x1a\x00\x00\x001.2.840.10008.5.1.4.1.1.2\x00"
_NO_UID = _CT + b"\x10\x00\x20\x00\x02\x00\x00\x00P1"
_OTHER_UID = _CT + b"\x08\x00\x18\x00\x08\x00\x00\x001.2.3.9\x00"
"""Data sets in Implicit VR Little Endian."""


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
        _send(here, _NO_UID)
        yield from (here, 0)

    def do_contrary(self, _, here):
        """A data set with another SOP Instance UID than its request's."""
        _send(here, _OTHER_UID)
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
    ae.add_requested_context(sop_class, ImplicitVRLittleEndian)
    association = ae.associate(*here)
    yield association
    if association.is_established:
        association.release()


def _send(here, data) -> None:
    """C-STORE of these bytes as an instance 1.2.3.4, whatever they are."""
    with _association(here) as association:
        association._reactor_checkpoint.clear()
        association.dimse.send_msg(store_request(data), association.accepted_contexts[0].context_id)
        association.dimse.get_msg(block=True)
        association._reactor_checkpoint.set()
