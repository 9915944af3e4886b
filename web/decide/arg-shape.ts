// What a JSON Schema lets a field hold: one of some values, or one shape, and whether it may be null instead. Schemas say
// the same in many ways: `nullable`, a list of types, a union with null, constants one by one.

export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  nullable?: boolean;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  prefixItems?: Schema[];
}

export type Shape =
  | { kind: "choice"; values: readonly unknown[]; about: string }
  /** Without a type: several shapes, or none that is known here. */
  | { kind: "one"; schema: Schema & { type?: string }; isNullable: boolean; about: string };

export function shapeOf(schema: Schema, whole: Schema): Shape {
  const branches = branchesOf(schema, whole, 0);
  const about = schema.description ?? branches.find(({ description }) => description)?.description ?? "";
  const sets = branches.map(valuesOf);
  const isClosed = sets.every((values) => values !== null);
  if (isClosed && sets.flat().some((value) => value !== null))
    return { kind: "choice", values: distinct(sets.flat()), about };
  const [only, ...others] = branches.filter(({ type }) => type !== "null");
  const isNullable = branches.some(({ type }) => type === "null");
  if (only && others.length === 0)
    return { kind: "one", schema: only as Schema & { type?: string }, isNullable, about };
  return { kind: "one", schema: {}, isNullable: false, about };
}

/** A schema may name itself: so many steps, and no more. */
const mostSteps = 8;

/** All that it may be, each with one type at most. */
function branchesOf(schema: Schema, whole: Schema, steps: number): Schema[] {
  if (steps > mostSteps) return [{}];
  const deeper = (one: Schema): Schema[] => branchesOf(one, whole, steps + 1);
  const { $ref, anyOf, oneOf, allOf, nullable, type, ...rest } = schema;
  if (nullable) return [...deeper({ ...schema, nullable: false }), { type: "null" }];
  if ($ref !== undefined) return deeper(referred($ref, whole));
  const union = anyOf ?? oneOf;
  if (union) return union.flatMap(deeper);
  if (allOf) return allOf.length === 1 ? allOf.flatMap(deeper) : [{}];
  if (Array.isArray(type)) return type.map((one) => ({ ...rest, type: one }));
  return [schema];
}

/** Null where it is no closed set. */
function valuesOf({ const: only, enum: values, type }: Schema): readonly unknown[] | null {
  if (only !== undefined) return [only];
  if (values) return values;
  if (type === "null") return [null];
  return type === "boolean" ? [true, false] : null;
}

function distinct(values: readonly unknown[]): unknown[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function referred(ref: string, whole: Schema): Schema {
  const [root, ...path] = ref.split("/");
  if (root !== "#") return {};
  const found = path.reduce<unknown>(
    (at, name) => Object(at)[name.replaceAll("~1", "/").replaceAll("~0", "~")],
    whole,
  );
  return isObject(found) ? found : {};
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
