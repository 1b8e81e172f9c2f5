import { html } from "./elements.js";
import { problemOf, send } from "./send.js";

/** Name and password; the session is a cookie that no script sees. */
export function loginForm(texts, page) {
  const name = html("input", { id: "login-name", autocomplete: "username", required: "" });
  const password = html("input", {
    id: "login-password",
    type: "password",
    autocomplete: "current-password",
    required: "",
  });
  const form = html(
    "form",
    { class: "login" },
    html("div", { class: "field" }, html("label", { for: "login-name" }, texts.name), name),
    html("div", { class: "field" }, html("label", { for: "login-password" }, texts.password), password),
    html("button", { type: "submit", class: "primary" }, texts.login),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const response = await send("/api/session", { name: name.value, password: password.value });
    page.say(response.ok ? "" : await problemOf(response), response.ok);
    if (response.ok) page.changed();
  });
  return form;
}
