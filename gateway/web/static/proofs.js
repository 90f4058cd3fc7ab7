// The proofs of a case: each can be enlarged, moved and turned; one of them is the current one.

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
  const buttons = [
    ["＋", words.zoomIn, () => one.enlarge(STEP)],
    ["－", words.zoomOut, () => one.enlarge(1 / STEP)],
    ["⟳", words.rotate, one.turn],
    ["⤺", words.reset, one.reset],
  ];
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
  sheet.addEventListener("pointermove", (event) => {
    if (from) sheet.scrollTo(from[0] - event.clientX, from[1] - event.clientY);
  });
  for (const end of ["pointerup", "pointercancel"]) sheet.addEventListener(end, () => { from = undefined; });
}

function choose(place) {
  if (!sheets.length) return;
  current = (place + sheets.length) % sheets.length;
  const chosen = sheets[current].sheet.closest(".proof");
  // The portrait keeps its place beside whichever proof is large.
  if (!chosen.classList.contains("portrait")) large(chosen);
  const several = sheets.length > 1;
  sheets.forEach((one, at) => one.sheet.closest(".proof").classList.toggle("current", several && at === current));
}

function large(proof) {
  for (const one of document.querySelectorAll(".proof.large")) one.classList.remove("large");
  proof.classList.add("large");
  proof.parentElement.classList.add("one-large");
}

const firstProof = sheets.find((one) => !one.sheet.closest(".portrait"));
if (firstProof) large(firstProof.sheet.closest(".proof"));

export function go(place) {
  choose(place);
  sheets[current]?.sheet.focus();
}

// Goes on to another by so many places.
export const step = (by) => go(current + by);

// What is done to the current one.
export const enlarge = () => sheets[current]?.enlarge(STEP);
export const shrink = () => sheets[current]?.enlarge(1 / STEP);
export const turn = () => sheets[current]?.turn();
export const reset = () => sheets[current]?.reset();
