// The series on the left: thumbnail, modality, number, description, how many images are here of how many.
import { element, focusable, say } from "./dom.js";

export class SeriesList {
  #viewer;
  #feed;
  #entries = new Map();
  #pictures = new Map();
  #asked = new Set();
  #order = "";
  #seen;

  constructor(viewer, feed) {
    [this.#viewer, this.#feed] = [viewer, feed];
    this.node = element("div", { class: "dm-series", role: "group", "aria-label": "Series", onkeydown: (event) => this.#key(event) });
    this.#seen = new IntersectionObserver((changes) => this.#ask(changes), { root: this.node, rootMargin: "200px" });
  }

  close() {
    this.#seen.disconnect();
    for (const address of this.#pictures.values()) URL.revokeObjectURL(address);
  }

  hear(content, buffers) {
    if (content.type !== "thumb" || !buffers.length) return;
    URL.revokeObjectURL(this.#pictures.get(content.series) ?? "");
    this.#pictures.set(content.series, URL.createObjectURL(new Blob([buffers[0]], { type: "image/png" })));
    this.#picture(content.series);
  }

  update() {
    const { rows, series } = this.#viewer;
    for (const row of rows) {
      if (!this.#entries.has(row.id)) this.#add(row);
      this.#write(this.#entries.get(row.id), row, row.id === series);
    }
    this.#arrange(rows);
    this.node.hidden = rows.length < 2;
  }

  #add(row) {
    const image = element("img", { alt: "", class: "dm-thumb", draggable: "false" });
    const kind = element("span", { class: "dm-kind" });
    const [title, description, count] = [element("b"), element("span", { class: "dm-description" }), element("small")];
    const words = element("span", { class: "dm-words" }, title, description, count);
    const node = focusable("button", { type: "button", class: "dm-entry", onclick: () => this.#viewer.open(row.id) }, element("span", { class: "dm-tile" }, image, kind), words);
    node.dataset.series = row.id;
    this.#entries.set(row.id, { node, image, kind, title, description, count });
    this.#picture(row.id);
    this.#seen.observe(node);
  }

  // Put the entries in order, study by study; while they are in order, leave them alone: the focus may be on one.
  #arrange(rows) {
    const order = JSON.stringify(rows.map((row) => [row.id, row.study, row.patient]));
    if (order === this.#order) return;
    this.#order = order;
    const focused = document.activeElement;
    const several = new Set(rows.map((row) => row.study)).size > 1 || rows.some((row) => row.patient);
    const nodes = rows.flatMap((row, at) => {
      const heading = several && row.study !== rows[at - 1]?.study ? [element("div", { class: "dm-study" }, row.patient || `Study ${row.study + 1}`)] : [];
      return [...heading, this.#entries.get(row.id).node];
    });
    this.node.replaceChildren(...nodes);
    if (this.node.contains(focused)) focused.focus({ preventScroll: true });
  }

  #write(entry, row, current) {
    say(entry.title, [row.modality, row.number].filter(Boolean).join(" "));
    say(entry.description, row.description || "(no description)");
    say(entry.count, countOf(row));
    say(entry.kind, this.#pictures.has(row.id) ? "" : row.modality || "?");
    entry.count.classList.toggle("dm-short", row.expected > row.count);
    entry.node.title = [row.description, row.note].filter(Boolean).join("\n");
    entry.node.tabIndex = current ? 0 : -1; // one stop of the Tab key; arrows go on from there
    if ((entry.node.getAttribute("aria-current") === "true") === current) return;
    entry.node.setAttribute("aria-current", String(current));
    if (current) this.#show(entry.node);
  }

  // Bring an entry into view by scrolling the list alone, never the notebook.
  #show(node) {
    const [list, entry] = [this.node.getBoundingClientRect(), node.getBoundingClientRect()];
    this.node.scrollTop += Math.min(entry.top - list.top, 0) + Math.max(entry.bottom - list.bottom, 0);
    this.node.scrollLeft += Math.min(entry.left - list.left, 0) + Math.max(entry.right - list.right, 0);
  }

  #picture(id) {
    const [entry, address] = [this.#entries.get(id), this.#pictures.get(id)];
    if (entry && address) entry.image.src = address;
    if (entry) entry.kind.hidden = Boolean(address);
  }

  #ask(changes) {
    const ids = changes.filter((change) => change.isIntersecting).map((change) => Number(change.target.dataset.series));
    const wanted = ids.filter((id) => !this.#asked.has(id));
    for (const id of wanted) this.#asked.add(id);
    if (wanted.length) this.#feed.send({ type: "thumb", series: wanted });
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const nodes = [...this.node.querySelectorAll(".dm-entry")];
    nodes[nodes.indexOf(event.target.closest(".dm-entry")) + step]?.focus();
  }
}

// How many are here of how many, in words.
function countOf({ kind, count, expected, frames }) {
  const here = expected === null || expected === undefined ? `${count}` : `${count} of ${expected}`;
  const inside = frames > count ? `, ${frames} frames` : "";
  return `${here} ${kind === "pictures" ? "image" : kind}${/\b1$/.test(here) ? "" : "s"}${inside}`;
}
