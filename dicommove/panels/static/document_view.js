// What is no picture: its lines, a plot of its leads, and its file where there is one.
import { button, element, focusable, save } from "./dom.js";

const SPACE = "http://www.w3.org/2000/svg";
const LEAD = { width: 1000, height: 90 };

export class DocumentView {
  #viewer;
  #feed;
  #shown = null;

  constructor(viewer, feed) {
    [this.#viewer, this.#feed] = [viewer, feed];
    this.node = focusable("div", { class: "dm-document", tabindex: 0, role: "document", hidden: true });
  }

  update() {
    const { opened } = this.#viewer;
    this.node.hidden = !opened.document;
    if (opened.document === this.#shown) return;
    this.#shown = opened.document;
    this.node.replaceChildren(...(opened.document ? this.#parts(opened.document) : []));
  }

  hear(content, buffers) {
    if (content.type === "pdf" && buffers.length) save(new Blob([buffers[0]], { type: "application/pdf" }), `${this.#viewer.fileName}.pdf`);
  }

  #parts({ title, lines, plot, pdf }) {
    const parts = [element("h4", {}, title ?? "")];
    const { series, index } = this.#viewer;
    const ask = () => this.#feed.send({ type: "pdf", series, index });
    if (pdf) parts.push(button("Save the PDF", "Save the PDF that this instance holds", ask));
    if (plot) parts.push(...plot.leads.map((lead) => this.#lead(lead, plot)));
    if (lines?.length) parts.push(element("pre", {}, lines.join("\n")));
    return parts;
  }

  // One lead, scaled to its own range, which is written beside it.
  #lead({ name, samples }, { unit, seconds }) {
    const [low, high] = [Math.min(...samples), Math.max(...samples)];
    const words = `${name}: ${+low.toPrecision(3)} to ${+high.toPrecision(3)} ${unit ?? ""}${seconds ? `, ${+seconds.toPrecision(3)} s` : ""}`;
    const svg = document.createElementNS(SPACE, "svg");
    const line = document.createElementNS(SPACE, "polyline");
    line.setAttribute("points", points(samples, low, high));
    const attributes = { viewBox: `0 0 ${LEAD.width} ${LEAD.height}`, preserveAspectRatio: "none", role: "img", "aria-label": words };
    for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
    svg.append(line);
    return element("figure", { class: "dm-lead" }, element("figcaption", {}, words), svg);
  }
}

// The corners of a lead's line.
function points(samples, low, high) {
  const [across, down] = [LEAD.width / Math.max(samples.length - 1, 1), (LEAD.height - 4) / (high - low || 1)];
  return samples.map((value, at) => `${(at * across).toFixed(1)},${(LEAD.height - 2 - (value - low) * down).toFixed(1)}`).join(" ");
}
