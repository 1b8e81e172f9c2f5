import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { loadModel } from "../../../src/canonical/model.ts";
import { compileMapping } from "../../../src/mapping/compile.ts";

const docs = readFileSync("docs/mapping.md", "utf8");
const [source = ""] = blocks("yaml");
const [native, body, difference] = blocks("json").map((text) => JSON.parse(text) as JsonObject) as [
  JsonObject,
  JsonObject,
  JsonObject,
];
const type = loadModel().entity("customer");
const mapping = compileMapping(source, { system: "crm", type, file: "docs/mapping.md" });

describe("the example in docs/mapping.md", () => {
  it("reads as the docs say, and is valid", () => {
    expect(mapping.toCanonical(native)).toEqual({ body, problems: [] });
    expect(type.validate(body)).toEqual([]);
  });

  it("changes nothing when written back", () => {
    expect(mapping.fromCanonical(body, native)).toEqual({ native, problems: [] });
  });

  it("differs in what the docs say after the edits they tell of", () => {
    const edited = structuredClone(body) as Record<string, JsonObject[]>;
    delete edited["addresses"]?.[0]?.["city"];
    Object.assign(edited["contactPoints"]?.[0] ?? {}, { value: "pay@acme.example" });
    const written = mapping.fromCanonical(edited, native);
    expect(written).toEqual({ native: { ...native, ...difference }, problems: [] });
  });
});

function blocks(language: string): string[] {
  return [...docs.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, "g"))].map(
    ([, text]) => text as string,
  );
}
