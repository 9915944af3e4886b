// A process killed with -9 before and after everything that it makes durable, and around the effect itself. The
// effect is a line in a file, outside the database.
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { dist, endOf, startProgram, type Ended } from "./support/child.js";
import { template, urlOf } from "./support/cluster.js";

interface Point {
  name: string;
  when: "before" | "after";
}

let folder: string;
let admin: pg.Pool;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdpoint-crash-"));
  admin = new pg.Pool({ connectionString: inject("clusterUrl") });
});
afterAll(async () => {
  await admin.end();
  rmSync(folder, { recursive: true });
});

interface Scene {
  database: string;
  url: string;
  effects: string;
  thread: string;
}

async function scene(): Promise<Scene> {
  const database = `crash_${randomUUID().replaceAll("-", "")}`;
  await admin.query(`create database ${database} template ${template}`);
  return {
    database,
    url: urlOf(inject("clusterUrl"), database),
    effects: join(folder, database),
    thread: randomUUID(),
  };
}

const play = (of: Scene, more: Record<string, string>): Promise<Ended> =>
  endOf(
    startProgram(new URL("./support/crash-child.mjs", import.meta.url), {
      DIST: `file://${dist}`,
      DATABASE: of.url,
      EFFECTS: of.effects,
      THREAD: of.thread,
      ...more,
    }),
  );

/** The points of an undisturbed run, in order: before each statement, and after each commit and the effect. */
async function pointsOf(effectClass: string): Promise<Point[]> {
  const undisturbed = await scene();
  const record = `${undisturbed.effects}.points`;
  const end = await play(undisturbed, { RECORD: record, EFFECT_CLASS: effectClass });
  expect(end).toMatchObject({ code: 0, stderr: "" });
  await admin.query(`drop database ${undisturbed.database} with (force)`);
  const lines = readFileSync(record, "utf8").trim().split("\n");
  return lines.map((line) => {
    const [name = "", committed] = line.split(" ");
    return { name, when: committed ? "after" : "before" };
  });
}

const effectsOf = ({ effects }: Scene): number =>
  existsSync(effects) ? readFileSync(effects, "utf8").trim().split("\n").length : 0;

/** False where the point was not reached: how often a worker looks for runs depends on the clock. */
async function killAndRestart(point: Point, effectClass: string): Promise<boolean> {
  const of = await scene();
  const where = `${point.when} ${point.name}`;
  const killed = await play(of, { KILL_AT: JSON.stringify(point), EFFECT_CLASS: effectClass });
  if (killed.code === 0 && point.name.startsWith("run.claim#")) {
    await admin.query(`drop database ${of.database} with (force)`);
    return false;
  }
  expect({ where, signal: killed.signal, stderr: killed.stderr }).toEqual({
    where,
    signal: "SIGKILL",
    stderr: "",
  });
  expect(effectsOf(of), where).toBeLessThanOrEqual(1);

  const restarted = await play(of, { EFFECT_CLASS: effectClass });
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
  expect({ where, effects: effectsOf(of) }).toEqual({ where, effects: 1 });

  const db = new pg.Client({ connectionString: of.url });
  await db.connect();
  const { rows } = await db.query(`select
    (select count(*)::int from holdpoint.decisions d join holdpoint.reviews using (review_id) where kind = 'review') as decisions,
    (select count(*)::int from holdpoint.runs where status in ('pending', 'running')) as unfinished,
    (select count(*)::int from holdpoint.reviews where status <> 'resumed') as unresumed,
    (select string_agg(state, ',') from holdpoint.executions) as executions`);
  await db.end();
  expect({ where, ...rows[0] }).toEqual({
    where,
    decisions: 1,
    unfinished: 0,
    unresumed: 0,
    executions: "succeeded",
  });
  await admin.query(`drop database ${of.database} with (force)`);
  return true;
}

describe.each(["blind", "keyed", "queryable"])("with a %s tool", (effectClass) => {
  it(
    "a kill -9 at any point leaves one effect, one decision, and a thread that ends",
    { timeout: 600_000 },
    async () => {
      const all = await pointsOf(effectClass);
      for (const expected of [
        "action.propose#1",
        "review.decide#1",
        "execution.claim#1",
        "execution.settle#1",
        "checkpoint.put#1",
        "run.finish#1",
      ]) {
        expect(all).toContainEqual({ name: expected, when: "before" });
        expect(all).toContainEqual({ name: expected, when: "after" });
      }
      // The classes differ around the effect only; there each is killed, elsewhere the blind one stands for all.
      const points =
        effectClass === "blind"
          ? all
          : all.filter(({ name }) => /^(execution|effect|review\.decide)/.test(name));
      let killed = 0;
      const queue = points.values();
      // Three at a time: a child mostly waits, for its own start and for the dead one's lease to lapse.
      await Promise.all(
        Array.from({ length: 3 }, async () => {
          for (const point of queue) if (await killAndRestart(point, effectClass)) killed += 1;
        }),
      );
      expect(killed).toBeGreaterThan(points.length * 0.8);
    },
  );
});
