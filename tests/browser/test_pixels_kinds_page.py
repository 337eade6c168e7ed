"""Each kind of picture that is compared with DCMTK, painted by the browser: the same greys and colours as the kernel draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dicommove.images import on_screen, read_frame
from dicommove.panels import static
from dicommove.panels.encoding import frame_message
from dicommove.panels.series import Slot

from ..images.conftest import instance  # noqa: F401 - the fixture that makes the data sets
from ..images.test_screen_dcmtk import KINDS

pytestmark = pytest.mark.browser

SOURCE = Path(static.__file__).with_name("static") / "pixels.js"
PAINT = """async ([source, content, parts]) => {
  const { frameOf, paint } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const frame = frameOf(content, parts.map((part) => new DataView(Uint8Array.from(part).buffer)));
  const image = new ImageData(frame.columns, frame.rows);
  paint(frame, null, false, image);
  return [...image.data];
}"""


@pytest.fixture(scope="module")
def page(browser):
    """An empty page."""
    opened = browser.new_page()
    yield opened
    opened.close()


@pytest.mark.parametrize("name", KINDS)
def test_the_browser_paints_what_the_kernel_draws(page, instance, name):  # noqa: F811 - the fixture above
    """One grey level of 256 may be rounded otherwise; colour is the same. The kernel's pictures are those of DCMTK."""
    kind = KINDS[name]
    dataset = instance(kind.stored, **kind.attributes)
    frame = read_frame(dataset, 0)
    screen = on_screen(frame)
    message = frame_message(Slot(dataset, 0, {}), frame, screen)
    parts = [list(bytes(part)) for part in message.buffers]
    painted = page.evaluate(PAINT, [SOURCE.read_text(encoding="utf-8"), message.content, parts])
    seen = np.array(painted).reshape(*screen.values.shape[:2], 4)
    drawn = screen.drawn().astype(int)
    expected = drawn if drawn.ndim == 3 else drawn[..., None]
    assert (seen[..., 3] == 255).all()
    assert np.abs(seen[..., :3] - expected).max() <= (0 if drawn.ndim == 3 else 1)
    assert len(np.unique(seen[..., 0])) > 1
