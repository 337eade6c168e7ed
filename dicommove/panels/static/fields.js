// The fields of the form. What is typed goes by message (fields.py): it may name a patient, and traits stay in a saved notebook.
import { element, focusable, say } from "./dom.js";
import { DateRange } from "./date_range.js";
import { OtherAttributes } from "./other_attributes.js";

const TEXTS = [
  ["patient_id", "Patient ID", "000123"],
  ["patient_name", "Patient name", "MEIER*"],
  ["accession", "Accession number", ""],
  ["description", "Study description", "*thorax*"],
];

function render({ model, el }) {
  const form = new FormFields((content) => model.send(content));
  const hear = (content) => form.hear(content);
  const fault = () => form.showFault(model.get("fault"));
  model.on("msg:custom", hear);
  model.on("change:fault", fault);
  el.append(form.node);
  fault();
  model.send({ type: "ready" });
  return () => {
    form.close();
    model.off("msg:custom", hear);
    model.off("change:fault", fault);
  };
}

class FormFields {
  #send;
  #inputs = new Map();
  #notes = new Map();
  #modalities = element("div", { class: "df-ticks", role: "group", "aria-label": "Modality" });
  #dates = new DateRange(() => this.#changed());
  #others = new OtherAttributes(() => this.#changed(), (text) => this.#send({ type: "complete", text }));
  #peer = focusable("select", { class: "df-peer", "aria-label": "Archive", onchange: (event) => this.#send({ type: "peer_chosen", index: event.target.selectedIndex }) });
  #peerName = element("b", { class: "df-peer" });
  #light = focusable("button", { type: "button", class: "df-light", onclick: () => this.#press("check") }, element("i"), element("span"));
  #advice = element("div", { class: "df-advice", hidden: true });
  #search = focusable("button", { type: "button", class: "df-button df-main", onclick: () => this.#go() }, "Search");
  #code = element("pre", { class: "df-code", "aria-label": "The query as code" });
  #codeBox = element("details", { class: "df-more", ontoggle: () => this.#flush() });
  #busy = element("output", { class: "df-busy", "aria-live": "polite" });
  #fault = element("div", { class: "df-fault", role: "alert", hidden: true });
  #whole = element("div", { class: "df-remarks", role: "status" });
  #level = focusable("select", { "aria-label": "Level", onchange: () => this.#changed() });
  #model = focusable("select", { "aria-label": "Information Model", onchange: () => this.#changed() });
  #timer = 0;
  #stops = false;
  #told = false; // whether the kernel has said what is in the fields: what is typed before that counts
  #typed = false;

  constructor(send) {
    this.#send = send;
    this.#model.append(...[["", "automatic"], ["STUDY_ROOT", "Study Root"], ["PATIENT_ROOT", "Patient Root"]].map(([value, text]) => new Option(text, value)));
    const copy = focusable("button", { type: "button", class: "df-button", onclick: () => this.#copy() }, "Copy");
    this.#codeBox.append(focusable("summary", {}, "As code"), copy, this.#code);
    const texts = TEXTS.map(([name, label, example]) => this.#text(name, label, example));
    const more = element("details", { class: "df-more" }, focusable("summary", {}, "Other attributes, level, model"), this.#others.node, this.#choices());
    this.node = element("section", { class: "df-panel df-fields", "aria-label": "What to search for", onkeydown: (event) => this.#key(event) },
      element("header", { class: "df-head" }, this.#peer, this.#peerName, this.#light), this.#advice,
      element("div", { class: "df-grid" }, texts[0], texts[1], this.#field("date", "Study date", this.#dates.node), texts[2], texts[3], this.#field("modalities", "Modality", this.#modalities)),
      more, this.#fault, this.#whole, element("div", { class: "df-row" }, this.#search, this.#busy), this.#codeBox);
  }

  close() { clearTimeout(this.#timer); }

  hear(content) {
    const heard = { choices: () => this.#choose(content), fields: () => this.#fill(content.values), peers: () => this.#showPeers(content), light: () => this.#showLight(content), stated: () => this.#state(content), busy: () => this.#showBusy(content), complete: () => this.#others.complete(content.options) };
    heard[content.type]?.();
  }

  showFault(text) { say(this.#fault, text); }

  #text(name, label, example) {
    const input = focusable("input", { type: "text", placeholder: example, autocomplete: "off", spellcheck: "false", oninput: () => this.#changed() });
    this.#inputs.set(name, input);
    return this.#field(name, label, input);
  }

  #field(name, label, control) {
    const note = element("small", { class: "df-note", "aria-live": "polite" });
    this.#notes.set(name, note);
    const single = control.matches("input, select");
    return element(single ? "label" : "div", { class: `df-field df-of-${name}` }, element("span", { class: "df-label" }, label), control, note);
  }

  #choices() {
    const choose = (label, select, name) => this.#field(name, label, select);
    return element("div", { class: "df-row" }, choose("Level", this.#level, "level"), choose("Model", this.#model, "model"));
  }

  #choose({ modalities, levels }) {
    this.#modalities.replaceChildren(...modalities.map((name) => element("label", { class: "df-tick" }, focusable("input", { type: "checkbox", value: name, onchange: () => this.#changed() }), name)));
    this.#level.replaceChildren(new Option("automatic", ""), ...levels.map((level) => new Option(level.toLowerCase(), level)));
  }

  #ticks() { return [...this.#modalities.querySelectorAll("input")]; }

  #values() {
    const texts = Object.fromEntries([...this.#inputs].map(([name, input]) => [name, input.value]));
    const modalities = this.#ticks().filter((tick) => tick.checked).map((tick) => tick.value);
    return { ...texts, ...this.#dates.values(), modalities, others: this.#others.values(), level: this.#level.value, model: this.#model.value };
  }

  #fill(values) {
    const late = !this.#told && this.#typed;
    this.#told = true;
    if (late) return;
    for (const [name, input] of this.#inputs) if (input.value !== values[name]) input.value = values[name];
    for (const tick of this.#ticks()) tick.checked = values.modalities.includes(tick.value);
    this.#dates.fill(values.date_from, values.date_to);
    this.#others.fill(values.others);
    [this.#level.value, this.#model.value] = [values.level, values.model];
  }

  #changed() {
    this.#typed = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), 200);
  }

  #flush() {
    clearTimeout(this.#timer);
    this.#send({ type: "fields", values: this.#values() });
  }

  #press(button) { this.#send({ type: "press", button }); }

  // What was typed last is told first, so that the search is of what is seen.
  #go() {
    if (this.#stops) return this.#press("stop");
    this.#flush();
    this.#press("search");
  }

  #key(event) {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    this.#go();
  }

  #showPeers({ names, chosen }) {
    this.#peer.replaceChildren(...names.map((name) => new Option(name)));
    this.#peer.selectedIndex = chosen;
    this.#peer.hidden = names.length < 2;
    say(this.#peerName, names.length < 2 ? names[0] ?? "" : "");
  }

  #showLight({ state, text, lines }) {
    this.#light.dataset.state = state;
    this.#light.lastChild.textContent = text;
    this.#light.title = "Press to try the connection again";
    this.#advice.replaceChildren(...lines.map((line) => element("div", {}, line)));
    this.#advice.dataset.state = state;
    this.#advice.hidden = !lines.length;
  }

  #state({ faults, remarks, level, model, code }) {
    for (const [name, note] of this.#notes) this.#note(note, faults[name], remarks.filter((remark) => remark[0] === name), name);
    this.#others.note(faults, remarks);
    this.#level.title = `now: ${level}`;
    this.#level.options[0] && (this.#level.options[0].text = `automatic (${level.toLowerCase()})`);
    this.#model.options[0].text = `automatic (${model === "STUDY_ROOT" ? "Study Root" : "Patient Root"})`;
    const own = remarks.filter(([field]) => field === "");
    this.#whole.replaceChildren(...own.map(([, severity, text]) => element("div", { class: "df-note", "data-severity": severity }, text)));
    say(this.#code, code);
  }

  #note(note, fault, remarks, name) {
    say(note, fault ?? remarks.map((remark) => remark[2]).join(". "));
    note.dataset.severity = fault ? "fault" : remarks[0]?.[1] ?? "";
    this.#inputs.get(name)?.setAttribute("aria-invalid", String(Boolean(fault)));
  }

  #showBusy({ text, stops }) {
    this.#stops = stops;
    this.#busy.textContent = text && `${text} …`;
    this.#search.textContent = stops ? "Stop" : "Search";
    this.#search.disabled = Boolean(text) && !stops;
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#code.textContent);
    } catch {
      getSelection().selectAllChildren(this.#code); // without the permission: selected, to be copied by hand
    }
  }
}

export default { render };
