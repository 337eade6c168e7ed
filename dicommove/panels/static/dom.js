// Elements of a panel. What a data set says goes in as text, never as HTML.

const DRAWINGS = {
  play: "M4 2l10 6-10 6z",
  pause: "M3 2h4v12H3zM9 2h4v12H9z",
  first: "M2 2h2v12H2zM14 2v12L5 8z",
  last: "M12 2h2v12h-2zM2 2l9 6-9 6z",
  previous: "M12 2v12L3 8z",
  next: "M4 2l9 6-9 6z",
  invert: "M8 1a7 7 0 100 14A7 7 0 008 1zm0 2v10a5 5 0 010-10z",
  closer: "M7 2h2v5h5v2H9v5H7V9H2V7h5z",
  farther: "M2 7h12v2H2z",
  fit: "M1 1h5v2H3v3H1zM10 1h5v5h-2V3h-3zM1 10h2v3h3v2H1zM13 10h2v5h-5v-2h3z",
  rotate: "M8 2a6 6 0 105.7 4.2l-1.9.6A4 4 0 118 4v3l4.5-3.5L8 0z",
  mirror: "M7 1h2v14H7zM5 4v8H0zM11 4v8h5z",
  flip: "M1 7h14v2H1zM4 5h8V0zM4 11h8v5z",
};

// Make an element; an attribute that begins with "on" is a listener, one that is null or false is left out.
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// As element, for what can have the focus: without this attribute on itself a key pressed there edits the notebook.
export function focusable(name, attributes, ...children) {
  return element(name, { "data-lm-suppress-shortcuts": "true", ...attributes }, ...children);
}

// A button with a word on it, a drawing, or both; its name and its hint are the same for everybody.
export function button(word, hint, press, drawing = null) {
  const face = drawing ? [icon(drawing)] : [word];
  return focusable("button", { type: "button", class: "dm-button", title: hint, "aria-label": drawing ? hint : null, onclick: press }, ...face);
}

export function icon(drawing) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" })) svg.setAttribute(key, value);
  path.setAttribute("d", DRAWINGS[drawing]);
  svg.append(path);
  return svg;
}

// Set the text of an element when it differs: what has not changed is neither drawn nor read out again.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = text === "";
}

// Offer bytes to the user as a file.
export function save(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
