// The picture: a canvas that draws the frame as the viewer says, takes the pointer, and says what is under it.
import { element, focusable, say } from "./dom.js";
import { pixelAt, placement, sides } from "./geometry.js";
import { paint, reach, valueAt } from "./pixels.js";

const NOTCH = 40; // pixels of a wheel's event that count as one step; a touchpad sends smaller ones, which add up
const CORNERS = ["top_left", "top_right", "bottom_left", "bottom_right"];
const EDGES = ["left", "right", "top", "bottom"];

export class Viewport {
  #viewer;
  #canvas;
  #texts = {};
  #source = document.createElement("canvas"); // the frame, pixel by pixel
  #image = null; // what is put into it
  #painted = {}; // of what
  #shown = null; // the frame that is seen: the last one, until the one wanted is here
  #placed = null;
  #pointer = null;
  #turned = 0;
  #observer;

  constructor(viewer) {
    this.#viewer = viewer;
    this.#canvas = focusable("canvas", { class: "dm-canvas", tabindex: 0, role: "application", "aria-roledescription": "picture" });
    for (const name of [...CORNERS, ...EDGES]) this.#texts[name] = element("div", { class: `dm-text dm-${name}`, "aria-hidden": EDGES.includes(name) });
    this.notice = element("div", { class: "dm-notice" });
    this.hint = element("div", { class: "dm-hint", "aria-hidden": true }, "Click, then the wheel scrolls through the images");
    this.node = element("div", { class: "dm-viewport" }, this.#canvas, ...Object.values(this.#texts), this.notice, this.hint);
    this.#listen();
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(this.node);
  }

  close() {
    this.#observer.disconnect();
  }

  focus() {
    this.#canvas.focus({ preventScroll: true });
  }

  update() {
    const { frame, opened, index, row } = this.#viewer;
    if (frame || !opened.count) this.#shown = frame ?? null;
    this.node.classList.toggle("dm-waiting", !frame && opened.count > 0);
    this.node.classList.toggle("dm-single", opened.count < 2);
    say(this.notice, this.#shown?.error ?? "");
    this.#draw();
    this.#write(frame);
    this.#canvas.setAttribute("aria-label", this.#label(row, index, opened.count));
  }

  // What is seen as a picture of its own, with the texts if they are shown.
  copy() {
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [this.#canvas.width, this.#canvas.height];
    const context = copy.getContext("2d");
    context.drawImage(this.#canvas, 0, 0);
    const ratio = copy.width / this.#viewer.box.width;
    context.scale(ratio, ratio);
    const origin = this.#canvas.getBoundingClientRect();
    for (const node of Object.values(this.#texts)) if (this.#viewer.text && !node.hidden) this.#stamp(context, node, origin);
    return copy;
  }

  // The pixel under the pointer and its value, in words.
  reading() {
    const frame = this.#shown;
    const pixel = this.#pointer && frame?.values && this.#placed ? pixelAt(this.#placed, this.#pointer, frame) : null;
    if (!pixel) return "";
    const value = valueAt(frame, pixel.column, pixel.row);
    const words = Array.isArray(value) ? `R ${value[0]} G ${value[1]} B ${value[2]}` : `${+value.toPrecision(6)} ${frame.unit}`.trim();
    return `column ${pixel.column + 1}, row ${pixel.row + 1}: ${words}`;
  }

  #stamp(context, node, origin) {
    const style = getComputedStyle(node);
    const [line, right] = [parseFloat(style.lineHeight), style.textAlign === "right"];
    const box = node.getBoundingClientRect();
    Object.assign(context, { font: style.font, fillStyle: style.color, textAlign: right ? "right" : "left", textBaseline: "middle", shadowColor: "black", shadowBlur: 3 });
    node.textContent.split("\n").forEach((text, at) => {
      context.fillText(text, (right ? box.right : box.left) - origin.left, box.top - origin.top + (at + 0.5) * line);
    });
  }

  #label(row, index, count) {
    const { center, width } = this.#viewer.shown ?? {};
    const name = row ? [row.modality, row.number ? `series ${row.number}` : "", row.description].filter(Boolean).join(" ") : "no series";
    const window = center === undefined ? "" : `, center ${+center.toPrecision(5)}, width ${+width.toPrecision(5)}`;
    return `${name}, image ${count ? index + 1 : 0} of ${count}${window}`;
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.node;
    const ratio = window.devicePixelRatio || 1;
    Object.assign(this.#canvas, { width: Math.max(1, Math.round(width * ratio)), height: Math.max(1, Math.round(height * ratio)) });
    this.#viewer.fill({ width: Math.max(width, 1), height: Math.max(height, 1) });
    this.#draw();
  }

  #draw() {
    const context = this.#canvas.getContext("2d");
    const frame = this.#shown;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "black";
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#placed = null;
    if (!frame?.values) return;
    this.#paint(frame);
    const { box, place, opened } = this.#viewer;
    this.#placed = placement(place, frame, frame.aspect ?? opened.aspect, box);
    const ratio = this.#canvas.width / box.width;
    context.setTransform(...this.#placed.matrix.map((number) => number * ratio));
    // Enlarged on purpose, pixels are seen as they are; fitted to the box, they are interpolated.
    context.imageSmoothingEnabled = place.zoom < 4 || this.#placed.scale * ratio < 8;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.#source, 0, 0);
  }

  #paint(frame) {
    const { window, inverted } = this.#viewer;
    const wanted = JSON.stringify([frame.series, frame.index, window, frame.window, inverted]);
    if (this.#painted.key === wanted && this.#painted.frame === frame) return;
    const context = this.#source.getContext("2d");
    if (this.#image?.width !== frame.columns || this.#image.height !== frame.rows) {
      [this.#source.width, this.#source.height] = [frame.columns, frame.rows];
      this.#image = context.createImageData(frame.columns, frame.rows);
    }
    paint(frame, window, inverted, this.#image);
    context.putImageData(this.#image, 0, 0);
    this.#painted = { key: wanted, frame };
  }

  #write(frame) {
    const { opened, text, index, place, shown } = this.#viewer;
    const lines = Object.fromEntries(CORNERS.map((corner) => [corner, [...(opened.text?.[corner] ?? [])]]));
    if (opened.count) lines.bottom_left.push(`Image ${index + 1} / ${opened.count}`, frame?.position ?? "");
    if (shown) lines.bottom_right.push(`C ${+shown.center.toPrecision(5)}  W ${+shown.width.toPrecision(5)}${this.#viewer.window ? "" : frame?.lut ? " (LUT)" : ""}`);
    if (opened.count) lines.bottom_right.push(`Zoom ${Math.round(place.zoom * 100)} %`);
    for (const corner of CORNERS) say(this.#texts[corner], lines[corner].filter(Boolean).join("\n"));
    const letters = sides(this.#shown?.orientation, place);
    for (const edge of EDGES) say(this.#texts[edge], this.#shown?.values ? letters[edge] : "");
    this.node.classList.toggle("dm-bare", !text);
  }

  #listen() {
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#point(event));
    canvas.addEventListener("pointerleave", () => ((this.#pointer = null), this.#viewer.set({})));
    canvas.addEventListener("dblclick", () => this.#viewer.reset());
    canvas.addEventListener("auxclick", (event) => event.preventDefault());
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  #at(event) {
    const box = this.#canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #point(event) {
    this.#pointer = this.#at(event);
    this.#viewer.set({});
  }

  // The left button windows, with Shift, or the middle one, moves the picture.
  #press(event) {
    if (event.button > 1) return;
    event.preventDefault();
    this.focus();
    const moves = event.button === 1 || event.shiftKey;
    const drag = moves ? this.#panning(event) : this.#windowing(event);
    const end = () => {
      this.#canvas.removeEventListener("pointermove", drag);
      for (const name of ["pointerup", "pointercancel"]) this.#canvas.removeEventListener(name, end);
    };
    this.#canvas.setPointerCapture(event.pointerId);
    this.#canvas.addEventListener("pointermove", drag);
    for (const name of ["pointerup", "pointercancel"]) this.#canvas.addEventListener(name, end);
  }

  #panning(start) {
    let last = start;
    return (event) => {
      this.#viewer.pan(event.clientX - last.clientX, event.clientY - last.clientY);
      last = event;
    };
  }

  // To the right: wider. Down: a higher center, so darker. A narrow window is changed in finer steps.
  #windowing(start) {
    const begun = this.#viewer.shown;
    if (!begun) return () => {};
    const range = reach(this.#shown);
    const gain = Math.min(Math.max(begun.width / 200, range / 5000), range / 400);
    return (event) => {
      const width = Math.max(begun.width + (event.clientX - start.clientX) * gain, gain);
      this.#viewer.setWindow(begun.center + (event.clientY - start.clientY) * gain, width);
    };
  }

  // The wheel scrolls images when the picture has the focus; else the notebook has it. With Ctrl it zooms.
  #wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.#canvas && !this.#canvas.matches(":focus")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.ctrlKey) this.#viewer.zoom(Math.exp(-Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 100) * 0.002), this.#at(event));
    else this.#step(event.deltaMode ? Math.sign(event.deltaY) * NOTCH : event.deltaY);
  }

  #step(delta) {
    this.#turned = Math.abs(delta) >= NOTCH ? Math.sign(delta) * NOTCH : this.#turned + delta;
    if (Math.abs(this.#turned) < NOTCH) return;
    this.#viewer.go(this.#viewer.index + Math.sign(this.#turned));
    this.#turned = 0;
  }
}
