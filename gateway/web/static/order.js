// The live state of an order: the page shows the new state by itself.

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
