"""The progress panel without a front end: its messages, its end, and what a view without widgets shows."""

from __future__ import annotations

import re

import pytest

import dicommove as dm
from dicommove.panels.watch import ProgressPanel

DEADLINE_S = 60


@pytest.fixture
def slow(tmp_path):
    """Start a move of 64 instances in some two seconds, and give its operation."""
    with dm.demo(fault="slow:0.03") as pacs:
        operation = pacs.studies().where(PatientID="000123", ModalitiesInStudy="MR").start_move(tmp_path / "data", grace=0.3)
        yield operation
        operation.cancel()
        operation.wait(DEADLINE_S)


@pytest.fixture
def panel(slow, monkeypatch):
    """Give the panel of a slow move; what it sends to its front end is kept in `said`."""
    shown = dm.watch(slow)
    said = []
    monkeypatch.setattr(shown, "send", lambda content, buffers=None: said.append((content, buffers)))
    shown.said = said
    return shown


def say(panel, kind):
    """Deliver a message of the front end."""
    panel._dispatch(panel, {"type": kind}, [])


def test_a_press_on_cancel_cancels(panel, slow):
    """The state says at once that it was heard, and at the end that the archive obeyed."""
    while slow.progress.received == 0:
        assert not slow.wait(0.02)
    say(panel, "cancel")

    assert panel.state["mood"] == "stopping"
    assert slow.result(DEADLINE_S).outcome == "cancelled"
    panel.settle()
    assert (panel.state["done"], panel.state["doing"]) == (True, "cancelled; C-CANCEL ended it")


def test_a_question_is_answered(panel):
    """The front end asks whether it is heard."""
    say(panel, "ping")

    assert ({"type": "pong"}, None) in panel.said


def test_a_later_view_gets_the_pictures(panel, slow):
    """Small pictures of what arrived last are sent again to a view that opens later; each is a PNG."""
    while not panel._arrivals.kept:
        assert not slow.wait(0.05), "no picture was made"
    panel.said.clear()
    say(panel, "ready")

    content, (picture,) = panel.said[0]
    assert (content["type"], content["number"], bytes(picture[:4])) == ("arrival", 1, b"\x89PNG")


def test_the_panel_follows_by_itself(slow):
    """Nobody has to call anything: the state of the end is there when the operation has ended."""
    panel = ProgressPanel(slow)
    seen = []
    panel.observe(lambda change: seen.append(change["new"]["here"]["text"]), "state")
    slow.wait(DEADLINE_S)
    panel.settle()

    assert panel.state["here"]["text"] == "64 of 64 received"
    assert len(set(seen)) > 3


def test_text_and_html_say_the_same(slow):
    """A view without widgets shows the facts, as text or as HTML."""
    panel = dm.watch(slow)
    slow.cancel()
    slow.wait(DEADLINE_S)
    panel.settle()
    data = panel._repr_mimebundle_()[0]

    for name, value in panel.facts():
        assert name in data["text/plain"]
        assert value in data["text/plain"]
        assert name.replace("'", "&#x27;") in data["text/html"]
        assert value in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_the_operation_shows_the_same_facts(slow):
    """Text and HTML of an operation are those of its panel; nothing runs in them and no tag is left open."""
    panel = dm.watch(slow)
    slow.cancel()
    slow.wait(DEADLINE_S)
    text, html = repr(slow), slow._repr_html_()

    assert all(value in text and value in html for _, value in panel.facts())
    assert not re.search(r"<script|\son\w+=", html)


def test_only_an_operation_can_be_watched(slow):
    """The error says what is needed."""
    slow.cancel()
    with pytest.raises(TypeError, match=r"what start_move\(\) returns, not MoveResult"):
        dm.watch(slow.result(DEADLINE_S))
