// Times, kinds and states in words.
"use strict";

const CLOCK = new Intl.DateTimeFormat([], { timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "medium" });
const HALF_A_DAY_MS = 12 * 3600 * 1000;

export const TONE_SIGN = { good: "✓", check: "!", stop: "✕", quiet: "·" };
export const KIND_TONE = { receipt: "good", restock: "good", disposition: "good", candidate: "check", reversal: "check", exception: "stop" };
export const READER = {
  connected: { sign: "●", tone: "good" },
  standby: { sign: "◐", tone: "check" },
  connecting: { sign: "○", tone: "check" },
  failed: { sign: "✕", tone: "stop" },
};

export function time(ms) {
  if (ms === null || ms === undefined) return "–";
  return (Math.abs(Date.now() - ms) > HALF_A_DAY_MS ? DAY : CLOCK).format(new Date(ms));
}

export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

export const plain = (word) => (word ? word.replaceAll("_", " ").toLowerCase() : word);
export const short = (item) => item.slice(item.startsWith("https:") ? item.indexOf("/", 8) + 1 : item.lastIndexOf(":") + 1);
export const searchPage = (asked) => `item?q=${encodeURIComponent(asked)}`;
export const itemPage = (epc) => (epc ? `item?epc=${encodeURIComponent(epc)}` : undefined);
