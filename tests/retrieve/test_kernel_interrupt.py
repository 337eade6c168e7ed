"""The notebook's stop button: a running cell is interrupted in a real kernel, and still returns a result."""

from __future__ import annotations

import time
from queue import Empty

import pytest
from jupyter_client.manager import start_new_kernel

DEADLINE_S = 60
_MOVE = """
import dicommove as dm
pacs = dm.demo(fault={fault!r})
said = []
def tell(progress):
    if progress.received >= 2 and not said:
        said.append(True)
        print("underway", flush=True)
result = pacs.studies().where(PatientID="000123").move({folder!r}, progress=tell, grace=0.3)
result.outcome, result.cancel_worked, 2 <= len(result.instances) < 130, bool(repr(result))
"""


_AWAITED = """
import asyncio
import dicommove as dm
pacs = dm.demo(fault="slow:0.05")
op = pacs.studies().where(PatientID="000123").start_move({folder!r}, grace=0.3)
while op.progress.received < 2:
    await asyncio.sleep(0.02)
print("underway", flush=True)
await op
"""


@pytest.fixture
def kernel(tmp_path):
    """A real IPython kernel and its client."""
    manager, client = start_new_kernel(cwd=str(tmp_path))
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def messages(client, request):
    """What a cell says, until it is idle."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            message = client.get_iopub_msg(timeout=1)
        except Empty:
            continue
        if message["parent_header"].get("msg_id") != request:
            continue
        yield message["msg_type"], message["content"]
        if message["content"].get("execution_state") == "idle":
            return
    raise AssertionError("the cell does not end")


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "obeyed"), [("slow:0.02", True), ("slow:0.02+deaf", False)])
def test_an_interrupted_cell_returns_a_cancelled_result(kernel, tmp_path, fault, obeyed):
    """No traceback: the cell's value is a result that says how it was cancelled, and the kernel goes on with the next cell."""
    manager, client = kernel
    request = client.execute(_MOVE.format(fault=fault, folder=str(tmp_path / "data")))
    values, errors = [], []
    for kind, content in messages(client, request):
        if kind == "stream" and "underway" in content["text"]:
            manager.interrupt_kernel()
        elif kind == "execute_result":
            values.append(content["data"]["text/plain"])
        elif kind == "error":
            errors.append(content["ename"])
    assert (values, errors) == ([f"('cancelled', {obeyed}, True, True)"], [])
    again = client.execute(f"dm.reopen({str(tmp_path / 'data')!r}) == result")
    assert ("execute_result", "True") in [(k, c.get("data", {}).get("text/plain")) for k, c in messages(client, again)]


@pytest.mark.slow
def test_an_interrupted_await_cancels_the_move(kernel, tmp_path):
    """The cell ends at once, as an interrupted await does, and the move is cancelled; its result can be had."""
    manager, client = kernel
    request, errors = client.execute(_AWAITED.format(folder=str(tmp_path / "data"))), []
    for kind, content in messages(client, request):
        if kind == "stream" and "underway" in content["text"]:
            manager.interrupt_kernel()
        elif kind == "error":
            errors.append(content["ename"])
    assert errors in (["CancelledError"], ["KeyboardInterrupt"])
    after = client.execute("op.result().outcome")
    assert ("execute_result", "'cancelled'") in [(k, c.get("data", {}).get("text/plain")) for k, c in messages(client, after)]
