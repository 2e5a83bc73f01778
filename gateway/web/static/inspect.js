// One item in hand, its RMA and reason, and a grade for it. Items laid at the inspection reader appear by themselves.
"use strict";
import { byId, dress, facts, make, put } from "./dom.js";
import { follow } from "./live.js";
import { ask, held, tell, whenSigned } from "./token.js";
import { itemPage, plain, time } from "./words.js";

const GRADES = { A: "new", B: "open, like new", C: "used, works", D: "damaged", F: "scrap" };
const OVER = new Set(["restocked", "gone"]);
const FRESH_MS = 60000;
const LINGER_MS = 5000;
const WAITING = 6;
let work = null;
let busy = false;
const taken = new Set();

// The grade is for the item that stands on the page when the button is pressed, whatever comes meanwhile.
async function grade(letter) {
  if (!work || busy) return;
  const item = work;
  busy = true;
  buttons();
  say(`Recording grade ${letter} …`);
  try {
    const done = await tell("api/inspect", { epc: item.epc, grade: letter, sealed: flag("sealed"), complete: flag("complete") });
    item.graded = letter;
    item.leaves = Date.now() + LINGER_MS;
    const way = [plain(done.disposition), done.route && `→ ${done.route}`, done.refund && `refund ${plain(done.refund)}`].filter(Boolean).join(" · ");
    say(done.changed ? `✓ Grade ${letter} is recorded. ${way}` : `Grade ${letter} stood already, or its return is over: nothing changed`, "good");
    await describe(item);
  } catch (fault) {
    say(`✕ ${fault.message}`, "stop");
    if (fault.status === 401) signed.out(fault.message);
  }
  busy = false;
  buttons();
}

const flag = (id) => (byId(id).value === "" ? null : byId(id).value === "true");

function say(words, tone = "") {
  put(byId("outcome"), words);
  dress(byId("outcome"), `outcome ${tone}`);
}

async function take(epc, focus) {
  work = { epc, graded: null, known: true, leaves: 0 };
  const item = work;
  byId("sealed").value = "";
  byId("complete").value = "";
  say(" ");
  put(byId("headline"), epc);
  facts(byId("facts"), []);
  byId("story").setAttribute("href", itemPage(epc));
  byId("work").hidden = false;
  buttons();
  if (focus) byId("headline").focus();
  await describe(item);
}

async function describe(item) {
  try {
    const story = await ask(`api/item?epc=${encodeURIComponent(item.epc)}`);
    if (work !== item) return;
    put(byId("headline"), story.rma ?? "On no RMA");
    facts(byId("facts"), [
      { name: "Item", text: story.item, className: "mono" },
      { name: "Reason", text: plain(story.reason) },
      { name: "Line", text: story.line },
      { name: "SKU", text: story.sku },
      { name: "Order", text: story.order },
      { name: "Customer", text: story.customer },
      { name: "Received", text: time(story.received_ms) },
      { name: "Grade", text: story.grade },
      { name: "Decision", text: plain(story.disposition) },
    ]);
    item.described = true;
    item.known = story.rma !== null && !OVER.has(story.state);
    if (story.rma === null) say("! This item has not been received on any RMA: it cannot be graded", "check");
    else if (!item.known && !item.graded) say(`! Its return is over: it is ${plain(story.state)}`, "check");
    buttons();
  } catch (fault) {
    if (work === item) say(`✕ ${fault.message}`, "stop");
  }
}

function buttons() {
  for (const button of byId("grades").children) {
    button.disabled = !held() || !work?.described || !work.known;
    button.setAttribute("aria-disabled", String(busy));
    button.setAttribute("aria-pressed", String(work?.graded === button.dataset.grade));
  }
}

// An item in hand that has no grade yet is never pushed away by the next one: that one waits. What was recorded can be read
// for a while before the next item takes the page.
function show(state) {
  const fresh = state.inspecting.filter((item) => state.now_ms - item.time_ms < FRESH_MS);
  const newest = fresh.find((item) => !taken.has(key(item)));
  const idle = !work || (work.graded ? Date.now() > work.leaves : !work.known);
  if (newest && idle && !busy && byId("epc").value === "") {
    taken.add(key(newest));
    if (newest.epc !== work?.epc) take(newest.epc, false);
  }
  waiting(fresh.filter((item) => item.epc !== work?.epc && !taken.has(key(item))));
}

const key = (item) => `${item.epc}/${item.time_ms}`;

function waiting(items) {
  const after = items.slice(0, WAITING).map((item) => {
    const old = [...byId("bench").children].find((one) => one.dataset.key === key(item));
    if (old) return old;
    const button = make("button", { text: item.rma ? `${item.rma}: ${item.item}` : item.item });
    button.type = "button";
    button.addEventListener("click", () => {
      taken.add(key(item));
      take(item.epc, true);
    });
    const row = make("li", {}, button);
    row.dataset.key = key(item);
    return row;
  });
  const list = byId("bench");
  if (after.length !== list.children.length || after.some((row, index) => row !== list.children[index])) list.replaceChildren(...after);
}

for (const [letter, meaning] of Object.entries(GRADES)) {
  const button = make("button", {}, make("b", { text: letter }), meaning);
  button.type = "button";
  button.dataset.grade = letter;
  button.addEventListener("click", () => grade(letter));
  byId("grades").append(button);
}
byId("find-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const epc = byId("epc").value.replaceAll(/\s/g, "").toUpperCase();
  if (epc) take(epc, true);
  byId("epc").value = "";
});
byId("grade-form").addEventListener("submit", (event) => event.preventDefault());
const signed = whenSigned(buttons, () => byId("epc").focus());
follow("stream", show);
