// The live state of an order: the page shows the new state by itself.

const state = document.getElementById("state");
let events, pause;

// `shown`: somebody has just come to look, so the platform is asked more often for a while.
function watch(shown) {
  clearTimeout(pause);
  events?.close();
  events = new EventSource(`/v1/orders/${state.dataset.order}:watch?justShown=${shown}`);
  events.onmessage = (event) => {
    const order = JSON.parse(event.data).order;
    if (order && order.state !== state.dataset.state) {
      events.close();
      location.reload();
    }
  };
  // A stream that has ended or broken is opened anew, after a moment of no fixed length: many may end together.
  const again = () => {
    events.close();
    clearTimeout(pause);
    pause = setTimeout(watch, 3000 + 3000 * Math.random(), false);
  };
  events.addEventListener("end", again);
  events.addEventListener("problem", again);
  events.onerror = again;
}

document.addEventListener("visibilitychange", () => document.hidden || watch(true));
watch(true);
