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
});
