"""What every test may use: a real program of another maker, or a reason why the test is skipped."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import hypothesis
import pydicom
import pytest

_OUTSIDE_PATH = {"Orthanc": ["/usr/sbin/Orthanc"], "chromium": ["/usr/bin/chromium-browser", "/usr/bin/google-chrome"]}


# An example may take as long as a busy machine makes it: nothing here is a timed test.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# A shell that starts us in the background has us ignore interrupts, and what we start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def require():
    """Path of a program; without it the test is skipped, or fails where ``DICOMMOVE_REQUIRE_PEERS`` is 1."""

    def program(name: str) -> str:
        found = shutil.which(name) or next((path for path in _OUTSIDE_PATH.get(name, []) if Path(path).exists()), None)
        if found:
            return found
        if os.environ.get("DICOMMOVE_REQUIRE_PEERS") == "1":
            pytest.fail(f"{name} is not installed, and DICOMMOVE_REQUIRE_PEERS=1 asks for it")
        pytest.skip(f"{name} is not installed")

    return program


@pytest.fixture(scope="session")
def bundled_folder() -> Path:
    """Folder of the DICOM files in pydicom's wheel; nothing is fetched."""
    return Path(pydicom.__file__).parent / "data"
