// The preview panel: its parts, and what is said between them. What goes to and fro is described in preview.py.
import { element, focusable, save, say } from "./dom.js";
import { feedOf } from "./feed.js";
import { Viewer } from "./viewer.js";
import { Viewport } from "./viewport.js";
import { SeriesList } from "./series_list.js";
import { Toolbar } from "./toolbar.js";
import { HeaderTable } from "./header_table.js";
import { DocumentView } from "./document_view.js";
import { Cine } from "./cine.js";
import { answerKey, keyTable } from "./keys.js";

function render({ model, el }) {
  const feed = feedOf(model);
  const parts = {};
  const unheard = feed.listen((content, buffers) => Object.values(parts).forEach((part) => part.hear?.(content, buffers)));
  const viewer = new Viewer(model, feed);
  const keys = element("div", { class: "dm-help", hidden: true }, keyTable());
  parts.toolbar = new Toolbar(viewer, {
    header: () => parts.toolbar.press("header", parts.header.toggle()),
    keys: () => parts.toolbar.press("keys", !(keys.hidden = !keys.hidden)),
    save: () => savePicture(viewer, parts.viewport),
  });
  parts.viewport = new Viewport(viewer);
  parts.list = new SeriesList(viewer, feed);
  parts.header = new HeaderTable(viewer, feed);
  parts.document = new DocumentView(viewer, feed);
  parts.cine = new Cine(viewer);
  const lines = new Lines(viewer, parts.viewport);
  const stage = element("div", { class: "dm-stage" }, parts.toolbar.node, lines.fault, parts.viewport.node, parts.document.node, lines.reading, parts.toolbar.scroller, lines.warnings, keys, parts.header.node);
  const root = element("section", { class: "dm-preview", "aria-label": "Preview", onkeydown: (event) => answerKey(event, viewer) }, element("div", { class: "dm-layout" }, parts.list.node, stage), lines.state);
  viewer.onchange(() => [...Object.values(parts), lines].forEach((part) => part.update()));
  el.append(root);
  return () => {
    viewer.close();
    unheard();
    Object.values(parts).forEach((part) => part.close?.());
  };
}

// Lines below the picture: what is under the pointer, what is doubtful, what went wrong; and the state, for who listens.
class Lines {
  fault = element("div", { class: "dm-fault", role: "alert", hidden: true });
  reading = element("div", { class: "dm-reading" });
  warnings = element("ul", { class: "dm-warnings", hidden: true });
  state = element("output", { class: "dm-spoken", "aria-live": "polite" });
  #viewer;
  #viewport;
  #text = element("span");
  #told = null;
  #timer = 0;

  constructor(viewer, viewport) {
    [this.#viewer, this.#viewport] = [viewer, viewport];
    const close = focusable("button", { type: "button", class: "dm-button", "aria-label": "Close the message", onclick: () => viewer.set({ fault: "" }) }, "✕");
    this.fault.append(this.#text, close);
  }

  update() {
    const { fault, opened, series } = this.#viewer;
    this.fault.hidden = !fault;
    say(this.#text, fault);
    this.reading.textContent = this.#viewport.reading() || " ";
    this.reading.hidden = Boolean(opened.document) || !opened.count;
    this.#warn(opened.warnings);
    this.#viewport.node.hidden = Boolean(opened.document) || series === null;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#speak(), 400); // once it has come to rest
  }

  #warn(warnings) {
    if (warnings === this.#told) return;
    this.#told = warnings;
    this.warnings.replaceChildren(...warnings.map((text) => element("li", {}, text)));
    this.warnings.hidden = !warnings.length;
  }

  #speak() {
    if (!this.#viewer.playing) this.state.textContent = this.#viewport.node.querySelector("canvas").getAttribute("aria-label") ?? "";
  }
}

function savePicture(viewer, viewport) {
  viewport.copy().toBlob((blob) => blob && save(blob, `${viewer.fileName}.png`));
}

export default { render };
