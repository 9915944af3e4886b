// Arguments as they are typed: fields by the tool's JSON Schema, rows of lists, and what comes out of them. The server
// parses what comes out with the tool itself.

/** What stands under one name. */
export interface Field {
  name: string;
  about: string;
  isRequired: boolean;
  value: Value;
}

export type Value = Leaf | Group | List;

/** Typed as text. */
export interface Leaf {
  kind: "text" | "number" | "boolean" | "choice" | "json";
  options: readonly string[];
  typed: string;
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

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  prefixItems?: Schema[];
}

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
    const property = resolved(properties[name] ?? {}, within.whole);
    return {
      name,
      about: property.description ?? "",
      isRequired: schema.required?.includes(name) ?? false,
      value: valueOf(given[name], property, within),
    };
  });
}

function valueOf(given: unknown, schema: Schema, within: Within): Value {
  const { whole, depth } = within;
  const deeper = { whole, depth: depth + 1 };
  const wasThere = given !== undefined;
  if (depth < mostDepth && schema.type === "object" && schema.properties && (isObject(given) || !wasThere))
    return { kind: "group", wasThere, fields: fieldsOf(given ?? {}, schema, deeper) };
  if (depth < mostDepth && isListOfShape(schema, whole) && (Array.isArray(given) || !wasThere)) {
    const items = resolved(schema.items, whole);
    const rows = (given ?? []).map((one, index) => ({
      id: index,
      was: index,
      value: valueOf(one, items, deeper),
    }));
    return { kind: "list", wasThere, rows, blank: blankOf(valueOf(undefined, items, deeper)) };
  }
  const kind = kindOf(schema, given);
  const options = kind === "choice" ? (schema.enum ?? []).map(String) : [];
  return {
    kind,
    options,
    typed: kind === "json" && typeof given === "string" ? JSON.stringify(given) : typedFrom(given),
  };
}

/** As a new row begins: with something that can be chosen, where something has to be. */
function blankOf(value: Value): Value {
  if (value.kind === "boolean") return { ...value, typed: "false" };
  return value.kind === "choice" ? { ...value, typed: value.options[0] ?? "" } : value;
}

function isListOfShape(schema: Schema, whole: Schema): schema is Schema & { items: Schema } {
  if (schema.type !== "array" || schema.prefixItems || !schema.items) return false;
  const { type, enum: options } = resolved(schema.items, whole);
  return typeof type === "string" || options !== undefined;
}

function resolved(schema: Schema, whole: Schema): Schema {
  const [root, ...path] = schema.$ref?.split("/") ?? [];
  if (root !== "#") return schema;
  const found = path.reduce<unknown>(
    (at, name) => Object(at)[name.replaceAll("~1", "/").replaceAll("~0", "~")],
    whole,
  );
  return isObject(found) ? found : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typedFrom(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function kindOf({ type, enum: options }: Schema, value: unknown): Leaf["kind"] {
  if (options?.every((option) => typeof option === "string")) return "choice";
  const named = type ?? (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);
  if (named === "string") return "text";
  if (named === "number" || named === "integer") return "number";
  return named === "boolean" ? "boolean" : "json";
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
    case "text":
      // Emptied, a text that may not be left out is an empty one.
      return value.typed === "" && !isRequired && before !== "" ? undefined : value.typed;
    case "choice":
    case "boolean":
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
    case "text":
    case "choice":
    case "boolean":
    case "number":
    case "json":
      return value.typed !== "";
  }
}

/** Undefined where it cannot be read. */
export function readLeaf({ kind, typed }: Leaf): unknown {
  switch (kind) {
    case "text":
    case "choice":
      return typed;
    case "boolean":
      return typed === "true";
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
  const [was, is] = [shownOf(before), shownOf(after)];
  return was === is ? [] : [{ name: names.join(" "), before: was, after: is }];
}

function shownOf(value: unknown): string {
  if (value === undefined) return "left out";
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
