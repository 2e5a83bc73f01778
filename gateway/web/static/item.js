// One EPC: where it stands and everything that happened to it, with the reasons.
"use strict";
import { byId, facts, make, put } from "./dom.js";
import { follow } from "./live.js";
import { ask } from "./token.js";
import { KIND_TONE, plain, time } from "./words.js";

async function explain(epc) {
  put(byId("note"), `Looking for ${epc} …`);
  byId("epc").value = epc;
  try {
    show(await ask(`api/item?epc=${encodeURIComponent(epc)}`));
    put(byId("note"), " ");
  } catch (fault) {
    byId("story").hidden = true;
    put(byId("note"), `✕ ${fault.message}`);
  }
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
    { name: "Why not", text: story.why_not },
    { name: "RMA", text: item.rma ? `${item.rma} line ${item.line}` : null },
    { name: "Reason", text: plain(item.reason) },
    { name: "Received", text: item.rma ? time(item.received_ms) : null },
    { name: "Grade", text: item.grade },
    { name: "Decision", text: plain(item.disposition) },
    { name: "Refund", text: plain(item.refund) },
    { name: "Expected by", text: item.rma ? null : story.expectations.map(expectation).join("; ") },
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
  const epc = byId("epc").value.replaceAll(/\s/g, "").toUpperCase();
  if (!epc) return;
  history.replaceState(null, "", `?epc=${encodeURIComponent(epc)}`);
  explain(epc);
});
const asked = new URLSearchParams(location.search).get("epc");
if (asked) explain(asked);
else byId("epc").focus();
follow("stream", () => {});
