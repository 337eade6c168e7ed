"""A wire between a program and an archive that notes when a C-MOVE began and when its final response went by."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass

_P_DATA = 4


@dataclass
class Span:
    """Of one connection: when its first and its last P-DATA-TF began to pass, and the CPU seconds used before the first."""

    began: float
    used: float
    ended: float = 0.0

    @property
    def seconds(self):
        """How long it took."""
        return max(0.0, self.ended - self.began)


class Between:
    """Forwards every connection to a port of 127.0.0.1; a context manager.

    Parameters
    ----------
    target : int
        The archive's port.
    used : callable
        CPU seconds that whoever is measured has used so far.

    Attributes
    ----------
    port : int
    """

    def __init__(self, target, used):
        self._target, self._used = target, used
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._spans = []

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listening.close()

    @property
    def longest(self):
        """The connection where request to last response took longest: the C-MOVE's; None when there was none."""
        return max(self._spans, key=lambda span: span.seconds, default=None)

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                archive = socket.create_connection(("127.0.0.1", self._target))
                found = []
                for source, sink in ((caller, archive), (archive, caller)):
                    source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=self._forward, args=(source, sink, found), daemon=True).start()

    def _forward(self, source, sink, found):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if data[0] == _P_DATA and not found:
                    found.append(Span(time.perf_counter(), self._used()))
                    self._spans.append(found[0])
                elif data[0] == _P_DATA:
                    found[0].ended = time.perf_counter()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
