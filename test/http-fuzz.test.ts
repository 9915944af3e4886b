// Every route, called with things of nearly the right shape: an answer of the contract's or a problem, and never a fault.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { problemSchema, routes, type Route } from "../src/http/contract.js";
import { openApiDocument } from "../src/http/openapi.js";
import { say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

let at: Served;
const known: Record<string, string> = {};
const faults: unknown[] = [];
beforeAll(async () => {
  const fault = (what: string, fields?: object): void => void faults.push([what, fields]);
  const log = { info: () => {}, warn: () => {}, error: fault };
  at = await serve(await testDatabase(), { log, heartbeatMs: 200 });
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say("read a; pay a 5"));
  const [run] = await at.client.runs.list(threadId);
  const { checkpoint } = await at.client.threads.getState(threadId);
  const { items } = await at.runtime.reviews.list("default", { threadId, limit: 1 });
  Object.assign(known, {
    thread_id: threadId,
    run_id: run?.run_id,
    checkpoint_id: checkpoint.checkpoint_id,
    assistant_id: "support",
    graph_id: "support",
    id: items[0]?.id,
    argsHash: items[0]?.argsHash,
  });
});
afterAll(() => at.stop());

const odd = fc.oneof(
  fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as unknown),
  fc.constantFrom<unknown>(null, "", 0, -1, 1e308, true, [], {}, [[]], "*", "support", "values", "\u{1F4A3}"),
  fc.uuid(),
  fc.constant("2026-01-01T00:00:00Z"),
);

/** A thing that is there, often; else anything. */
const named = (name: string): fc.Arbitrary<unknown> =>
  name in knownNames
    ? fc.oneof({ weight: 2, arbitrary: fc.constant(null).map(() => known[name]) }, odd)
    : odd;
const knownNames = {
  thread_id: 1,
  run_id: 1,
  checkpoint_id: 1,
  assistant_id: 1,
  graph_id: 1,
  id: 1,
  argsHash: 1,
};

function namesIn(schema: z.ZodType | undefined): string[] {
  const json = schema ? (z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Shape) : {};
  return Object.keys(json.properties ?? json.items?.properties ?? {});
}

interface Shape {
  properties?: object;
  items?: Shape;
}

const recordOf = (schema: z.ZodType | undefined): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .record(Object.fromEntries(namesIn(schema).map((name) => [name, named(name)])), { requiredKeys: [] })
    .chain((fields) =>
      fc.oneof(
        fc.constant(fields),
        fc.dictionary(fc.string(), odd).map((more) => ({ ...fields, ...more })),
      ),
    );

const callOf = (route: Route) =>
  fc.record({
    params: recordOf(route.params),
    query: recordOf(route.query),
    body: fc.oneof(
      { weight: 8, arbitrary: recordOf(route.body) },
      { weight: 1, arbitrary: fc.array(recordOf(route.body), { maxLength: 2 }) },
      { weight: 1, arbitrary: odd },
    ),
  });

const inWords = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** In a path; what would lead to another route is none. */
const asSegment = (value: unknown): string => {
  const words = inWords(value);
  return ["", ".", ".."].includes(words) ? "none" : encodeURIComponent(words);
};

const documented = openApiDocument("1.0.0")["paths"] as Record<
  string,
  Record<string, { responses: Record<string, object> }>
>;

interface Call {
  params: Record<string, unknown>;
  query: Record<string, unknown>;
  body: unknown;
}

async function call(route: Route, { params, query, body }: Call): Promise<void> {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    asSegment(params[name] ?? known[name] ?? "none"),
  );
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, inWords(value)]),
  );
  const response = await fetch(`${at.url}${path}?${search.toString()}`, {
    method: route.method.toUpperCase(),
    ...(route.body ? { body: JSON.stringify(body) } : {}),
    // A stream of a thread goes on for ever, and a run may wait behind the one that is held.
    signal: AbortSignal.timeout(400),
  });
  const text = await response.text();
  expect(response.status).toBeLessThan(500);
  expect(Object.keys(documented[route.path]?.[route.method]?.responses ?? {})).toContain(
    String(response.status),
  );
  if (response.status >= 400) problemSchema.parse(JSON.parse(text));
}

describe("a route", () => {
  it.each(Object.entries<Route>(routes))(
    "answers whatever it is sent with what the contract says, or with a problem: %s",
    async (_name, route) => {
      await fc.assert(
        fc.asyncProperty(callOf(route), async (one) => {
          try {
            await call(route, one);
          } catch (error) {
            if (!(error instanceof DOMException)) throw error;
          }
        }),
        { numRuns: 15, interruptAfterTimeLimit: 8_000 },
      );
      expect(faults).toEqual([]);
    },
  );
});
