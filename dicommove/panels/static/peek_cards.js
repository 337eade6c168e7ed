// What a peek saw: a card for each series, with its middle picture and how it was acquired; a press ticks the series.
import { element, focusable, say } from "./dom.js";

export class PeekCards {
  #press;
  #cards = new Map();
  #pictures = [];
  #list = element("div", { class: "df-cards", role: "group", "aria-label": "Series that were peeked at" });

  constructor(press) {
    this.#press = press;
    this.node = element("div", { hidden: true }, element("div", { class: "df-label" }, "Peek: the middle image of each series; press one to tick it or not"), this.#list);
  }

  close() { this.clear(); }

  clear() {
    for (const address of this.#pictures.splice(0)) URL.revokeObjectURL(address);
    this.#cards.clear();
    this.#list.replaceChildren();
    this.node.hidden = true;
  }

  show(content, buffers, ticked) {
    const card = this.#cards.get(content.row) ?? this.#add(content.row);
    card.setAttribute("aria-pressed", String(ticked === true));
    const words = [["b", content.title], ["span", content.description], ["small", content.facts], ["small", content.machine], ["small", content.count && `${content.count} image${content.count === "1" ? "" : "s"}`], ["small", content.note]];
    card.replaceChildren(this.#tile(content, buffers), ...words.filter(([, text]) => text).map(([name, text]) => element(name, {}, text)));
    card.lastChild.classList.toggle("df-trouble", Boolean(content.note));
    this.node.hidden = false;
  }

  mark(isTicked) {
    for (const [row, card] of this.#cards) card.setAttribute("aria-pressed", String(isTicked(row)));
  }

  #add(row) {
    const card = focusable("button", { type: "button", class: "df-card", onclick: () => this.#press(row) });
    this.#cards.set(row, card);
    this.#list.append(card);
    return card;
  }

  #tile(content, buffers) {
    const tile = element("span", { class: "df-tile" });
    if (!buffers.length) {
      say(tile, content.note ? "no image" : "no picture");
      return tile;
    }
    const address = URL.createObjectURL(new Blob([buffers[0]], { type: "image/png" }));
    this.#pictures.push(address);
    tile.append(element("img", { alt: `middle image of ${content.title} ${content.description}`, src: address, draggable: "false" }));
    return tile;
  }
}
