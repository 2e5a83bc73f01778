// The token, kept in this tab only; what is sent with it, and what the answer says.
"use strict";
import { byId, put } from "./dom.js";
import { address } from "./live.js";

const KEY = "returns-gateway-token";

export const held = () => sessionStorage.getItem(KEY);
export const forget = () => sessionStorage.removeItem(KEY);

// The answer's JSON; throws an Error with the gateway's words, its `status` the answer's or 0 for none at all.
export async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(address(path), options);
  } catch {
    throw Object.assign(new Error("The gateway does not answer; nothing was recorded"), { status: 0 });
  }
  const document = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(document.error ?? `The gateway answered ${answer.status}`), { status: answer.status });
  return document;
}

export async function tell(path, document, token = held()) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  return ask(path, { method: "POST", headers, body: JSON.stringify(document) });
}

export async function signIn(token) {
  await tell("api/login", {}, token);
  sessionStorage.setItem(KEY, token);
}

// The form that asks for it: `changed` is called when it was taken or given back. `out` gives it back, with words that say why.
export function whenSigned(changed, focus = () => {}) {
  function turn(isIn) {
    byId("token-section").hidden = isIn;
    byId("sign-out").hidden = !isIn;
    changed();
  }

  function out(words) {
    forget();
    if (words) put(byId("token-note"), words);
    turn(false);
  }

  byId("token-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await signIn(byId("token").value);
      byId("token").value = "";
      turn(true);
      focus();
    } catch (fault) {
      put(byId("token-note"), `✕ ${fault.message}`);
      byId("token").select();
    }
  });
  byId("sign-out").addEventListener("click", () => out("Signed out."));
  turn(Boolean(held()));
  return { out };
}
