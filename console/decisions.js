import { answerFields } from "./answer-fields.js";
import { html } from "./elements.js";
import { loginForm } from "./login-form.js";
import { problemOf, send } from "./send.js";

/**
 * What waits for a decision of whoever has logged in, each with the form that its flow has made. What somebody is filling in
 * stays as it is while the page renews itself.
 *
 * @param changed  Called when somebody has logged in or decided; with what logs them out, which is done between two questions to the hub.
 */
export function decisionsIn(section, changed) {
  const who = html("div", { class: "who" });
  const said = html("p", { class: "said", role: "status" });
  const list = html("ul", {});
  section.append(who, said, list);
  const page = { say: (text, isGood) => say(said, text, isGood), changed };
  let cards = new Map();
  let shownFor;

  /** `count`: of all open questions. `approvals`: those of the person, undefined where nobody has logged in. */
  function show({ you, count, approvals }, texts, language) {
    section.hidden = you === undefined && count === 0;
    const key = JSON.stringify([language, you, you === undefined ? count : approvals?.length === 0]);
    if (key !== shownFor) who.replaceChildren(...whoAsks({ you, count, approvals }, texts, page));
    shownFor = key;
    cards = renewCards(cards, approvals ?? [], texts, language, page);
    const elements = [...cards.values()].map(({ element }) => element);
    const isSame =
      list.children.length === elements.length && elements.every((one, n) => list.children[n] === one);
    if (!isSame) list.replaceChildren(...elements);
  }

  return { show };
}

function say(said, text, isGood = true) {
  said.textContent = text;
  said.dataset.state = isGood ? "good" : "bad";
}

function whoAsks({ you, count, approvals }, texts, page) {
  if (you === undefined) return [html("p", {}, texts.askLogin(texts.number(count))), loginForm(texts, page)];
  const out = html("button", { type: "button" }, texts.logout);
  out.addEventListener("click", () =>
    page.changed(async () => {
      await fetch("/api/session", { method: "DELETE" });
      page.say("");
    }),
  );
  const line = html("p", { class: "you" }, texts.loggedIn(you.name), " ", out);
  return approvals?.length === 0 ? [line, html("p", { class: "nothing" }, texts.noDecisions)] : [line];
}

/** A card that would say the same stays the element that it is. */
function renewCards(cards, approvals, texts, language, page) {
  return new Map(
    approvals.map((approval) => {
      const print = `${language} ${JSON.stringify(approval)}`;
      const before = cards.get(approval.id);
      return [
        approval.id,
        before?.print === print ? before : { print, element: card(approval, texts, page) },
      ];
    }),
  );
}

function card(approval, texts, page) {
  const { id, question, candidates, mode, due, decisions, mayDecide } = approval;
  const names = texts.list(candidates.map((one) => texts.anyOf[one] ?? one));
  const facts = [
    texts.asked(names, mode === "all"),
    texts.since(texts.moment(approval.since)),
    due === null ? undefined : texts.until(texts.moment(due)),
  ];
  return html(
    "li",
    { "data-approval": id },
    html("p", { class: "question" }, question),
    html("p", { class: "facts" }, facts.filter((one) => one !== undefined).join(" · ")),
    ...decisions.map(({ decision, by, at }) =>
      html("p", { class: "facts" }, texts.decided[decision](by, texts.moment(at))),
    ),
    mayDecide ? answerForm(approval, texts, page) : undefined,
  );
}

function answerForm(approval, texts, page) {
  const { id } = approval;
  const fields = answerFields(approval.form, id, texts);
  const comment = html("input", { id: `${id}-comment`, type: "text", maxlength: "2000" });
  const approve = html("button", { type: "submit", class: "primary" }, texts.approve);
  const reject = html("button", { type: "button", class: "refuse" }, texts.reject);
  const wrong = html("p", { class: "wrong", role: "alert" });
  const form = html(
    "form",
    {},
    ...fields.elements,
    html("div", { class: "field" }, html("label", { for: `${id}-comment` }, texts.comment), comment),
    html("div", { class: "choices" }, approve, reject),
    wrong,
  );
  const decide = async (decision) => {
    for (const button of [approve, reject]) button.disabled = true;
    const given = comment.value === "" ? {} : { comment: comment.value };
    wrong.textContent = await answer(approval, { decision, values: fields.read(), ...given }, texts, page);
    for (const button of [approve, reject]) button.disabled = false;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void decide("approved");
  });
  reject.addEventListener("click", () => void decide("rejected"));
  return form;
}

/** @returns what is wrong with what was filled in; empty: nothing. */
async function answer({ id, question }, given, texts, page) {
  const response = await send(`/api/approvals/${id}/decision`, given);
  if (response.status === 400) return problemOf(response);
  const text = response.ok ? `${texts.taken[given.decision]}: ${question}` : await problemOf(response);
  page.say(text, response.ok);
  page.changed();
  return "";
}
