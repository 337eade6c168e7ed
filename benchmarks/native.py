"""Builds the two small C programs, which show what there is to reach, where a C compiler is installed."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_FOLDER = Path(__file__).parent


@functools.cache
def built(name):
    """Compile ``name``.c; return the program's path, or None where that cannot be done, which is said once."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        print(f"no C compiler: {name}.c is left out", file=sys.stderr)
        return None
    program = Path(_place()) / name
    done = subprocess.run([compiler, "-O2", "-pthread", "-o", program, _FOLDER / f"{name}.c"], check=False)
    return str(program) if done.returncode == 0 else None


@functools.cache
def _temporary():
    return tempfile.TemporaryDirectory()


def _place():
    return _temporary().name
