// What can be undone for a few seconds: how many are left, and gone when none is.

for (const bar of document.querySelectorAll("[data-until]")) {
  const shown = Object.assign(document.createElement("span"), { className: "second" });
  bar.querySelector("button").append(" ", shown);
  const ends = Number(bar.dataset.until) * 1000;
  const tick = () => {
    const left = Math.ceil((ends - Date.now()) / 1000);
    shown.textContent = `${left}`;
    if (left > 0) return;
    clearInterval(timer);
    bar.hidden = true;
    bar.querySelector("button").removeAttribute("data-key");
  };
  const timer = setInterval(tick, 250);
  tick();
}
