// Arguments as they are typed: fields by the tool's JSON Schema, rows of lists, and what comes out of them. The server
// parses what comes out with the tool itself.
import { isObject, shapeOf, type Schema, type Shape } from "./arg-shape.js";

/** What stands under one name. */
export interface Field {
  name: string;
  about: string;
  isRequired: boolean;
  value: Value;
}

export type Value = Leaf | Group | List | Maybe;

/** Typed as text, or chosen by the name of an option. */
export interface Leaf {
  kind: "text" | "number" | "choice" | "json";
  options: readonly Option[];
  typed: string;
}

export interface Option {
  name: string;
  value: unknown;
}

/** What may be null instead. */
export interface Maybe {
  kind: "maybe";
  isNone: boolean;
  /** What it is where it is not null. */
  of: Exclude<Value, Maybe>;
}

interface Group {
  kind: "group";
  /** Else it is left out for as long as all of it is. */
  wasThere: boolean;
  fields: readonly Field[];
}

export interface List {
  kind: "list";
  wasThere: boolean;
  rows: readonly Row[];
  /** What a new row begins with. */
  blank: Value;
}

export interface Row {
  /** Its own for as long as it is typed in. */
  id: number;
  /** Its place before anything was changed; null for a new one. */
  was: number | null;
  value: Value;
}

export type Draft = readonly Field[];

export function draftOf(args: Record<string, unknown>, schema: Record<string, unknown> | null): Draft {
  const whole = (schema ?? {}) as Schema;
  return fieldsOf(args, whole, { whole, depth: 0 });
}

/** A schema may hold itself: from some depth on, what is typed is JSON. */
interface Within {
  whole: Schema;
  depth: number;
}
const mostDepth = 4;

function fieldsOf(given: Record<string, unknown>, schema: Schema, within: Within): Field[] {
  const properties = schema.properties ?? {};
  const names = [...new Set([...Object.keys(properties), ...Object.keys(given)])];
  return names.map((name) => {
    const shape = shapeOf(properties[name] ?? {}, within.whole);
    return {
      name,
      about: shape.about,
      isRequired: schema.required?.includes(name) ?? false,
      value: valueOf(given[name], shape, within),
    };
  });
}

function valueOf(given: unknown, shape: Shape, within: Within): Value {
  if (shape.kind === "choice") return choiceOf(given, shape.values);
  if (!shape.isNullable) return givenOf(given, shape.schema, within);
  const isNone = given === null;
  return { kind: "maybe", isNone, of: givenOf(isNone ? undefined : given, shape.schema, within) };
}

function givenOf(given: unknown, schema: Schema, within: Within): Exclude<Value, Maybe> {
  const { whole, depth } = within;
  const deeper = { whole, depth: depth + 1 };
  const wasThere = given !== undefined;
  if (depth < mostDepth && schema.type === "object" && schema.properties && (isObject(given) || !wasThere))
    return { kind: "group", wasThere, fields: fieldsOf(given ?? {}, schema, deeper) };
  if (depth < mostDepth && isList(schema) && (Array.isArray(given) || !wasThere)) {
    const items = shapeOf(schema.items, whole);
    if (items.kind === "choice" || items.schema.type) {
      const rows = (given ?? []).map((one, index) => ({
        id: index,
        was: index,
        value: valueOf(one, items, deeper),
      }));
      return { kind: "list", wasThere, rows, blank: blankOf(valueOf(undefined, items, deeper)) };
    }
  }
  const kind = kindOf(schema, given);
  const isJson = kind === "json" && typeof given === "string";
  return { kind, options: [], typed: isJson ? JSON.stringify(given) : typedFrom(given) };
}

/** What is there can be chosen even where it is none of them: whoever does not touch it changes nothing. */
function choiceOf(given: unknown, values: readonly unknown[]): Leaf {
  const known = given === undefined || values.some((value) => isSame(value, given));
  const all = known ? values : [...values, given];
  const plain = all.map((value) => (value === null ? "none" : typedFrom(value)));
  const options = all.map((value, index): Option => {
    const name = plain[index] ?? "";
    // Where two read alike, as "1" and 1 do, or nothing could be read, they are told as JSON.
    const isClear = name !== "" && plain.filter((one) => one === name).length === 1;
    return { name: isClear ? name : JSON.stringify(value), value };
  });
  return { kind: "choice", options, typed: options.find(({ value }) => isSame(value, given))?.name ?? "" };
}

/** As a new row begins: with something that can be chosen, where something has to be. */
function blankOf(value: Value): Value {
  switch (value.kind) {
    case "choice": {
      const [first] = value.options;
      return { ...value, typed: (value.options.find((one) => one.value === false) ?? first)?.name ?? "" };
    }
    case "text":
    case "number":
    case "json":
    case "group":
    case "list":
    case "maybe":
      return value;
  }
}

function isList(schema: Schema): schema is Schema & { items: Schema } {
  return schema.type === "array" && !schema.prefixItems && schema.items !== undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function typedFrom(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** By its schema; what is there and is something else comes out as it went in only where it is JSON. */
function kindOf({ type }: Schema, value: unknown): "text" | "number" | "json" {
  const named = type ?? typeof value;
  const isOr = (kind: string) => value === undefined || typeof value === kind;
  if (named === "string" && isOr("string")) return "text";
  return (named === "number" || named === "integer") && isOr("number") ? "number" : "json";
}

export interface Change {
  name: string;
  before: string;
  after: string;
}

/** What was typed as arguments, with what cannot be read (by its path) and what differs from before. */
export function readDraft(
  draft: Draft,
  before: Record<string, unknown>,
): { args: Record<string, unknown>; faults: string[]; changes: Change[] } {
  const faults: string[] = [];
  const args = readFields(draft, before, "", faults);
  return { args, faults, changes: changesIn(draft, before, args, []) };
}

function readFields(fields: Draft, before: unknown, path: string, faults: string[]): Record<string, unknown> {
  const args: Record<string, unknown> = {};
  for (const { name, value, isRequired } of fields) {
    const was = isObject(before) ? before[name] : undefined;
    const read = readValue(value, was, isRequired, `${path}${name}`, faults);
    if (read !== undefined) args[name] = read;
  }
  return args;
}

/** @returns undefined for what is left out, and for what cannot be read. */
function readValue(
  value: Value,
  before: unknown,
  isRequired: boolean,
  path: string,
  faults: string[],
): unknown {
  switch (value.kind) {
    case "group":
      return isRequired || value.wasThere || isTyped(value)
        ? readFields(value.fields, before, `${path}.`, faults)
        : undefined;
    case "list": {
      const were = Array.isArray(before) ? (before as unknown[]) : [];
      const rows = value.rows.map(({ was, value: one }, index) => {
        const at = `${path}.${index}`;
        const read = readValue(one, was === null ? undefined : were[was], true, at, faults);
        // A row is taken out, and not left out.
        if (read === undefined && !faults.includes(at)) faults.push(at);
        return read;
      });
      return isRequired || value.wasThere || rows.length > 0 ? rows : undefined;
    }
    case "maybe":
      return value.isNone ? null : readValue(value.of, before, isRequired, path, faults);
    case "text":
      // Emptied, a text that may not be left out is an empty one.
      return value.typed === "" && !isRequired && before !== "" ? undefined : value.typed;
    case "choice":
    case "number":
    case "json": {
      if (value.typed === "") return undefined;
      const read = readLeaf(value);
      if (read === undefined) faults.push(path);
      return read;
    }
  }
}

/** Is there anything in it? */
function isTyped(value: Value): boolean {
  switch (value.kind) {
    case "group":
      return value.fields.some((field) => isTyped(field.value));
    case "list":
      return value.rows.length > 0;
    case "maybe":
      return value.isNone || isTyped(value.of);
    case "text":
    case "choice":
    case "number":
    case "json":
      return value.typed !== "";
  }
}

/** Undefined where it cannot be read. */
export function readLeaf({ kind, typed, options }: Leaf): unknown {
  switch (kind) {
    case "text":
      return typed;
    case "choice":
      return options.find(({ name }) => name === typed)?.value;
    case "number":
      return typed.trim() !== "" && Number.isFinite(Number(typed)) ? Number(typed) : undefined;
    case "json":
      try {
        return JSON.parse(typed) as unknown;
      } catch {
        return undefined;
      }
  }
}

/** Where it is nested, what changed is told where it changed; a row is told by the place it has, or had. */
function changesIn(fields: Draft, before: unknown, after: unknown, within: readonly string[]): Change[] {
  return fields.flatMap(({ name, value }) => {
    const [was, is] = [before, after].map((one) => (isObject(one) ? one[name] : undefined));
    return changeOf(value, was, is, [...within, name]);
  });
}

function changeOf(value: Value, before: unknown, after: unknown, names: readonly string[]): Change[] {
  if (value.kind === "maybe" && !value.isNone) return changeOf(value.of, before, after, names);
  if (value.kind === "group" && isObject(before) && isObject(after))
    return changesIn(value.fields, before, after, names);
  if (value.kind === "list" && Array.isArray(before) && Array.isArray(after)) {
    const left = new Set(value.rows.map(({ was }) => was));
    const gone = before.flatMap((was: unknown, index) =>
      left.has(index)
        ? []
        : [{ name: [...names, index + 1].join(" "), before: shownOf(was), after: "taken out" }],
    );
    const others = value.rows.flatMap((row, index) => {
      const place = [...names, String((row.was ?? index) + 1)];
      return row.was === null
        ? [{ name: [...names, index + 1].join(" "), before: "not there", after: shownOf(after[index]) }]
        : changeOf(row.value, before[row.was], after[index], place);
    });
    return [...others, ...gone];
  }
  if (isSame(before, after)) return [];
  return [{ name: names.join(" "), before: shownOf(before), after: shownOf(after) }];
}

function shownOf(value: unknown): string {
  if (value === undefined) return "left out";
  if (value === null) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A new row, after the one that is named, or at the end. */
export function withRow(list: List, after: number | null): { list: List; id: number } {
  const id = Math.max(-1, ...list.rows.map((row) => row.id)) + 1;
  const at = after === null ? list.rows.length : list.rows.findIndex((row) => row.id === after) + 1;
  return { id, list: { ...list, rows: list.rows.toSpliced(at, 0, { id, was: null, value: list.blank }) } };
}

/** Without it, and which row is in its place then. */
export function withoutRow(list: List, id: number): { list: List; id: number | null } {
  const at = list.rows.findIndex((row) => row.id === id);
  const rows = list.rows.filter((row) => row.id !== id);
  return { list: { ...list, rows }, id: (rows[at] ?? rows.at(-1))?.id ?? null };
}
