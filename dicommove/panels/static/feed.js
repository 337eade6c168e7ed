// Frames from the kernel: asked for in order of urgency, acknowledged, and kept as far as memory is allowed.
import { frameOf } from "./pixels.js";

const MEMORY = 256 * 2 ** 20;
const AT_ONCE = 48;
const FEEDS = new WeakMap();

// The feed of a model: all of its views share one, so that a second view asks for nothing twice.
export function feedOf(model) {
  if (!FEEDS.has(model)) FEEDS.set(model, new Feed(model));
  return FEEDS.get(model);
}

// Indices around one, in order of urgency: two ahead for each one behind; round the end while playing.
export function byUrgency(index, count, direction, round) {
  const order = [];
  for (let step = 0; order.length < count && step < 2 * count; step += 1) {
    const behind = step % 3 === 2;
    const distance = behind ? (step + 1) / 3 : step - Math.floor(step / 3);
    const wanted = index + (behind ? -direction : direction) * distance;
    if (wanted >= 0 && wanted < count) order.push(wanted);
    else if (round) order.push((wanted + 2 * count) % count);
  }
  return [...new Set(order)];
}

// Where a picture is, now that others have been put before it: as runs of (index, number), in ascending order.
export function shifted(index, inserted) {
  return inserted.reduce((now, [start, number]) => (start <= now ? now + number : now), index);
}

class Feed {
  #model;
  #frames = new Map(); // the least recently used first
  #bytes = 0;
  #largest = 0;
  #asked = new Set();
  #counts = new Map(); // pictures of each series, as the kernel has told last
  #aim = null;
  #listeners = new Set();

  constructor(model) {
    this.#model = model;
    model.on("msg:custom", (content, buffers) => this.#take(content, buffers ?? []));
  }

  // Listen to messages of the kernel; returns what ends it.
  listen(listener) {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (!this.#listeners.size) this.forget();
    };
  }

  send(content) {
    this.#model.send(content);
  }

  frame(series, index) {
    const key = `${series}/${index}`;
    const frame = this.#frames.get(key);
    if (frame) this.#frames.delete(key), this.#frames.set(key, frame);
    return frame;
  }

  has(series, index) {
    return this.#frames.has(`${series}/${index}`);
  }

  // Aim at a frame: it and those around it are asked for, unless they are here.
  aim(series, index, count, direction, round) {
    if (this.#aim?.series !== series) this.#largest = 0;
    this.#aim = { series, order: byUrgency(index, count, direction, round) };
    this.#ask();
  }

  // Drop the frames of a series, or all of them.
  forget(series = null) {
    for (const [key, frame] of this.#frames) if (series === null || frame.series === series) this.#drop(key, frame);
    this.#asked.clear();
  }

  // Ask anew when something else has become the most urgent, or when little of what was asked for is still to come.
  #ask() {
    const { series, order } = this.#aim;
    const missing = order.slice(0, this.#fitting()).filter((index) => !this.has(series, index)).slice(0, AT_ONCE);
    const [first] = this.#asked;
    if (!missing.length || (first === `${series}/${missing[0]}` && (this.#asked.size > AT_ONCE / 3 || missing.length <= this.#asked.size))) return;
    this.#asked = new Set(missing.map((index) => `${series}/${index}`));
    this.send({ type: "want", series, frames: missing });
  }

  // How many frames as large as the largest of this series may be here at once.
  #fitting() {
    return this.#largest ? Math.max(1, Math.floor(MEMORY / this.#largest) - 2) : Infinity;
  }

  #take(content, buffers) {
    const { type, series, count } = content;
    if (type === "frame") this.#keep(frameOf(content, buffers));
    if (type === "grow" && content.inserted) this.#shift(series, content.inserted);
    else if (type === "grow" || (type === "opened" && (this.#counts.get(series) ?? count) !== count)) this.forget(series);
    if (type === "grow" || type === "opened") this.#counts.set(series, count);
    for (const listener of this.#listeners) listener(content, buffers);
  }

  // A series has grown between its pictures: those that are here stand elsewhere now.
  #shift(series, inserted) {
    const frames = [...this.#frames];
    this.#frames.clear();
    for (const [key, frame] of frames) {
      if (frame.series === series) frame.index = shifted(frame.index, inserted);
      this.#frames.set(frame.series === series ? `${series}/${frame.index}` : key, frame);
    }
    this.#asked.clear();
  }

  // One window for all pictures of a series whose files have none: the last one told, for its middle moves while it grows.
  #agree({ series, usual, window, function: shape }) {
    if (!usual) return;
    for (const frame of this.#frames.values()) if (frame.usual && frame.series === series) Object.assign(frame, { window, function: shape });
  }

  #keep(frame) {
    const key = `${frame.series}/${frame.index}`;
    this.send({ type: "ack", series: frame.series, index: frame.index });
    const count = this.#counts.get(frame.series) ?? frame.of;
    if ((frame.of ?? count) !== count) return this.#again(key); // sent when the series was shorter: another picture stands there
    this.#agree(frame);
    if (this.#frames.has(key)) this.#drop(key, this.#frames.get(key));
    this.#frames.set(key, frame);
    this.#bytes += frame.bytes;
    this.#largest = Math.max(this.#largest, frame.bytes);
    this.#asked.delete(key);
    for (const [oldest, old] of this.#frames) {
      if (this.#bytes <= MEMORY || oldest === key) break;
      this.#drop(oldest, old);
    }
    if (this.#aim) this.#ask();
    return undefined;
  }

  #again(key) {
    this.#asked.delete(key);
    if (this.#aim) this.#ask();
  }

  #drop(key, frame) {
    this.#frames.delete(key);
    this.#bytes -= frame.bytes;
  }
}
