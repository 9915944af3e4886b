import type { Json, JsonObject } from "../kernel/json.js";

/**
 * What a rule may read of a call. Arguments come from a model and may be meant to hurt: a value beyond the bounds
 * throws when a rule reads it, and only then, so that the call is held and a rule that never looks is not disturbed.
 */
export interface ReadableFacts {
  readonly plain: RuleFacts;
  /** For rules that go through lists: those must also be short. */
  short(): RuleFacts;
}

/** The variables of the rule language. */
export interface RuleFacts {
  readonly tool: string;
  readonly args: JsonObject;
  /** Facts the runtime knows, such as `refunds90d`; a rule that misses one holds the call. */
  readonly context: JsonObject;
  /** What earlier results say: by the name that the policy gives, then by key. */
  readonly facts: JsonObject;
  /** `words`, `last` and `all`, which the person wrote; without them where that is not known. */
  readonly user: JsonObject;
  /** Left out where nobody asked for it: what reads it then fails. */
  readonly now?: Date;
}

/** A call, and what came before it as far as that is known. */
export type Readable = Pick<RuleFacts, "tool" | "args" | "context"> & Partial<RuleFacts>;

export function readFacts({
  tool,
  args,
  context,
  facts: known = {},
  user = {},
  now,
}: Readable): ReadableFacts {
  const facts = { tool, args, context, facts: known, user, ...(now ? { now } : {}) };
  let short: RuleFacts | undefined;
  return {
    plain: guarded(facts, tooFar),
    short: () => (short ??= guarded(facts, (value) => tooFar(value) ?? tooLong(value))),
  };
}

/** Why a value is out of bounds, or null. */
type Objection = (value: Json) => string | null;

// Below this, products of arguments do not reach Infinity. Infinity - Infinity is NaN, and every comparison with NaN
// is false: two absurd amounts would slip past the rule that holds large ones.
const maxNumber = 1e30;

function tooFar(value: Json): string | null {
  if (typeof value !== "number" || Math.abs(value) <= maxNumber) return null;
  return `is ${value}; a rule reads numbers up to ${maxNumber}`;
}

const maxItems = 1_000;
const maxText = 100_000;

function tooLong(value: Json): string | null {
  if (typeof value === "string") {
    if (value.length <= maxText) return null;
    return `has ${value.length} characters; a rule that goes through lists reads at most ${maxText}`;
  }
  if (typeof value !== "object" || value === null) return null;
  const size = Array.isArray(value) ? value.length : Object.keys(value).length;
  return size <= maxItems
    ? null
    : `has ${size} entries; a rule that goes through lists reads at most ${maxItems}`;
}

const objects = ["args", "context", "facts", "user"] as const;

/** The same object where nothing is out of bounds, which is nearly always; else a copy that throws at those places. */
function guarded(facts: RuleFacts, objection: Objection): RuleFacts {
  if (objects.every((name) => fits(facts[name], objection))) return facts;
  const copy: RuleFacts = { ...facts, args: {}, context: {}, facts: {}, user: {} };
  for (const name of objects) place(copy, name, facts[name], name, objection);
  return copy;
}

function fits(value: Json, objection: Objection): boolean {
  if (objection(value) !== null) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every((child) => fits(child, objection));
}

function place(on: object, key: string, value: Json, path: string, objection: Objection): void {
  const why = objection(value);
  const access: PropertyDescriptor =
    why === null
      ? { value: copyOf(value, path, objection) }
      : {
          get: () => {
            throw new RangeError(`${path} ${why}`);
          },
        };
  Object.defineProperty(on, key, { ...access, enumerable: true });
}

function copyOf(value: Json, path: string, objection: Objection): Json {
  if (typeof value !== "object" || value === null) return value;
  const copy: Json[] | JsonObject = Array.isArray(value) ? [] : {};
  for (const [key, child] of Object.entries(value)) {
    place(copy, key, child, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, objection);
  }
  return copy;
}
