"""A whole move by the API, as a program: ports of the archive and of our own listener, AE title of the archive, folder."""

from __future__ import annotations

import sys
from pathlib import Path

import dicommove as dm

if __name__ == "__main__":
    port, own_port, ae_title, folder = sys.argv[1:]
    listener = dm.Listener(ae_title="BENCH", port=int(own_port))
    peer = dm.Peer("127.0.0.1", int(port), ae_title=ae_title, calling_ae_title="BENCH", listener=listener)
    result = peer.studies("1.2.3").move(Path(folder) / "data", progress=False, limit=None)
    print(result.outcome)
