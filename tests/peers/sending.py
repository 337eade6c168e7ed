"""Senders of files: DCMTK's, and one that sends every data set as it lies in its file, whatever its transfer syntax."""

from __future__ import annotations

import subprocess
from io import BytesIO
from typing import TYPE_CHECKING

from pynetdicom import AE
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.presentation import build_context

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pynetdicom.association import Association

    from .archives import RealFile

STORESCU_OPTIONS = {
    "1.2.840.10008.1.2": "-xi", "1.2.840.10008.1.2.1": "-xe", "1.2.840.10008.1.2.2": "-xb", "1.2.840.10008.1.2.1.99": "-xd",
    "1.2.840.10008.1.2.4.50": "-xy", "1.2.840.10008.1.2.4.51": "-xx", "1.2.840.10008.1.2.4.70": "-xs",
    "1.2.840.10008.1.2.4.80": "-xt", "1.2.840.10008.1.2.4.81": "-xu", "1.2.840.10008.1.2.4.90": "-xv",
    "1.2.840.10008.1.2.4.91": "-xw", "1.2.840.10008.1.2.4.100": "-xm", "1.2.840.10008.1.2.4.101": "-xh",
    "1.2.840.10008.1.2.4.102": "-xn", "1.2.840.10008.1.2.4.103": "-xl", "1.2.840.10008.1.2.4.104": "-x2",
    "1.2.840.10008.1.2.4.105": "-x3", "1.2.840.10008.1.2.4.106": "-xo", "1.2.840.10008.1.2.4.107": "-x4",
    "1.2.840.10008.1.2.4.108": "-x5", "1.2.840.10008.1.2.5": "-xr",
}  # fmt: skip
"""What makes DCMTK's storescu propose a transfer syntax."""


def storescu(program: str, port: int, file: RealFile) -> str:
    """Let DCMTK's storescu send one file in its own transfer syntax; returns what it says when that fails, else nothing."""
    return _run([program, "-R", STORESCU_OPTIONS[file.syntax], "127.0.0.1", str(port), str(file.path)])


def dcmsend(program: str, port: int, files: Iterable[RealFile]) -> str:
    """Let DCMTK's dcmsend send files on one association, none decompressed; returns what it says when that fails."""
    return _run([program, "-dn", "--no-uid-checks", "--no-halt", "127.0.0.1", str(port), *(str(file.path) for file in files)])


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, errors="replace", timeout=600)
    return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}exit code {done.returncode}"


def send_as_stored(port: int, files: Sequence[RealFile]) -> list[int]:
    """Send each file's data set bit for bit, by pynetdicom, on as many associations as it takes; returns the statuses."""
    statuses = []
    for start in range(0, len(files), 100):
        some = files[start : start + 100]
        contexts = sorted({(file.SOPClassUID, file.syntax) for file in some})
        association = AE(ae_title="SENDER").associate(
            "127.0.0.1", port, contexts=[build_context(sop_class, [syntax]) for sop_class, syntax in contexts]
        )
        assert association.is_established
        statuses += [_send(association, number, file) for number, file in enumerate(some, 1)]
        association.release()
    return statuses


def _send(association: Association, number: int, file: RealFile) -> int:
    request = C_STORE()
    request.MessageID, request.Priority = number, 2
    request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = file.SOPClassUID, file.SOPInstanceUID
    request.DataSet = BytesIO(file.content)
    contexts = association.accepted_contexts
    wanted = (file.SOPClassUID, file.syntax)
    context = next(cx for cx in contexts if (str(cx.abstract_syntax), str(cx.transfer_syntax[0])) == wanted)
    association._reactor_checkpoint.clear()  # as its own send_c_store does: this thread reads the answer
    try:
        association.dimse.send_msg(request, context.context_id)
        _, answer = association.dimse.get_msg(block=True)
    finally:
        association._reactor_checkpoint.set()
    assert answer is not None
    return int(answer.Status)
