// Shortcuts for those who decide all day.

import { approves, judge } from "./judging.js";
import { enlarge, go, reset, shrink, step, turn } from "./proofs.js";

// Single keys can be switched off, since they get in the way of some who speak or tremble (WCAG 2.1.4).
const HINTS = "[data-key] kbd, label:has([data-key]) kbd, label:has([data-reason]) kbd, [data-submit] kbd";
const box = document.getElementById("keys-on");
const isOn = () => localStorage.getItem("keys") !== "off";

function showHints() {
  for (const hint of document.querySelectorAll(HINTS)) hint.hidden = !isOn();
}

if (box) {
  document.querySelector("[data-shortcuts]").hidden = false;
  box.checked = isOn();
  box.addEventListener("change", () => { localStorage.setItem("keys", box.checked ? "on" : "off"); showHints(); });
}
showHints();

const acts = {
  "]": () => step(1),
  "[": () => step(-1),
  "+": enlarge,
  "=": enlarge,
  "-": shrink,
  r: turn,
  z: reset,
};

// A digit names an image, and once the submission is not to be approved a reason; 0 is the tenth.
function digit(key) {
  if (approves()) return go((Number(key) || 10) - 1);
  const reason = judge.querySelector(`[data-reason="${key}"]`);
  reason?.click();
  reason?.focus();
}

// Enter decides from wherever the focus is but in words being written: A, Enter approves.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && judge) return judge.requestSubmit();
  const typing = event.target.closest("textarea, select, input:not([type=radio], [type=checkbox])");
  if (!isOn() || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  const pressed = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (pressed) {
    event.preventDefault();
    pressed.click();
    pressed.focus();
  } else if (acts[key]) {
    event.preventDefault();
    acts[key]();
  } else if (/^[0-9]$/.test(key)) digit(key);
});
