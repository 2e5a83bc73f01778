// One door, readable from five metres: the load that has just come, worst item first; then the ones before.
"use strict";
import { byId, dress, make, put } from "./dom.js";
import { chime } from "./sound.js";
import { follow } from "./live.js";
import { ask } from "./token.js";
import { READER, TONE_SIGN, plain, short, time } from "./words.js";

const LOAD_MS = 8000;
const SHOWN_MS = 30000;
const BEFORE = 8;
const URGENCY = ["stop", "check", "good", "quiet"];
const COUNTED = { stop: "to stop", check: "to check", good: "in order", quiet: "of no concern" };
const name = decodeURIComponent(location.pathname.split("/").pop());
let chimed = null;

function load(items) {
  const newest = items[0]?.time_ms ?? 0;
  return items.filter((item) => newest - item.time_ms <= LOAD_MS);
}

const worst = (items) => URGENCY.map((tone) => items.find((item) => item.tone === tone)).find(Boolean);

function panel(tone, words) {
  dress(byId("panel"), `panel ${tone}`);
  for (const id of ["word", "rma", "route", "count", "item"]) {
    const text = words[id] ?? "";
    if (byId(id).textContent !== text) byId(id).textContent = text;
  }
}

function show(state) {
  const now = state.items.filter((item) => state.now_ms - item.time_ms <= SHOWN_MS);
  const items = load(now);
  const first = worst(items);
  if (!first) panel("", { word: "Ready", route: state.items.length ? `Last item ${time(state.items[0].time_ms)}` : "Nothing has come yet" });
  else panel(first.tone, words(first, items));
  put(byId("door"), state.id);
  document.title = `${state.id} · returns-gateway`;
  before(state.items.slice(0, BEFORE));
  faults(state);
  const key = first && `${first.epc}/${first.time_ms}/${first.tone}`;
  if (key && chimed !== null && key !== chimed) chime(first.tone);
  chimed = key ?? "";
}

function words(first, items) {
  const counts = URGENCY.map((tone) => [tone, items.filter((item) => item.tone === tone).length]).filter(([, count]) => count);
  const where = first.route ?? plain(first.disposition);
  return {
    word: `${TONE_SIGN[first.tone]} ${first.words}`,
    rma: first.rma ?? "",
    route: first.tone === "good" ? [where && `→ ${where}`, first.reason && `Reason: ${plain(first.reason)}`].filter(Boolean).join(" · ") : (first.detail ?? ""),
    count: items.length > 1 ? counts.map(([tone, count]) => `${count} ${COUNTED[tone]}`).join(" · ") : "",
    item: first.item,
  };
}

function before(items) {
  const after = items.map((item) => {
    const key = `${item.epc}/${item.time_ms}`;
    const old = [...byId("before").children].find((row) => row.dataset.key === key);
    if (old) return old;
    const row = make("li", { className: item.tone }, make("b", { text: `${TONE_SIGN[item.tone]} ${time(item.time_ms)}` }), item.rma ?? item.words, make("span", { text: short(item.item), className: "mono" }));
    row.dataset.key = key;
    return row;
  });
  byId("before").replaceChildren(...after);
}

function faults(state) {
  const down = state.readers.filter((reader) => reader.state !== "connected")
    .map((reader) => `${READER[reader.state].sign} Reader ${reader.id} is ${reader.state}${reader.reason ? `: ${reader.reason}` : ""}`);
  if (state.storage_fault) down.push(`✕ Nothing can be booked: ${state.storage_fault}`);
  byId("fault").hidden = !down.length;
  put(byId("fault"), down.join(". "));
}

// A gateway that answers, and has no such read point, is not away.
async function lost() {
  panel("lost", { word: "✕ No connection", route: "Do not rely on this screen" });
  const state = await ask("state").catch(() => null);
  const points = state?.read_points.map((point) => point.id);
  if (!points || points.includes(name)) return null;
  panel("lost", { word: "✕ No such read point", route: `There are: ${points.join(", ")}` });
  return `The gateway has no read point ${name}`;
}

put(byId("door"), name);
follow(`stream?read_point=${encodeURIComponent(name)}`, show, lost);
