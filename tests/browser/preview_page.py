"""A preview on a page of its own, with a kernel in JavaScript that answers at once; its picture is known pixel by pixel."""

from __future__ import annotations

from pathlib import Path

from dicommove.panels import static

KERNEL = Path(__file__).with_name("kernel.js").read_text(encoding="utf-8")
STATE = {"series": None, "index": 0, "center": None, "width": None, "inverted": False, "zoom": 1.0, "playing": False, "fault": ""}
LABEL = "document.querySelector('canvas')?.getAttribute('aria-label')"
MIDDLE = (500, 400)


def show_preview(page, **traits):
    """Show a preview of four series; the first one, of 12 images, is open and an image of it is seen."""
    page.show(static.module("preview.js"), static.styles("preview.css"), KERNEL, **STATE | traits)
    page.wait(f"{LABEL}?.includes('of 12, center')")
    return page


def expected_grey(value, center, width, *, inverted=False):
    """LINEAR of PS3.3 C.11.2.1.2.1, from a value in HU to what is seen."""
    part = min(max((value - (center - 0.5)) / (width - 1) + 0.5, 0), 1)
    return round((1 - part if inverted else part) * 255)


def hounsfield(part, image=0):
    """Value of the kernel's CT at a part of the picture's width."""
    return 10 * int(part * 40) + image - 100


def seen(panel, part):
    """Grey of the picture in the middle of one of its 40 columns, chosen as a part of its width."""
    box = panel.page.locator("canvas").bounding_box()
    side = min(box["width"], box["height"])
    x = 0.5 + ((int(part * 40) + 0.5) / 40 - 0.5) * side / box["width"]
    red, green, blue = panel.colour(x, 0.5)
    assert red == green == blue
    return red


def focus(panel):
    """Put the focus on the picture."""
    panel.page.locator("canvas").focus()


def settle(panel, words):
    """Wait until the picture's label, which says image and window, holds these words, and until it is drawn."""
    panel.wait(f"{LABEL}.includes({words!r})")
    panel.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
