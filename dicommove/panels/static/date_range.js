// A range of study dates: quick ranges, and both ends for all others.
import { element, focusable } from "./dom.js";

const RANGES = [
  ["any", "any date"],
  ["today", "today"],
  ["yesterday", "yesterday"],
  ["week", "last 7 days"],
  ["month", "last 30 days"],
  ["year", "last 12 months"],
  ["this", "this year"],
  ["own", "from … to …"],
];

export class DateRange {
  #changed;
  #quick = focusable("select", { "aria-label": "Study date", onchange: () => this.#choose() }, ...RANGES.map(([value, text]) => new Option(text, value)));
  #from = this.#end("Study date from");
  #to = this.#end("Study date to");

  constructor(changed) {
    this.#changed = changed;
    this.node = element("span", { class: "df-dates", role: "group", "aria-label": "Study date" }, this.#quick, this.#from, element("span", {}, "–"), this.#to);
  }

  values() { return { date_from: this.#from.value, date_to: this.#to.value }; }

  fill(from, to) {
    if (this.#from.value === from && this.#to.value === to) return;
    [this.#from.value, this.#to.value] = [from, to];
    this.#quick.value = from || to ? "own" : "any";
  }

  #end(label) {
    const typed = () => { this.#quick.value = "own"; this.#changed(); };
    return focusable("input", { type: "date", "aria-label": label, oninput: typed });
  }

  #choose() {
    const [from, to] = rangeOf(this.#quick.value, new Date());
    if (this.#quick.value === "own") return this.#from.focus();
    [this.#from.value, this.#to.value] = [from, to];
    this.#changed();
  }
}

// Both ends of a quick range as YYYY-MM-DD of this place's calendar; empty for any date.
export function rangeOf(name, now) {
  const day = (back, months = 0) => iso(new Date(now.getFullYear(), now.getMonth() - months, now.getDate() - back));
  const ranges = { today: [day(0), day(0)], yesterday: [day(1), day(1)], week: [day(6), day(0)], month: [day(29), day(0)], year: [day(0, 12), day(0)], this: [`${now.getFullYear()}-01-01`, day(0)] };
  return ranges[name] ?? ["", ""];
}

function iso(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
