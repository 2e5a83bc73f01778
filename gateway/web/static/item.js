// Finds an item by EPC, RMA or serial: where it stands and everything that happened to it, with the reasons.
"use strict";
import { byId, facts, make, put } from "./dom.js";
import { follow } from "./live.js";
import { ask } from "./token.js";
import { KIND_TONE, itemPage, plain, time } from "./words.js";

// What was typed becomes one item's story, or a list to choose from, or a sentence.
async function search(asked) {
  byId("epc").value = asked;
  byId("story").hidden = true;
  byId("matches").replaceChildren();
  put(byId("note"), `Looking for ${asked} …`);
  try {
    const { matches, note } = await ask(`api/find?q=${encodeURIComponent(asked)}`);
    if (note !== null) return put(byId("note"), note);
    if (matches.length === 1 && matches[0].epc) return await explain(matches[0].epc);
    put(byId("note"), matches.length === 1 ? "One line, and no item of it has an EPC yet" : `${matches.length} are known by ${asked}`);
    byId("matches").replaceChildren(...matches.map(match));
    return undefined;
  } catch (fault) {
    return put(byId("note"), `✕ ${fault.message}`);
  }
}

function match(one) {
  const words = [
    one.rma && `${one.rma} line ${one.line}`,
    one.words,
    one.item ?? (one.gtin && `GTIN ${one.gtin}`),
    one.item === null && one.serial && `serial ${one.serial}`,
  ].filter(Boolean).join(" · ");
  return make("li", {}, one.epc ? make("a", { text: words, href: itemPage(one.epc) }) : words);
}

async function explain(epc) {
  show(await ask(`api/item?epc=${encodeURIComponent(epc)}`));
  put(byId("note"), " ");
}

function show(item) {
  const { story } = item;
  put(byId("headline"), item.item);
  facts(byId("facts"), [
    { name: "EPC", text: item.epc, className: "mono" },
    { name: "GTIN", text: story.gtin },
    { name: "Serial", text: story.serial },
    { name: "Not decodable", text: story.error },
    { name: "Where it stands", text: item.rma ? plain(item.state) : "not received", className: item.rma ? "good" : "check" },
    { name: "Why not", text: story.why_not?.replace(/^[a-z_]+(?=:)/, plain) },
    { name: "RMA", text: item.rma ? `${item.rma} line ${item.line}` : null },
    { name: "Reason", text: plain(item.reason) },
    { name: "Received", text: item.rma ? time(item.received_ms) : null },
    { name: "Grade", text: item.grade },
    { name: "Decision", text: plain(item.disposition) },
    { name: "Refund", text: plain(item.refund) },
    { name: "Expected by", text: item.rma ? null : story.expectations.map(expectation).join("\n") },
  ].filter((fact) => fact.text));
  const chapters = story.chapters.map(chapter);
  byId("timeline").replaceChildren(...(chapters.length ? chapters : [make("li", { text: "No read point has observed it." })]));
  byId("story").hidden = false;
}

const expectation = (one) => `${one.rma} line ${one.line}: ${one.received} of ${one.expected} in, ${plain(one.state)}`;

function chapter(one) {
  const visit = one.read_point === null ? "" : ` at ${one.read_point}`;
  const row = make("li", {}, make("time", { text: time(one.time_ms) }), make("b", { text: `${plain(one.what)}${visit}` }));
  if (one.reads !== null) {
    const figures = `${one.reads} reads in ${one.seconds.toFixed(1)} s, confidence ${one.confidence.toFixed(2)}`;
    row.append(make("div", { text: [figures, ...one.reasons].join("; "), className: "note" }));
  }
  const events = one.told.map((event) => make("li", {}, make("span", { text: event.kind, className: KIND_TONE[event.kind] }), ` ${words(event)}`));
  if (events.length) row.append(make("ul", {}, ...events));
  return row;
}

function words(event) {
  return [
    plain(event.code),
    event.rma && (event.line === null ? event.rma : `${event.rma} line ${event.line}`),
    event.match && `by ${event.match}`,
    event.rule && `rule ${event.rule}`,
    event.detail,
    event.sequence !== null && `message ${event.sequence} ${event.state}${event.sent_ms === null ? "" : ` ${time(event.sent_ms)}`}`,
  ].filter(Boolean).join(" · ");
}

byId("find-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const asked = byId("epc").value.trim();
  if (!asked) return;
  history.replaceState(null, "", `?q=${encodeURIComponent(asked)}`);
  search(asked);
});
const given = new URLSearchParams(location.search);
const asked = given.get("q") ?? given.get("epc");
if (asked) search(asked);
else byId("epc").focus();
follow("stream", () => {});
