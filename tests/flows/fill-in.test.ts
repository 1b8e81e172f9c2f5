import { expect, test } from "vitest";
import { fillIn } from "../../src/flows/fill-in.ts";
import { requireNodeRed } from "../../src/flows/node-red.ts";

const { util } = requireNodeRed() as unknown as {
  util: { getMessageProperty(message: object, path: string): unknown };
};
const fill = (text: string, message: object) =>
  fillIn(text, (path) => util.getMessageProperty(message, path));

test("values of the message are put into the text, whatever they are", () => {
  const payload = { number: "A-1", lines: 2, tags: ["x"] };
  expect(fill("{{payload.number}}: {{ payload.lines }} {{payload.tags}}", { payload })).toBe('A-1: 2 ["x"]');
});

test("what is not there is a question mark, also where nothing holds it", () => {
  expect(fill("{{payload.number}} {{reply.text}} {{reply.rows[0].text}}", { payload: {} })).toBe("? ? ?");
});
