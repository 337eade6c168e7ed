// What is to be moved: folder, buttons, the plan, and what came of it. What goes to and fro: plan_card.py.
import { element, focusable, say } from "./dom.js";

const BUTTONS = [
  ["peek", "Peek", "Move one image of each series and show how it was acquired"],
  ["plan", "Plan", "Count what is ticked, its size and the free disk; nothing is moved"],
  ["retrieve", "Retrieve", "Move what is ticked into the folder"],
];

function render({ model, el }) {
  const card = new PlanCard((content) => model.send(content));
  const hear = (content) => card.hear(content);
  const fault = () => card.showFault(model.get("fault"));
  model.on("msg:custom", hear);
  model.on("change:fault", fault);
  el.append(card.node);
  fault();
  model.send({ type: "ready" });
  return () => {
    model.off("msg:custom", hear);
    model.off("change:fault", fault);
  };
}

class PlanCard {
  #send;
  #allowed = { ticked: "", moving: false };
  #busy = "";
  #ticked = element("output", { class: "df-ticked", "aria-live": "polite" });
  #folder = focusable("input", { type: "text", spellcheck: "false", autocomplete: "off", oninput: () => this.#send({ type: "folder", text: this.#folder.value }) });
  #buttons = new Map();
  #fault = element("div", { class: "df-fault", role: "alert", hidden: true });
  #plan = element("div", { class: "df-plan", hidden: true });
  #result = element("div", { class: "df-outcome", hidden: true });
  #text = element("pre", { class: "df-text", hidden: true });

  constructor(send) {
    this.#send = send;
    const [peek, plan, retrieve] = BUTTONS.map(([name, word, hint]) => this.#button(name, word, hint));
    retrieve.classList.add("df-main");
    const folder = element("label", { class: "df-into" }, element("span", { class: "df-label" }, "into folder"), this.#folder);
    this.node = element("section", { class: "df-panel df-retrieval", "aria-label": "Retrieval", hidden: true },
      element("div", { class: "df-row" }, this.#ticked, folder, peek, plan, retrieve), this.#fault, this.#plan, this.#result, this.#text);
  }

  hear(content) {
    const heard = { folder: () => (this.#folder.value = content.text), allow: () => this.#allow(content), busy: () => this.#wait(content.text), plan: () => this.#showPlan(content), result: () => this.#showResult(content), text: () => say(this.#text, content.text) };
    heard[content.type]?.();
  }

  showFault(text) {
    say(this.#fault, text);
    this.#turn();
  }

  #button(name, word, hint) {
    const button = focusable("button", { type: "button", class: "df-button", title: hint, onclick: () => this.#send({ type: "press", button: name }) }, word);
    this.#buttons.set(name, button);
    return button;
  }

  #allow({ ticked, moving, shown }) {
    this.#allowed = { ticked, moving, shown };
    this.#turn();
  }

  #wait(text) {
    this.#busy = text;
    this.#turn();
  }

  #turn() {
    const { ticked, moving, shown } = this.#allowed;
    this.#ticked.textContent = ticked ? `${ticked} ticked` : "nothing ticked";
    for (const button of this.#buttons.values()) button.disabled = !ticked || moving || Boolean(this.#busy);
    for (const button of this.#result.querySelectorAll("button")) button.disabled = moving || Boolean(this.#busy);
    this.node.hidden = !shown && this.#fault.hidden && this.#result.hidden;
  }

  #showPlan({ facts }) {
    this.#plan.hidden = !facts.length;
    this.#plan.replaceChildren(element("b", {}, "Plan"), list(facts));
  }

  #showResult({ facts, outcome }) {
    this.#result.hidden = !facts.length;
    this.#result.dataset.outcome = outcome;
    const buttons = [["preview", "Preview", "Show the pictures below"], ["explain", "Explain", "Say why, and what to do next"]];
    const made = buttons.map(([name, word, hint]) => focusable("button", { type: "button", class: "df-button", title: hint, onclick: () => this.#send({ type: "press", button: name }) }, word));
    this.#result.replaceChildren(element("b", {}, "Last move"), list(facts), element("div", { class: "df-row" }, ...made));
    this.#turn();
  }
}

function list(facts) {
  return element("dl", {}, ...facts.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]));
}

export default { render };
