// One EPC: where it stands and everything that happened to it, with the reasons.
"use strict";
import { byId, facts, make, put } from "./dom.js";
import { follow } from "./live.js";
import { ask } from "./token.js";
import { plain, time } from "./words.js";

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
  put(byId("headline"), item.item);
  const expected = item.expected_by.map((line) => `${line.rma} line ${line.line} (by ${line.by}, ${line.received} of ${line.quantity} came)`);
  facts(byId("facts"), [
    { name: "EPC", text: item.epc, className: "mono" },
    { name: "GTIN", text: item.gtin },
    { name: "Serial", text: item.serial },
    { name: "Where it stands", text: item.rma ? plain(item.state) : expected.length ? "not received yet" : "unknown to every RMA" },
    { name: "RMA", text: item.rma ? `${item.rma} line ${item.line}` : expected.join("; ") },
    { name: "Reason", text: plain(item.reason) },
    { name: "Received", text: time(item.received_ms) },
    { name: "Grade", text: item.grade },
    { name: "Decision", text: plain(item.disposition) },
    { name: "Refund", text: plain(item.refund) },
    { name: "Not decodable", text: item.error },
  ].filter((fact) => fact.text || fact.name === "Where it stands"));
  byId("timeline").replaceChildren(...(item.timeline ?? []).map(entry));
  byId("story").hidden = false;
}

function entry(fact) {
  const row = make("li", {}, make("time", { text: time(fact.time_ms) }), make("b", { text: fact.words }));
  row.append(...fact.reasons.map((reason) => make("div", { text: reason, className: "note" })));
  return row;
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
