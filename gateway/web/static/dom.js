// Elements from data. Everything said by a tag, an RMA or a customer is hostile: it becomes text, never markup.
"use strict";

export const byId = (id) => document.getElementById(id);

export function make(name, { text, className, href } = {}, ...children) {
  const node = document.createElement(name);
  if (text !== undefined) put(node, text);
  if (className) node.className = className;
  if (href) node.setAttribute("href", href);
  node.append(...children);
  return node;
}

const isNothing = (text) => text === null || text === undefined || text === "";

export function put(node, text) {
  const words = isNothing(text) ? "–" : String(text);
  if (node.textContent !== words) node.textContent = words;
}

export function dress(node, className) {
  if (node.className !== className) node.className = className;
}

// Rows are kept by key, and cells changed only where they differ: focus and selection stay where they are.
// A cell is { text, className, href }, or { once } with a function that makes its content when the row is new.
export function table(body, rows) {
  const before = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  const labels = [...body.parentElement.tHead.rows[0].cells].map((cell) => cell.textContent);
  const after = rows.map(({ key, cells }) => {
    const row = before.get(key) ?? newRow(key, labels);
    cells.forEach((cell, index) => fill(row.cells[index], cell));
    return row;
  });
  arrange(body, after);
}

export function facts(list, pairs) {
  const before = new Map([...list.children].map((pair) => [pair.dataset.key, pair]));
  const after = pairs.map(({ name, text, className }) => {
    const pair = before.get(name) ?? newPair(name);
    fill(pair.lastChild, { text, className });
    return pair;
  });
  arrange(list, after);
}

function arrange(parent, nodes) {
  if (nodes.length === parent.children.length && nodes.every((node, index) => node === parent.children[index])) return;
  for (const node of [...parent.children]) if (!nodes.includes(node)) node.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

// Where the window is too narrow for a table each cell says by its label what it is (page.css).
function newRow(key, labels) {
  const row = document.createElement("tr");
  row.dataset.key = key;
  const head = document.createElement("th");
  head.scope = "row";
  row.append(head);
  for (const label of labels.slice(1)) {
    const cell = document.createElement("td");
    cell.dataset.label = label;
    row.append(cell);
  }
  return row;
}

function newPair(name) {
  const pair = document.createElement("div");
  pair.dataset.key = name;
  pair.append(make("dt", { text: name }), document.createElement("dd"));
  return pair;
}

function fill(cell, { text, className, href, once }) {
  dress(cell, className ?? "");
  if (once) {
    if (!cell.firstElementChild) cell.append(once());
    return;
  }
  cell.toggleAttribute("data-empty", isNothing(text));
  const link = cell.firstElementChild;
  if (!href) {
    if (link) link.remove();
    put(cell, text);
  } else if (link && link.getAttribute("href") === href) {
    put(link, text);
  } else {
    cell.replaceChildren(make("a", { text, href }));
  }
}
