// The elements of an instance as a table that can be searched; private ones are marked and named by their creator.
import { element, focusable, say } from "./dom.js";

const AT_ONCE_ROWS = 500;
const PAUSE = 150; // ms without a further image before the next header is asked for

export class HeaderTable {
  #viewer;
  #feed;
  #search;
  #body = element("tbody");
  #count = element("span", { class: "dm-found", role: "status" });
  #rows = [];
  #of = ""; // what the table is of
  #timer = 0;

  constructor(viewer, feed) {
    [this.#viewer, this.#feed] = [viewer, feed];
    this.#search = focusable("input", { type: "search", "aria-label": "Search elements", placeholder: "Search tag, name or value", oninput: () => this.#fill() });
    const head = element("tr", {}, ...["Tag", "Name", "VR", "Value"].map((name) => element("th", { scope: "col" }, name)));
    const table = element("table", {}, element("thead", {}, head), this.#body);
    const scroll = focusable("div", { class: "dm-elements", tabindex: 0, role: "region", "aria-label": "Elements" }, table);
    this.node = element("div", { class: "dm-header", hidden: true }, element("div", { class: "dm-group" }, this.#search, this.#count), scroll);
  }

  close() {
    clearTimeout(this.#timer);
  }

  toggle() {
    this.node.hidden = !this.node.hidden;
    this.update();
    if (!this.node.hidden) this.#search.focus({ preventScroll: true });
    return !this.node.hidden;
  }

  update() {
    const { series, index, names, playing } = this.#viewer;
    const wanted = `${series}/${index}/${names}`;
    if (this.node.hidden || series === null || playing || wanted === this.#of) return;
    this.#of = wanted;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#feed.send({ type: "header", series, index, private: names }), PAUSE);
  }

  hear(content) {
    if (content.type === "grow") this.#of = "";
    if (content.type !== "header" || content.series !== this.#viewer.series || content.index !== this.#viewer.index) return;
    this.#rows = content.rows;
    this.#fill();
  }

  #fill() {
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.#rows.filter((row) => words.every((word) => `${row[0]} ${row[1]} ${row[2]} ${row[3]}`.toLowerCase().includes(word)));
    this.#body.replaceChildren(...found.slice(0, AT_ONCE_ROWS).map((row) => this.#row(row)));
    const cut = found.length > AT_ONCE_ROWS ? `, the first ${AT_ONCE_ROWS} are shown` : "";
    say(this.#count, `${found.length} of ${this.#rows.length} elements${cut}`);
  }

  #row([tag, name, vr, value, depth, isPrivate]) {
    const first = element("td", { style: `padding-left: ${0.5 + depth}em` }, tag);
    return element("tr", { class: isPrivate ? "dm-private" : null, title: isPrivate ? "private element" : null }, first, ...[name, vr, value].map((text) => element("td", {}, text ?? "")));
  }
}
