// A case: proofs that can be enlarged and turned, shortcuts for those who decide all day, word of changes by others.

const words = document.querySelector(".desk").dataset;
const sheets = [...document.querySelectorAll("[data-sheet]")].map(lively);
const MOST_ZOOM = 6;
const STEP = 1.4;
let current = 0;

function lively(sheet, place) {
  const image = sheet.querySelector("img");
  const one = { sheet, zoom: 1, turned: 0 };
  one.show = () => {
    image.style.width = image.style.height = `${one.zoom * 100}%`;
    image.style.transform = `rotate(${one.turned}deg)`;
  };
  one.enlarge = (factor) => {
    const [x, y] = [sheet.scrollLeft + sheet.clientWidth / 2, sheet.scrollTop + sheet.clientHeight / 2];
    const zoom = Math.min(MOST_ZOOM, Math.max(1, one.zoom * factor));
    const by = zoom / one.zoom;
    one.zoom = zoom;
    one.show();
    sheet.scrollTo(x * by - sheet.clientWidth / 2, y * by - sheet.clientHeight / 2);
  };
  one.turn = () => { one.turned = (one.turned + 90) % 360; one.show(); };
  one.reset = () => { one.zoom = 1; one.turned = 0; one.show(); };
  const tools = sheet.parentElement.querySelector(".tools");
  const label = sheet.getAttribute("aria-label");
  const buttons = [["＋", words.zoomIn, () => one.enlarge(STEP)], ["－", words.zoomOut, () => one.enlarge(1 / STEP)], ["⟳", words.rotate, one.turn], ["⤺", words.reset, one.reset]];
  tools.prepend(...buttons.map(([sign, name, act]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: sign, title: name });
    button.setAttribute("aria-label", `${name} ${label}`);
    button.addEventListener("click", () => { choose(place); act(); });
    return button;
  }));
  sheet.addEventListener("focus", () => choose(place));
  draggable(sheet);
  return one;
}

// An enlarged image is moved by dragging it, too.
function draggable(sheet) {
  let from;
  sheet.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") return;
    event.preventDefault();
    sheet.focus();
    from = [event.clientX + sheet.scrollLeft, event.clientY + sheet.scrollTop];
    sheet.setPointerCapture(event.pointerId);
  });
  sheet.addEventListener("pointermove", (event) => { if (from) sheet.scrollTo(from[0] - event.clientX, from[1] - event.clientY); });
  for (const end of ["pointerup", "pointercancel"]) sheet.addEventListener(end, () => { from = undefined; });
}

function choose(place) {
  if (!sheets.length) return;
  current = (place + sheets.length) % sheets.length;
  const chosen = sheets[current].sheet.closest(".proof");
  // The portrait keeps its place beside whichever proof is large.
  if (!chosen.classList.contains("portrait")) large(chosen);
  sheets.forEach((one, at) => one.sheet.closest(".proof").classList.toggle("current", at === current && sheets.length > 1));
}

function large(proof) {
  for (const one of document.querySelectorAll(".proof.large")) one.classList.remove("large");
  proof.classList.add("large");
  proof.parentElement.classList.add("one-large");
}

const firstProof = sheets.find((one) => !one.sheet.closest(".portrait"));
if (firstProof) large(firstProof.sheet.closest(".proof"));

function go(place) {
  choose(place);
  sheets[current]?.sheet.focus();
}

// Single keys can be switched off, since they get in the way of some who speak or tremble (WCAG 2.1.4).
const box = document.getElementById("keys-on");
const isOn = () => localStorage.getItem("keys") !== "off";

function showHints() {
  for (const hint of document.querySelectorAll("[data-key] kbd, label:has([data-key]) kbd, label:has([data-reason]) kbd, [data-submit] kbd")) {
    hint.hidden = !isOn();
  }
}

if (box) {
  document.querySelector("[data-shortcuts]").hidden = false;
  box.checked = isOn();
  box.addEventListener("change", () => { localStorage.setItem("keys", box.checked ? "on" : "off"); showHints(); });
}
showHints();

const judge = document.querySelector("[data-judge]");
const approves = () => !judge?.querySelector("[name=verdict]:checked") || judge.querySelector("[name=verdict][data-key=a]").checked;

function needsReason() {
  for (const reason of judge.querySelectorAll("[data-reason]")) reason.required = !approves();
}

judge?.addEventListener("change", needsReason);
if (judge) needsReason();

const acts = {
  "]": () => go(current + 1),
  "[": () => go(current - 1),
  "+": () => sheets[current]?.enlarge(STEP),
  "=": () => sheets[current]?.enlarge(STEP),
  "-": () => sheets[current]?.enlarge(1 / STEP),
  r: () => sheets[current]?.turn(),
  z: () => sheets[current]?.reset(),
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

// Somebody else may claim or decide meanwhile: then the page says so, and what has been typed stays.
const banner = document.querySelector("[data-changed]");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(`/v1/cases/${banner.dataset.changed}`);
    if (answer.ok && (await answer.json()).etag !== banner.dataset.etag) banner.hidden = false;
  } catch {
    // Out of reach for the moment; deciding will tell.
  }
}

if (banner) {
  setInterval(look, 10000);
  document.addEventListener("visibilitychange", look);
}
