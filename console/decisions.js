import { answerFields } from "./answer-form.js";
import { html } from "./elements.js";

/**
 * What waits for a decision of whoever has logged in, each with the form that its flow has made. What somebody is filling in
 * stays as it is while the page renews itself.
 *
 * @param changed  Called when somebody has logged in or out, or decided.
 */
export function decisionsIn(section, changed) {
  const list = html("ul", {});
  const said = html("p", { class: "said", role: "status" });
  const who = html("div", { class: "who" });
  section.append(who, said, list);
  let cards = new Map();
  let shownFor;

  /** `count`: of all open questions. `approvals`: those of the person, undefined where nobody has logged in. */
  function show({ you, count, approvals }, texts, language) {
    section.hidden = you === undefined && count === 0;
    const key = JSON.stringify([language, you, you === undefined ? count : approvals?.length === 0]);
    if (key !== shownFor) who.replaceChildren(...whoAsks(you, count, approvals, texts));
    shownFor = key;
    const next = new Map();
    for (const approval of approvals ?? []) {
      const print = `${language} ${JSON.stringify(approval)}`;
      const before = cards.get(approval.id);
      next.set(approval.id, before?.print === print ? before : { print, element: card(approval, texts) });
    }
    const isSame = [...next.values()].every(({ element }, index) => list.children[index] === element);
    if (!isSame || list.children.length !== next.size)
      list.replaceChildren(...[...next.values()].map(({ element }) => element));
    cards = next;
  }

  function whoAsks(you, count, approvals, texts) {
    if (you === undefined) return [html("p", {}, texts.askLogin(texts.number(count))), loginForm(texts)];
    const out = html("button", { type: "button" }, texts.logout);
    out.addEventListener("click", async () => {
      await fetch("/api/session", { method: "DELETE" });
      say("");
      changed();
    });
    const line = html("p", { class: "you" }, texts.loggedIn(you.name), " ", out);
    return approvals?.length === 0 ? [line, html("p", { class: "nothing" }, texts.noDecisions)] : [line];
  }

  function loginForm(texts) {
    const name = html("input", { id: "login-name", name: "name", autocomplete: "username", required: "" });
    const password = html("input", {
      id: "login-password",
      name: "password",
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
      const answer = await send("/api/session", { name: name.value, password: password.value });
      say(answer.ok ? "" : await problemOf(answer), answer.ok);
      if (answer.ok) changed();
    });
    return form;
  }

  function card(approval, texts) {
    const { id, question, candidates, mode, due, decisions, mayDecide } = approval;
    const facts = [
      texts.asked(texts.list(candidates.map((one) => texts.anyOf[one] ?? one)), mode === "all"),
      texts.since(texts.moment(approval.since)),
      due === null ? undefined : texts.until(texts.moment(due)),
    ];
    const parts = [
      html("p", { class: "question" }, question),
      html("p", { class: "facts" }, facts.filter((one) => one !== undefined).join(" · ")),
      ...decisions.map((one) =>
        html("p", { class: "facts" }, texts.decided[one.decision](one.by, texts.moment(one.at))),
      ),
    ];
    return html("li", { "data-approval": id }, ...parts, mayDecide ? answerForm(approval, texts) : undefined);
  }

  function answerForm({ id, form: schema, question }, texts) {
    const { elements, read } = answerFields(schema, id, texts);
    const comment = html("input", { id: `${id}-comment`, type: "text", maxlength: "2000" });
    const approve = html("button", { type: "submit", class: "primary" }, texts.approve);
    const reject = html("button", { type: "button", class: "refuse" }, texts.reject);
    const wrong = html("p", { class: "wrong", role: "alert" });
    const form = html(
      "form",
      {},
      ...elements,
      html("div", { class: "field" }, html("label", { for: `${id}-comment` }, texts.comment), comment),
      html("div", { class: "choices" }, approve, reject),
      wrong,
    );
    const decide = async (decision) => {
      for (const button of [approve, reject]) button.disabled = true;
      const values = read();
      const answer = await send(`/api/approvals/${id}/decision`, {
        decision,
        values,
        ...(comment.value === "" ? {} : { comment: comment.value }),
      });
      for (const button of [approve, reject]) button.disabled = false;
      if (answer.status === 400) {
        wrong.textContent = await problemOf(answer);
        return;
      }
      say(answer.ok ? `${texts.taken[decision]}: ${question}` : await problemOf(answer), answer.ok);
      changed();
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void decide("approved");
    });
    reject.addEventListener("click", () => void decide("rejected"));
    return form;
  }

  function say(text, isGood = true) {
    said.textContent = text;
    said.dataset.state = isGood ? "good" : "bad";
  }

  return { show };
}

function send(path, body) {
  return fetch(path, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
}

async function problemOf(answer) {
  const { detail, accepts } = await answer.json();
  return accepts === undefined ? detail : `${detail} (${accepts})`;
}
