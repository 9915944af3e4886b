// The same for an agent of LangChain's with our middleware, on a saver of its developer's: a process killed with -9 before
// and after everything that it makes durable, and around the effect. LangGraph saves checkpoints behind the effects, if
// it is not told otherwise; a saver's statements have no fixed order then.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { atEach, stageFor, type Point, type Stage } from "./support/crash.js";

let stage: Stage;
beforeAll(async () => {
  stage = await stageFor(new URL("./support/crash-middleware-child.mjs", import.meta.url));
});
afterAll(() => stage.close());

/** A saver's statements have no fixed order. */
const isCertain = ({ name }: Point): boolean => !name.startsWith("saver.");

/** False where the point was not reached. */
async function killAndRestart(point: Point, environment: Record<string, string>): Promise<boolean> {
  const of = await stage.scene();
  const where = `${point.when} ${point.name}`;
  const killed = await of.play({ ...environment, KILL_AT: JSON.stringify(point) });
  if (killed.code === 0 && !isCertain(point)) {
    await of.end();
    return false;
  }
  expect({ where, signal: killed.signal, stderr: killed.stderr }).toEqual({
    where,
    signal: "SIGKILL",
    stderr: "",
  });
  expect(of.effects(), where).toBeLessThanOrEqual(1);

  const restarted = await of.play(environment);
  expect({ where, code: restarted.code, stderr: restarted.stderr }).toEqual({ where, code: 0, stderr: "" });
  const { said, executions } = JSON.parse(restarted.stdout) as { said: string[]; executions: string[] };
  expect({ where, effects: of.effects(), said: said.slice(-4) }).toEqual({
    where,
    effects: 1,
    said: ["human", "ai", "tool", "ai"],
  });
  expect({ where, succeeded: executions.filter((state) => state === "succeeded").length <= 1 }).toEqual({
    where,
    succeeded: true,
  });
  await of.end();
  return true;
}

describe.each([
  ["a call that is held", { TOOL: "pay", DURABILITY: "async" }],
  ["a call that is held, saved at the end only", { TOOL: "pay", DURABILITY: "exit" }],
  ["a call that runs at once", { TOOL: "tag", DURABILITY: "async" }],
])("%s", (_what, environment) => {
  it(
    "has one effect, and its thread ends, wherever its process was killed with -9",
    { timeout: 600_000 },
    async () => {
      const all = await stage.pointsOf(environment);
      // Between the commit of one statement of the saver and the next one nothing happens.
      const points = all.filter(({ name, when }) => !name.startsWith("saver.") || when === "after");
      for (const name of ["action.propose#1", "execution.claim#1", "effect#1", "execution.settle#1"])
        expect(points).toContainEqual({ name, when: "after" });
      const killed = await atEach(points, (point) => killAndRestart(point, environment));
      expect(killed).toBeGreaterThanOrEqual(points.filter(isCertain).length);
    },
  );
});
