// Any other attribute: rows of a keyword, completed from the data dictionary, and a value.
import { element, focusable, say } from "./dom.js";

let lists = 0;

export class OtherAttributes {
  #changed;
  #complete;
  #rows = [];
  #list = element("datalist", { id: `df-keywords-${++lists}` });
  #place = element("div");

  constructor(changed, complete) {
    [this.#changed, this.#complete] = [changed, complete];
    const more = focusable("button", { type: "button", class: "df-button", onclick: () => this.#add().name.focus() }, "Add an attribute");
    this.node = element("div", { class: "df-others" }, this.#place, more, this.#list);
    this.#add();
  }

  values() { return this.#rows.map(({ name, value }) => [name.value, value.value]); }

  fill(values) {
    while (this.#rows.length < values.length) this.#add();
    for (const [place, row] of this.#rows.entries()) {
      const [name, value] = values[place] ?? ["", ""];
      if (row.name.value !== name) row.name.value = name;
      if (row.value.value !== value) row.value.value = value;
    }
  }

  complete(options) { this.#list.replaceChildren(...options.map((text) => new Option(text, text))); }

  note(faults, remarks) {
    for (const [place, { note }] of this.#rows.entries()) {
      const own = remarks.filter(([field]) => field === `other${place}`);
      const fault = faults[`other${place}`];
      say(note, fault ?? own.map((remark) => remark[2]).join(". "));
      note.dataset.severity = fault ? "fault" : own[0]?.[1] ?? "";
    }
  }

  #add() {
    const typed = (event) => { this.#complete(event.target.value); this.#changed(); };
    const name = focusable("input", { type: "text", "aria-label": "Keyword of an attribute", placeholder: "BodyPartExamined", list: this.#list.id, autocomplete: "off", spellcheck: "false", oninput: typed, onfocus: (event) => this.#complete(event.target.value) });
    const value = focusable("input", { type: "text", "aria-label": "Its value", placeholder: "HEAD", autocomplete: "off", spellcheck: "false", oninput: () => this.#changed() });
    const note = element("small", { class: "df-note", "aria-live": "polite" });
    const row = { name, value, note };
    this.#rows.push(row);
    this.#place.append(element("div", { class: "df-other" }, name, value, note));
    return row;
  }
}
