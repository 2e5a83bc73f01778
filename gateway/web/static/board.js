// The fleet board: what runs, what came in, what is wrong, at a glance.
"use strict";
import { byId, facts, put, table } from "./dom.js";
import { follow } from "./live.js";
import { KIND_TONE, READER, itemPage, plain, searchPage, span, time } from "./words.js";

const RATE_MS = 5000;
const MINUTE_MS = 60000;
const TELLING = 0.2;
const VERDICTS = ["in", "out", "past", "turned_back", "parked", "unclear"];
const BACKLOG = 100;
const history = [];
let saidReaders = null;
let saidParts = null;

function remember(state) {
  history.push({
    now: state.now_ms,
    reads: Object.fromEntries(state.readers.map((reader) => [reader.id, reader.reads])),
    items: Object.fromEntries(state.read_points.map((point) => [point.id, passed(point)])),
  });
  while (history.length > 2 && history[1].now <= state.now_ms - MINUTE_MS) history.shift();
}

const passed = (point) => Object.values(point.passages).reduce((sum, count) => sum + count, 0) + (point.kind === "portal" ? 0 : point.receipts + point.restocks);

// Per `unit` over at most `most` of what this page has seen; it tells nothing before a fifth of that has passed.
function rate(kind, id, most, unit) {
  const last = history.at(-1);
  const first = history.find((one) => one.now >= last.now - most && id in one[kind]);
  const elapsed = first ? last.now - first.now : 0;
  return elapsed < most * TELLING ? "–" : Math.max(0, Math.round(((last[kind][id] - first[kind][id]) * unit) / elapsed));
}

function wrong(reader, now) {
  const next = reader.next_try_ms ? `next try in ${span(reader.next_try_ms - now)}` : null;
  const skew = Math.abs(reader.clock_offset_seconds ?? 0) > 5 ? `its clock is ${Math.round(-reader.clock_offset_seconds)} s off` : null;
  return [reader.reason, reader.state === "connected" ? null : next, skew].filter(Boolean).join("; ");
}

function readerRow(reader, now) {
  const { sign, tone } = READER[reader.state];
  return {
    key: reader.id,
    cells: [
      { text: reader.id },
      { text: `${sign} ${reader.state}`, className: tone },
      { text: span(now - reader.since_ms) },
      { text: rate("reads", reader.id, RATE_MS, 1000), className: "n" },
      { text: time(reader.last_report_ms) },
      { text: reader.model ? `${reader.address} (${reader.model})` : reader.address },
      { text: wrong(reader, now), className: "wide" },
    ],
  };
}

function pointRow(point) {
  const verdicts = VERDICTS.filter((verdict) => point.passages[verdict]).map((verdict) => `${plain(verdict)} ${point.passages[verdict]}`);
  return {
    key: point.id,
    cells: [
      { text: point.id, href: `door/${encodeURIComponent(point.id)}` },
      { text: point.biz_step },
      { text: rate("items", point.id, MINUTE_MS, MINUTE_MS), className: "n" },
      { text: point.tracked, className: "n" },
      { text: point.parked, className: "n", href: point.parked ? "parked" : undefined },
      { text: point.receipts, className: "n" },
      { text: point.restocks, className: "n" },
      { text: time(point.last_item_ms) },
      { text: verdicts.join(" · "), className: "wide" },
    ],
  };
}

const line = (event) => (event.expected === null ? "–" : `${event.received ?? "–"} of ${event.expected}`);
const detail = (event) => [plain(event.code), event.grade && `grade ${event.grade}`, plain(event.disposition), event.kind === "status" ? plain(event.text) : event.text].filter(Boolean).join(": ");
const item = (event) => (event.epc === null && event.rma ? { text: event.rma, href: searchPage(event.rma) } : { text: event.item, href: itemPage(event.epc) });

function receiptRow(event) {
  return {
    key: event.id,
    cells: [
      item(event), { text: time(event.time_ms) }, { text: event.read_point }, { text: event.rma }, { text: event.line, className: "n" },
      { text: line(event), className: "n" }, { text: event.route ?? plain(event.disposition) }, { text: plain(event.reason) },
    ],
  };
}

function exceptionRow(event) {
  return {
    key: event.id,
    cells: [
      item(event), { text: time(event.time_ms) }, { text: plain(event.code) ?? event.kind, className: KIND_TONE[event.kind] },
      { text: event.read_point }, { text: event.rma }, { text: event.text, className: "wide" },
    ],
  };
}

function eventRow(event) {
  return {
    key: event.id,
    cells: [
      item(event), { text: time(event.time_ms) }, { text: event.kind, className: KIND_TONE[event.kind] },
      { text: event.read_point }, { text: event.rma }, { text: detail(event), className: "wide" },
    ],
  };
}

function broker(state) {
  if (!state.mqtt_connected) return `✕ ${state.mqtt_reason ?? "not connected"}`;
  return state.mqtt_reason ? `! ${state.mqtt_reason}` : "connected";
}

function figures(state) {
  const waits = state.outbox_oldest_ms === null ? "" : `, oldest ${span(state.now_ms - state.outbox_oldest_ms)}`;
  const odd = Object.values(state.exceptions).reduce((sum, count) => sum + count, 0);
  const down = state.readers.filter((reader) => reader.state !== "connected").length;
  return [
    { name: "Readers connected", text: `${state.readers.length - down} of ${state.readers.length}`, className: down ? "stop" : "good" },
    { name: "Broker", text: broker(state), className: !state.mqtt_connected ? "stop" : state.mqtt_reason ? "check" : "good" },
    { name: "Database", text: state.storage_fault ? `✕ ${state.storage_fault}` : "takes decisions", className: state.storage_fault ? "stop" : "good" },
    { name: "Outbox", text: `${state.outbox_pending} waiting${state.outbox_pending ? waits : ""}`, className: state.outbox_pending > BACKLOG ? "check" : "" },
    { name: "Published", text: state.published },
    { name: "Open RMAs", text: state.open_rmas },
    { name: "Open lines", text: state.open_rma_lines },
    { name: "Overdue", text: state.rma_overdue, className: state.rma_overdue ? "check" : "" },
    { name: "Receipts", text: state.read_points.reduce((sum, point) => sum + point.receipts, 0) },
    { name: "Exceptions", text: odd, className: odd ? "check" : "" },
  ];
}

// Only changes are announced to who listens instead of looking.
function announce(state) {
  const readers = Object.fromEntries(state.readers.map((reader) => [reader.id, reader.state]));
  const parts = { broker: state.mqtt_connected ? "connected" : "not connected", database: state.storage_fault ?? "takes decisions" };
  const news = [];
  for (const [id, now] of Object.entries(readers)) if (saidReaders && saidReaders[id] !== now) news.push(`reader ${id} is ${now}`);
  for (const [part, now] of Object.entries(parts)) if (saidParts && saidParts[part] !== now) news.push(`${part}: ${now}`);
  if (news.length) put(byId("told"), news.join("; "));
  saidReaders = readers;
  saidParts = parts;
}

follow("stream", (state) => {
  remember(state);
  announce(state);
  facts(byId("figures"), figures(state));
  table(byId("readers"), state.readers.map((reader) => readerRow(reader, state.now_ms)));
  table(byId("points"), state.read_points.map(pointRow));
  table(byId("receipts"), state.events.filter((event) => event.kind === "receipt").slice(0, 8).map(receiptRow));
  table(byId("exceptions"), state.events.filter((event) => ["exception", "candidate", "reversal"].includes(event.kind)).slice(0, 8).map(exceptionRow));
  table(byId("events"), state.events.slice(0, 25).map(eventRow));
});
