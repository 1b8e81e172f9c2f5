import { html } from "./elements.js";

/** The command that shows each kind of waiting work. */
const COMMANDS = {
  deadLetters: "nave dead list",
  inDoubt: "nave dead list --code NAVE_WRITE_IN_DOUBT",
  conflicts: "nave conflicts list",
  reviews: "nave match list",
  deleteHolds: "nave deletes list",
  notifications: "nave notifications list",
  approvals: "nave approvals list",
};

const SHOWN_MS = 1500;

/** What waits for a person, with the command that shows it. */
export function personsList(persons, texts) {
  const waiting = Object.keys(COMMANDS).filter((kind) => persons[kind] > 0);
  if (waiting.length === 0) return html("p", { class: "nothing" }, texts.nothing);
  return html("ul", {}, ...waiting.map((kind) => item(kind, persons[kind], texts)));
}

function item(kind, count, texts) {
  return html(
    "li",
    {},
    html("p", { class: "what" }, html("strong", {}, texts.number(count)), " ", texts.waiting[kind]),
    html("p", { class: "command" }, html("code", {}, COMMANDS[kind]), copyButton(COMMANDS[kind], texts)),
  );
}

/** Only where the browser lets pages write to the clipboard. */
function copyButton(command, texts) {
  if (!navigator.clipboard) return undefined;
  const button = html("button", { type: "button", "aria-label": `${texts.copy}: ${command}` }, texts.copy);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(command);
    button.textContent = texts.copied;
    setTimeout(() => {
      button.textContent = texts.copy;
    }, SHOWN_MS);
  });
  return button;
}
