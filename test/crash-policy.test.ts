// A process killed with -9 between the approval of a change of its policy and the change itself, at everything that makes
// either durable.
import { afterAll, beforeAll, expect, it } from "vitest";
import { atEach, stageFor, type Point, type Stage } from "./support/crash.js";

let stage: Stage;
beforeAll(async () => {
  stage = await stageFor(new URL("./support/crash-policy-child.mjs", import.meta.url));
});
afterAll(() => stage.close());

async function killAndRestart(point: Point): Promise<boolean> {
  const of = await stage.scene();
  const where = `${point.when} ${point.name}`;
  const killed = await of.play({ KILL_AT: JSON.stringify(point) });
  expect({ where, signal: killed.signal, stderr: killed.stderr }).toEqual({
    where,
    signal: "SIGKILL",
    stderr: "",
  });
  const restarted = await of.play({});
  expect({ where, code: restarted.code, stderr: restarted.stderr }).toEqual({ where, code: 0, stderr: "" });
  expect({ where, ...(JSON.parse(restarted.stdout) as object) }).toEqual({
    where,
    by: ["start", "local"],
    proposed: null,
    executions: ["succeeded"],
    decisions: 1,
    waiting: 0,
  });
  await of.end();
  return true;
}

it("an approved change comes into force once, by who approved it, wherever the process dies", async () => {
  const points = await stage.pointsOf({});
  expect(points.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["review.decide#1", "execution.claim#1", "policy.begin-approved-term#1"]),
  );
  expect(await atEach(points, killAndRestart)).toBe(points.length);
}, 120_000);
