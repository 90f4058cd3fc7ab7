// A page that stands for another one: that one is asked for again, and comes when it is there. Until then nothing moves.

const SELECTOR = "meta[name=retry-seconds]";
const everyMs = Number(document.querySelector(SELECTOR).content) * 1000;

async function isThere() {
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html", "x-background": "1" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return answer.status < 500 && answer.status !== 429 && !page.querySelector(SELECTOR);
  } catch {
    return false; // Out of reach for the moment.
  }
}

async function look() {
  if (await isThere()) location.reload();
  else setTimeout(look, everyMs);
}

setTimeout(look, everyMs);
