"""An archive that does nothing but hold a C-MOVE open, so that a retrieving program keeps its own receiver running."""

from __future__ import annotations

import socket
import threading

from dicommove.receive.associate import accept_pdu, read_request
from dicommove.receive.command import read_command, response
from dicommove.receive.stream import RELEASE_REPLY, data_pdus

EXPLICIT = "1.2.840.10008.1.2.1"


class Holder:
    """Listens on a port of 127.0.0.1 for one association; a context manager.

    Attributes
    ----------
    port : int
    asked : threading.Event
        Set when a C-MOVE-RQ is there.
    done : threading.Event
        To be set when it may be answered with success.
    """

    def __init__(self):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.asked, self.done = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self._listening.close()
        self._thread.join(5)

    def _run(self):
        try:
            self._serve()
        except OSError:
            return

    def _serve(self):
        connection, _ = self._listening.accept()
        with connection:
            request = read_request(read_pdu(connection))
            answers = [(context.context_id, 0, syntax_of(context)) for context in request.contexts]
            connection.sendall(accept_pdu(request, answers, 16384))
            context_id, command = read_message(connection)
            self.asked.set()
            self.done.wait()
            connection.sendall(data_pdus(context_id, response(command, 0)))
            if read_pdu(connection)[0] == 5:
                connection.sendall(RELEASE_REPLY)


def syntax_of(context):
    """Explicit VR Little Endian where it is offered."""
    return EXPLICIT if EXPLICIT in context.offered else context.offered[0]


def read_message(connection):
    """Read a command and the data set behind it; return context ID and command."""
    command = b""
    while True:
        pdu = read_pdu(connection)
        position = 6
        while position < len(pdu):
            length = int.from_bytes(pdu[position : position + 4], "big")
            context_id, control = pdu[position + 4], pdu[position + 5]
            if control & 1:
                command += pdu[position + 6 : position + 4 + length]
            elif control & 2:
                return context_id, read_command(command)
            position += 4 + length


def read_pdu(connection):
    """Read one whole PDU."""
    data = b""
    while len(data) < 6 or len(data) < 6 + int.from_bytes(data[2:6], "big"):
        wanted = 6 - len(data) if len(data) < 6 else 6 + int.from_bytes(data[2:6], "big") - len(data)
        piece = connection.recv(wanted)
        if not piece:
            raise ConnectionError("the program went away")
        data += piece
    return data
