// Studies and series as the table knows them: what is seen by filter and order, and what is ticked. No elements in here.

export class MatchTree {
  studies = [];
  children = new Map(); // study -> series, where they are known
  cells = new Map(); // row -> texts
  opened = new Set();
  opens = false; // whether a study whose series are known is open from the beginning
  whole = new Set(); // studies ticked with all their series
  parts = new Set(); // series ticked by themselves
  parent = new Map();
  order = null; // {column, down}
  filter = "";
  #collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  add(of, rows) {
    const list = of === null ? this.studies : this.#listOf(of);
    for (const [number, ...cells] of rows) {
      if (!this.cells.has(number)) list.push(number);
      this.cells.set(number, cells);
      if (of !== null) this.parent.set(number, of);
    }
    if (of !== null && this.whole.has(of)) this.parts = new Set([...this.parts].filter((one) => this.parent.get(one) !== of));
  }

  #listOf(study) {
    if (!this.children.has(study)) this.children.set(study, []), this.opens && this.opened.add(study);
    return this.children.get(study);
  }

  // Rows in the order in which they are seen: [row, is a series].
  shown() {
    const rows = [];
    for (const study of this.#ordered(this.studies)) {
      const own = this.#matching(study);
      if (own === null) continue;
      rows.push([study, false]);
      if (this.opened.has(study)) rows.push(...this.#ordered(own).map((series) => [series, true]));
    }
    return rows;
  }

  // The series of a study that the filter leaves; null when neither it nor one of them holds the text.
  #matching(study) {
    const own = this.children.get(study) ?? [];
    if (!this.filter || this.#holds(study)) return own;
    const left = own.filter((series) => this.#holds(series));
    return left.length ? left : null;
  }

  #holds(row) {
    const text = this.cells.get(row).join("\t").toLowerCase();
    return this.filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  }

  #ordered(rows) {
    if (!this.order) return rows;
    const { column, down } = this.order;
    const text = (row) => this.cells.get(row)[column];
    const compare = (a, b) => (text(a) === "") - (text(b) === "") || (down ? -1 : 1) * this.#collator.compare(text(a), text(b));
    return [...rows].sort(compare); // what is empty stays at the end, in both directions
  }

  // true, false, or null for a study of which a part is ticked
  state(row) {
    const study = this.parent.get(row);
    if (study !== undefined) return this.whole.has(study) || this.parts.has(row);
    if (this.whole.has(row)) return true;
    return (this.children.get(row) ?? []).some((series) => this.parts.has(series)) ? null : false;
  }

  tick(row, on) {
    const study = this.parent.get(row);
    if (study === undefined) return this.#tickStudy(row, on);
    const own = this.children.get(study);
    if (this.whole.delete(study)) own.forEach((series) => this.parts.add(series));
    this.parts[on ? "add" : "delete"](row);
    if (own.every((series) => this.parts.has(series))) this.#tickStudy(study, true);
  }

  #tickStudy(study, on) {
    this.whole[on ? "add" : "delete"](study);
    for (const series of this.children.get(study) ?? []) this.parts.delete(series);
  }

  // All that the filter leaves: whole studies, or of those found by their series these alone.
  tickShown(on) {
    for (const study of this.studies) {
      const own = this.#matching(study);
      if (own === null) continue;
      const all = !this.filter || own.length === (this.children.get(study) ?? []).length;
      if (all) this.#tickStudy(study, on);
      else own.forEach((series) => this.tick(series, on));
    }
  }

  ticked() { return [...this.whole, ...this.parts]; }

  setTicked(rows) {
    this.whole = new Set(rows.filter((row) => !this.parent.has(row)));
    this.parts = new Set(rows.filter((row) => this.parent.has(row)));
  }
}
