"""How quiet the machine was while something was measured, and what machine it was."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path


class Watch:
    """Looks at the machine from its beginning to `noise`: a round of a benchmark."""

    def __init__(self):
        self._load, self._began = os.getloadavg()[0], time.monotonic()
        self._busy, self._stolen = _busy()
        self._own = _own()

    def noise(self):
        """What went on beside us.

        Returns
        -------
        dict
            ``load_begin``, ``load_end`` (load average of a minute: it holds our own load too), ``others`` (how many processors'
            time other programs took) and ``stolen`` (how many processors' time the host of a virtual machine took away).
        """
        busy, stolen = _busy()
        seconds = time.monotonic() - self._began
        return {
            "load_begin": self._load,
            "load_end": os.getloadavg()[0],
            "others": max(0.0, busy - self._busy - (_own() - self._own)) / seconds,
            "stolen": (stolen - self._stolen) / seconds,
        }


def told(noise):
    """Put it in a line."""
    return "load {load_begin:.2f} to {load_end:.2f}; others took {others:.2f}, the host {stolen:.2f} processors".format(**noise)


def machine():
    """Describe what a run depends on, without a name that says whose it is."""
    cpu = next((line.partition(":")[2].strip() for line in _read("/proc/cpuinfo") if line.startswith("model name")), "")
    return {
        "processor": cpu or platform.processor(),
        "processors": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "pynetdicom": importlib.metadata.version("pynetdicom"),
        "dcmtk": _version("storescp"),
        "orthanc": _version("Orthanc"),
    }


def _busy():
    """Seconds that all processors were at work for somebody here, and that the host took away."""
    line = next(iter(_read("/proc/stat")), "cpu 0 0 0 0 0 0 0 0")
    user, nice, system, _idle, _wait, irq, soft, stolen = map(int, line.split()[1:9])
    tick = os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + soft) / tick, stolen / tick


def _own():
    """CPU seconds of this process and of its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _read(path):
    return Path(path).read_text(encoding="ascii", errors="replace").splitlines() if sys.platform.startswith("linux") else []


def _version(program):
    if shutil.which(program) is None:
        return None
    done = subprocess.run([program, "--version"], check=False, capture_output=True, text=True)
    found = re.search(r"\d+\.\d+\.\d+", done.stdout + done.stderr)
    return found[0] if found else None
