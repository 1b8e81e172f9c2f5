import { countsTable } from "./counts.js";
import { decisionsIn } from "./decisions.js";
import { personsList } from "./persons.js";
import { starIn } from "./star.js";
import { currentLanguage, keepLanguage, speak } from "./texts.js";

const POLL_MS = 1000;
const HIDDEN_POLL_MS = 10_000;
/** Something moved within this time: its spoke keeps moving, or short work would never be seen. */
const FLOWING_MS = 2500;

const element = (id) => document.getElementById(id);
const star = starIn(element("star"));
const decisions = decisionsIn(element("decisions"), renew);
const moved = new Map();
const shown = new Map();
let language = currentLanguage();
let texts = speak(language);
let latest;

setUpLanguages();
document.addEventListener("visibilitychange", wake);
let timer;
let asking = Promise.resolve();
renew();

/** Asks the hub how things stand, again and again, less often while nobody looks. Before it asks next, it does `act`: nothing else is asked meanwhile. */
function renew(act = async () => {}) {
  clearTimeout(timer);
  asking = asking
    .then(act)
    .catch(() => {})
    .then(poll);
}

async function poll() {
  try {
    const [status, current] = await Promise.all([ask("/api/status"), ask("/api/star")]);
    const approvals = current.you && (await ask("/api/approvals")).approvals;
    latest = { status, star: current, approvals };
    element("offline").hidden = true;
    render();
  } catch {
    element("offline").textContent = texts.offline;
    element("offline").hidden = false;
  }
  clearTimeout(timer);
  timer = setTimeout(renew, document.hidden ? HIDDEN_POLL_MS : POLL_MS);
}

function wake() {
  if (!document.hidden) renew();
}

async function ask(path) {
  const response = await fetch(path, {
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

function render() {
  if (!latest) return;
  const { status, star: current, approvals } = latest;
  const systems = current.systems.map((system) => ({ ...system, flowing: isFlowing(system) }));
  showVerdict(status, systems);
  star.show(systems, texts, language);
  element("rate").textContent = texts.rate(texts.number(current.settledLately));
  replaceWhenChanged("persons", current.persons, () => personsList(current.persons, texts));
  decisions.show({ you: current.you, count: current.persons.approvals, approvals }, texts, language);
  const counted = current.systems.map(({ title, entities }) => ({ title, entities }));
  replaceWhenChanged("table", counted, () => countsTable(current.systems, texts));
}

/** A part of the page that says the same stays as it is: whoever has its focus or a selection in it keeps them. */
function replaceWhenChanged(id, data, make) {
  const key = `${language} ${JSON.stringify(data)}`;
  if (shown.get(id) === key) return;
  shown.set(id, key);
  element(id).replaceChildren(make());
}

function isFlowing({ name, state, entities }) {
  const counts = Object.values(entities);
  const print = JSON.stringify(counts);
  const before = moved.get(name);
  const changed = before !== undefined && before.print !== print;
  const at = changed || counts.some((one) => one.pending > 0) ? Date.now() : (before?.at ?? 0);
  moved.set(name, { print, at });
  return state !== "paused" && state !== "down" && Date.now() - at < FLOWING_MS;
}

function showVerdict(status, systems) {
  const { state, text } = verdict(status, systems);
  element("verdict").dataset.state = state;
  setText("headline", text);
  const { comparedAt } = status;
  setText(
    "compared",
    comparedAt === null ? texts.neverCompared : texts.compared(texts.ago(comparedAt), texts.time(comparedAt)),
  );
  document.title = `${text} · Nave`;
}

function verdict(status, systems) {
  const down = systems.filter((system) => system.state === "down");
  if (down.length > 0)
    return { state: "down", text: texts.systemsDown(texts.list(down.map((system) => system.title))) };
  if (status.inSync) return { state: "sync", text: texts.inSync };
  const counts = Object.values(status.systems).flatMap((entities) => Object.values(entities));
  const pending = counts.reduce((sum, one) => sum + one.pending, 0);
  if (pending > 0) return { state: "busy", text: texts.catchingUp(texts.number(pending)) };
  return { state: "busy", text: texts.comparing };
}

function setText(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

function setUpLanguages() {
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      language = button.dataset.language;
      keepLanguage(language);
      texts = speak(language);
      translate();
      render();
    });
  }
  translate();
}

function translate() {
  document.documentElement.lang = language;
  document.title = texts.title;
  for (const one of document.querySelectorAll("[data-text]")) {
    if (one.id !== "headline" || !latest) one.textContent = texts[one.dataset.text];
  }
  for (const one of document.querySelectorAll("[data-label]"))
    one.setAttribute("aria-label", texts[one.dataset.label]);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}
