// Keys that users' fingers know, and the same in words.
import { element } from "./dom.js";

const PAN = 30;
const WORDS = [
  ["wheel (after a click), Up, Down", "previous, next image"],
  ["Home, End", "first, last image"],
  ["Page Down, Page Up", "next, previous series"],
  ["Space", "play, pause"],
  ["drag", "window: across the width, down the center"],
  ["1 - 9", "window presets of the modality"],
  ["0, a", "window as the file says, by percentiles"],
  ["Ctrl + wheel, +, -", "zoom"],
  ["Shift + drag, middle drag, Shift + arrows", "move the picture"],
  ["=", "fit"],
  ["i, h, v", "invert, mirror, flip"],
  ["r, double click", "reset"],
  ["t", "texts on the picture"],
  ["Escape, Tab", "leave the picture"],
];
const ACTIONS = {
  ArrowUp: (viewer) => viewer.go(viewer.index - 1),
  ArrowDown: (viewer) => viewer.go(viewer.index + 1),
  ArrowLeft: (viewer) => viewer.go(viewer.index - 1),
  ArrowRight: (viewer) => viewer.go(viewer.index + 1),
  Home: (viewer) => viewer.go(0),
  End: (viewer) => viewer.go(viewer.opened.count - 1),
  PageUp: (viewer) => viewer.openNext(-1),
  PageDown: (viewer) => viewer.openNext(1),
  " ": (viewer) => viewer.play(),
  0: (viewer) => viewer.fileWindow(),
  a: (viewer) => viewer.percentiles(),
  "+": (viewer) => viewer.zoom(1.25),
  "-": (viewer) => viewer.zoom(0.8),
  "=": (viewer) => viewer.fit(),
  r: (viewer) => viewer.reset(),
  i: (viewer) => viewer.invert(),
  h: (viewer) => viewer.mirror(),
  v: (viewer) => viewer.flip(),
  t: (viewer) => viewer.set({ text: !viewer.text }),
};
const SHIFTED = {
  ArrowUp: (viewer) => viewer.pan(0, -PAN),
  ArrowDown: (viewer) => viewer.pan(0, PAN),
  ArrowLeft: (viewer) => viewer.pan(-PAN, 0),
  ArrowRight: (viewer) => viewer.pan(PAN, 0),
};

// What an element does with keys of its own is left to it.
function isOwn(target, key) {
  if (target.matches("input[type=number], input[type=search], select")) return true;
  if (target.matches("input[type=range]")) return key.startsWith("Arrow") || key === "Home" || key === "End";
  return target.matches("button, input") && (key === " " || key === "Enter");
}

// Answer a key; Escape leaves the panel.
export function answerKey(event, viewer) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") event.target.blur();
  if (isOwn(event.target, event.key)) return;
  const named = (event.shiftKey && SHIFTED[event.key]) || ACTIONS[event.key] || (/^[1-9]$/.test(event.key) && ((seen) => seen.preset(event.key)));
  if (!named) return;
  event.preventDefault();
  event.stopPropagation();
  named(viewer);
}

export function keyTable() {
  const rows = WORDS.map(([keys, action]) => element("tr", {}, element("th", { scope: "row" }, keys), element("td", {}, action)));
  return element("table", { class: "dm-keys" }, element("caption", {}, "Keys work while the picture has the focus"), element("tbody", {}, ...rows));
}
