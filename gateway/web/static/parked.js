// What stands in the doors, and the regulars among it: approved and withdrawn by somebody with the token.
"use strict";
import { byId, dress, make, put, table } from "./dom.js";
import { follow } from "./live.js";
import { ask, held, tell, whenSigned } from "./token.js";
import { itemPage, span, time } from "./words.js";

const AGAIN_MS = 15000;
const ticked = new Map();
let busy = false;

function standing(tag, now) {
  return {
    key: key(tag),
    cells: [
      { text: tag.item, href: itemPage(tag.epc), className: "mono" },
      { once: () => box(tag) },
      { text: tag.read_point },
      { text: span(now - tag.since_ms) },
      { text: tag.reads, className: "n" },
      { text: time(tag.last_ms) },
      { text: tag.peak_rssi_dbm, className: "n" },
    ],
  };
}

function regular(tag) {
  return {
    key: key(tag),
    cells: [
      { text: tag.item, href: itemPage(tag.epc), className: "mono" },
      { once: () => withdrawal(tag) },
      { text: tag.read_point },
      { text: tag.approved_by },
      { text: time(tag.approved_ms) },
    ],
  };
}

const key = (tag) => `${tag.read_point}/${tag.epc}`;

function box(tag) {
  const input = make("input");
  input.type = "checkbox";
  input.checked = ticked.has(key(tag));
  input.setAttribute("aria-label", `approve ${tag.item} at ${tag.read_point}`);
  input.addEventListener("change", () => {
    if (input.checked) ticked.set(key(tag), tag);
    else ticked.delete(key(tag));
    buttons();
  });
  return input;
}

function withdrawal(tag) {
  const button = make("button", { text: "Withdraw" });
  button.type = "button";
  button.setAttribute("aria-label", `withdraw ${tag.item} at ${tag.read_point}`);
  button.addEventListener("click", () => decide("withdraw", [tag], byId("by").value.trim() || "the page"));
  return button;
}

async function load() {
  try {
    const { now_ms: now, tags, regulars } = await ask("api/parked");
    const known = new Set(regulars.map(key));
    const others = tags.filter((tag) => !known.has(key(tag)));
    const present = new Set(others.map(key));
    for (const one of [...ticked.keys()]) if (!present.has(one)) ticked.delete(one);
    table(byId("parked"), others.map((tag) => standing(tag, now)));
    table(byId("regulars"), regulars.map(regular));
    const doors = new Set(others.map((tag) => tag.read_point)).size;
    put(byId("note"), others.length ? `${others.length} tags at ${doors} doors` : "Nothing but regulars stands in a door's field");
    put(byId("regulars-note"), regulars.length ? "A tag that is withdrawn may be booked again at once." : "None is approved");
  } catch (fault) {
    put(byId("note"), fault.message);
  }
  buttons();
}

// One request for each door: all of its tags or none.
async function decide(path, tags, by) {
  if (busy) return;
  busy = true;
  buttons();
  let changed = 0;
  try {
    for (const point of new Set(tags.map((tag) => tag.read_point))) {
      const epcs = tags.filter((tag) => tag.read_point === point).map((tag) => tag.epc);
      changed += (await tell(`api/${path}`, { read_point: point, epcs, by })).changed.length;
    }
    for (const tag of tags) ticked.delete(key(tag));
    say(`✓ ${changed} ${path === "approve" ? "approved: never booked there from now on" : "withdrawn: may be booked again"}`, "good");
  } catch (fault) {
    say(`✕ ${fault.message}`, "stop");
    if (fault.status === 401) signed.out(fault.message);
  }
  busy = false;
  await load();
}

function say(words, tone) {
  put(byId("outcome"), words);
  dress(byId("outcome"), `outcome ${tone}`);
}

function buttons() {
  byId("approve").disabled = busy || !held() || ticked.size === 0;
  for (const button of byId("regulars").querySelectorAll("button")) button.disabled = busy || !held();
}

byId("approve-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const by = byId("by").value.trim();
  if (by) decide("approve", [...ticked.values()], by);
  else byId("by").focus();
});
byId("again").addEventListener("click", load);
const signed = whenSigned(buttons);
follow("stream", () => {});
load();
setInterval(load, AGAIN_MS);
