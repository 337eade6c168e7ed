// What is looked at, and how: the state of the panel and every action on it, without a single element.
import { AT_REST, flipped, mirrored, turned, zoomed } from "./geometry.js";
import { shifted } from "./feed.js";
import { ownWindow, percentileWindow } from "./pixels.js";

const TELL_EVERY = 200; // ms: what the kernel hears of scrolling and dragging
const TRAITS = ["series", "index", "center", "width", "inverted", "zoom", "playing", "view"];
const CLOSED = Object.freeze({ count: 0, start: 0, presets: [], text: {}, warnings: [], document: null, rate: null, aspect: null });

export class Viewer {
  rows = []; // the series, as the kernel lists them
  series = null;
  opened = CLOSED;
  index = 0;
  window = null; // null: as the file says, slice by slice
  inverted = false;
  place = AT_REST;
  box = { width: 1, height: 1 };
  playing = false;
  rate = 10;
  text = true;
  names = false;
  fault = "";
  #model;
  #feed;
  #listeners = new Set();
  #direction = 1;
  #before = new Map(); // how each series was left
  #awaited = false;
  #telling = 0;
  #leaving = [];
  #chosen = false; // which picture: else it is the one that the kernel begins with
  #begins = false; // the notebook's code has set it to play, and its user does not want less motion

  constructor(model, feed) {
    [this.#model, this.#feed] = [model, feed];
    this.#leaving.push(feed.listen((content) => this.#hear(content)));
    this.#follow();
    this.fault = model.get("fault") ?? "";
    this.#begins = Boolean(model.get("playing")) && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    feed.send({ type: "ready" });
  }

  close() {
    for (const leave of this.#leaving) leave();
    clearTimeout(this.#telling);
    this.#listeners.clear();
  }

  onchange(listener) {
    this.#listeners.add(listener);
  }

  get row() {
    return this.rows.find((row) => row.id === this.series) ?? null;
  }

  // Name of a file with what is seen: series facts only.
  get fileName() {
    const name = [this.row?.modality, this.row?.number, this.index + 1].filter(Boolean).join("_");
    return name.replace(/[^\w-]+/g, "-");
  }

  get frame() {
    return this.#feed.frame(this.series, this.index);
  }

  get size() {
    return { rows: this.frame?.rows || this.opened.rows || 1, columns: this.frame?.columns || this.opened.columns || 1 };
  }

  // The window in use: the user's, else the file's.
  get shown() {
    if (this.window) return this.window;
    return this.frame?.values && this.frame.samples === 1 ? ownWindow(this.frame) : null;
  }

  open(series) {
    if (series === this.series || !this.rows.some((row) => row.id === series)) return;
    if (this.series !== null) this.#before.set(this.series, { index: this.index, window: this.window, place: this.place, inverted: this.inverted });
    this.#chosen = this.#before.has(series);
    Object.assign(this, { index: 0, window: null, place: AT_REST, inverted: false }, this.#before.get(series));
    Object.assign(this, { series, opened: CLOSED, playing: false });
    this.#feed.send({ type: "open", series, index: this.#chosen ? this.index : null });
    this.#changed();
  }

  openNext(step) {
    const at = this.rows.findIndex((row) => row.id === this.series) + step;
    if (this.rows[at]) this.open(this.rows[at].id);
  }

  go(index) {
    this.#chosen = true;
    const last = this.opened === CLOSED ? Infinity : this.opened.count - 1; // not known before it is open
    const wanted = Math.max(Math.min(index, last), 0);
    if (wanted === this.index) return;
    this.#direction = wanted > this.index ? 1 : -1;
    this.index = wanted;
    if (this.opened.document) this.#feed.send({ type: "open", series: this.series, index: wanted });
    this.#aim();
    this.#changed();
  }

  // One frame on while playing, round the end; false when it is not here yet.
  advance() {
    const next = (this.index + 1) % this.opened.count;
    if (!this.#feed.has(this.series, next)) return false;
    this.index = next;
    this.#direction = 1;
    this.#aim();
    this.#changed();
    return true;
  }

  play(playing = !this.playing) {
    this.set({ playing: playing && this.opened.count > 1 });
    this.#aim();
  }

  set(values) {
    Object.assign(this, values);
    this.#changed();
  }

  // The box in which the picture stands, as large as the page makes it.
  fill(box) {
    if (box.width !== this.box.width || box.height !== this.box.height) this.set({ box });
  }

  setWindow(center, width, shape = this.frame?.function) {
    if (Number.isFinite(center) && width > 0) this.set({ window: { center, width, function: shape } });
  }

  preset(key) {
    const found = this.opened.presets.find((preset) => String(preset.key) === key);
    if (found) this.setWindow(found.center, found.width, found.function);
  }

  fileWindow() {
    this.set({ window: null });
  }

  percentiles() {
    if (this.frame?.values && this.frame.samples === 1) this.set({ window: percentileWindow(this.frame) });
  }

  zoom(factor, point = { x: this.box.width / 2, y: this.box.height / 2 }) {
    this.set({ place: zoomed(this.place, factor, point, this.box) });
  }

  pan(dx, dy) {
    this.set({ place: { ...this.place, x: this.place.x + dx, y: this.place.y + dy } });
  }

  fit() {
    this.set({ place: { ...this.place, zoom: 1, x: 0, y: 0 } });
  }

  reset() {
    this.set({ place: AT_REST, window: null, inverted: false });
  }

  turn() {
    this.set({ place: turned(this.place) });
  }

  mirror() {
    this.set({ place: mirrored(this.place) });
  }

  flip() {
    this.set({ place: flipped(this.place) });
  }

  invert() {
    this.set({ inverted: !this.inverted });
  }

  showNames(names) {
    this.set({ names });
    this.#feed.send({ type: "show_private", value: names });
  }

  #aim() {
    if (this.opened.count && !this.opened.document) this.#feed.aim(this.series, this.index, this.opened.count, this.#direction, this.playing);
  }

  // Draw once a frame however much has changed, and tell the kernel a few times a second.
  #changed() {
    this.#redraw();
    this.#telling ||= setTimeout(() => this.#tell(), TELL_EVERY);
  }

  #redraw() {
    if (!this.#awaited) requestAnimationFrame(() => this.#draw());
    this.#awaited = true;
  }

  #draw() {
    this.#awaited = false;
    for (const listener of this.#listeners) listener(this);
  }

  #tell() {
    this.#telling = 0;
    const { series, index, inverted, playing } = this;
    const { zoom, x, y, turns, mirrored } = this.place;
    const view = { ...this.box, x, y, turns, mirrored, texts: this.text };
    const synced = { series, index, inverted, playing, zoom, view, center: this.window?.center ?? null, width: this.window?.width ?? null };
    const told = TRAITS.every((name) => JSON.stringify(this.#model.get(name)) === JSON.stringify(synced[name]));
    if (series === null || this.opened === CLOSED || told) return;
    this.#model.set(synced);
    this.#model.save_changes();
  }

  #hear(content) {
    const hear = { series: this.#hearSeries, opened: this.#hearOpened, grow: this.#hearGrow, error: this.#hearError }[content.type];
    hear?.call(this, content);
    if (content.type === "frame" && content.series === this.series && (content.usual || content.index === this.index)) this.#redraw();
  }

  #hearSeries({ rows, names }) {
    this.set({ rows, names: names ?? this.names });
    const wanted = this.#model.get("series");
    const first = rows.find((row) => row.id === wanted) ?? rows.find((row) => row.kind === "pictures") ?? rows[0];
    if (this.series === null && first) {
      this.series = first.id;
      this.#adopt();
      this.#chosen = first.id === wanted;
      this.#feed.send({ type: "open", series: first.id, index: this.#chosen ? this.index : null });
    }
  }

  #hearOpened(opened) {
    if (opened.series !== this.series) return;
    if (this.opened === CLOSED) {
      this.rate = opened.rate || 10;
      if (!this.#chosen) this.index = opened.start ?? 0;
    }
    const presets = (opened.presets ?? []).filter(({ key, width }) => /^[1-9]$/.test(key) && width > 0);
    this.opened = { ...CLOSED, ...opened, presets };
    this.index = Math.min(this.index, Math.max(opened.count - 1, 0));
    this.#aim();
    this.#changed();
    if (this.#begins && opened.count > 1) this.play(true);
    this.#begins = false;
  }

  // What is looked at stays, wherever it stands now.
  #hearGrow({ series, count, inserted }) {
    const left = this.#before.get(series);
    if (left && inserted) left.index = shifted(left.index, inserted);
    if (series !== this.series || this.opened === CLOSED) return;
    if (inserted) this.index = shifted(this.index, inserted);
    this.opened = { ...this.opened, count };
    this.#aim();
    this.#changed();
  }

  #hearError({ text }) {
    this.set({ fault: text });
  }

  // Take over what the model says: a second view looks at the same as the first.
  #adopt() {
    const [center, width] = [this.#model.get("center"), this.#model.get("width")];
    const zoom = this.#model.get("zoom") || 1;
    this.index = this.#model.get("index") ?? 0;
    this.inverted = Boolean(this.#model.get("inverted"));
    const same = this.window?.center === center && this.window.width === width;
    if (!same) this.window = width > 0 && Number.isFinite(center) ? { center, width } : null;
    const { x = this.place.x, y = this.place.y, turns = this.place.turns, mirrored = this.place.mirrored, texts = this.text } = this.#model.get("view") ?? {};
    Object.assign(this, { place: { zoom, x, y, turns, mirrored }, text: texts });
  }

  // Follow what the notebook's code sets.
  #follow() {
    const hear = { series: (value) => this.open(value), index: (value) => this.go(value), playing: (value) => value === this.playing || this.play(value) };
    const others = () => (this.#adopt(), this.#redraw()); // what has come from there is not told there
    const fault = (value) => this.set({ fault: value });
    for (const name of [...TRAITS, "fault"]) {
      const react = name === "fault" ? fault : (hear[name] ?? others);
      const listener = () => react(this.#model.get(name));
      this.#model.on(`change:${name}`, listener);
      this.#leaving.push(() => this.#model.off(`change:${name}`, listener));
    }
  }
}
