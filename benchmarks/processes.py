"""A receiver as a process: started, waited for, measured and ended."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """What a receiver took; rates are for who knows the workload.

    ``seconds`` run from the first instance to the last response; ``accepting`` is what the association took before that.
    """

    seconds: float
    accepting: float
    cpu_seconds: float
    rss_mb: float
    grown_mb: float


class Process:
    """A running program; a context manager that ends it."""

    def __init__(self, command, folder, environment=None):
        self.command = [str(part) for part in command]
        self._folder = folder  # some programs write where they are, whatever they are told
        self._environment = os.environ | (environment or {}) | {"XDG_STATE_HOME": str(folder)}

    def __enter__(self):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        self._process = subprocess.Popen(self.command, env=self._environment, cwd=self._folder, **quiet)
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def running(self):
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait(self, seconds):
        """Wait for its end, at most so long; return the CPU seconds and the peak memory in MB that it took."""
        until, peak = time.monotonic() + seconds, 0.0
        while True:
            with contextlib.suppress(TypeError):  # gone, and not waited for
                peak = self.memory_mb("VmHWM")  # what wait4 says of memory is at least what we had ourselves before the fork
            ended, status, used = os.wait4(self._process.pid, os.WNOHANG)
            if ended:
                self._process.returncode = os.waitstatus_to_exitcode(status)
                return used.ru_utime + used.ru_stime, peak
            if time.monotonic() > until:
                self._process.kill()
            time.sleep(0.01)

    def cpu_seconds(self):
        """CPU seconds of it and of its ended children so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self, name):
        """VmRSS (now) or VmHWM (peak) in MB."""
        return int(re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{self._process.pid}/status").read_text())[1]) / 1024

    def measure(self, work):
        """Do the work that keeps it busy, and says when each association was asked for, began and ended; return what it took."""
        cpu, rss = self.cpu_seconds(), self.memory_mb("VmRSS")
        asked, began, ended = zip(*work(), strict=True)
        peak = self.memory_mb("VmHWM")
        return Measured(max(ended) - min(began), min(began) - min(asked), self.cpu_seconds() - cpu, peak, max(0.0, peak - rss))


def free_port():
    """Return a TCP port that nobody listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait_for(port, process):
    """Wait until somebody listens."""
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError as error:
            if time.monotonic() > deadline or not process.running:
                raise SystemExit(f"a receiver did not start: {process.command}") from error
            time.sleep(0.05)
        else:
            return
