// Says in the page's own language which file was chosen; browsers say it in theirs.

for (const field of document.querySelectorAll("[data-chosen]")) {
  const input = field.querySelector("input[type=file]");
  const picked = field.querySelector(".picked");
  const name = picked.querySelector(".file-name");
  field.classList.add("enhanced");
  picked.hidden = false;
  input.addEventListener("change", () => {
    const names = Array.from(input.files, (file) => file.name);
    name.textContent = names.join(", ") || field.dataset.chosen;
  });
}
