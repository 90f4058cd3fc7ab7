// A list that others change too: it is fetched anew now and then, while it is looked at, and put in the place of the old.

const EVERY_MS = 15000;

async function refresh() {
  if (document.hidden) return;
  const here = document.querySelector("[data-live]");
  let answer;
  try {
    answer = await fetch(location.href, { headers: { accept: "text/html", "x-background": "1" } });
  } catch {
    return; // Out of reach for the moment: what is shown stays.
  }
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
  if (!fresh || fresh.innerHTML === here.innerHTML) return;
  const focused = here.contains(document.activeElement) ? document.activeElement.id : "";
  if (here.contains(document.activeElement) && !focused) return; // Somebody is using a button in it.
  here.replaceWith(document.adoptNode(fresh));
  if (focused) document.getElementById(focused)?.focus();
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);

// The shortcuts of a list: the next case, and undo; the hints are shown only where they work.
if (localStorage.getItem("keys") !== "off") {
  for (const hint of document.querySelectorAll("button[data-key] kbd")) hint.hidden = false;
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    document.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click();
  });
}
