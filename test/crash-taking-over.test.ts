// A process killed with -9 before and after everything that it makes durable while a person leads a conversation: nothing
// that was said is lost or doubled, the call runs once, and the agent goes on knowing all of it, in its order.
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { atEach, stageFor, type Point, type Stage } from "./support/crash.js";

let stage: Stage;
beforeAll(async () => {
  stage = await stageFor(new URL("./support/crash-led-child.mjs", import.meta.url));
});
afterAll(() => stage.close());

const spoken = [
  ["human", "Pay x."],
  ["ai", "Paying."],
  ["tool", "paid x"],
  ["human", "Is it done?"],
  ["ai", "Nearly."],
];
const whole = [...spoken, ["ai", `I was shown: ${spoken.map(([, text]) => text).join(" / ")}`]];

/** How often a worker looks for runs depends on the clock. */
const isCertain = ({ name }: Point): boolean => !/^run\.(claim|begin-resumption)#/.test(name);

async function killAndRestart(point: Point): Promise<boolean> {
  const of = await stage.scene();
  const where = `${point.when} ${point.name}`;
  const killed = await of.play({ KILL_AT: JSON.stringify(point) });
  if (killed.code === 0 && !isCertain(point)) {
    await of.end();
    return false;
  }
  expect({ where, signal: killed.signal, stderr: killed.stderr }).toEqual({
    where,
    signal: "SIGKILL",
    stderr: "",
  });
  const restarted = await of.play({});
  expect({ where, code: restarted.code, stderr: restarted.stderr }).toEqual({ where, code: 0, stderr: "" });
  expect({ where, said: JSON.parse(restarted.stdout) as unknown }).toEqual({ where, said: whole });
  const db = new pg.Client({ connectionString: of.url });
  await db.connect();
  const { rows } = await db.query(`select
    (select count(*)::int from holdpoint.runs where status in ('pending', 'running')) as unfinished,
    (select count(*)::int from holdpoint.takeovers) as takeovers,
    (select count(*)::int from holdpoint.letters) as letters,
    (select string_agg(state, ',') from holdpoint.executions) as executions`);
  await db.end();
  expect({ where, ...rows[0] }).toEqual({
    where,
    unfinished: 0,
    takeovers: 1,
    letters: 2,
    executions: "succeeded",
  });
  await of.end();
  return true;
}

describe("while a person leads a conversation", () => {
  it("a kill -9 at any point loses nothing that was said", { timeout: 600_000 }, async () => {
    const points = await stage.pointsOf({});
    for (const expected of ["takeover.begin#1", "letter.keep#1", "letter.write#1", "takeover.end#1"])
      expect(points).toContainEqual({ name: expected, when: "after" });
    // What comes before the take-over is played elsewhere, and so is what every run does.
    const since = points.findIndex(({ name }) => name.startsWith("takeover.begin"));
    const own = points
      .slice(since)
      .filter(({ name }) => /^(takeover|letter|execution|run\.begin|run\.finish|checkpoint\.put)/.test(name));
    const killed = await atEach(own, killAndRestart);
    expect(killed).toBeGreaterThanOrEqual(own.filter(isCertain).length);
  });
});
