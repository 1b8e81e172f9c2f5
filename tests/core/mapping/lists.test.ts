import { describe, expect, it } from "vitest";
import { mappingOf } from "./mapping-under-test.ts";

const ADDRESSES = `
codes:
  use: { invoice: billing, delivery: shipping }
fields:
  addresses:
    list: addresses[]
    id: id
    key: { native: type, codes: use }
    fields: { street: street, country: { native: land, convert: country } }
`;

const FLAT = `
fields:
  addresses:
    - key: billing
      fields: { use: { constant: billing }, street: b_street, city: b_city }
    - key: shipping
      fields: { use: { constant: shipping }, street: s_street, city: s_city }
`;

const MECHANISMS = `
codes:
  mail: { email: email }
  phone: { phone: phone, mobile: mobile }
fields:
  contactPoints:
    - list: mechanisms[]
      when: { native: type = 'email' }
      key: { native: type, codes: mail, duplicates: number }
      fields: { kind: { native: type, codes: mail }, value: value }
    - list: mechanisms[]
      when: { native: "type in ['phone', 'mobile']" }
      key: { native: type, codes: phone }
      fields: { kind: { native: type, codes: phone }, value: value }
`;

describe("lists with a key from a native field", () => {
  const held = {
    addresses: [
      { id: 7, type: "invoice", street: "1 High St", land: "DE", floor: 3 },
      { id: 8, type: "delivery", street: "2 Low St", land: null },
    ],
  };

  it("keep the target's item ids and unmapped item fields, drop what is gone, and append what is new", () => {
    const mapping = mappingOf(ADDRESSES);
    const body = { addresses: [{ key: "billing", street: "3 New St", country: "DE" }] };
    expect(mapping.fromCanonical(body, held).native).toEqual({
      addresses: [{ id: 7, type: "invoice", street: "3 New St", land: "DE", floor: 3 }],
    });
    const first = { addresses: [held.addresses[1] as (typeof held.addresses)[1]] };
    expect(
      mapping.fromCanonical(
        {
          addresses: [
            { key: "billing", street: "3 New St" },
            { key: "shipping", street: "2 Low St" },
          ],
        },
        first,
      ).native,
    ).toEqual({
      addresses: [held.addresses[1], { street: "3 New St", type: "invoice" }],
    });
  });

  it("empty the native list when the body has no items any more", () => {
    expect(mappingOf(ADDRESSES).fromCanonical({}, held).native).toEqual({ addresses: [] });
    expect(mappingOf(ADDRESSES).fromCanonical({}).native).toEqual({});
  });

  it("report an unknown key by the item's id and leave the item in the target", () => {
    const mapping = mappingOf(ADDRESSES);
    const native = { addresses: [{ id: 9, type: "weird", street: "x" }] };
    const { body, problems } = mapping.toCanonical(native);
    expect(body).toEqual({});
    expect(problems).toMatchObject([
      { native: "addresses[id=9].type", value: "weird", accepts: "invoice, delivery" },
    ]);
    expect(mapping.fromCanonical({}, native).native).toEqual(native);
  });

  it("name key and item of a value that cannot be translated", () => {
    const { problems } = mappingOf(ADDRESSES).toCanonical({
      addresses: [{ id: 7, type: "invoice", street: "x", land: "Germny" }],
    });
    expect(problems).toMatchObject([
      { path: "addresses[billing].country", native: "addresses[id=7].land", value: "Germny" },
    ]);
  });

  it("do not send items whose key the target does not know, and do not claim to hold them", () => {
    const mapping = mappingOf(ADDRESSES);
    expect(mapping.fromCanonical({ addresses: [{ key: "visiting", street: "x" }] })).toEqual({
      native: {},
      problems: [],
    });
    expect(mapping.covers("addresses[visiting].street")).toBe(false);
    expect(mapping.covers("addresses[billing].street")).toBe(true);
    expect(mapping.covers("addresses[billing].city")).toBe(false);
    expect(mapping.covers("addresses")).toBe(true);
  });

  it("report two items with one key", () => {
    const { body, problems } = mappingOf(ADDRESSES).toCanonical({
      addresses: [
        { id: 1, type: "invoice", street: "a" },
        { id: 2, type: "invoice", street: "b" },
      ],
    });
    expect(body).toEqual({ addresses: [{ key: "billing", street: "a" }] });
    expect(problems).toMatchObject([{ native: "addresses[id=2].type" }]);
  });

  it("read a single object as a list of one", () => {
    expect(
      mappingOf(ADDRESSES).toCanonical({ addresses: { id: 1, type: "invoice", street: "a" } }).body,
    ).toEqual({ addresses: [{ key: "billing", street: "a" }] });
  });

  it("leave an item that holds nothing mapped where it is", () => {
    const native = { addresses: [{ id: 3, type: "invoice", street: null, land: null }] };
    expect(mappingOf(ADDRESSES).toCanonical(native).body).toEqual({});
    expect(mappingOf(ADDRESSES).fromCanonical({}, native).native).toEqual(native);
  });
});

describe("flat items", () => {
  it("are items only where a field other than a constant is filled", () => {
    expect(mappingOf(FLAT).toCanonical({ b_street: "1 High St", s_street: "", s_city: null }).body).toEqual({
      addresses: [{ key: "billing", use: "billing", street: "1 High St" }],
    });
  });

  it("are cleared field by field when the body lost the item", () => {
    const held = { b_street: "1 High St", b_city: "London", s_street: "2 Low St", s_city: "Leeds" };
    const body = { addresses: [{ key: "shipping", street: "2 Low St", city: "York" }] };
    expect(mappingOf(FLAT).fromCanonical(body, held).native).toEqual({
      b_street: null,
      b_city: null,
      s_street: "2 Low St",
      s_city: "York",
    });
  });

  it("are left alone where their condition kept them from being read", () => {
    const mapping = mappingOf(
      "fields:\n  prices:\n    key: list\n    when: { native: $exists(price) }\n    fields: { amount: price, currency: currency }\n",
      { entity: "product" },
    );
    expect(mapping.fromCanonical({}, { currency: "EUR" }).native).toEqual({ currency: "EUR" });
  });
});

describe("several rules on one native list", () => {
  const held = {
    mechanisms: [
      { id: 1, type: "email", value: "a@x.example" },
      { id: 2, type: "skype", value: "joe" },
      { id: 3, type: "phone", value: "+49301" },
      { id: 4, type: "email", value: "b@x.example" },
    ],
  };

  it("each claim their items and leave what none claims untouched", () => {
    const mapping = mappingOf(MECHANISMS);
    const { body, problems } = mapping.toCanonical(held);
    expect(problems).toEqual([]);
    expect((body["contactPoints"] as { key: string }[]).map(({ key }) => key)).toEqual([
      "email",
      "email-2",
      "phone",
    ]);
    const changed = {
      contactPoints: [
        { key: "email", kind: "email", value: "c@x.example" },
        { key: "mobile", kind: "mobile", value: "+49170" },
      ],
    };
    expect(mapping.fromCanonical(changed, held).native).toEqual({
      mechanisms: [
        { id: 1, type: "email", value: "c@x.example" },
        { id: 2, type: "skype", value: "joe" },
        { type: "mobile", value: "+49170" },
      ],
    });
  });
});

describe("lists within lists", () => {
  it("are matched by key on every level", () => {
    const mapping = mappingOf(
      "fields:\n  lines:\n    list: moves[]\n    id: id\n    key: no\n    fields:\n      lots:\n        list: lots[]\n        key: lot\n        fields: { quantity.value: n, quantity.unit: { constant: C62 } }\n",
      { entity: "shipment" },
    );
    const held = {
      moves: [
        {
          id: 5,
          no: "1",
          lots: [
            { id: 50, lot: "A", n: "2" },
            { id: 51, lot: "B", n: "3" },
          ],
        },
      ],
    };
    const { body } = mapping.toCanonical(held);
    expect(body).toEqual({
      lines: [
        {
          key: "1",
          lots: [
            { key: "A", quantity: { value: "2", unit: "C62" } },
            { key: "B", quantity: { value: "3", unit: "C62" } },
          ],
        },
      ],
    });
    const lines = [{ key: "1", lots: [{ key: "B", quantity: { value: "4", unit: "C62" } }] }];
    expect(mapping.fromCanonical({ lines }, held).native).toEqual({
      moves: [{ id: 5, no: "1", lots: [{ id: 51, lot: "B", n: "4" }] }],
    });
  });
});

describe("lists keyed by place", () => {
  it("count from the given number", () => {
    const mapping = mappingOf(
      "fields:\n  contacts:\n    list: people[]\n    key: { position: 1 }\n    fields: { name: name }\n",
    );
    const held = {
      people: [
        { id: 4, name: "A" },
        { id: 5, name: "B" },
      ],
    };
    expect(mapping.toCanonical(held).body).toEqual({
      contacts: [
        { key: "1", name: "A" },
        { key: "2", name: "B" },
      ],
    });
    expect(
      mapping.fromCanonical(
        {
          contacts: [
            { key: "1", name: "A" },
            { key: "2", name: "C" },
          ],
        },
        held,
      ).native,
    ).toEqual({
      people: [
        { id: 4, name: "A" },
        { id: 5, name: "C" },
      ],
    });
  });
});

describe("the first item that a condition claims", () => {
  it("has a constant key, and others stay as they are", () => {
    const mapping = mappingOf(
      "fields:\n  identifiers:\n    list: codes[]\n    when: { native: type = 'eu_vat' }\n    key: { constant: vat }\n    fields: { scheme: { constant: vat }, value: code }\n    write: { type: eu_vat }\n",
    );
    const held = {
      codes: [
        { type: "x", code: "1" },
        { type: "eu_vat", code: "DE1" },
        { type: "eu_vat", code: "DE2" },
      ],
    };
    expect(mapping.toCanonical(held).body).toEqual({
      identifiers: [{ key: "vat", scheme: "vat", value: "DE1" }],
    });
    const body = { identifiers: [{ key: "vat", scheme: "vat", value: "DE9" }] };
    expect(mapping.fromCanonical(body, held).native).toEqual({
      codes: [
        { type: "x", code: "1" },
        { type: "eu_vat", code: "DE9" },
        { type: "eu_vat", code: "DE2" },
      ],
    });
    expect(mapping.fromCanonical(body).native).toEqual({ codes: [{ code: "DE9", type: "eu_vat" }] });
  });
});
