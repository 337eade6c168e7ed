"""A headless Chromium for the panels' tests: empty pages for one panel, and a JupyterLab."""

from __future__ import annotations

import os
from contextlib import ExitStack

import pytest

from .lab import LabServer, Notebook
from .pages import blank_page
from .preview_page import show_preview

try:
    from playwright.sync_api import sync_playwright
except ImportError:  # the extra `test` has it
    sync_playwright = None

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@pytest.fixture(scope="module")
def browser(require):
    """Headless Chromium of the system, which finds no machine but this one.

    For one file of tests: while playwright runs, no other event loop can run in this thread.
    """
    program = require("chromium")
    if sync_playwright is None:
        (pytest.fail if os.environ.get("DICOMMOVE_REQUIRE_PEERS") == "1" else pytest.skip)("playwright is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def blank(browser):
    """An empty page of 1000 x 900 for one panel; nothing on it may go wrong."""
    with blank_page(browser, viewport={"width": 1000, "height": 900}) as page:
        yield page


@pytest.fixture
def panel(blank):
    """A preview of four series; the first one, of 12 images, is open and its first image is seen."""
    return show_preview(blank)


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory):
    """A JupyterLab whose files and settings are its own."""
    with LabServer(tmp_path_factory.mktemp("lab") / "server") as server:
        yield server


@pytest.fixture
def lab(browser, lab_server):
    """Open a notebook: ``lab("first cell", "second cell")``; nothing in it may go wrong, and no other machine is asked."""
    with ExitStack() as stack:
        opened = []

        def notebook(*cells, **options):
            opened.append(stack.enter_context(Notebook(browser, lab_server, list(cells), **options)))
            return opened[-1]

        yield notebook
        assert [problem for each in opened for problem in each.problems] == []
