// What stands in the doors, and the configuration that leaves the regulars out.
"use strict";
import { byId, make, put, table } from "./dom.js";
import { follow } from "./live.js";
import { ask } from "./token.js";
import { itemPage, span, time } from "./words.js";

const AGAIN_MS = 15000;
const ticked = new Set();

function row(tag, now) {
  return {
    key: `${tag.read_point}/${tag.epc}`,
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

function box(tag) {
  const input = make("input");
  input.type = "checkbox";
  input.checked = ticked.has(tag.epc);
  input.setAttribute("aria-label", `ignore ${tag.item}`);
  input.addEventListener("change", () => {
    if (input.checked) ticked.add(tag.epc);
    else ticked.delete(tag.epc);
    write();
  });
  return input;
}

// Whole EPCs, so that nothing else is left out by accident; an EPC here is hex, so it needs no escaping.
function write() {
  const lines = [...ticked].sort().map((epc) => `  "${epc}",`);
  put(byId("lines"), lines.length ? ["[limits]", "ignore_epcs = [", ...lines, "]"].join("\n") : "nothing is ticked");
}

async function load() {
  try {
    const { now_ms: now, tags } = await ask("api/parked");
    table(byId("parked"), tags.map((tag) => row(tag, now)));
    const doors = new Set(tags.map((tag) => tag.read_point)).size;
    put(byId("note"), tags.length ? `${tags.length} tags at ${doors} doors` : "Nothing stands in a door's field");
  } catch (fault) {
    put(byId("note"), fault.message);
  }
}

byId("again").addEventListener("click", load);
follow("stream", () => {});
load();
setInterval(load, AGAIN_MS);
