// Passkeys: the browser's authenticator is asked, and its answer goes with the form. Where that cannot work the forms stay
// hidden, and the authenticator app is the way.

const supported = window.PublicKeyCredential?.parseCreationOptionsFromJSON && window.PublicKeyCredential.prototype.toJSON;

for (const form of document.querySelectorAll("[data-passkey]")) {
  const here = form.dataset.origin === location.origin;
  const elsewhere = form.parentElement.querySelector("[data-elsewhere]");
  if (elsewhere) elsewhere.hidden = here;
  if (!supported || !here) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    if (form.elements.passkey_answer_json.value) return;
    event.preventDefault();
    ask(form);
  });
}

async function ask(form) {
  const failure = form.querySelector(".error[role=alert]");
  const button = form.querySelector("button");
  failure.hidden = true;
  button.disabled = true;
  try {
    const options = await question(form);
    if (!options) return;
    const credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    form.elements.passkey_answer_json.value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch {
    failure.textContent = form.dataset.failed; // Taken back by whoever was asked, or not possible.
    failure.hidden = false;
  } finally {
    button.disabled = false;
  }
}

// What the authenticator is asked; nothing where something else must be proven first.
async function question(form) {
  const headers = { "content-type": "application/json", "x-csrf-token": form.elements.csrf_token.value };
  const answer = await fetch(form.dataset.asks, { method: "POST", headers, body: "{}" });
  const told = await answer.json();
  if (answer.ok) return JSON.parse(told.optionsJson);
  if (!["RECENT_PROOF_REQUIRED", "SECOND_FACTOR_REQUIRED"].includes(told.reason)) throw new Error(told.reason);
  location.assign(form.dataset.proof);
  return undefined;
}
