// What people decided on earlier calls, from the rows of a real Postgres: the doors that decide write them, and one
// statement reads them.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "../src/review/answer.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { createPastStore } from "../src/storage/past-rows.js";
import { startAgent, type TestAgent } from "./support/agent.js";
import { testDatabase } from "./support/database.js";

let url: string;
let db: Database;
beforeAll(async () => {
  url = await testDatabase();
  db = openDatabase({ url, roles: true, maxConnections: 2 });
});
afterAll(() => db.close());

async function started(name: string): Promise<TestAgent> {
  return startAgent(url, { name });
}

/** Says `words`, and gives the one call that then waits its answer. */
async function decided({ holdpoint }: TestAgent, words: string, answer: Omit<Answer, "argsHash">) {
  const threadId = randomUUID();
  await holdpoint.send(threadId, words);
  const [review] = await holdpoint.reviews({ threadId });
  if (!review) throw new Error(`Nothing waits after "${words}".`);
  expect(await holdpoint.decide(review.id, { ...answer, argsHash: review.argsHash })).toMatchObject({
    ok: true,
  });
  await holdpoint.wait(threadId);
  return review;
}

const pastOf = (graphId: string, ...tools: string[]) =>
  createPastStore(db).pastOf("default", { graphId, tools });

describe("the past of a tool", () => {
  const name = `agent-${randomUUID()}`;
  let agent: TestAgent;
  beforeAll(async () => {
    agent = await started(name);
    await decided(agent, "pay a 1", { type: "approve" });
    await decided(agent, "pay b 2", { type: "edit", args: { id: "b", amount: 1 } });
    await decided(agent, "pay c 3", { type: "reject", reason: "No." });
    await decided(agent, "wipe d", { type: "respond", message: "It is gone already." });
    // Nobody looks at this one.
    await agent.holdpoint.send(randomUUID(), "note e");
  });
  afterAll(() => agent.holdpoint.stop());

  it("is what people made of what the agent proposed, the newest first", async () => {
    const { decided: past } = await pastOf(name, "pay", "wipe", "note", "read");
    expect(past.get("pay")).toEqual([
      { args: { id: "c", amount: 3 }, verdict: "refused" },
      { args: { id: "b", amount: 2 }, verdict: "changed" },
      { args: { id: "a", amount: 1 }, verdict: "approved" },
    ]);
    expect(past.get("wipe")).toEqual([{ args: { id: "d" }, verdict: "refused" }]);
    expect(past.get("note")).toEqual([]);
    expect(past.get("read")).toEqual([]);
  });

  it("is of this agent and this tenant, and of the tools that were asked for", async () => {
    const other = await started(`${name}-other`);
    await decided(other, "pay z 9", { type: "approve" });
    await other.holdpoint.stop();
    expect((await pastOf(name, "pay")).decided.get("pay")).toHaveLength(3);
    expect([...(await pastOf(name, "wipe", "wipe")).decided]).toHaveLength(1);
    const elsewhere = await createPastStore(db).pastOf("another", { graphId: name, tools: ["pay"] });
    expect(elsewhere.decided.get("pay")).toEqual([]);
  });

  it("knows nothing of a decision that was taken back or still may be, nor of a call that waits", async () => {
    const { id } = await decided(agent, "wipe back", { type: "approve" });
    await agent.holdpoint.send(randomUUID(), "wipe waiting");
    expect((await pastOf(name, "wipe")).decided.get("wipe")).toHaveLength(2);
    const final =
      "update holdpoint.reviews set status = $2, deciding_until = now() + $3::interval where review_id = $1";
    await db.once({ tenant: "default" }, final, [id, "decided", "1 minute"]);
    expect((await pastOf(name, "wipe")).decided.get("wipe")).toHaveLength(1);
    await db.once({ tenant: "default" }, final, [id, "resumed", "0"]);
    await db.once(
      { tenant: "default" },
      "update holdpoint.decisions set undone_at = now() where review_id = $1 returning decision_id",
      [id],
    );
    expect((await pastOf(name, "wipe")).decided.get("wipe")).toHaveLength(1);
  });

  it("is asked for in one statement, which reads a hundred calls of a tool at most", async () => {
    await db.transaction({ tenant: "default" }, async (sql) => {
      await sql.query(
        `with one as (select * from holdpoint.reviews where tool = 'pay' and graph_id = $1 limit 1),
           reviewed as (
             insert into holdpoint.reviews select (r).* from (
               select jsonb_populate_record(null::holdpoint.reviews,
                 to_jsonb(one) || jsonb_build_object('review_id', gen_random_uuid(), 'status', 'resumed')) as r
               from one, generate_series(1, 300)) many returning review_id, action_id)
         insert into holdpoint.decisions (decision_id, tenant_id, review_id, action_id, type, args, args_hash, seen_hash, decided_by)
         select gen_random_uuid(), 'default', review_id, action_id, 'approve', '{}', 'x', 'x', '{}' from reviewed`,
        [name],
      );
    });
    let statements = 0;
    const counting: Database = {
      ...db,
      once: (...asked) => {
        statements += 1;
        return db.once(...asked);
      },
    };
    const { decided: past } = await createPastStore(counting).pastOf("default", {
      graphId: name,
      tools: ["pay", "wipe", "note"],
    });
    expect(statements).toBe(1);
    expect(past.get("pay")).toHaveLength(100);
    expect(past.get("wipe")).toHaveLength(1);
  });
});
