"""The front-end files as one module: what is imported comes first, once, and nothing refers to another file any more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dicommove.panels import static

FOLDER = Path(static.__file__).with_name("static")


def test_a_module_is_whole():
    """No import is left, every part is there once and after what it needs, and one thing is exported."""
    text = static.module("preview.js")
    assert not re.search(r"^import ", text, re.MULTILINE)
    assert re.findall(r"^export .*", text, re.MULTILINE) == ["export default { render };"]
    assert text.count("export default") == text.count("class Feed ") == text.count("function element(") == 1
    assert text.index("function element(") < text.index("class Viewport ") < text.index("function render(")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")), ids=lambda path: path.name)
def test_a_file_imports_in_the_form_that_is_joined(path):
    """An import in another form would be left in the text and fail in the browser alone."""
    text = path.read_text(encoding="utf-8")
    imports = re.findall(r"^import .*", text, re.MULTILINE)
    assert len(imports) == len(re.findall(r'^import \{[^}]*\} from "\./[\w.]+";$', text, re.MULTILINE))
    assert "innerHTML" not in text  # what a data set says is text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")  # everything is here: nothing is fetched
    assert "https://" not in text


def test_styles_are_joined_in_order():
    """What comes later may override what came before."""
    assert static.styles("preview.css", "preview.css").count(".dm-viewport {") == 2 * static.styles("preview.css").count(
        ".dm-viewport {"
    )
