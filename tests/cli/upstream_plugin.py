"""Points pynetdicom's own tests of its ``movescu`` at ours: loaded by pytest in a process of its own."""

from __future__ import annotations

import subprocess
import sys


def start_ours(args):
    """Start our program as the tests start theirs."""
    return subprocess.Popen([sys.executable, "-m", "dicommove", "movescu", "localhost", "11112", *args])


def pytest_collection_modifyitems(items):
    """Put our program in the place of both functions that start theirs."""
    for item in items:
        item.module.start_movescu = item.module.start_movescu_cli = start_ours
