import { html } from "./elements.js";

/** Records, pending and parked work: one row per entity, one column per system. On a narrow screen rows become cards. */
export function countsTable(systems, texts) {
  const entities = [...new Set(systems.flatMap((system) => Object.keys(system.entities)))];
  const head = html(
    "tr",
    {},
    html("th", { scope: "col" }, texts.entity),
    ...systems.map((system) => html("th", { scope: "col" }, system.title)),
  );
  const rows = entities.map((entity) =>
    html(
      "tr",
      {},
      html("th", { scope: "row" }, texts.entityName(entity)),
      ...systems.map((system) => cell(system, system.entities[entity], texts)),
    ),
  );
  return html("table", {}, html("thead", {}, head), html("tbody", {}, ...rows));
}

function cell(system, counts, texts) {
  if (!counts) {
    return html(
      "td",
      { "data-system": system.title, class: "none" },
      html("span", { "aria-label": texts.notHere }, "–"),
    );
  }
  const { records, pending, parked } = counts;
  return html(
    "td",
    { "data-system": system.title },
    html(
      "span",
      { class: "cell" },
      pending > 0 ? html("span", { class: "chip pending" }, texts.pending(texts.number(pending))) : undefined,
      parked > 0 ? html("span", { class: "chip parked" }, texts.parked(texts.number(parked))) : undefined,
      html("span", { class: records === 0 ? "records zero" : "records" }, texts.number(records)),
    ),
  );
}
