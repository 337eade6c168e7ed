"""Kernels that are killed at a chosen moment: a program that forks one for each line it reads, for tests of what is left then.

``killed_kernels.py ARCHIVE_PORT LISTENING_PORT FOLDER``; a line is JSON: ``{"point": "publish", "count": 7, "how": "kill"}``, or
``{}`` for a kernel that may end by itself. After each kernel a line of JSON says how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import dicommove as dm
from dicommove.receive.association import Association
from dicommove.retrieve import plan_resume, wait_for  # loads all that a kernel needs, once
from dicommove.store.drafts import Draft
from dicommove.store.sqlite_journal import SqliteJournal

POINTS = {
    "write": (Draft, "write", lambda *_: True),
    "publish": (Draft, "publish", lambda *_: True),
    "journal": (SqliteJournal, "append", lambda table, *_: table == "arrivals"),
    "before the answer": (Association, "_send", lambda data: data[0] == 4),
    "after the answer": (Association, "_send", lambda data: data[0] == 4),
}
"""Where a kernel is killed: before a method of ours, or after it, by its class, name, and which calls count."""


def kill_at(point, count, how):
    """Have this process killed at the count-th time that it comes to a point."""
    owner, name, counts = POINTS[point]
    method = getattr(owner, name)
    left = iter(range(count - 1, -1, -1))

    def killing(self, *given):
        last = counts(*given) and next(left, 1) == 0
        if last and not point.startswith("after"):
            die(how)
        result = method(self, *given)
        if last:
            die(how)
        return result

    setattr(owner, name, killing)


def say(**facts):
    """Write a line."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def die(how):
    """End without a word."""
    if how == "exit":
        os._exit(9)
    os.kill(os.getpid(), signal.SIGKILL)


def kernel(archive, port, folder, *, point=None, count=0, how="exit"):
    """Begin the move, or go on with it."""
    if point is not None:
        kill_at(point, count, how)
    peer = dm.Peer("127.0.0.1", archive, ae_title="DEMO", calling_ae_title="NOTEBOOK", listener=dm.Listener(port=port))
    if os.path.exists(folder):  # noqa: PTH110 - nothing more is wanted
        result = wait_for(plan_resume(folder).start_move(), False)
    else:
        result = peer.studies().where(PatientID="KILLED").move(folder, progress=False)
    say(outcome=result.outcome, reason=result.reason)


def main():
    """Fork a kernel for each line; this process has one thread, so that a fork is safe."""
    archive, port, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                kernel(archive, port, folder, **json.loads(line))
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        say(status=status)


if __name__ == "__main__":
    main()
