// The progress panel. What is drawn is the trait "state"; small pictures come by message. A press on Cancel is of use only where
// the kernel hears it at once, which no front end can know: so the panel asks ("ping"), and offers the button while it is answered.
import { element, focusable, say } from "./dom.js";

const ASK_EVERY_MS = 2000;
const UNHEARD_AFTER_MS = 700;
const HEADS = ["C-MOVE", "Level", "Modality", "Received", "Expected", "State"];
const SHOWN_PICTURES = 6;

function render({ model, el }) {
  const parts = [new Head(model), new Bars(), new Requests(), new Troubles()];
  const pictures = new Pictures();
  const fault = element("div", { class: "dm-fault", role: "alert", hidden: true });
  const root = element("section", { class: "dm-progress", "aria-label": "Progress of a move" }, ...parts.map((part) => part.node), pictures.node, fault);
  const update = () => {
    const state = model.get("state");
    root.dataset.mood = state.mood;
    for (const part of parts) part.update(state);
    say(fault, model.get("fault") ?? "");
  };
  const hear = (content, buffers) => {
    if (content.type === "pong") parts[0].heard();
    if (content.type === "arrival") pictures.add(content, buffers);
  };
  model.on("change:state", update);
  model.on("change:fault", update);
  model.on("msg:custom", hear);
  el.append(root);
  update();
  model.send({ type: "ready" });
  return () => {
    model.off("change:state", update);
    model.off("change:fault", update);
    model.off("msg:custom", hear);
    parts[0].close();
  };
}

// Phase and Cancel.
class Head {
  constructor(model) {
    this.model = model;
    this.doing = element("output", { class: "dm-doing", "aria-live": "polite" });
    this.button = focusable("button", { type: "button", class: "dm-button", title: "Stop the move; what has arrived is kept", onclick: () => this.press() }, "Cancel");
    this.hint = element("span", { class: "dm-advice", hidden: true });
    this.node = element("div", { class: "dm-head" }, this.doing, this.hint, this.button);
    this.hears = null; // whether the kernel answers at once; null: not yet known
    this.asked = null;
    this.timer = setInterval(() => this.ask(), ASK_EVERY_MS);
    this.state = model.get("state");
    this.ask();
  }

  // One question at a time: while it is not answered, the next would only queue behind it.
  ask() {
    if (this.asked !== null || this.state.done) return;
    this.asked = setTimeout(() => this.learn(false), UNHEARD_AFTER_MS);
    this.model.send({ type: "ping" });
  }

  heard() {
    clearTimeout(this.asked);
    this.asked = null;
    this.learn(true);
  }

  learn(hears) {
    this.hears = hears;
    this.update(this.state);
  }

  press() {
    if (!this.hears) return;
    this.model.send({ type: "cancel" });
    if (this.asked === null) this.ask();
  }

  update(state) {
    this.state = state;
    const stopping = state.mood === "stopping";
    // The seconds of a phase change all the time: they are shown, and not read out.
    const [words, seconds] = state.doing.split(/(?=, \d+ s$)/);
    say(this.doing, words);
    this.doing.dataset.seconds = seconds ?? "";
    this.button.setAttribute("aria-disabled", String(!this.hears));
    say(this.button, stopping ? "Stop now" : "Cancel");
    this.button.hidden = state.done;
    this.button.title = stopping ? "Do not wait for the archive's answer: end the association" : "Stop the move; what has arrived is kept";
    say(this.hint, this.hears === false && !state.done ? "press ■ to stop" : "");
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.asked);
  }
}

// What arrived against what is expected, and beside it what the archive says; then sizes, rates and times.
class Bars {
  constructor() {
    this.here = new Bar("Arrived here");
    this.archive = new Bar("Archive's count");
    this.figures = element("div", { class: "dm-figures" });
    this.node = element("div", { class: "dm-bars" }, ...this.here.nodes, ...this.archive.nodes, this.figures);
  }

  update(state) {
    this.here.update(state.here, state.done);
    this.archive.update(state.archive, state.done);
    say(this.figures, state.figures.join(" · "));
  }
}

class Bar {
  constructor(name) {
    this.fill = element("div", { class: "dm-fill" });
    this.track = element("div", { class: "dm-track", role: "progressbar", "aria-label": name, "aria-valuemin": 0, "aria-valuemax": 100 }, this.fill);
    this.text = element("span", { class: "dm-count" });
    this.nodes = [element("span", { class: "dm-name" }, name), this.track, this.text];
  }

  update({ text, fraction }, done) {
    const percent = fraction === null ? null : Math.round(fraction * 1000) / 10;
    this.track.classList.toggle("dm-unknown", percent === null && !done);
    this.fill.style.width = `${percent ?? 0}%`;
    if (percent === null) this.track.removeAttribute("aria-valuenow");
    else this.track.setAttribute("aria-valuenow", Math.round(percent));
    this.track.setAttribute("aria-valuetext", text);
    say(this.text, text);
  }
}

class Requests {
  constructor() {
    this.body = element("tbody");
    this.table = element("table", { class: "dm-requests" }, element("thead", {}, element("tr", {}, ...HEADS.map((head) => element("th", { scope: "col" }, head)))), this.body);
    this.others = element("div", { class: "dm-figures" });
    this.node = element("div", {}, this.table, this.others);
  }

  update({ requests, others }) {
    this.node.hidden = requests.length === 0;
    while (this.body.rows.length > requests.length) this.body.deleteRow(-1);
    requests.forEach((cells, place) => {
      const row = this.body.rows[place] ?? this.body.insertRow();
      row.dataset.state = cells.at(-1);
      cells.forEach((text, column) => say(row.cells[column] ?? row.insertCell(), text));
    });
    say(this.others, others);
  }
}

class Troubles {
  constructor() {
    this.node = element("ul", { class: "dm-troubles", "aria-label": "Troubles", hidden: true });
    this.told = "";
  }

  update({ troubles }) {
    const told = troubles.join("\n");
    if (told === this.told) return;
    this.told = told;
    this.node.hidden = troubles.length === 0;
    this.node.replaceChildren(...troubles.map((text) => element("li", {}, text)));
  }
}

class Pictures {
  constructor() {
    this.seen = new Set();
    this.node = element("div", { class: "dm-arrivals", role: "group", "aria-label": "Arrived last", hidden: true });
  }

  add({ number, text, note }, buffers) {
    if (this.seen.has(number)) return;
    this.seen.add(number);
    const tile = element("figure", { class: "dm-arrival", title: [text, note].filter(Boolean).join("\n") });
    if (buffers?.length) tile.append(picture(text, buffers[0]));
    else tile.append(element("span", {}, note));
    this.node.append(tile);
    while (this.node.children.length > SHOWN_PICTURES) this.node.firstChild.remove();
    this.node.hidden = false;
  }
}

function picture(alt, bytes) {
  const src = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
  return element("img", { alt, src, onload: () => URL.revokeObjectURL(src) });
}

export default { render };
