// The live state of an order: the page shows the new state by itself, and counts the QR code's time down.

const state = document.getElementById("state");

function watch() {
  const events = new EventSource(`/v1/orders/${state.dataset.order}:watch`);
  events.onmessage = (event) => {
    const order = JSON.parse(event.data).order;
    if (order && order.state !== state.dataset.state) {
      events.close();
      location.reload();
    }
  };
  // A stream that has ended or broken is opened anew, after a moment.
  const again = () => { events.close(); setTimeout(watch, 3000); };
  events.addEventListener("end", again);
  events.addEventListener("problem", again);
  events.onerror = again;
}

watch();

const countdown = document.querySelector("[data-countdown]");
if (countdown) {
  const end = new Date(countdown.dateTime).getTime();
  const shown = document.createElement("span");
  shown.className = "second";
  countdown.after(" ", shown);
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    shown.textContent = `(${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")})`;
  };
  tick();
  setInterval(tick, 1000);
}
