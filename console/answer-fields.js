import { html } from "./elements.js";

/**
 * The fields of a form that a flow has made (a JSON Schema of plain values), for a person to fill in.
 *
 * @returns the elements, and what has been filled in: fields left empty are not there.
 */
export function answerFields(schema, id, texts) {
  const fields = Object.entries(schema?.properties ?? {}).map(([name, field]) =>
    fieldOf(name, field, schema.required?.includes(name) ?? false, `${id}-${name}`, texts),
  );
  return {
    elements: fields.map(({ element }) => element),
    read: () => Object.fromEntries(fields.flatMap(({ read }) => read())),
  };
}

function fieldOf(name, field, isRequired, id, texts) {
  const { input, read } = inputOf(field, { id, name, required: isRequired ? "" : undefined }, texts);
  const title = html("label", { for: id }, field.title ?? name, isRequired ? " *" : undefined);
  const hint = field.description && html("p", { class: "hint" }, field.description);
  const isTick = field.type === "boolean";
  const element = html(
    "div",
    { class: isTick ? "field tick" : "field" },
    ...(isTick ? [input, title] : [title, input]),
    hint,
  );
  return {
    element,
    read: () => {
      const value = read();
      return value === undefined ? [] : [[name, value]];
    },
  };
}

function inputOf(field, attributes, texts) {
  if (field.enum) return choice(field, attributes, texts);
  if (field.type === "boolean") return tick(field, attributes);
  if (field.type === "string") return text(field, attributes);
  return number(field, attributes);
}

function choice(field, attributes, texts) {
  const options = field.enum.map((value, index) =>
    html(
      "option",
      { value: String(index), selected: value === field.default ? "" : undefined },
      String(value),
    ),
  );
  const input = html("select", attributes, html("option", { value: "" }, texts.choose), ...options);
  return { input, read: () => (input.value === "" ? undefined : field.enum[Number(input.value)]) };
}

/** A box that has to be ticked would be no question: it is true or false. */
function tick(field, { required: _required, ...attributes }) {
  const input = html("input", {
    ...attributes,
    type: "checkbox",
    checked: field.default === true ? "" : undefined,
  });
  return { input, read: () => input.checked };
}

function text(field, attributes) {
  const limits = { minlength: field.minLength, maxlength: field.maxLength };
  const type = field.format === "date" ? "date" : "text";
  const input = html("input", { ...attributes, ...limits, type, value: field.default });
  return { input, read: () => (input.value === "" ? undefined : input.value) };
}

function number(field, attributes) {
  const step = field.type === "integer" ? "1" : "any";
  const limits = { min: field.minimum, max: field.maximum, step };
  const input = html("input", { ...attributes, ...limits, type: "number", value: field.default });
  return { input, read: () => (input.value === "" ? undefined : Number(input.value)) };
}
