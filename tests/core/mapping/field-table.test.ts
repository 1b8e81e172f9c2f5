import { describe, expect, it } from "vitest";
import { loadModel } from "../../../src/canonical/model.ts";
import { coverage, unmappedNatives } from "../../../src/mapping/coverage-report.ts";
import { lineage, renderFieldTable } from "../../../src/mapping/field-table.ts";
import { loadMapping } from "../../../src/mapping/load-mapping.ts";
import { mappingOf } from "./mapping-under-test.ts";

const YAML = `
codes:
  use: { invoice: billing, delivery: shipping }
fields:
  name: { native: title, max: 40, note: shown on letters }
  credit.limit: { native: limit, convert: { decimal: { digits: 2 } } }
  parent: { native: parent_id, reference: customer, direction: in }
  addresses:
    - list: addresses[]
      key: { native: type, codes: use }
      fields: { city: town }
    - key: visiting
      fields: { city: office_city }
write: { source: hub }
extensions: [colour]
`;

describe("field table", () => {
  const { fields } = mappingOf(YAML);

  it("shows every rule with both paths, direction and how it translates", () => {
    expect(renderFieldTable(fields)).toBe(
      [
        "| canonical | native | direction | how | note |",
        "|---|---|---|---|---|",
        "| `name` | `title` | ↔ |  | shown on letters; cut to 40 characters |",
        "| `credit.limit` | `limit` | ↔ | decimal (digits: 2) |  |",
        "| `parent` | `parent_id` | → hub | reference to customer |  |",
        "| `addresses[].key` | `addresses[].type` | ↔ | codes `use` |  |",
        "| `addresses[].city` | `addresses[].town` | ↔ |  |  |",
        "| `addresses[visiting].city` | `office_city` | ↔ |  |  |",
        '|  | `source` | ← hub |  | always "hub" |',
        "| `extensions.<system>.colour` | `colour` | ↔ |  | carried as it is |",
      ].join("\n"),
    );
  });

  it("tells where a canonical field comes from and goes to", () => {
    expect(lineage(fields, "credit").map(({ native }) => native)).toEqual(["limit"]);
    expect(lineage(fields, "addresses[billing].city").map(({ native }) => native)).toEqual([
      "addresses[].town",
    ]);
    expect(lineage(fields, "addresses[visiting].city").map(({ native }) => native)).toEqual([
      "addresses[].town",
      "office_city",
    ]);
  });
});

describe("coverage", () => {
  it("tells which canonical fields a mapping covers, and which native ones it leaves out", () => {
    const mapping = mappingOf(YAML);
    const { covered, uncovered } = coverage(mapping, loadModel());
    expect(covered).toEqual(expect.arrayContaining(["name", "credit.limit", "addresses.city"]));
    expect(uncovered).toEqual(expect.arrayContaining(["language", "addresses.street"]));
    const source = `entity: customer\nnative: x\n${YAML}`;
    expect(
      unmappedNatives(source, "x.yaml", [{ title: "A", limit: 1, size: 2, addresses: [] }, { age: 3 }]),
    ).toEqual(["age", "size"]);
  });

  it("tells reading and writing apart", () => {
    const mapping = mappingOf(YAML);
    expect([mapping.reads("parent"), mapping.writes("parent")]).toEqual([true, false]);
    expect([mapping.reads("extensions.erp.colour"), mapping.writes("extensions.crm.colour")]).toEqual([
      true,
      false,
    ]);
  });
});

describe("loading", () => {
  it("reads the file of an adapter and entity, and names a missing one", () => {
    const type = loadModel().entity("customer");
    const mapping = loadMapping("tests/core/mapping/adapter", "customer", { system: "erp", type });
    expect(mapping.native).toBe("account");
    expect(() => loadMapping("tests/core/mapping/adapter", "order", { system: "erp", type })).toThrow(
      /mappings\/order\.yaml cannot be read/,
    );
  });
});
