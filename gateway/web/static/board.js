"use strict";
const byId = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat([], { timeStyle: "medium" });
const KIND_CLASS = { receipt: "good", restock: "good", candidate: "warn", reversal: "warn", exception: "bad" };
const STATE_CLASS = { connected: "good", standby: "warn", connecting: "warn", failed: "bad" };
let before = null;

function cell(text, name) {
  const td = document.createElement("td");
  td.textContent = text ?? "–";
  if (name) td.className = name;
  return td;
}

function fill(id, rows) {
  byId(id).replaceChildren(...rows.map((cells) => {
    const tr = document.createElement("tr");
    tr.append(...cells);
    return tr;
  }));
}

function figure(name, value, className) {
  const div = document.createElement("div");
  const dt = document.createElement("dt");
  const dd = document.createElement("dd");
  dt.textContent = name;
  dd.textContent = value;
  if (className) dd.className = className;
  div.append(dt, dd);
  return div;
}

function rate(reader, state) {
  const then = before?.readers.find((other) => other.id === reader.id);
  const seconds = then ? (state.now_ms - before.now_ms) / 1000 : 0;
  return seconds > 0 ? Math.max(0, Math.round((reader.reads - then.reads) / seconds)) : "–";
}

const time = (ms) => (ms === null ? "–" : clock.format(new Date(ms)));

function show(state) {
  byId("who").textContent = `${state.site} / ${state.gateway} · ${state.version}`;
  byId("link").textContent = "live";
  byId("link").className = "good";
  byId("figures").replaceChildren(
    figure("Open RMAs", state.open_rmas),
    figure("Open lines", state.open_rma_lines),
    figure("Receipts", state.read_points.reduce((sum, point) => sum + point.receipts, 0)),
    figure("Waiting in outbox", state.outbox_pending, state.outbox_pending > 100 ? "warn" : ""),
    figure("Broker", state.mqtt_connected ? "connected" : state.mqtt_reason, state.mqtt_connected ? "good" : "bad"),
    figure("Database", state.storage_fault ?? "well", state.storage_fault ? "bad" : "good"),
  );
  fill("readers", state.readers.map((reader) => [
    cell(reader.id), cell(reader.address), cell(reader.state, STATE_CLASS[reader.state]),
    cell(rate(reader, state), "n"), cell(time(reader.last_report_ms)), cell(reader.reason ?? "", "wide"),
  ]));
  fill("points", state.read_points.map((point) => [
    cell(point.id), cell(point.tracked, "n"), cell(point.parked, "n"), cell(point.receipts, "n"), cell(point.restocks, "n"),
    cell(Object.entries(point.passages).map(([verdict, count]) => `${verdict.replace("_", " ")} ${count}`).join(" · "), "wide"),
  ]));
  fill("events", state.events.map((event) => [
    cell(time(event.time_ms)), cell(event.kind, KIND_CLASS[event.kind]), cell(event.read_point), cell(event.item),
    cell(event.rma), cell(event.line === null ? null : `${event.line} (${event.received ?? "–"}/${event.expected ?? "–"})`),
    cell(event.text ?? "", "wide"),
  ]));
  before = state;
}

const stream = new EventSource("stream");
stream.onmessage = (message) => show(JSON.parse(message.data));
stream.onerror = () => {
  byId("link").textContent = "no connection to the gateway; trying again";
  byId("link").className = "bad";
};
