import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Entry, Native } from "./oracle/entry.ts";
import { type Evidence, judge } from "./oracle/judge.ts";

const FOLDER = fileURLToPath(new URL("./oracle/", import.meta.url));

test("the oracle imports nothing but itself", () => {
  const files = globSync(`${FOLDER}*.ts`);
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    const imported = [...readFileSync(file, "utf8").matchAll(/from "([^"]+)"/g)].map(([, path]) => path);
    expect(imported.filter((path) => !/^\.\/[a-z-]+\.ts$/.test(path ?? ""))).toEqual([]);
  }
});

/** The hub has on record that the record held this, as of the last line of a ledger. */
function sighting(system: string, id: string, native: Native): Evidence["sightings"][number] {
  return { system, entity: "customer", id, time: new Date(clock * 1000).toISOString(), native };
}

let clock = 0;
function entry(kind: string, method: string, id: string, values: Native): Entry {
  clock += 1;
  return { time: new Date(clock * 1000).toISOString(), method, entity: "customer", id, kind, values };
}

/** A customer entered in the CRM, whom the hub has made in the ERP. */
function inBoth() {
  const crm = [entry("create", "edit", "c1", { customerNumber: "K", displayName: "Name", website: "old" })];
  const erp = [entry("create", "Save", "e1", { CustNo: "K", Name1: "Name", Web: "old" })];
  return { crm, erp };
}

function evidence(
  ledgers: Evidence["ledgers"],
  held: { web?: string; erpWeb?: string; erp?: Native[] } = {},
  conflicts: Evidence["conflicts"] = [],
  sightings: Evidence["sightings"] = [],
): Evidence {
  const { web = "old", erpWeb = web } = held;
  const crm = { id: "c1", externalRef: "k", customerNumber: "K", displayName: "Name", website: web };
  const erp = held.erp ?? [{ Id: "e1", ExternalRef: "k", CustNo: "K", Name1: "Name", Web: erpWeb }];
  const nothing = { product: [], order: [] };
  return {
    ledgers,
    records: { crm: { ...nothing, customer: [crm] }, erp: { ...nothing, customer: erp } },
    conflicts,
    sightings,
  };
}

test("a record that is in both systems as it was entered is neither lost nor doubled", () => {
  expect(judge(evidence(inBoth()))).toMatchObject({
    offered: 1,
    lost: [],
    doubled: [],
    conflictsExpected: 0,
  });
});

test("a record that did not arrive is lost", () => {
  const { crm } = inBoth();
  expect(judge(evidence({ crm, erp: [] }, { erp: [] })).lost).toEqual(["customer K: missing in the erp"]);
});

test("a record that was made twice is doubled, also when one of the two is gone again", () => {
  const ledgers = inBoth();
  ledgers.erp.push(entry("create", "Save", "e2", { CustNo: "K", Name1: "Name", Web: "old" }));
  const { doubled, stories } = judge(evidence(ledgers));
  expect(doubled).toEqual(["customer K: 2 records in the erp: e1, e2"]);
  expect(stories).toEqual([
    expect.stringMatching(/people crm created c1; .*hub erp created e1; .*hub erp created e2/),
  ]);
});

test("an edit that did not arrive is lost", () => {
  const ledgers = inBoth();
  ledgers.crm.push(entry("update", "edit", "c1", { website: "new" }));
  expect(judge(evidence(ledgers, { web: "new", erpWeb: "old" })).lost).toHaveLength(1);
});

test("an edit that the hub has written over with an older value is lost, though both systems agree", () => {
  const ledgers = inBoth();
  ledgers.erp.push(
    entry("update", "edit", "e1", { Web: "new" }),
    entry("update", "Save", "e1", { Web: "old" }),
  );
  const { lost } = judge(evidence(ledgers));
  expect(lost).toContainEqual(expect.stringContaining("undone"));
});

function atOdds() {
  const ledgers = inBoth();
  ledgers.crm.push(entry("update", "edit", "c1", { website: "by the CRM" }));
  ledgers.erp.push(entry("update", "edit", "e1", { Web: "by the ERP" }));
  ledgers.crm.push(entry("update", "PATCH", "c1", { website: "by the ERP" }));
  return ledgers;
}

test("of two edits made without knowledge of each other one gives way, and has to be on record as a conflict", () => {
  const unheard = judge(evidence(atOdds(), { web: "by the ERP" }));
  expect(unheard).toMatchObject({ conflictsExpected: 1, conflictsFound: 0 });
  expect(unheard.lost).toHaveLength(1);
  const conflict = {
    entity: "customer",
    canonicalId: "k",
    path: "website",
    offered: "by the ERP",
    kept: "by the CRM",
  };
  const heard = judge(evidence(atOdds(), { web: "by the ERP" }, [conflict]));
  expect(heard).toMatchObject({ conflictsExpected: 1, conflictsFound: 1, lost: [] });
});

test("an edit made with the other one before one's eyes has to stand", () => {
  const ledgers = inBoth();
  ledgers.crm.push(entry("update", "edit", "c1", { website: "first" }));
  ledgers.erp.push(entry("update", "Save", "e1", { Web: "first" }));
  const seen = [sighting("erp", "e1", { Web: "first" })];
  ledgers.erp.push(entry("update", "edit", "e1", { Web: "second" }));
  expect(judge(evidence(ledgers, { web: "first" }, [], seen)).lost).toHaveLength(1);
  expect(judge(evidence(ledgers, { web: "second" })).lost).toEqual([]);
});

test("a record that somebody deleted must not be live anywhere", () => {
  const ledgers = inBoth();
  ledgers.crm.push(entry("update", "edit", "c1", { archived: true }));
  expect(judge(evidence(ledgers)).lost).toHaveLength(2);
});

test("whether an edit came before or after a write that was never seen is not to be known: either may stand, with a conflict on record", () => {
  const ledgers = inBoth();
  ledgers.crm.push(entry("update", "edit", "c1", { website: "first" }));
  ledgers.erp.push(
    entry("update", "Save", "e1", { Web: "first" }),
    entry("update", "edit", "e1", { Web: "second" }),
    entry("update", "Save", "e1", { Web: "first" }),
  );
  const conflict = {
    entity: "customer",
    canonicalId: "k",
    path: "website",
    offered: "second",
    kept: "first",
  };
  const heard = judge(evidence(ledgers, { web: "first" }, [conflict]));
  expect(heard).toMatchObject({ lost: [], conflictsExpected: 1, conflictsFound: 1 });
  expect(heard.undecidable).toHaveLength(2);
  expect(judge(evidence(ledgers, { web: "first" })).lost).not.toEqual([]);
});

/** Entered in the ERP, made in the CRM, removed there, and made again. */
function removedAndMadeAgain(isSeen: boolean) {
  const erp = [entry("create", "edit", "e1", { CustNo: "K", Name1: "Name", Web: "old" })];
  const made = { customerNumber: "K", displayName: "Name", website: "old" };
  const crm = [entry("create", "POST", "c0", made)];
  const seen = isSeen ? [sighting("crm", "c0", made)] : [];
  crm.push(entry("delete", "edit", "c0", {}), entry("create", "POST", "c1", made));
  return judge(evidence({ crm, erp }, {}, [], seen));
}

test("what people remove before the hub has seen it, where nothing tells of removals, may be made again", () => {
  const unseen = removedAndMadeAgain(false);
  expect(unseen).toMatchObject({ lost: [], doubled: [] });
  expect(unseen.undecidable).not.toEqual([]);
  const seen = removedAndMadeAgain(true);
  expect(seen.doubled).toEqual(["customer K: 2 records in the crm: c0, c1"]);
  expect(seen.undecidable).toEqual([]);
});
