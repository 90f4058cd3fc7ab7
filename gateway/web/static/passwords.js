// A button beside every password that shows it, for whoever cannot see what they type.

for (const input of document.querySelectorAll("input[type=password][data-show]:not([data-shown])")) {
  input.dataset.shown = "";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet reveal";
  button.textContent = input.dataset.show;
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.textContent = shown ? input.dataset.hide : input.dataset.show;
    input.focus();
  });
  input.after(button);
  input.form.addEventListener("submit", () => (input.type = "password"));
}
