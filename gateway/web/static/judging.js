// The form that decides: whoever does not approve gives a reason.

export const judge = document.querySelector("[data-judge]");

// Nothing chosen counts as approving: reasons are asked for only where it is not.
export function approves() {
  const chosen = judge?.querySelector("[name=verdict]:checked");
  return !chosen || chosen.dataset.key === "a";
}

function needsReason() {
  for (const reason of judge.querySelectorAll("[data-reason]")) reason.required = !approves();
}

judge?.addEventListener("change", needsReason);
if (judge) needsReason();
