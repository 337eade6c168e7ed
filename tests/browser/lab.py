"""A JupyterLab for tests: its server, and a notebook in a browser that is driven by Lab's own commands, never by its menus."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from typing import TYPE_CHECKING, Self

import nbformat

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "dicommove"
DEADLINE_SECONDS = 45
OLD_KERNEL = os.environ.get("DICOMMOVE_IPYKERNEL6")
"""Folder with ipykernel 6, which hears a browser less often; `.ci/run` makes it."""
_SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # else cells out of view are not in the page
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
_KERNEL_IDLE = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
_RUN_ALL = """() => {
  window.ran = false;
  window.jupyterapp.commands.execute("notebook:run-all-cells").finally(() => { window.ran = true; });
}"""
_RUN_CELL = """(index) => {
  window.ran = false;
  window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
  window.jupyterapp.commands.execute("notebook:run-cell").finally(() => { window.ran = true; });
}"""
_AT_REST = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const waiting = [...document.querySelectorAll(".jp-InputPrompt")].some((node) => node.textContent.includes("*"));
  return window.ran && !waiting && panel?.sessionContext?.session?.kernel?.status === "idle";
}"""
_OUTPUTS = "() => window.jupyterapp.shell.currentWidget.content.widgets.map((cell) => cell.model.outputs?.toJSON() ?? [])"
_TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


class LabServer:
    """A JupyterLab of its own: every folder that it knows lies in one folder, and its kernel is this Python.

    Parameters
    ----------
    folder : Path
        Empty; notebooks go to ``folder / "work"``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.work = folder, folder / "work"
        self.work.mkdir(parents=True)
        self._runtime = folder / "runtime"
        self._write_settings()
        command = [
            *(
                sys.executable,
                "-m",
                "jupyterlab",
                "--no-browser",
                "--allow-root",
                "--ServerApp.ip=127.0.0.1",
                "--ServerApp.port=0",
            ),
            *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={self.work}", "--LabApp.expose_app_in_browser=True"),
        ]
        self._log = (folder / "log.txt").open("wb")
        self._process = subprocess.Popen(command, env=self._environment(), stdout=self._log, stderr=subprocess.STDOUT)
        self.address = self._wait_for_address()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def url(self, name: str) -> str:
        """Address of a notebook, in a workspace of its own: else a second page opens the tabs of the first."""
        return f"{self.address}lab/workspaces/{uuid.uuid4().hex}/tree/{name}?token={TOKEN}"

    def _write_settings(self) -> None:
        for plugin, settings in _SETTINGS.items():
            path = self.folder / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings), encoding="utf-8")
        self._write_kernel("python3")
        if OLD_KERNEL:
            self._write_kernel("ipykernel6", PYTHONPATH=OLD_KERNEL)

    def _write_kernel(self, name: str, **environment: str) -> None:
        path = self.folder / "path" / "kernels" / name / "kernel.json"
        path.parent.mkdir(parents=True)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": name, "language": "python", "env": environment}
        path.write_text(json.dumps(spec), encoding="utf-8")

    def _environment(self) -> dict[str, str]:
        places = {
            "HOME": "home",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTER_PATH": "path",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        return {**os.environ, **{name: str(self.folder / place) for name, place in places.items()}}

    def _wait_for_address(self) -> str:
        deadline, pause = time.monotonic() + DEADLINE_SECONDS, threading.Event()
        while time.monotonic() < deadline and self._process.poll() is None:
            for found in self._runtime.glob("jpserver-*.json"):
                if text := found.read_text(encoding="utf-8"):
                    return str(json.loads(text)["url"])
            pause.wait(0.1)
        raise RuntimeError((self.folder / "log.txt").read_text(encoding="utf-8"))


class Notebook:
    """A notebook that is open in a browser.

    Attributes
    ----------
    path : Path
        Its file.
    page : playwright Page
    problems : list of str
        Errors of the page and its console, and requests to other machines.
    """

    def __init__(self, browser, server: LabServer, cells: list[str], *, kernel: str = "python3", **options) -> None:
        self.path = server.work / f"{uuid.uuid4().hex}.ipynb"
        self._write(self.path, cells, kernel)
        self._context = browser.new_context(viewport={"width": 1280, "height": 1000}, **options)
        self.page, self.problems = self._context.new_page(), []
        self.page.set_default_timeout(DEADLINE_SECONDS * 1000)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.problems.append(message.text))
        self.page.on("request", lambda request: self._check(request.url))
        self.page.on("websocket", lambda socket: self._check(socket.url))
        self.page.goto(server.url(self.path.name))
        self.page.wait_for_function(_KERNEL_IDLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self._context.close()

    def run(self, *, wait: bool = True) -> None:
        """Run all cells; with ``wait=False`` without waiting for their end, to press a button meanwhile."""
        self.page.evaluate(_RUN_ALL)
        if wait:
            self.rest()

    def run_cell(self, index: int, *, wait: bool = True) -> None:
        """Run one cell, from 0."""
        self.page.evaluate(_RUN_CELL, index)
        if wait:
            self.rest()

    def rest(self) -> None:
        """Wait until no cell runs and what they have shown is drawn."""
        for _ in range(3):
            self.page.wait_for_function(_AT_REST)
            self.page.evaluate(_TWO_FRAMES)

    def outputs(self) -> list[list[dict[str, object]]]:
        """Return what each cell has put out."""
        return self.page.evaluate(_OUTPUTS)

    def command(self, name: str, **arguments: object) -> None:
        """Execute one of Lab's commands, such as ``apputils:change-theme``."""
        self.page.evaluate("([name, given]) => window.jupyterapp.commands.execute(name, given)", [name, arguments])

    def save(self) -> None:
        """Save the notebook and wait until it is."""
        self.page.evaluate("async () => { await window.jupyterapp.commands.execute('docmanager:save'); }")
        self.page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")

    def reload(self) -> None:
        """Load the page anew; the kernel goes on."""
        self.page.reload()
        self.page.wait_for_function(_KERNEL_IDLE)

    def dark(self) -> None:
        """Change to Lab's dark theme."""
        self.command("apputils:change-theme", theme="JupyterLab Dark")
        self.page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")

    @staticmethod
    def _write(path: Path, cells: list[str], kernel: str) -> None:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": kernel, "display_name": kernel}
        nbformat.write(notebook, path)

    def _check(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "blob:", "data:")):
            self.problems.append(f"a request to another machine: {url}")
