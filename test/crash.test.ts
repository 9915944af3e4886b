// A process killed with -9 before and after everything that it makes durable, and around the effect itself. The
// effect is a line in a file, outside the database; of a transactional tool a row in a table of its own.
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { atEach, stageFor, type Point, type Scene, type Stage } from "./support/crash.js";

let stage: Stage;
beforeAll(async () => {
  stage = await stageFor(new URL("./support/crash-child.mjs", import.meta.url));
});
afterAll(() => stage.close());

/** What there is in the end, wherever it was killed. `executions`: null, none. */
interface Ending {
  effects: 0 | 1;
  executions: "succeeded" | null;
}

/** How often a worker looks for runs depends on the clock, and once it always does. */
const isCertain = ({ name }: Point): boolean => !/^run\.claim#(?!1$)/.test(name);

/** False where the point was not reached. */
async function killAndRestart(
  point: Point,
  effectClass: string,
  more: Record<string, string> = {},
  ending: Ending = { effects: 1, executions: "succeeded" },
): Promise<boolean> {
  const of = await stage.scene();
  const where = `${point.when} ${point.name}`;
  const killed = await of.play({ ...more, KILL_AT: JSON.stringify(point), EFFECT_CLASS: effectClass });
  if (killed.code === 0 && !isCertain(point)) {
    await of.end();
    return false;
  }
  expect({ where, signal: killed.signal, stderr: killed.stderr }).toEqual({
    where,
    signal: "SIGKILL",
    stderr: "",
  });
  expect(await effectsOf(of), where).toBeLessThanOrEqual(ending.effects);

  const restarted = await of.play({ ...more, EFFECT_CLASS: effectClass });
  expect({ where, code: restarted.code, stderr: restarted.stderr }).toEqual({ where, code: 0, stderr: "" });
  const { status, error, said } = JSON.parse(restarted.stdout) as {
    status: string;
    error: unknown;
    said: [string, string][];
  };
  expect({ where, status, error, types: said.map(([type]) => type) }).toEqual({
    where,
    status: "idle",
    error: null,
    types: ["human", "ai", "tool", "ai"],
  });
  expect({ where, effects: await effectsOf(of) }).toEqual({ where, effects: ending.effects });

  const [record] = await query(
    of.url,
    `select
    (select count(*)::int from holdpoint.decisions d join holdpoint.reviews using (review_id) where kind = 'review') as decisions,
    (select count(*)::int from holdpoint.runs where status in ('pending', 'running')) as unfinished,
    (select count(*)::int from holdpoint.reviews where status <> 'resumed') as unresumed,
    (select string_agg(state, ',') from holdpoint.executions) as executions`,
  );
  expect({ where, ...record }).toEqual({
    where,
    decisions: 1,
    unfinished: 0,
    unresumed: 0,
    executions: ending.executions,
  });
  await of.end();
  return true;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    return (await db.query<Record<string, unknown>>(text)).rows;
  } finally {
    await db.end();
  }
}

async function effectsOf({ url, effects }: Scene): Promise<number> {
  const [table] = await query(url, "select to_regclass('public.paid') is not null as is_there");
  if (!table?.["is_there"]) return effects();
  const [paid] = await query(url, "select count(*)::int as rows from public.paid");
  return effects() + Number(paid?.["rows"]);
}

describe.each(["blind", "keyed", "queryable"])("with a %s tool", (effectClass) => {
  it(
    "a kill -9 at any point leaves one effect, one decision, and a thread that ends",
    { timeout: 600_000 },
    async () => {
      const all = await stage.pointsOf({ EFFECT_CLASS: effectClass });
      for (const expected of [
        "action.propose#1",
        "review.decide#1",
        "execution.claim#1",
        "execution.settle#1",
        "checkpoint.put#1",
        "checkpoint.write#1",
        "run.begin#1",
        "run.begin-resumption#1",
        "run.finish#1",
        "effect#1",
      ]) {
        expect(all).toContainEqual({ name: expected, when: "before" });
        expect(all).toContainEqual({ name: expected, when: "after" });
      }
      // The classes differ around the effect only; there each is killed, elsewhere the blind one stands for all.
      const points =
        effectClass === "blind"
          ? all
          : all.filter(({ name }) => /^(execution|effect|review\.decide)/.test(name));
      const killed = await atEach(points, (point) => killAndRestart(point, effectClass));
      expect(killed).toBeGreaterThanOrEqual(points.filter(isCertain).length);
    },
  );
});

describe("with a transactional tool", () => {
  it(
    "a kill -9 around what it writes, and around the commit of that with its record, leaves it written once",
    { timeout: 600_000 },
    async () => {
      const all = await stage.pointsOf({ EFFECT_CLASS: "transactional" });
      const points = all.filter(({ name }) => /^(effect|execution\.settle)#1$/.test(name));
      expect(points).toHaveLength(4);
      expect(await atEach(points, (point) => killAndRestart(point, "transactional"))).toBe(4);
    },
  );
});

describe("with a decision that may be taken back for a second", () => {
  it(
    "a kill -9 at any point from the decision on leaves one effect, once the time is over",
    { timeout: 600_000 },
    async () => {
      const window = { EFFECT_CLASS: "blind", POLICY: "undo: 1s" };
      const all = await stage.pointsOf(window);
      const points = all.filter(({ name }) => /^(execution|effect|review\.decide)/.test(name));
      expect(points).toContainEqual({ name: "review.decide#1", when: "after" });
      expect(await atEach(points, (point) => killAndRestart(point, "blind", window))).toBe(points.length);
    },
  );
});

describe("with a tool that two people have to approve", () => {
  it(
    "a kill -9 before, between and after their votes leaves one effect, approved by both",
    { timeout: 600_000 },
    async () => {
      const pair = {
        EFFECT_CLASS: "blind",
        POLICY: "tiers: { pair: { roles: [support], quorum: 2 } }\ndefault: { tier: pair }",
        VOTERS: "ann,ben",
      };
      const all = await stage.pointsOf(pair);
      // From the first vote on: the last one and its decision are durable together, and the claim follows them.
      const points = all.slice(all.findIndex(({ name }) => name === "review.vote#1"));
      for (const when of ["before", "after"] as const) {
        expect(points).toContainEqual({ name: "review.vote#2", when });
        expect(points).toContainEqual({ name: "execution.claim#1", when });
      }
      const killed = await atEach(points, (point) => killAndRestart(point, "blind", pair));
      expect(killed).toBeGreaterThanOrEqual(points.filter(isCertain).length);
    },
  );
});

describe.each([
  ["rejects", { type: "reject", reason: "Not this one." }],
  ["answers in the tool's stead", { type: "respond", message: "It was paid before." }],
])("with a call that a person %s", (_, answer) => {
  it(
    "a kill -9 around the decision, and around the mark that its agent was told, leaves no effect",
    { timeout: 600_000 },
    async () => {
      const story = { EFFECT_CLASS: "blind", ANSWER: JSON.stringify(answer) };
      const points = (await stage.pointsOf(story)).filter(({ name }) => name.startsWith("review."));
      expect(points.map(({ name, when }) => `${when} ${name}`)).toEqual([
        "before review.decide#1",
        "after review.decide#1",
        "before review.resumed#1",
        "after review.resumed#1",
      ]);
      const none: Ending = { effects: 0, executions: null };
      expect(await atEach(points, (point) => killAndRestart(point, "blind", story, none))).toBe(4);
    },
  );
});
