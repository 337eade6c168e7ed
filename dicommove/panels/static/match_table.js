// The table of matches: a tree grid of which only the rows in view are drawn. What goes to and fro: match_table.py.
import { element, focusable, say } from "./dom.js";
import { MatchTree } from "./match_tree.js";
import { PeekCards } from "./peek_cards.js";

const HEIGHT = 26; // of a row, in pixels
const SPARE = 8; // rows drawn beyond the edges

function render({ model, el }) {
  const table = new MatchTable((content) => model.send(content));
  const hear = (content, buffers) => table.hear(content, buffers);
  const fault = () => table.showFault(model.get("fault"));
  model.on("msg:custom", hear);
  model.on("change:fault", fault);
  el.append(table.node);
  fault();
  model.send({ type: "ready" });
  return () => {
    table.close();
    model.off("msg:custom", hear);
    model.off("change:fault", fault);
  };
}

class MatchTable {
  #send;
  #tree = new MatchTree();
  #columns = [];
  #rows = []; // as shown: [row, is a series]
  #active = 0;
  #drawn = 0;
  #filter = focusable("input", { type: "search", placeholder: "filter", "aria-label": "Filter the table", oninput: () => this.#narrow() });
  #all = focusable("input", { type: "checkbox", "aria-label": "Tick all that is shown", onchange: (event) => this.#tickAll(event.target.checked) });
  #names = focusable("input", { type: "checkbox", onchange: () => this.#draw() });
  #found = element("output", { class: "df-found", "aria-live": "polite" });
  #warnings = element("ul", { class: "df-warnings", hidden: true });
  #fault = element("div", { class: "df-fault", role: "alert", hidden: true });
  #head = element("tr", { role: "row" });
  #body = element("tbody", { role: "rowgroup" });
  #above = element("tr", { "aria-hidden": "true" }, element("td"));
  #below = element("tr", { "aria-hidden": "true" }, element("td"));
  #sheet = focusable("div", { class: "df-sheet", tabindex: "0", role: "treegrid", "aria-label": "Matches", "aria-multiselectable": "true", onkeydown: (event) => this.#key(event), onscroll: () => this.#later() });

  constructor(send) {
    this.#send = send;
    this.cards = new PeekCards((row) => this.#toggle(row));
    this.#sheet.append(element("table", { role: "presentation" }, element("thead", { role: "rowgroup" }, this.#head), this.#body));
    const bar = element("div", { class: "df-row" }, this.#found, this.#filter, element("label", { class: "df-tick" }, this.#names, "show names"));
    this.node = element("section", { class: "df-panel df-matches", "aria-label": "Matches", hidden: true }, bar, this.#warnings, this.#fault, this.#sheet, this.cards.node);
    this.seen = new ResizeObserver(() => this.#later());
    this.seen.observe(this.#sheet);
  }

  close() {
    cancelAnimationFrame(this.#drawn);
    this.seen.disconnect();
    this.cards.close();
  }

  hear(content, buffers) {
    const heard = { begin: () => this.#begin(content), rows: () => this.#take(content), end: () => this.#end(content), ticks: () => this.#told(content.rows), unopened: () => this.#open(content.row, false), card: () => this.cards.show(content, buffers, this.#tree.state(content.row)) };
    heard[content.type]?.();
  }

  showFault(text) { say(this.#fault, text); }

  #begin({ columns, shown, opened, private: hidden }) {
    this.#tree = Object.assign(new MatchTree(), { order: this.#tree.order, opens: opened });
    if (!this.#columns.length) this.#names.checked = !hidden;
    [this.#columns, this.#active, this.#filter.value] = [columns, 0, ""];
    this.node.hidden = !shown;
    this.#sheet.scrollTop = 0;
    this.cards.clear();
    this.#title();
    this.#update();
  }

  #take({ of, rows }) {
    this.#tree.add(of, rows);
    this.#update();
  }

  #end({ warnings }) {
    this.#warnings.replaceChildren(...warnings.map((text) => element("li", {}, text)));
    this.#warnings.hidden = !warnings.length;
    this.#update();
  }

  #told(rows) {
    this.#tree.setTicked(rows);
    this.#update();
  }

  #title() {
    const turned = (place) => (this.#tree.order?.column === place ? (this.#tree.order.down ? "descending" : "ascending") : "none");
    const head = ({ title, kind }, place) => element("th", { class: `df-${kind}`, role: "columnheader", "aria-sort": turned(place), scope: "col" }, focusable("button", { type: "button", title: `Order by ${title}`, onclick: () => this.#order(place) }, title));
    this.#head.replaceChildren(element("th", { class: "df-box", role: "columnheader" }, this.#all), ...this.#columns.map(head));
  }

  #order(column) {
    const { order } = this.#tree;
    this.#tree.order = order?.column !== column ? { column, down: false } : order.down ? null : { column, down: true };
    this.#title();
    this.#update();
    this.#head.querySelectorAll("button")[column].focus();
  }

  #narrow() {
    this.#tree.filter = this.#filter.value.trim();
    [this.#active, this.#sheet.scrollTop] = [0, 0];
    this.#update();
  }

  #tickAll(on) {
    this.#tree.tickShown(on);
    this.#ticked();
  }

  #toggle(row) {
    this.#tree.tick(row, this.#tree.state(row) !== true);
    this.#ticked();
  }

  #ticked() {
    this.#send({ type: "ticks", rows: this.#tree.ticked() });
    this.#update();
  }

  // The series of a study are asked for when they are wanted, once.
  #open(row, on = !this.#tree.opened.has(row)) {
    if (on && !this.#tree.children.has(row)) this.#send({ type: "open", row });
    this.#tree.opened[on ? "add" : "delete"](row);
    this.#update();
  }

  #update() {
    this.#rows = this.#tree.shown();
    this.#sheet.setAttribute("aria-rowcount", this.#rows.length + 1); // those out of view are not in the page
    this.#active = Math.max(0, Math.min(this.#active, this.#rows.length - 1));
    const studies = this.#rows.filter(([, isSeries]) => !isSeries);
    const states = studies.map(([row]) => this.#tree.state(row));
    this.#all.checked = states.length > 0 && states.every((state) => state === true);
    this.#all.indeterminate = !this.#all.checked && states.some((state) => state !== false);
    const [all, left] = [this.#tree.studies.length, studies.length];
    this.#found.textContent = left < all ? `${left.toLocaleString("en")} of ${studiesOf(all)}` : studiesOf(all);
    this.#sheet.hidden = all === 0;
    this.cards.mark((row) => this.#tree.state(row) === true);
    this.#later();
  }

  #later() {
    cancelAnimationFrame(this.#drawn);
    this.#drawn = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const first = Math.max(0, Math.floor(this.#sheet.scrollTop / HEIGHT) - SPARE);
    const last = Math.min(this.#rows.length, first + Math.ceil(this.#sheet.clientHeight / HEIGHT) + 2 * SPARE);
    this.#above.firstChild.style.height = `${first * HEIGHT}px`;
    this.#below.firstChild.style.height = `${(this.#rows.length - last) * HEIGHT}px`;
    this.#body.replaceChildren(this.#above, ...this.#rows.slice(first, last).map(([row, isSeries], place) => this.#line(row, isSeries, first + place)), this.#below);
    const active = this.#body.querySelector(".df-active");
    if (active) this.#sheet.setAttribute("aria-activedescendant", active.id);
  }

  #line(row, isSeries, place) {
    const state = this.#tree.state(row);
    const box = focusable("input", { type: "checkbox", tabindex: "-1", "aria-label": "Tick this row", onchange: () => this.#toggle(row) });
    [box.checked, box.indeterminate] = [state === true, state === null];
    const opened = this.#tree.opened.has(row);
    const arrow = isSeries ? "" : focusable("button", { type: "button", class: "df-open", tabindex: "-1", "aria-label": opened ? "Hide its series" : "Show its series", onclick: () => this.#open(row) }, opened ? "▾" : "▸");
    const cells = this.#tree.cells.get(row).map((text, column) => this.#cell(text, this.#columns[column]));
    const attributes = { class: isSeries ? "df-of-series" : "", id: `df-row-${row}`, role: "row", "aria-level": isSeries ? 2 : 1, "aria-rowindex": place + 2, "aria-selected": String(state === true), "aria-expanded": isSeries ? null : String(opened) };
    const line = element("tr", { ...attributes, onclick: (event) => this.#press(event, place) }, element("td", { class: "df-box", role: "gridcell" }, arrow, box), ...cells);
    line.classList.toggle("df-active", place === this.#active);
    return line;
  }

  #cell(text, { kind }) {
    const hidden = kind === "private" && !this.#names.checked && text;
    return element("td", { class: `df-${kind}`, role: "gridcell", title: hidden ? "hidden; tick “show names” to see it" : text }, hidden ? "•••" : text);
  }

  #press(event, place) {
    this.#active = place;
    if (event.target.matches("td:not(.df-box)")) this.#toggle(this.#rows[place][0]);
    this.#sheet.focus({ preventScroll: true });
    this.#later();
  }

  #key(event) {
    const page = Math.max(1, Math.floor(this.#sheet.clientHeight / HEIGHT) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const [row, isSeries] = this.#rows[this.#active] ?? [];
    if (event.target.closest("thead") || row === undefined) return;
    if (event.key in steps) this.#go(this.#active + steps[event.key]);
    else if (event.key === " ") this.#toggle(row);
    else if (event.key === "ArrowRight" && !isSeries) this.#open(row, true);
    else if (event.key === "ArrowLeft") isSeries ? this.#go(this.#rows.findIndex(([other]) => other === this.#tree.parent.get(row))) : this.#open(row, false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #go(place) {
    this.#active = Math.max(0, Math.min(place, this.#rows.length - 1));
    const [top, head] = [this.#active * HEIGHT, HEIGHT];
    const bottom = top + HEIGHT + head - this.#sheet.clientHeight;
    this.#sheet.scrollTop = Math.max(Math.min(this.#sheet.scrollTop, top), bottom);
    this.#later();
  }
}

function studiesOf(number) {
  return number === 0 ? "nothing found" : `${number.toLocaleString("en")} ${number === 1 ? "study" : "studies"}`;
}

export default { render };
