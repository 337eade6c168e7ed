"""The front end of the progress panel in a real browser: what it draws, and when it offers Cancel."""

from __future__ import annotations

import base64

import pytest

from dicommove.panels import static

pytestmark = pytest.mark.browser
RUNNING = {
    "done": False,
    "mood": "running",
    "doing": "preparing at the archive, 95 s",
    "here": {"text": "5 of 20 received", "fraction": 0.25},
    "archive": {"text": "nothing yet", "fraction": None},
    "figures": ["2.5 MB", "3 s"],
    "requests": [],
    "others": "",
    "troubles": [],
}
ANSWERS = """window.kernel = ({type}) => { if (type === "ping") queueMicrotask(() => window.deliver({type: "pong"})); };"""
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
CANCEL = ".dm-progress button"


@pytest.fixture
def progress(blank):
    """Show a progress panel: ``progress(ANSWERS, received="...")``."""

    def show(kernel="", fault="", **changes):
        state = RUNNING | changes
        blank.show(static.module("watch.js"), static.styles("watch.css"), kernel, state=state, fault=fault)
        return blank

    return show


def text(panel, selector):
    """What the user reads there."""
    return panel.page.inner_text(selector)


def test_cancel_is_offered_while_the_kernel_answers(progress):
    """A press sends one message."""
    panel = progress(ANSWERS)
    panel.wait(f"document.querySelector('{CANCEL}').getAttribute('aria-disabled') === 'false'")
    panel.page.click(CANCEL)

    assert len(panel.sent("cancel")) == 1
    assert panel.page.locator(".dm-advice").is_hidden()


def test_an_unheard_press_is_not_offered(progress):
    """Where the kernel does not answer, the toolbar's stop is named, nothing is sent, and one question waits, not many."""
    panel = progress()
    panel.wait("document.querySelector('.dm-advice').textContent === 'press ■ to stop'")
    panel.page.locator(CANCEL).dispatch_event("click")

    assert panel.page.get_attribute(CANCEL, "aria-disabled") == "true"
    assert (panel.sent("cancel"), len(panel.sent("ping"))) == ([], 1)


def test_a_late_answer_offers_cancel_again(progress):
    """The cell has ended meanwhile: the answer to the old question says so."""
    panel = progress()
    panel.wait("document.querySelector('.dm-advice').textContent === 'press ■ to stop'")
    panel.page.evaluate("window.deliver({type: 'pong'})")

    assert panel.page.get_attribute(CANCEL, "aria-disabled") == "false"


def test_bars_and_words_follow_the_state(progress):
    """What is known is a width and a number for everybody; what is not known has none."""
    panel = progress()
    bars = panel.page.get_by_role("progressbar")

    assert (bars.nth(0).get_attribute("aria-valuenow"), bars.nth(1).get_attribute("aria-valuenow")) == ("25", None)
    assert bars.nth(0).get_attribute("aria-valuetext") == "5 of 20 received"
    state = RUNNING | {"here": {"text": "10 of 20 received", "fraction": 0.5}, "mood": "stopping"}
    panel.page.evaluate("(state) => window.model.change('state', state)", state)
    assert bars.nth(0).get_attribute("aria-valuenow") == "50"
    assert text(panel, CANCEL) == "Stop now"


def test_seconds_are_not_read_out(progress):
    """What changes each second stands beside the words that a screen reader hears."""
    panel = progress()

    assert panel.page.text_content(".dm-doing") == "preparing at the archive"
    assert panel.page.get_attribute(".dm-doing", "data-seconds") == ", 95 s"


def test_what_an_archive_wrote_is_text(progress):
    """Troubles and rows are never taken for HTML."""
    hostile = "<img src=x onerror=alert(1)>"
    rows = [["#1", "STUDY", hostile, "1", "2", "partial"], ["#2", "STUDY", "CT", "0", "?", "running"]]
    panel = progress(troubles=[hostile], requests=rows, others="and 3 more: 3 waiting", fault=hostile)

    assert panel.page.locator("img").count() == 0
    assert text(panel, ".dm-troubles") == text(panel, ".dm-fault") == hostile
    assert panel.page.locator(".dm-requests tbody tr").count() == 2


def test_pictures_are_shown_once_and_six_at_most(progress):
    """The same picture sent again, as to a view that opened later, is not shown twice."""
    panel = progress()
    panel.page.evaluate(
        """(bytes) => { for (let n = 1; n <= 9; n += 1) for (const _ of [1, 2])
        window.deliver({type: "arrival", number: n, text: `CT ${n}`, note: ""}, new DataView(new Uint8Array(bytes).buffer)); }""",
        list(PIXEL),
    )
    panel.page.evaluate("window.deliver({type: 'arrival', number: 10, text: 'SR', note: 'Basic Text SR: no picture'})")

    shown = panel.page.locator(".dm-arrival")
    assert [one.get_attribute("title").splitlines()[0] for one in shown.all()] == ["CT 5", "CT 6", "CT 7", "CT 8", "CT 9", "SR"]
    assert shown.last.inner_text() == "Basic Text SR: no picture"


def test_what_can_have_the_focus_keeps_its_keys(progress):
    """Else a key pressed there edits the notebook."""
    panel = progress(ANSWERS)

    assert panel.page.locator(".dm-progress :is(button, [tabindex]):not([data-lm-suppress-shortcuts='true'])").count() == 0


def test_at_the_end_nothing_is_left_to_press(progress):
    """A still panel asks its kernel nothing."""
    panel = progress(done=True, mood="good", doing="complete: all there")

    assert panel.page.locator(CANCEL).is_hidden()
    assert panel.sent("ping") == []
