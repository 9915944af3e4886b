// Arguments as fields and rows: what was not touched comes out as it went in, and what was is told where it is.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  draftOf,
  readDraft,
  withoutRow,
  withRow,
  type Draft,
  type Field,
  type List,
} from "../web/decide/args-draft.js";

const args = z.object({
  id: z.string(),
  tags: z.array(z.string()),
  to: z.object({ name: z.string(), street: z.string().optional(), floor: z.number().optional() }),
  items: z.array(z.object({ sku: z.string(), count: z.int(), gift: z.boolean() })),
  grid: z.array(z.array(z.number())),
  more: z.record(z.string(), z.unknown()).optional(),
  speed: z.enum(["slow", "fast"]).optional(),
});
const schema = z.toJSONSchema(args) as Record<string, unknown>;
const given: z.output<typeof args> = {
  id: "8841",
  tags: ["a", "b"],
  to: { name: "Mara" },
  items: [
    { sku: "x", count: 1, gift: false },
    { sku: "y", count: 2, gift: true },
  ],
  grid: [[1, 2], []],
};

const field = (draft: Draft, name: string): Field => {
  const found = draft.find((one) => one.name === name);
  if (!found) throw new Error(`There is no ${name}.`);
  return found;
};
const listOf = (draft: Draft, name: string): List => {
  const { value } = field(draft, name);
  if (value.kind !== "list") throw new Error(`${name} is no list.`);
  return value;
};
const put = (draft: Draft, name: string, value: Field["value"]): Draft =>
  draft.map((one) => (one.name === name ? { ...one, value } : one));
/** Types into the fields of the first row. */
const typeInRow = (list: List, name: string, typed: string): List => ({
  ...list,
  rows: list.rows.map((row, index) =>
    index === 0 && row.value.kind === "group"
      ? {
          ...row,
          value: {
            ...row.value,
            fields: row.value.fields.map((one) =>
              one.name === name ? { ...one, value: { ...one.value, typed } as Field["value"] } : one,
            ),
          },
        }
      : row,
  ),
});

describe("a draft of arguments", () => {
  it("has fields for objects, rows for lists, and JSON only for what has no shape", () => {
    const kinds = draftOf(given, schema).map(({ name, value }) => [name, value.kind]);
    expect(kinds).toEqual([
      ["id", "text"],
      ["tags", "list"],
      ["to", "group"],
      ["items", "list"],
      ["grid", "list"],
      ["more", "json"],
      ["speed", "choice"],
    ]);
    expect(draftOf({ id: { deep: [1] } }, null).map(({ value }) => value.kind)).toEqual(["json"]);
  });

  it("that nobody touched reads as what it was made of, and nothing is changed", () => {
    const text = fc.string({ maxLength: 8 });
    const arbitrary = fc.record(
      {
        id: text,
        tags: fc.array(text, { maxLength: 3 }),
        to: fc.record({ name: text, street: text, floor: fc.integer() }, { requiredKeys: ["name"] }),
        items: fc.array(fc.record({ sku: text, count: fc.integer(), gift: fc.boolean() }), { maxLength: 3 }),
        grid: fc.array(fc.array(fc.integer(), { maxLength: 2 }), { maxLength: 2 }),
        more: fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }), fc.jsonValue({ maxDepth: 1 })),
        speed: fc.constantFrom("slow", "fast"),
        unknown: fc.jsonValue({ maxDepth: 2 }),
      },
      { requiredKeys: ["id", "tags", "to", "items", "grid"] },
    );
    fc.assert(
      fc.property(arbitrary, (some) => {
        const plain = JSON.parse(JSON.stringify(some)) as Record<string, unknown>;
        expect(readDraft(draftOf(plain, schema), plain)).toEqual({ args: plain, faults: [], changes: [] });
      }),
    );
  });

  it("tells what changed where it is: in a row, a row that is new, one that was taken out", () => {
    const draft = draftOf(given, schema);
    let items = typeInRow(listOf(draft, "items"), "count", "5");
    items = withoutRow(items, 1).list;
    const tags = withRow(listOf(draft, "tags"), 0).list;
    const read = readDraft(put(put(draft, "items", items), "tags", tags), given);
    expect(read.args).toEqual({
      ...given,
      tags: ["a", "", "b"],
      items: [{ sku: "x", count: 5, gift: false }],
    });
    expect(read.changes).toEqual([
      { name: "tags 2", before: "not there", after: "" },
      { name: "items 1 count", before: "1", after: "5" },
      { name: "items 2", before: '{"sku":"y","count":2,"gift":true}', after: "taken out" },
    ]);
  });

  it("says by its path what cannot be read, and that a row is empty", () => {
    const draft = draftOf(given, schema);
    const items = typeInRow(listOf(draft, "items"), "count", "many");
    const grid = listOf(draft, "grid");
    const [first] = grid.rows;
    if (first?.value.kind !== "list") throw new Error("The grid has rows in rows.");
    const inner = { ...first, value: withRow(first.value, null).list };
    const changed = put(put(draft, "items", items), "grid", { ...grid, rows: [inner] });
    expect(readDraft(changed, given).faults).toEqual(["items.0.count", "grid.0.2"]);
  });

  it("of a schema that holds itself ends: deep down it is JSON", () => {
    const Node = z.object({
      name: z.string(),
      get children() {
        return z.array(Node);
      },
    });
    const tree = { name: "a", children: [{ name: "b", children: [] }] };
    const draft = draftOf({ root: tree }, z.toJSONSchema(z.object({ root: Node })));
    expect(field(draft, "root").value.kind).toBe("group");
    expect(readDraft(draft, { root: tree })).toEqual({ args: { root: tree }, faults: [], changes: [] });
  });

  it("leaves out what may be left out where nothing of it was there or is typed, and keeps an empty list that was", () => {
    const optional = z.toJSONSchema(
      z.object({ to: z.object({ name: z.string() }).optional(), tags: z.array(z.string()).optional() }),
    ) as Record<string, unknown>;
    expect(readDraft(draftOf({}, optional), {}).args).toEqual({});
    const had = { tags: ["a"] };
    const draft = draftOf(had, optional);
    expect(readDraft(put(draft, "tags", withoutRow(listOf(draft, "tags"), 0).list), had).args).toEqual({
      tags: [],
    });
  });

  /** Of what a schema lets it be: the field's kind, with its options. */
  const kindIn = (some: Record<string, unknown>, given: Record<string, unknown>) =>
    draftOf(given, { type: "object", properties: { some } }).map(({ value }) => {
      const of = value.kind === "maybe" ? value.of : value;
      const options = of.kind === "choice" ? of.options.map(({ name }) => name).join(", ") : "";
      return `${value.kind === "maybe" ? "maybe " : ""}${of.kind} ${options}`.trim();
    })[0];

  it.each<[string, Record<string, unknown>]>([
    ["maybe text", { type: ["string", "null"] }],
    ["maybe number", { type: ["integer", "null"] }],
    ["maybe text", { anyOf: [{ type: "string" }, { type: "null" }] }],
    ["maybe number", { oneOf: [{ type: "null" }, { type: "number" }] }],
    ["maybe text", { type: "string", nullable: true }],
    ["maybe group", { anyOf: [{ type: "object", properties: { a: {} } }, { type: "null" }] }],
    ["maybe list", { type: ["array", "null"], items: { type: "string" } }],
    ["maybe json", { anyOf: [{ type: "object" }, { type: "null" }] }],
    ["text", { type: ["string"] }],
    ["text", { allOf: [{ type: "string" }] }],
    ["choice true, false", { type: "boolean" }],
    ["choice true, false, none", { type: ["boolean", "null"] }],
    ["choice a, b, none", { anyOf: [{ enum: ["a", "b"] }, { type: "null" }] }],
    ["choice a, b, none", { enum: ["a", "b", null] }],
    ["choice 1, 2", { anyOf: [{ const: 1 }, { const: 2 }] }],
    ['choice "1", 1, ""', { oneOf: [{ const: "1" }, { const: 1 }, { const: "" }] }],
    ["choice only", { const: "only", type: "string" }],
    ["json", { type: ["string", "number", "null"] }],
    ["json", { anyOf: [{ type: "string" }, { enum: [1] }] }],
    ["json", { anyOf: [{ type: "object", properties: { a: {} } }, { type: "array" }] }],
    ["json", { type: "null" }],
    ["json", { allOf: [{ type: "string" }, { maxLength: 3 }] }],
    ["group", { $ref: "#" }],
    ["json", { $ref: "#/properties/some" }],
  ])("is %s for %j", (kind, some) => {
    expect(kindIn(some, {})).toBe(kind);
  });

  it("whose value may be null is that, or what it is where it is not", () => {
    const nullable = z.toJSONSchema(
      z.object({
        vat: z.string().nullable(),
        floor: z.number().nullish(),
        to: z.object({ name: z.string() }).nullable(),
      }),
    ) as Record<string, unknown>;
    const before = { vat: null, floor: 2, to: { name: "Mara" } };
    const draft = draftOf(before, nullable);
    const maybe = (name: string, change: object): Field["value"] => ({
      ...field(draft, name).value,
      ...change,
    });
    expect(readDraft(draft, before).changes).toEqual([]);
    const typed = maybe("vat", { isNone: false, of: { kind: "text", options: [], typed: "none" } });
    const none = put(put(draft, "vat", typed), "to", maybe("to", { isNone: true }));
    expect(readDraft(put(none, "floor", maybe("floor", { isNone: true })), before)).toEqual({
      args: { vat: "none", floor: null, to: null },
      faults: [],
      changes: [
        { name: "vat", before: "none", after: "none" },
        { name: "floor", before: "2", after: "none" },
        { name: "to", before: '{"name":"Mara"}', after: "none" },
      ],
    });
    const empty = maybe("floor", { of: { kind: "number", options: [], typed: "" } });
    expect(readDraft(put(draft, "floor", empty), before).args).toEqual({ vat: null, to: { name: "Mara" } });
  });

  it("of any schema, and of anything that was given, reads as what it was made of", () => {
    const schemas = fc.letrec((tie) => ({
      one: fc.oneof(
        { depthSize: "small" },
        fc.record({
          type: fc.constantFrom<string | string[]>("string", "number", "boolean", "null", "array", "object", [
            "string",
            "null",
          ]),
        }),
        fc.record({ enum: fc.array(fc.jsonValue({ maxDepth: 1 }), { minLength: 1, maxLength: 3 }) }),
        fc.record({ const: fc.jsonValue({ maxDepth: 0 }) }),
        fc.record({ anyOf: fc.array(tie("one"), { minLength: 1, maxLength: 3 }) }),
        fc.record({ type: fc.constant("array"), items: tie("one") }),
        fc.record({
          type: fc.constant("object"),
          properties: fc.dictionary(fc.constantFrom("a", "b"), tie("one")),
        }),
      ),
    })).one;
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(null, true, false, "a", 1, ["a", null], { a: null, b: "" }),
    );
    fc.assert(
      fc.property(schemas, value, (some, one) => {
        const plain = JSON.parse(JSON.stringify({ some: one })) as Record<string, unknown>;
        const whole = { type: "object", properties: { some }, required: ["some"] };
        expect(readDraft(draftOf(plain, whole), plain)).toEqual({ args: plain, faults: [], changes: [] });
      }),
      { numRuns: 2_000 },
    );
  });
});
