import { describe, expect, it } from "vitest";
import { Unconvertible } from "../../../src/adapter-kit/converters.ts";
import { mappingOf } from "./mapping-under-test.ts";

describe("reading", () => {
  it("never fails: what cannot be translated is left out and named with its value and what is accepted", () => {
    const mapping = mappingOf(
      "codes:\n  stage: { p: potential, c: active }\nfields:\n  name: title\n  lifecycle.stage: { native: status, codes: stage }\n",
    );
    expect(mapping.toCanonical({ title: "Acme", status: "zombie" })).toEqual({
      body: { name: "Acme" },
      problems: [
        {
          path: "lifecycle.stage",
          native: "status",
          value: "zombie",
          text: 'status "zombie" is not in code list stage',
          accepts: "p, c",
        },
      ],
    });
  });

  it("takes null, empty texts and the declared empty value as absent", () => {
    const mapping = mappingOf(
      'empty: "n/a"\nfields:\n  name: a\n  note: b\n  website: c\n  language: { native: d, empty: false }\n',
    );
    expect(mapping.toCanonical({ a: null, b: "", c: "n/a", d: false }).body).toEqual({});
  });

  it("makes references pending, with the local id as text", () => {
    const mapping = mappingOf(
      "fields:\n  buyer: { native: party.id, reference: customer, convert: integer-text }\n",
      { entity: "order" },
    );
    expect(mapping.toCanonical({ party: { id: 12 } }).body).toEqual({
      buyer: { system: "erp", localId: "12" },
    });
    expect(mapping.fromCanonical({ buyer: { system: "erp", localId: "12" } }).native).toEqual({
      party: { id: 12 },
    });
  });

  it("picks the item of a list that a path selects", () => {
    const mapping = mappingOf('fields:\n  website: "attributes[code=web].value"\n');
    expect(
      mapping.toCanonical({
        attributes: [
          { code: "x", value: "1" },
          { code: "web", value: "a.example" },
        ],
      }).body,
    ).toEqual({ website: "a.example" });
  });

  it("fills a default only where the system has no value", () => {
    const mapping = mappingOf("fields:\n  language: { native: lang, default: { canonical: en } }\n");
    expect(mapping.toCanonical({}).body).toEqual({ language: "en" });
    expect(mapping.toCanonical({ lang: "de" }).body).toEqual({ language: "de" });
  });

  it("applies a rule only where its condition holds", () => {
    const mapping = mappingOf(
      "fields:\n  organisation.legalName: { native: name, when: { native: is_company } }\n",
    );
    expect(mapping.toCanonical({ name: "Acme", is_company: true }).body).toEqual({
      organisation: { legalName: "Acme" },
    });
    expect(mapping.toCanonical({ name: "Acme", is_company: false }).body).toEqual({});
  });

  it("turns an error thrown by an adapter's function into a problem", () => {
    const functions = {
      odd: {
        toCanonical: () => {
          throw new TypeError("x is not a function");
        },
      },
    };
    const { body, problems } = mappingOf("fields:\n  name: { function: odd, native: a }\n", {
      functions,
    }).toCanonical({ a: 1 });
    expect(body).toEqual({});
    expect(problems).toMatchObject([{ path: "name", native: "a", value: 1 }]);
  });
});

describe("writing", () => {
  it("leaves absent fields out of a new record and clears them in one that holds them", () => {
    const mapping = mappingOf(
      'fields:\n  name: title\n  note: { native: memo, empty: "" }\n  website: url\n',
    );
    expect(mapping.fromCanonical({ name: "A" }).native).toEqual({ title: "A" });
    const held = { title: "A", memo: "old", url: "a.example", id: 4 };
    expect(mapping.fromCanonical({ name: "A" }, held).native).toEqual({
      title: "A",
      memo: "",
      url: null,
      id: 4,
    });
  });

  it("keeps the target's spelling of what means the same", () => {
    const mapping = mappingOf(
      "codes:\n  stage: { p: potential, lead: potential }\nfields:\n  lifecycle.stage: { native: status, codes: stage }\n  credit.limit: { native: limit, convert: decimal }\n",
    );
    const held = { status: "lead", limit: "10.5000" };
    expect(
      mapping.fromCanonical({ lifecycle: { stage: "potential" }, credit: { limit: "10.5" } }, held).native,
    ).toEqual(held);
    expect(mapping.fromCanonical({ lifecycle: { stage: "potential" } }).native).toEqual({ status: "p" });
  });

  it("never clears what it cannot read", () => {
    const mapping = mappingOf(
      "codes:\n  stage: { p: potential }\nfields:\n  lifecycle.stage: { native: status, codes: stage }\n",
    );
    expect(mapping.fromCanonical({}, { status: "zombie" }).native).toEqual({ status: "zombie" });
    expect(mapping.fromCanonical({ lifecycle: { stage: "potential" } }, { status: "zombie" }).native).toEqual(
      { status: "p" },
    );
  });

  it("keeps the held value and names the canonical field when a value cannot be translated", () => {
    const mapping = mappingOf(
      "codes:\n  stage: { p: potential }\nfields:\n  lifecycle.stage: { native: status, codes: stage }\n",
    );
    const { native, problems } = mapping.fromCanonical({ lifecycle: { stage: "lost" } }, { status: "p" });
    expect(native).toEqual({ status: "p" });
    expect(problems).toEqual([
      {
        path: "lifecycle.stage",
        value: "lost",
        text: 'lifecycle.stage "lost" is not in code list stage',
        accepts: "potential",
      },
    ]);
  });

  it("refuses a reference to a record that the system does not hold", () => {
    const mapping = mappingOf("fields:\n  buyer: { native: party, reference: customer }\n", {
      entity: "order",
    });
    expect(mapping.fromCanonical({ buyer: { id: "c-1" } }).problems).toMatchObject([
      { path: "buyer", accepts: "a customer that erp holds" },
    ]);
    expect(mapping.fromCanonical({ buyer: { system: "crm", localId: "1" } }).problems).toHaveLength(1);
  });

  it("cuts texts to what the target holds, never through a character", () => {
    const mapping = mappingOf("fields:\n  name: { native: title, max: 4 }\n");
    expect(mapping.fromCanonical({ name: "abcdef" }).native).toEqual({ title: "abcd" });
    expect(mapping.fromCanonical({ name: "abc😀d" }).native).toEqual({ title: "abc" });
  });

  it("writes the stated default where the hub has no value", () => {
    const mapping = mappingOf("fields:\n  language: { native: lang, default: { native: en } }\n");
    expect(mapping.fromCanonical({}).native).toEqual({ lang: "en" });
    expect(mapping.fromCanonical({}, { lang: "de" }).native).toEqual({ lang: "en" });
  });

  it("writes constants always, or only into new records", () => {
    const mapping = mappingOf(
      "fields:\n  name: title\nwrite:\n  source: hub\n  company: { constant: 1, only: create }\n  vip: { constant: true, when: kind = 'business' }\n",
    );
    expect(mapping.fromCanonical({ name: "A", kind: "business" }).native).toEqual({
      title: "A",
      source: "hub",
      company: 1,
      vip: true,
    });
    expect(mapping.fromCanonical({ name: "A" }, { title: "A" }).native).toEqual({
      title: "A",
      source: "hub",
    });
  });

  it("reports a body that contradicts a constant of both directions", () => {
    const mapping = mappingOf(
      "fields:\n  currency: { constant: EUR, direction: both }\n  kind: { constant: business }\n",
    );
    expect(mapping.fromCanonical({ currency: "USD", kind: "consumer" }).problems).toMatchObject([
      { path: "currency", value: "USD" },
    ]);
    expect(mapping.fromCanonical({ currency: "EUR" }).problems).toEqual([]);
  });

  it("neither writes what is only read nor reads what is only written", () => {
    const mapping = mappingOf(
      "fields:\n  name: { native: a, direction: in }\n  note: { native: b, direction: out }\n",
    );
    expect(mapping.toCanonical({ a: "x", b: "y" }).body).toEqual({ name: "x" });
    expect(mapping.fromCanonical({ name: "n", note: "m" }, { a: "x", b: "y" }).native).toEqual({
      a: "x",
      b: "m",
    });
  });

  it("makes the list item that a path selects, and changes nothing else", () => {
    const mapping = mappingOf('fields:\n  website: "attributes[code=web].value"\n');
    const held = { attributes: [{ code: "x", value: "1" }] };
    const frozen = structuredClone(held);
    expect(mapping.fromCanonical({ website: "a.example" }, held).native).toEqual({
      attributes: [
        { code: "x", value: "1" },
        { code: "web", value: "a.example" },
      ],
    });
    expect(held).toEqual(frozen);
    expect(mapping.fromCanonical({}, held).native).toEqual(held);
  });

  it("never changes the held record, however deep it writes", () => {
    const mapping = mappingOf("fields:\n  name: a.b.c\n  note: a.b.d\n");
    const held = { a: { b: { c: "x", d: "y", e: "z" }, f: 1 } };
    const frozen = structuredClone(held);
    expect(mapping.fromCanonical({ name: "n" }, held).native).toEqual({
      a: { b: { c: "n", d: null, e: "z" }, f: 1 },
    });
    expect(held).toEqual(frozen);
  });
});

describe("values of several fields", () => {
  it("joins native fields into one value and spreads it again", () => {
    const mapping = mappingOf("fields:\n  name: { native: [first, last], convert: join }\n");
    expect(mapping.toCanonical({ first: "Jane", last: "Doe" }).body).toEqual({ name: "Jane Doe" });
    expect(mapping.fromCanonical({ name: "Jane Roe" }, { first: "Jane", last: "Doe" }).native).toEqual({
      first: "Jane",
      last: "Roe",
    });
    expect(mapping.fromCanonical({}, { first: "Jane", last: "Doe" }).native).toEqual({
      first: null,
      last: null,
    });
  });

  it("spreads one native field over parts of an object and leaves its other parts alone", () => {
    const mapping = mappingOf(
      "fields:\n  person: { native: contact, convert: person-name, parts: [givenName, familyName] }\n  person.title: title\n",
    );
    expect(mapping.toCanonical({ contact: "Jane Doe", title: "Dr" }).body).toEqual({
      person: { givenName: "Jane", familyName: "Doe", title: "Dr" },
    });
    expect(mapping.covers("person.birthDate")).toBe(false);
    expect(mapping.covers("person.givenName")).toBe(true);
  });

  it("uses an expression per direction", () => {
    const mapping = mappingOf(
      "fields:\n  name: { native: label, in: \"first & ' ' & last\", out: $uppercase(name) }\n",
    );
    expect(mapping.toCanonical({ first: "Jane", last: "Doe" }).body).toEqual({ name: "Jane Doe" });
    expect(mapping.fromCanonical({ name: "Jane" }).native).toEqual({ label: "JANE" });
  });

  it("uses an adapter's function, which sees the whole record and what the target holds", () => {
    const functions = {
      status: {
        toCanonical: (native: Record<string, unknown>) => (native["open"] ? "placed" : "completed"),
        toNative(body: Record<string, unknown>, held: Record<string, unknown> | undefined) {
          if (body["status"] === "on-hold") throw new Unconvertible("is unknown here", "placed");
          return [body["status"] === "placed", held?.["step"] === 1 ? 2 : 1];
        },
      },
    };
    const mapping = mappingOf("fields:\n  status: { function: status, native: [open, step] }\n", {
      entity: "order",
      functions,
    });
    expect(mapping.toCanonical({ open: true }).body).toEqual({ status: "placed" });
    expect(mapping.fromCanonical({ status: "completed" }, { open: true, step: 1 }).native).toEqual({
      open: false,
      step: 2,
    });
    expect(mapping.fromCanonical({ status: "on-hold" }).problems).toMatchObject([
      { path: "status", accepts: "placed" },
    ]);
  });

  it("takes values from the system's settings", () => {
    const yaml =
      "fields:\n  name: title\nwrite:\n  company: { constant: { setting: company } }\n  site: { constant: { setting: site, default: main } }\n";
    expect(mappingOf(yaml, { settings: { company: 3 } }).fromCanonical({ name: "A" }).native).toEqual({
      title: "A",
      company: 3,
      site: "main",
    });
    expect(() => mappingOf(yaml)).toThrow(
      /test.yaml:6: write.company.constant: the system has no setting "company"/,
    );
  });
});

describe("extension bag", () => {
  it("carries all unmapped fields and puts them back, into a new record too", () => {
    const mapping = mappingOf("fields:\n  name: title\n  website: web.url\nextensions: { except: [id] }\n");
    const native = {
      id: 1,
      title: "A",
      web: { url: "a.example", theme: "dark" },
      colour: "blue",
      empty: null,
      tags: [1, 2],
    };
    const { body } = mapping.toCanonical(native);
    expect(body["extensions"]).toEqual({ erp: { web: { theme: "dark" }, colour: "blue", tags: [1, 2] } });
    expect(mapping.fromCanonical(body).native).toEqual({
      title: "A",
      web: { url: "a.example", theme: "dark" },
      colour: "blue",
      tags: [1, 2],
    });
    expect(mapping.fromCanonical({ name: "A", website: "a.example" }, native).native).toEqual(native);
  });

  it("clears a named field that left the bag", () => {
    const mapping = mappingOf("fields:\n  name: title\nextensions: [colour]\n");
    expect(mapping.fromCanonical({ name: "A" }, { title: "A", colour: "blue", size: 1 }).native).toEqual({
      title: "A",
      colour: null,
      size: 1,
    });
  });
});
