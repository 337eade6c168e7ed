"""The soak: 100,000 small instances in 100 C-MOVEs, with seeded troubles, and what it costs as it goes on.

``python benchmarks/soak.py`` (some minutes; ``--studies``, ``--instances`` and ``--seed`` change it, ``--json FILE`` keeps the
figures). The archive is another process and notes what we acknowledged. After each tenth of the requests: memory, open
descriptors, threads, and what the journal takes. At the end every acknowledged instance is looked for, byte for byte, and what is
missing is asked for again without trouble: then the ledger must be complete.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from soak_archive import study_uid

import dicommove as dm

_TENTHS = 10


def own_figures(folder):
    """What this process and its journal take now."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    journal = sum(path.stat().st_size for path in (folder / ".dicommove").glob("*.sqlite*"))
    return {
        "memory_mb": int(status["VmRSS"].split()[0]) / 1024,
        "descriptors": sum(1 for _ in Path("/proc/self/fd").iterdir()),
        "threads": threading.active_count(),
        "journal_mb": journal / 1e6,
    }


class Watch:
    """Gets every snapshot; keeps figures at each tenth of the requests."""

    def __init__(self, folder):
        self._folder, self._began, self._next = folder, time.monotonic(), 0
        self.rows = []

    def __call__(self, snapshot):
        """Keep figures when another tenth is done."""
        if not snapshot.requests_total or snapshot.requests_done * _TENTHS < self._next * snapshot.requests_total:
            return
        self._next += 1
        passed = {"requests": snapshot.requests_done, "received": snapshot.received, "seconds": time.monotonic() - self._began}
        self.rows.append(passed | own_figures(self._folder))
        print(json.dumps({name: round(value, 1) for name, value in self.rows[-1].items()}))


def digests(folder):
    """SHA-256 of the data set of every file that is kept, by SOP Instance UID as its own header has it."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".torn" and (content := path.read_bytes())[128:132] == b"DICM":
            end = 144 + int.from_bytes(content[140:144], "little")
            at = content.index(b"\x02\x00\x03\x00UI") + 8
            uid = content[at : at + int.from_bytes(content[at - 2 : at], "little")].rstrip(b"\0").decode()
            found.setdefault(uid, set()).add(hashlib.sha256(content[end:]).hexdigest())
    return found


def lost(log, folder):
    """Lines of the archive's log that have no file."""
    kept = digests(folder)
    acknowledged = [line.split() for line in log.read_text().splitlines()]
    return len(acknowledged), [uid for uid, digest in acknowledged if digest not in kept.get(uid, ())]


def soak(given, place):
    """Run it all; return the figures."""
    folder, log = place / "data", place / "acknowledged.txt"
    with socket.create_server(("127.0.0.1", 0)) as server:
        own = server.getsockname()[1]
    script = Path(__file__).with_name("soak_archive.py")
    command = [sys.executable, script, own, given.studies, given.instances, given.seed, log]
    archive = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        pacs = dm.Peer(
            "127.0.0.1", int(archive.stdout.readline()), ae_title="SOAK", listener=dm.Listener(ae_title="STORESCP", port=own)
        )
        figures = _moved(pacs, given, folder)
    finally:
        troubles = archive.communicate()[0].strip()
    acknowledged, missing = lost(log, folder)
    return figures | {"acknowledged": acknowledged, "lost": missing, "unplayed": troubles.splitlines()}


def _moved(pacs, given, folder):
    """The move with its troubles, and the one for the gap."""
    watch = Watch(folder)
    result = pacs.move([study_uid(n) for n in range(given.studies)], folder, limit=None, progress=watch)
    states = result.ledger["state"].value_counts()
    first = {"outcome": str(result.outcome), "states": {str(state): int(count) for state, count in states.items() if count}}
    again = result.retry_missing()
    missing = int((again.ledger["state"] == "missing").sum())
    return {"rows": watch.rows, "first": first, "then": str(again.outcome), "missing_then": missing}


def main():
    """Run the soak and print its figures; 1 when anything acknowledged is lost, or the gap was not closed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=100)
    parser.add_argument("--instances", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    print(f"seed {given.seed}")
    with tempfile.TemporaryDirectory() as place:
        figures = soak(given, Path(place)) | {"seed": given.seed}
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))
    print(json.dumps({name: value for name, value in figures.items() if name != "rows"}, indent=1))
    return 1 if figures["lost"] or figures["missing_then"] else 0


if __name__ == "__main__":
    sys.exit(main())
