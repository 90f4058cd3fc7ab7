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
