"""A wire between a program and an archive that notes when a C-MOVE began and when its final response went by."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

P_DATA = 4


class Between:
    """Forwards every connection to a port of 127.0.0.1; a context manager.

    Attributes
    ----------
    port : int
    """

    def __init__(self, target):
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._spans = []

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listening.close()

    @property
    def seconds(self):
        """From the first byte of a request to the last response, on the connection where that took longest: the C-MOVE's."""
        return max((span[-1] - span[0] for span in self._spans if len(span) > 1), default=float("nan"))

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                archive = socket.create_connection(("127.0.0.1", self._target))
                span = []
                self._spans.append(span)
                for source, sink in ((caller, archive), (archive, caller)):
                    source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=self._forward, args=(source, sink, span), daemon=True).start()

    def _forward(self, source, sink, span):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if data[0] == P_DATA:
                    span.append(time.perf_counter())
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
