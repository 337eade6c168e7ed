"""pynetdicom's own tests of its ``movescu``, pointed at ours."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

TESTS = "pynetdicom.apps.tests.test_movescu"
NOTHING_CAME = {"default", "flag_verbose", "flag_debug", "flag_aet", "flag_aec", "flag_aem", "flag_max_pdu", "flag_patient"}
DIFFERENT = {f"test_{name}" for name in NOTHING_CAME | {"flag_study", "flag_patient_study", "flag_td", "bad_input"}}


@pytest.fixture
def upstream(tmp_path):
    """Run them in a process of their own; they use the ports 11112 to 11114 and write to their working folder."""
    if find_spec(TESTS) is None:
        pytest.skip("this pynetdicom came without its tests")
    for port in (11112, 11113, 11114):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            pytest.skip(f"port {port} is in use")

    def run(**environment):
        own = {name: value for name, value in os.environ.items() if name != "DICOMMOVE_COMPAT"}
        command = [sys.executable, "-m", "pytest", "-q", "-rf", "-c", os.devnull, "--rootdir", tmp_path, "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, "-p", "upstream_plugin", "--pyargs", TESTS, "-k", "TestMoveSCUCLI"],
            cwd=tmp_path,
            env={**own, "PYTHONPATH": str(Path(__file__).parent), **environment},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return done.returncode, set(re.findall(r"^FAILED .*::(\w+)", done.stdout, re.MULTILINE)), done.stdout

    return run


@pytest.mark.slow
def test_with_compat_all_of_them_pass(upstream):
    """Nothing is left out."""
    code, failed, said = upstream(DICOMMOVE_COMPAT="1")
    assert (code, failed) == (0, set()), said[-3000:]
    assert "22 passed" in said


@pytest.mark.slow
def test_without_it_only_those_fail_that_want_0_where_nothing_came(upstream):
    """Their archives answer with zero sub-operations, or not in time: 5 and 4; an unreadable file is 2."""
    _, failed, said = upstream()
    assert failed == DIFFERENT, said[-3000:]
