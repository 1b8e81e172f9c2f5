import { createHmac } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, constantFrom, integer, property, record, uniqueArray } from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { verifyHmac } from "../../src/adapter-kit/hmac.ts";
import { diffKeyedList } from "../../src/adapter-kit/keyed-list.ts";
import { loadAdapters } from "../../src/adapter-kit/load-adapters.ts";
import { loadManifest } from "../../src/adapter-kit/load-manifest.ts";

const SANDBOX_CRM = join(import.meta.dirname, "../../adapters/sandbox-crm");

function adapterWith(change: (yaml: string) => string): string {
  const parent = mkdtempSync(join(tmpdir(), "nave-adapters-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const yaml = readFileSync(join(SANDBOX_CRM, "adapter.yaml"), "utf8");
  cpSync(join(SANDBOX_CRM, "mappings"), join(parent, "sandbox-crm", "mappings"), { recursive: true });
  writeFileSync(join(parent, "sandbox-crm", "adapter.yaml"), change(yaml));
  return parent;
}

test.each([
  ["batchSize: 100", "batchSize: none", 'limits.batchSize is "none"; accepted: must be integer'],
  [
    "role: front-office",
    "role: middle",
    'role is "middle"; accepted: one of front-office, back-office, supply-chain',
  ],
  ["title: Sandbox CRM", "titel: Sandbox CRM", "titel is unknown; accepted: name, title, description"],
  ["  timeoutMs: 10000\n", "", "limits.timeoutMs is missing"],
  ["role: front-office", "role: [", "cannot be read"],
])("a manifest with %j as %j names the key and what it accepts", (from, to, text) => {
  const folder = join(
    adapterWith((yaml) => yaml.replace(from, to)),
    "sandbox-crm",
  );
  expect(() => loadManifest(folder)).toThrow(text);
});

test("settings that are no JSON Schema are found when the manifest is read", () => {
  const folder = join(
    adapterWith((yaml) => yaml.replace("settings:\n  type: object", "settings:\n  type: thing")),
    "sandbox-crm",
  );
  expect(() => loadManifest(folder)).toThrow("settings is no JSON Schema");
});

test("adapters are found by their folders, and none may have another name or come twice", async () => {
  const found = await loadAdapters([join(SANDBOX_CRM, "..")]);
  expect([...found.keys()]).toEqual(expect.arrayContaining(["sandbox-crm", "sandbox-erp"]));
  expect(found.get("sandbox-crm")?.connect).toBeTypeOf("function");
  const renamed = adapterWith((yaml) => yaml.replace("name: sandbox-crm", "name: other"));
  await expect(loadAdapters([renamed])).rejects.toThrow(/name is "other"/);
  const withoutCode = adapterWith((yaml) => yaml);
  writeFileSync(join(withoutCode, "sandbox-crm", "index.ts"), "export const nothing = 1;");
  await expect(loadAdapters([withoutCode])).rejects.toThrow(/does not export a function "connect"/);
  await expect(loadAdapters([join(SANDBOX_CRM, ".."), join(SANDBOX_CRM, "..")])).rejects.toThrow(
    /is in .* and in/,
  );
});

const byId = (one: { id?: unknown }, other: { id?: unknown }) => Number(one.id) - Number(other.id);

test("a keyed list's difference, applied, gives the wished list", () => {
  const item = record({ id: integer({ min: 1, max: 9 }), name: constantFrom("a", "b", "c") });
  const list = uniqueArray(item, { selector: ({ id }) => id });
  assert(
    property(list, list, (held, wished) => {
      const { added, changed, removed } = diffKeyedList(held, wished, "id");
      const gone = new Set(removed.map(({ id }) => id));
      const kept = held
        .filter(({ id }) => !gone.has(id))
        .map((before) => {
          return { ...before, ...changed.find(({ key }) => key === before.id)?.changes };
        });
      expect([...kept, ...added].toSorted(byId)).toEqual(wished.toSorted(byId));
      expect(changed.every(({ changes }) => Object.keys(changes).length > 0)).toBe(true);
    }),
  );
});

test("an item without key is new, and a property that is to go is null", () => {
  const diff = diffKeyedList(
    [{ id: 1, city: "Bath", zip: "BA1" }],
    [{ id: 1, city: "Bath" }, { city: "Leeds" }],
    "id",
  );
  expect(diff).toMatchObject({
    added: [{ city: "Leeds" }],
    changed: [{ key: 1, changes: { zip: null } }],
    removed: [],
  });
});

test("a signature is valid for its body and secret only", () => {
  const body = Buffer.from("{}");
  const signature = createHmac("sha256", "right").update(body).digest("hex");
  expect(verifyHmac({ secret: "right", body, signature })).toBe(true);
  expect(verifyHmac({ secret: "wrong", body, signature })).toBe(false);
  expect(verifyHmac({ secret: "right", body: Buffer.from("[]"), signature })).toBe(false);
  expect(verifyHmac({ secret: "right", body, signature: "" })).toBe(false);
  expect(verifyHmac({ secret: "right", body, signature: "zz" })).toBe(false);
});
