// How long something still holds: the minutes and seconds left, behind the instant at which it ends.

const SOON = 120;

for (const end of document.querySelectorAll("[data-countdown] time")) {
  const until = new Date(end.dateTime).getTime();
  const shown = Object.assign(document.createElement("span"), { className: "second" });
  end.after(" ", shown);
  const tick = () => {
    const left = Math.max(0, Math.round((until - Date.now()) / 1000));
    shown.textContent = `(${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")})`;
    shown.classList.toggle("error", left < SOON);
  };
  tick();
  setInterval(tick, 1000);
}
