"""A page with one panel on it and no notebook: the module as a front end loads it, and a model that records what is sent."""

from __future__ import annotations

import json
from contextlib import contextmanager

PAGE = """
<!doctype html><meta charset="utf-8"><style>%(css)s body {margin: 8px}</style><div id="panel"></div>
<script type="module">
const listeners = {};
const traits = %(traits)s;
window.sent = [];
window.model = {
  get: (name) => traits[name],
  set(values) { for (const [name, value] of Object.entries(values)) this.change(name, value); },
  change(name, value) {
    if (traits[name] === value) return;
    traits[name] = value;
    for (const call of listeners[`change:${name}`] ?? []) call();
  },
  save_changes() {},
  on(name, call) { (listeners[name] ??= []).push(call); },
  off(name, call) { listeners[name] = (listeners[name] ?? []).filter((other) => other !== call); },
  send(content) { window.sent.push(content); window.kernel?.(content); },
};
window.deliver = (content, ...buffers) => { for (const call of listeners["msg:custom"] ?? []) call(content, buffers); };
const address = URL.createObjectURL(new Blob([%(module)s], {type: "text/javascript"}));
const widget = (await import(address)).default;
window.mount = () => widget.render({model: window.model, el: document.getElementById("panel")});
%(kernel)s
window.leave = window.mount();
window.mounted = true;
</script>
"""


class Page:
    """One panel in a browser, with what it said to the kernel and what went wrong."""

    def __init__(self, page):
        self.page, self.errors = page, []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)

    def show(self, module, css, kernel="", **traits):
        """Load a panel; `kernel` is JavaScript that sets ``window.kernel``, which answers the panel's messages."""
        text = json.dumps(module).replace("</", "<\\/")
        parts = {"module": text, "css": css, "kernel": kernel.replace("</", "<\\/"), "traits": json.dumps(traits)}
        self.page.set_content(PAGE % parts)
        self.page.wait_for_function("window.mounted")

    def sent(self, kind):
        """Messages of a kind that the panel has sent."""
        return [content for content in self.page.evaluate("window.sent") if content["type"] == kind]

    def wait(self, condition):
        """Wait until JavaScript is true."""
        self.page.wait_for_function(condition)

    def colour(self, x, y):
        """Red, green and blue of the picture at a place given as parts of its width and height."""
        return self.page.evaluate(
            """([x, y]) => {
                const seen = document.querySelector("canvas"), copy = document.createElement("canvas");
                [copy.width, copy.height] = [seen.width, seen.height];
                const context = copy.getContext("2d");
                context.drawImage(seen, 0, 0);
                return [...context.getImageData(Math.floor(x * seen.width), Math.floor(y * seen.height), 1, 1).data].slice(0, 3);
            }""",
            [x, y],
        )


@contextmanager
def blank_page(browser, **options):
    """Open a page for one panel; nothing on it may go wrong."""
    context = browser.new_context(**options)
    try:
        panel = Page(context.new_page())
        yield panel
        assert panel.errors == []
    finally:
        context.close()
