// Stores labels without reloading the page. Without this script the forms work as usual.
"use strict";
document.addEventListener("submit", async (event) => {
  const form = event.target, button = event.submitter;
  if (!form.matches("form.labels") || !button || !window.fetch) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  body.set("label", button.value);
  const answer = await fetch(form.action, {method: "POST", body, redirect: "manual"}).catch(() => null);
  if (!answer || (answer.type !== "opaqueredirect" && !answer.ok)) {
    const chosen = Object.assign(document.createElement("input"), {type: "hidden", name: "label", value: button.value});
    form.append(chosen);
    form.submit();
    return;
  }
  for (const each of form.querySelectorAll("button")) {
    const name = each.dataset.label, pressed = button.value === name;
    each.setAttribute("aria-pressed", String(pressed));
    each.value = pressed ? "none" : name;
  }
});
