// A tool that stops to ask something itself: by its own word it made no effect yet, so it is called again, whatever its
// class, by whoever comes next.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ToolPausedError } from "../src/execution/outcome.js";
import { defineTool, type HoldpointTool } from "../src/index.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { answerReview, callOf, processWith, scopeOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";

let url: string;
let db: Database;
beforeAll(async () => {
  url = await testDatabase();
  db = openDatabase({ url, roles: true, maxConnections: 4 });
  return () => db.close();
});

type Definition = Parameters<typeof defineTool<typeof args>>[0];
const args = z.object({ id: z.string() });

/** Pauses at its first call, and is paid at the next. */
function pausing(more: Partial<Definition> = {}) {
  const calls: string[] = [];
  const pay = (name: string, ends = false): HoldpointTool =>
    defineTool({
      name: "pay",
      description: "Pays.",
      args,
      reconcile: async () => ({ happened: false }),
      run: () => {
        calls.push(name);
        if (!ends) throw new ToolPausedError("Which account?");
        return "paid";
      },
      ...more,
    });
  return { calls, pay };
}

const executionOf = async (threadId: string) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("select state, epoch from holdpoint.executions where thread_id = $1", [
    threadId,
  ]);
  await client.end();
  return rows as { state: string; epoch: number }[];
};

describe.each(["blind", "keyed", "queryable", "transactional"] as const)(
  "a %s tool that pauses",
  (effect) => {
    it("is not settled, and is called again in a process beside the first, once", async () => {
      const id = randomUUID();
      const { calls, pay } = pausing({ effect });
      const first = await processWith(db, [pay("first")]);
      await first.act(scopeOf(id), callOf(id));
      await answerReview(first.deps, id, "approve");
      await expect(first.act(scopeOf(id), callOf(id))).rejects.toBeInstanceOf(ToolPausedError);
      expect(await executionOf(id)).toEqual([{ state: "claimed", epoch: 1 }]);

      // The first one lives on, and its lease with it.
      const next = await processWith(db, [pay("next", true)]);
      const outcomes = await Promise.all([
        next.act(scopeOf(id), callOf(id)),
        next.act(scopeOf(id), callOf(id)),
      ]);
      expect(outcomes).toMatchObject([
        { kind: "answered", status: "success", text: "paid" },
        { kind: "answered", status: "success", text: "paid" },
      ]);
      expect(calls).toEqual(["first", "next"]);
      expect(await executionOf(id)).toEqual([{ state: "succeeded", epoch: 2 }]);
    });

    it("may pause again and again", async () => {
      const id = randomUUID();
      const { calls, pay } = pausing({ effect });
      const one = await processWith(db, [pay("again")]);
      await one.act(scopeOf(id), callOf(id));
      await answerReview(one.deps, id, "approve");
      for (let times = 0; times < 3; times += 1)
        await expect(one.act(scopeOf(id), callOf(id))).rejects.toBeInstanceOf(ToolPausedError);
      expect(calls).toHaveLength(3);
      expect(await executionOf(id)).toEqual([{ state: "claimed", epoch: 3 }]);
    });
  },
);

describe("a pause that could not be written down", () => {
  it("leaves the claim to its class: for a blind tool, a person is asked", async () => {
    const id = randomUUID();
    const { pay } = pausing();
    const one = await processWith(db, [pay("first")], {
      around: (log) => ({ ...log, pause: () => Promise.reject(new Error("no")) }),
    });
    await one.act(scopeOf(id), callOf(id));
    await answerReview(one.deps, id, "approve");
    await expect(one.act(scopeOf(id), callOf(id))).rejects.toThrow("no");
    expect(await one.act(scopeOf(id), callOf(id))).toMatchObject({
      hold: { holdpoint: { kind: "settle" } },
    });
  });
});
