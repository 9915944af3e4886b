import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { HoldpointError } from "../src/kernel/errors.js";
import {
  canonicalJson,
  hashJson,
  isJsonObject,
  parseJsonValue,
  sha256,
  type Json,
} from "../src/kernel/json.js";

const anyKey = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 6 }),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "toJSON",
    "length",
    "0",
    "10",
    "",
    "é",
    "e\u0301",
    "\u20ac",
    "\ud83d\ude00",
  ),
);

/** Small on purpose: two of them have to be equal now and then. */
const { value: anyJson } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 1e21, 1e-7, 5e-324),
    ),
    fc.string({ unit: "grapheme", maxLength: 6 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.uniqueArray(fc.tuple(anyKey, tie("value")), { maxLength: 4, selector: ([key]) => key }).map(objectOf),
  ),
}));

/** As JSON.parse makes one: `__proto__` is a key like any other. */
function objectOf(entries: readonly (readonly [string, Json])[]): { [key: string]: Json } {
  const object = {};
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return object;
}

const throughJson = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;

/** The same value, with its keys in another order all the way down. */
function reordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(reordered);
  if (!isJsonObject(value)) return value;
  return objectOf(
    Object.entries(value)
      .map(([key, item]) => [key, reordered(item)] as const)
      .toReversed(),
  );
}

/** Values that differ from the given one in one small thing. */
function* neighbours(value: Json): Generator<Json> {
  if (Array.isArray(value)) {
    yield [...value, null];
    yield [value];
    for (const [index, item] of value.entries()) {
      for (const other of neighbours(item)) yield value.with(index, other);
    }
    return;
  }
  if (isJsonObject(value)) {
    const entries = Object.entries(value);
    yield objectOf([
      ...entries.filter(([key]) => key !== "new"),
      ["new", Object.hasOwn(value, "new") ? [value["new"] ?? null] : null],
    ]);
    for (const [index, [key, item]] of entries.entries()) {
      for (const other of neighbours(item)) yield objectOf(entries.with(index, [key, other]));
    }
    return;
  }
  yield [value];
  yield String(value) === value ? `${value}x` : String(value);
  // Towards zero, since the greatest numbers have no neighbour above them.
  if (typeof value === "number") yield value - Math.sign(value || 1) * Math.max(1, Math.abs(value) / 2);
}

const refusal = (value: unknown): HoldpointError => {
  try {
    parseJsonValue(value);
  } catch (error) {
    if (error instanceof HoldpointError) return error;
    throw error;
  }
  throw new Error("It was taken.");
};

describe("canonical JSON", () => {
  it("is the same text for the same value, whatever the order of its keys", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(canonicalJson(reordered(value))).toBe(canonicalJson(value));
        expect(hashJson(reordered(value))).toBe(hashJson(value));
      }),
    );
  });

  it("is another text for another value", () => {
    fc.assert(
      fc.property(anyJson, anyJson, (one, other) => {
        const [a, b] = [parseJsonValue(one), parseJsonValue(other)];
        expect(canonicalJson(a) === canonicalJson(b)).toBe(isDeepStrictEqual(a, b));
      }),
    );
  });

  it("changes with every small change of the value", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const text = canonicalJson(parseJsonValue(value));
        for (const other of neighbours(value)) expect(canonicalJson(parseJsonValue(other))).not.toBe(text);
      }),
    );
  });

  it("reads back as the value it was made from", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const parsed = parseJsonValue(value);
        expect(isDeepStrictEqual(JSON.parse(canonicalJson(parsed)), parsed)).toBe(true);
        expect(canonicalJson(JSON.parse(canonicalJson(parsed)) as Json)).toBe(canonicalJson(parsed));
      }),
    );
  });

  it("is the text of RFC 8785, section 3.2", () => {
    const value = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    ) as Json;
    expect(canonicalJson(value)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
    // By UTF-16 code units, as the RFC asks, and not by code points.
    const keys = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
    expect(Object.values(JSON.parse(canonicalJson(keys)) as object)).toEqual(
      // JSON.parse puts the integer key first in any case.
      [4, 2, 6, 7, 1, 5, 3],
    );
  });
});

describe("a hash", () => {
  it("stays the same from one version to the next", () => {
    expect(hashJson({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    expect(hashJson({ b: [1, 2.5, "€"], a: null })).toBe(sha256('{"a":null,"b":[1,2.5,"€"]}'));
    expect(hashJson({ amount: 420, currency: "EUR", orderId: "8841" })).toBe(
      hashJson({ orderId: "8841", currency: "EUR", amount: 420 }),
    );
    expect(hashJson(-0)).toBe(hashJson(0));
  });

  it("tells apart texts that only look the same", () => {
    expect(hashJson("é")).not.toBe(hashJson("e\u0301"));
    expect(hashJson("1")).not.toBe(hashJson(1));
    expect(hashJson([])).not.toBe(hashJson({}));
  });

  it("of several parts tells where one ends and the next begins", () => {
    const parts = fc.array(fc.string({ maxLength: 4 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        expect(sha256(...one) === sha256(...other)).toBe(isDeepStrictEqual(one, other));
      }),
    );
  });
});

describe("parsing a value as JSON", () => {
  it("gives back what JSON gives back", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(isDeepStrictEqual(parseJsonValue(value), throughJson(value))).toBe(true);
      }),
    );
  });

  it("takes exactly the values that come back from JSON as they went in", () => {
    const anything = fc.anything({
      withDate: true,
      withBigInt: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withBoxedValues: true,
      withObjectString: true,
      withUnicodeString: true,
    } as fc.ObjectConstraints);
    fc.assert(
      fc.property(anything, (value) => {
        const taken = outcomeOf(() => parseJsonValue(value));
        if (taken === undefined) return;
        expect(isDeepStrictEqual(taken, throughJson(taken))).toBe(true);
        expect(canonicalJson(taken)).toBe(canonicalJson(throughJson(value as Json)));
        // Strict equality, but for what JSON cannot tell apart either.
        expect(isDeepStrictEqual(plain(value), taken)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["undefined in an object", { a: undefined }],
    ["undefined in a list", [1, undefined]],
    ["a hole in a list", sparse()],
    ["a function", () => 1],
    ["a method", { toJSON: () => "other" }],
    ["a symbol", Symbol("s")],
    ["a big integer", 10n],
    ["a date", new Date(0)],
    ["an invalid date", { at: new Date(Number.NaN) }],
    ["a map", new Map([["a", 1]])],
    ["a set", new Set([1])],
    ["a pattern", /a/],
    ["an error", new Error("e")],
    ["bytes", new Uint8Array([1, 2])],
    ["a buffer", Buffer.from("a")],
    ["a boxed text", Object("text")],
    ["a boxed number", Object(1)],
    [
      "a class instance",
      new (class Point {
        x = 1;
      })(),
    ],
    ["an object that inherits", Object.create({ inherited: 1 })],
    ["a promise", Promise.resolve(1)],
    ["not a number", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["minus infinity", [Number.NEGATIVE_INFINITY]],
    ["the first half of a surrogate pair", "a\ud83d"],
    ["the second half of a surrogate pair", { a: ["\ude00"] }],
    ["a key with half of a surrogate pair", { "\ud83d": 1 }],
  ])("refuses %s", (_, value) => {
    expect(refusal(value).code).toBe("args_not_json");
  });

  it("refuses what goes round in circles or too deep, without running out of stack", () => {
    const round: Record<string, unknown> = { a: 1 };
    round["self"] = { round: [round] };
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth += 1) deep = depth % 2 === 0 ? [deep] : { deep };
    for (const value of [round, deep]) expect(refusal(value).code).toBe("args_not_json");
  });

  it("takes what is nested a hundred deep", () => {
    const nested = (depth: number): Json => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect(parseJsonValue(nested(100))).toEqual(nested(100));
    expect(refusal(nested(101)).code).toBe("args_not_json");
  });

  it("names the place where it stopped", () => {
    expect(refusal({ order: { lines: [{ at: "now" }, { at: new Date(0) }] } })).toMatchObject({
      message: expect.stringContaining("$.order.lines[1].at is a Date") as string,
      details: { path: "$.order.lines[1].at" },
    });
  });

  it("keeps a key called __proto__ as a key, and pollutes nothing", () => {
    const hostile = JSON.parse(
      '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"a":1}',
    ) as Json;
    const parsed = parseJsonValue(hostile);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect((parsed as { admin?: unknown }).admin).toBeUndefined();
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
    expect(Object.keys(parsed as object).toSorted()).toEqual(["__proto__", "a", "constructor"]);
    expect(canonicalJson(parsed)).toBe(
      '{"__proto__":{"admin":true},"a":1,"constructor":{"prototype":{"admin":true}}}',
    );
    expect(hashJson(parsed)).not.toBe(hashJson(parseJsonValue({ a: 1 })));
  });

  it("gives a copy: what is changed afterwards changes nothing that was hashed", () => {
    const given = { list: [1], object: { a: 1 } };
    const parsed = parseJsonValue(given);
    given.list.push(2);
    given.object.a = 2;
    expect(parsed).toEqual({ list: [1], object: { a: 1 } });
  });

  it("asks a getter once", () => {
    let asked = 0;
    const shifty = {
      get amount() {
        asked += 1;
        return asked;
      },
    };
    expect(parseJsonValue(shifty)).toEqual({ amount: 1 });
    expect(asked).toBe(1);
  });
});

function sparse(): unknown[] {
  const list: unknown[] = [];
  list[1] = 1;
  return list;
}

function outcomeOf(work: () => Json): Json | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof HoldpointError && error.code === "args_not_json") return undefined;
    throw error;
  }
}

/** With the prototypes and zeros that JSON knows. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return objectOf(Object.entries(value).map(([key, item]) => [key, plain(item) as Json]));
  }
  return Object.is(value, -0) ? 0 : value;
}
