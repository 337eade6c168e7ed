// Buttons, fields and the slider: everything that the mouse and the keys do on the picture can be done here, too.
import { button, element, focusable } from "./dom.js";

export class Toolbar {
  #viewer;
  #slider;
  #presets;
  #offered = "";
  #fields = {};
  #toggles = {};

  // `actions` are those of the whole panel: header, export, keys.
  constructor(viewer, actions) {
    this.#viewer = viewer;
    this.node = element("div", { class: "dm-tools", role: "toolbar", "aria-label": "Picture" }, this.#window(), this.#place(), this.#shown(actions), this.#panel(actions));
    this.scroller = element("div", { class: "dm-scroller" }, ...this.#motion());
  }

  update() {
    const { opened, index, playing, inverted, text, names, shown, window } = this.#viewer;
    const several = opened.count > 1;
    this.scroller.hidden = !several;
    Object.assign(this.#slider, { max: Math.max(opened.count - 1, 0), value: index });
    this.#slider.setAttribute("aria-valuetext", `image ${index + 1} of ${opened.count}`);
    this.#press("play", playing);
    this.#press("invert", inverted);
    this.#press("text", text);
    this.#press("names", names);
    this.node.classList.toggle("dm-off", !opened.count || Boolean(opened.document));
    this.node.classList.toggle("dm-coloured", opened.samples === 3);
    this.#field("rate", this.#viewer.rate);
    this.#field("center", shown ? +shown.center.toPrecision(5) : "");
    this.#field("width", shown ? +shown.width.toPrecision(5) : "");
    this.#offer(opened.presets, window);
  }

  press(name, pressed) {
    this.#press(name, pressed);
  }

  #window() {
    const viewer = this.#viewer;
    this.#presets = focusable("select", { "aria-label": "Window preset", title: "Window preset (keys 1-9; 0: as the file says; a: by percentiles)", onchange: () => this.#choose() });
    const set = () => viewer.setWindow(this.#fields.center.valueAsNumber, this.#fields.width.valueAsNumber);
    return this.#group(
      this.#presets,
      this.#number("center", "C", "Window center", set),
      this.#number("width", "W", "Window width", set),
      this.#toggle("invert", button("", "Invert (i)", () => viewer.invert(), "invert")),
    );
  }

  #place() {
    const viewer = this.#viewer;
    return this.#group(
      button("", "Zoom in (+)", () => viewer.zoom(1.25), "closer"),
      button("", "Zoom out (-)", () => viewer.zoom(0.8), "farther"),
      button("", "Fit (=)", () => viewer.fit(), "fit"),
      button("", "Rotate by 90 degrees", () => viewer.turn(), "rotate"),
      button("", "Mirror left and right (h)", () => viewer.mirror(), "mirror"),
      button("", "Flip top and bottom (v)", () => viewer.flip(), "flip"),
      button("Reset", "Reset window and place (r, double click)", () => viewer.reset()),
    );
  }

  #shown(actions) {
    const viewer = this.#viewer;
    return this.#group(
      this.#toggle("text", button("Text", "Show texts on the picture (t)", () => viewer.set({ text: !viewer.text }))),
      button("PNG", "Save what is seen as a PNG file", actions.save),
    );
  }

  #panel(actions) {
    const viewer = this.#viewer;
    return this.#group(
      this.#toggle("names", button("Names", "Show patient data", () => viewer.showNames(!viewer.names))),
      this.#toggle("header", button("Header", "Show the elements of the instance", actions.header)),
      this.#toggle("keys", button("Keys", "Show what the keys and the mouse do", actions.keys)),
    );
  }

  #motion() {
    const viewer = this.#viewer;
    this.#slider = focusable("input", { type: "range", min: 0, step: 1, class: "dm-slider", "aria-label": "Image", oninput: () => viewer.go(this.#slider.valueAsNumber) });
    const play = this.#toggle("play", button("", "Play or pause (Space)", () => viewer.play(), "play"));
    return [
      button("", "First image (Home)", () => viewer.go(0), "first"),
      button("", "Previous image (Up)", () => viewer.go(viewer.index - 1), "previous"),
      play,
      button("", "Next image (Down)", () => viewer.go(viewer.index + 1), "next"),
      button("", "Last image (End)", () => viewer.go(viewer.opened.count - 1), "last"),
      this.#slider,
      this.#number("rate", "/s", "Images per second", () => this.#setRate()),
    ];
  }

  #setRate() {
    const rate = this.#fields.rate.valueAsNumber;
    if (rate > 0) this.#viewer.set({ rate: Math.min(rate, 120) });
  }

  #group(...nodes) {
    return element("div", { class: "dm-group", role: "group" }, ...nodes);
  }

  #number(name, word, label, set) {
    const field = focusable("input", { type: "number", step: "any", class: `dm-number dm-${name}`, "aria-label": label, title: label, onchange: set });
    this.#fields[name] = field;
    return element("label", { class: "dm-field" }, ...(name === "rate" ? [field, word] : [word, field]));
  }

  #toggle(name, node) {
    this.#toggles[name] = node;
    node.setAttribute("aria-pressed", "false");
    return node;
  }

  #press(name, pressed) {
    this.#toggles[name].setAttribute("aria-pressed", String(pressed));
  }

  // What the user is typing is left alone.
  #field(name, value) {
    const field = this.#fields[name];
    if (field.getRootNode().activeElement !== field) field.value = value;
  }

  #offer(presets, window) {
    const offered = JSON.stringify(presets);
    if (offered !== this.#offered) {
      const options = presets.map(({ key, name, center, width }) => element("option", { value: key }, `${key}  ${name} (${center} / ${width})`));
      this.#presets.replaceChildren(element("option", { value: "0" }, "0  As the file says"), element("option", { value: "a" }, "a  By percentiles"), ...options, element("option", { value: "", hidden: true }, "By hand"));
      this.#offered = offered;
    }
    const equal = presets.find((preset) => window && preset.center === window.center && preset.width === window.width);
    this.#presets.value = window ? String(equal?.key ?? "") : "0";
  }

  #choose() {
    const key = this.#presets.value;
    if (key === "0") this.#viewer.fileWindow();
    else if (key === "a") this.#viewer.percentiles();
    else this.#viewer.preset(key);
  }
}
