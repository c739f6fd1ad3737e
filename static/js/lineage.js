// Comforts of the lineage page: keys, the lit path, centring, fitting. Every link works without this file.
const canvas = document.getElementById("canvas");
const drawing = canvas.querySelector("svg.lineage");
const nodes = new Map([...drawing.querySelectorAll("a.node")].map((node) => [node.dataset.key, node]));
const edges = [...drawing.querySelectorAll("[data-tail]")];
const causes = neighbours(edges, "head", "tail");
const effects = neighbours(edges, "tail", "head");
const stream = edges.filter((edge) => !edge.querySelector(".is-side"));
const nearCauses = neighbours(stream, "head", "tail");
const nearEffects = neighbours(stream, "tail", "head");
const focused = drawing.querySelector(".is-focus");

function neighbours(among, from, to) {
  const found = new Map([...nodes.keys()].map((key) => [key, []]));
  for (const { dataset } of among) found.get(dataset[from])?.push(dataset[to]);
  return found;
}

function closure(key, steps) {
  const seen = new Set([key]);
  const waiting = [key];
  while (waiting.length) {
    for (const next of steps.get(waiting.pop()) ?? []) {
      if (!seen.has(next)) {
        seen.add(next);
        waiting.push(next);
      }
    }
  }
  return seen;
}

// The path through a node: its causes and effects are lit, everything else steps back.
function light(key) {
  const up = closure(key, causes);
  const down = closure(key, effects);
  drawing.classList.add("is-tracing");
  for (const [other, node] of nodes) node.classList.toggle("is-lit", up.has(other) || down.has(other));
  for (const edge of edges) {
    const { tail, head } = edge.dataset;
    edge.classList.toggle("is-lit", (up.has(tail) && up.has(head)) || (down.has(tail) && down.has(head)));
  }
}

function unlight() {
  drawing.classList.remove("is-tracing");
  for (const lit of drawing.querySelectorAll(".is-lit")) lit.classList.remove("is-lit");
}

// One card or edge at a time is in the tab order; arrows move to the others.
function rove(target, { move = true } = {}) {
  for (const each of drawing.querySelectorAll("a[data-key]")) each.setAttribute("tabindex", each === target ? "0" : "-1");
  if (move) target.focus({ preventScroll: true });
  if (move) bring(target, "smooth");
}

function bring(node, behavior) {
  const place = node.getBoundingClientRect();
  const frame = canvas.getBoundingClientRect();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  canvas.scrollBy({
    left: place.left + place.width / 2 - frame.left - frame.width / 2,
    top: place.top + place.height / 2 - frame.top - frame.height / 2,
    behavior: calm ? "instant" : behavior,
  });
}

function nearest(node, candidates) {
  const middle = (each) => each.getBoundingClientRect().top;
  return candidates.sort((a, b) => Math.abs(middle(a) - middle(node)) - Math.abs(middle(b) - middle(node)))[0];
}

// Up and down first stay among what the last step led to, so that every cause of a card is within reach.
let siblings = [];

function beside(node, step) {
  const near = siblings.includes(node) ? siblings[siblings.indexOf(node) + step] : undefined;
  return near ?? inColumn(node, step);
}

function inColumn(node, step) {
  const left = node.getBoundingClientRect().left;
  const column = [...nodes.values()]
    .filter((each) => Math.abs(each.getBoundingClientRect().left - left) < 2)
    .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  return column[column.indexOf(node) + step];
}

function along(node, steps) {
  const ends = steps.get(node.dataset.key).map((key) => nodes.get(key)).filter(Boolean);
  if (ends.length) siblings = ends.toSorted((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  return nearest(node, ends);
}

// The edge between a card and the one that a key would move to.
function between(node, other) {
  const ends = other && [node.dataset.key, other.dataset.key];
  return ends && edges.find((edge) => edge.dataset.key && ends.includes(edge.dataset.tail) && ends.includes(edge.dataset.head));
}

function step(from, key, onEdge) {
  if (from.dataset.tail) {
    const end = { ArrowLeft: from.dataset.tail, ArrowRight: from.dataset.head }[key];
    return key === "Home" ? focused : nodes.get(end);
  }
  const next = moves[key](from);
  return onEdge ? between(from, next) : next;
}

// Another address of this page, with the keyboard where it was.
function visit(href, key) {
  if (href) location.assign(key ? `${href}#at-${key}` : href);
}

const moves = {
  ArrowLeft: (node) => along(node, nearCauses) ?? along(node, causes),
  ArrowRight: (node) => along(node, nearEffects) ?? along(node, effects),
  ArrowUp: (node) => beside(node, -1),
  ArrowDown: (node) => beside(node, 1),
  Home: () => focused,
};
const buttons = { "[": '[data-less="up"]', "]": '[data-more="up"]', "{": '[data-less="down"]', "}": '[data-more="down"]' };

function close() {
  const panel = document.getElementById("panel");
  const selected = nodes.get(panel.dataset.selected) ?? focused;
  if (!panel.dataset.selected) return;
  htmx.ajax("GET", panel.dataset.closedHref, { target: "#panel", swap: "outerHTML", push: panel.dataset.closedHref });
  rove(selected);
}

canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const here = event.target.closest("a[data-key]");
  const key = here?.dataset.key;
  if (here && event.key in moves) {
    event.preventDefault();
    const next = step(here, event.key, event.shiftKey);
    if (next) rove(next);
  } else if (event.key.toLowerCase() === "f") {
    visit(here?.dataset.focusHref, key);
  } else if (event.key.toLowerCase() === "e") {
    visit(here?.dataset.expandHref, key);
  } else if (buttons[event.key]) {
    visit(document.querySelector(buttons[event.key])?.href, key);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.target.closest("input, details.menu")) close();
});

for (const node of nodes.values()) {
  node.addEventListener("pointerenter", () => light(node.dataset.key));
  node.addEventListener("pointerleave", unlight);
  node.addEventListener("focus", () => light(node.dataset.key));
  node.addEventListener("blur", unlight);
}

// The panel that htmx has just brought tells what is selected.
function mark() {
  const selected = document.getElementById("panel").dataset.selected;
  for (const link of drawing.querySelectorAll("a[data-key]")) {
    if (link.dataset.key === selected) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (nodes.has(selected)) bring(nodes.get(selected), "smooth");
}
document.addEventListener("htmx:afterSettle", mark);

// "Fit" is how the page begins; its other side is the natural size.
const fit = document.querySelector("[data-fit]");
fit.hidden = false;
fit.addEventListener("click", () => {
  const natural = canvas.classList.toggle("is-natural");
  fit.setAttribute("aria-pressed", String(!natural));
  bring(focused, "instant");
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close]")) return;
  event.preventDefault();
  close();
});

if (focused) {
  const key = location.hash.startsWith("#at-") ? location.hash.slice(4) : "";
  // A group that was expanded is gone; its node stays.
  const before = nodes.get(key) ?? nodes.get(key.split("-")[0]);
  rove(before ?? nodes.get(document.getElementById("panel").dataset.selected) ?? focused, { move: Boolean(before) });
  if (!before) bring(focused, "instant");
}
