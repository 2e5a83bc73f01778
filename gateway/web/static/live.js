// The stream of states, and what is said when it is lost: old figures must not look like new ones.
"use strict";
import { byId, dress, put } from "./dom.js";
import { time } from "./words.js";

const SILENT_MS = 4000;
const BROKEN_MS = 1500;
const AGAIN_MS = 2000;
const ROOT = new URL("..", import.meta.url);

export const address = (path) => new URL(path, ROOT);

// `show` is called with each state, `lost` when no state has come for a while: it may know, also later, why that is so.
export function follow(path, show, lost = () => {}) {
  let source = null;
  let heard = Date.now();
  let opened = 0;
  let version = null;
  let isStale = false;
  let isBroken = false;
  let why = null;

  function open() {
    source?.close();
    opened = Date.now();
    source = new EventSource(address(path));
    source.onmessage = hear;
    source.onerror = () => {
      isBroken = true;
    };
  }

  function hear(message) {
    const state = JSON.parse(message.data);
    if (version !== null && version !== state.version) location.reload();
    version = state.version;
    heard = Date.now();
    isBroken = false;
    if (isStale || byId("link").className === "") live(state);
    isStale = false;
    show(state);
  }

  function live(state) {
    put(byId("who"), `${state.site} / ${state.gateway} · ${state.version}`);
    put(byId("link"), "● live");
    dress(byId("link"), "good");
    byId("alarm").hidden = true;
    document.body.classList.remove("stale");
  }

  function watch() {
    const now = Date.now();
    if (now - heard < (isBroken ? BROKEN_MS : SILENT_MS)) return;
    if (!isStale) {
      isStale = true;
      put(byId("link"), "✕ no connection");
      dress(byId("link"), "stop");
      document.body.classList.add("stale");
      byId("alarm").hidden = false;
      why = null;
      Promise.resolve(lost()).then((words) => {
        why = words;
      });
    }
    const since = version === null ? "The gateway does not answer" : `No connection to the gateway since ${time(heard)}: what is shown is old`;
    put(byId("alarm"), `${why ?? since}. Trying again.`);
    if (now - opened > AGAIN_MS) open();
  }

  open();
  setInterval(watch, 500);
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && open());
}
