// The day on one page: the server sends whatever part of it has changed, which takes the place of the old.

const day = document.getElementById("day");
let events, pause;

function renew(name, markup) {
  const part = day.querySelector(`[data-part="${CSS.escape(name)}"]`);
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  if (focused && !focused.id) return; // Somebody is using something in it: the next change is in time.
  const open = [...part.querySelectorAll("details[open]")].map((one) => one.id);
  const scrolled = [...part.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
  part.innerHTML = markup;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  part.querySelectorAll(".scroll").forEach((one, place) => (one.scrollLeft = scrolled[place] ?? one.scrollLeft));
  if (focused) document.getElementById(focused.id)?.focus();
}

function watch() {
  clearTimeout(pause);
  events?.close();
  if (document.hidden) return;
  events = new EventSource(`/operation/day/live?hours=${day.dataset.hours}`);
  events.onmessage = (event) => {
    document.getElementById("stale").hidden = true;
    for (const [name, markup] of Object.entries(JSON.parse(event.data))) renew(name, markup);
  };
  // A stream that has ended or broken is opened anew, after a moment of no fixed length: many may end together.
  events.onerror = () => {
    const refused = events.readyState === EventSource.CLOSED;
    document.getElementById("stale").hidden = !refused;
    events.close();
    clearTimeout(pause);
    pause = setTimeout(watch, (refused ? 30000 : 3000) + 3000 * Math.random());
  };
}

document.addEventListener("visibilitychange", watch);
watch();
