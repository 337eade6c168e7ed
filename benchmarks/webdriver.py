"""A browser driven by chromedriver over plain HTTP: nothing listens in on its WebSockets, so that rates are the browser's own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Self

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--window-size=1280,1000",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
STARTED = re.compile(rb"started successfully on port (\d+)")


class Browser:
    """A headless Chromium with one page; a context manager."""

    def __enter__(self) -> Self:
        command = [shutil.which("chromedriver") or "chromedriver", "--port=0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        port = next(int(found[1]) for line in self._process.stdout if (found := STARTED.search(line)))
        self._address = f"http://127.0.0.1:{port}/session"
        wanted = {"browserName": "chrome", "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": ARGUMENTS}}
        self._address += "/" + self._post("", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        self._post("/timeouts", {"script": 120_000})
        return self

    def __exit__(self, *_: object) -> None:
        self._send("", None, "DELETE")
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    def open(self, address):
        """Go to a page."""
        self._post("/url", {"url": address})

    def run(self, script, *arguments):
        """Run the body of an async function with ``given`` for its arguments, and return what it gives."""
        whole = f"""const given = [...arguments], done = given.pop();
            (async () => {{ {script} }})().then(done, (error) => done(`failed: ${{error}}`));"""
        return self._post("/execute/async", {"script": whole, "args": list(arguments)})

    def memory(self):
        """Bytes that the page's processes hold for themselves (proportional set size)."""
        return sum(_held(process) for process in _descendants(self._process.pid) if b"--type=renderer" in _command(process))

    def _post(self, path, content):
        return self._send(path, content, "POST")

    def _send(self, path, content, method):
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self._address + path, body, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=150) as answer:
            return json.load(answer)["value"]


def _descendants(process):
    for thread in Path(f"/proc/{process}/task").iterdir():
        for child in map(int, (thread / "children").read_text(encoding="ascii").split()):
            yield child
            yield from _descendants(child)


def _command(process):
    return Path(f"/proc/{process}/cmdline").read_bytes()


def _held(process):
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) * 1024
