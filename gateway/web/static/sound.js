// A tone per outcome: off until somebody presses the button, and off again with every new page.
"use strict";
import { byId, put } from "./dom.js";

const NOTES = { good: [880], check: [660, 660], stop: [330, 247, 330] };
const NOTE_SECONDS = 0.18;
let audio = null;

byId("sound").addEventListener("click", () => {
  if (audio) {
    audio.close();
    audio = null;
  } else {
    audio = new AudioContext();
    chime("good");
  }
  byId("sound").setAttribute("aria-pressed", String(audio !== null));
  put(byId("sound"), `Sound: ${audio ? "on" : "off"}`);
});

export function chime(tone) {
  if (!audio) return;
  (NOTES[tone] ?? []).forEach((hertz, index) => {
    const start = audio.currentTime + index * NOTE_SECONDS * 1.4;
    const note = audio.createOscillator();
    const level = audio.createGain();
    note.frequency.value = hertz;
    level.gain.setValueAtTime(0.2, start);
    level.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECONDS);
    note.connect(level).connect(audio.destination);
    note.start(start);
    note.stop(start + NOTE_SECONDS);
  });
}
