// What Postgres reads for one call must not grow with the conversations and calls that are none of its business.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAgent, type TestAgent } from "./support/agent.js";
import { testDatabase } from "./support/database.js";

interface Asked {
  text: string;
  values: unknown[];
}

let agent: TestAgent;
let admin: pg.Client;
let first: Map<string, Asked>;
let asked: Map<string, Asked>;

beforeAll(async () => {
  const url = await testDatabase();
  agent = await startAgent(url, { settings: { pollMs: 600_000 } });
  const threadId = randomUUID();
  first = await statementsOf(() => agent.holdpoint.send(threadId, "read one"));
  asked = await statementsOf(() => agent.holdpoint.send(threadId, "pay one 5"));
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await agent.holdpoint.stop();
});

describe("for the first words of a conversation", () => {
  it("no checkpoint is looked for, and for those that follow one is", () => {
    expect([...first.keys()]).toContain("checkpoint.put");
    expect([...first.keys()]).not.toContain("checkpoint.get");
    expect([...asked.keys()]).toContain("checkpoint.get");
  });
});

describe("for one call that is proposed", () => {
  it("a checkpoint's tenant is looked up by its thread; the tenant's threads are not read for it", async () => {
    // As a planner sees it that finds single lookups dear, or did when there were few threads.
    const plan = await planOf("checkpoint.get", "set local random_page_cost = 1000");
    expect(plan).toContain("on threads");
    expect(plan).not.toContain("hashed SubPlan");
  });

  it("the newest calls of its tool are found in order, however many there were", async () => {
    await admin.query(`set session_replication_role = replica;
      insert into holdpoint.executions (execution_id, tenant_id, action_id, thread_id, tool, args, args_hash, key, effect,
        state, process_id, started_at)
      select gen_random_uuid(), 'default', 'a' || n, 'elsewhere', 'pay', '{"id":"x","amount":1}', 'h' || n, 'k' || n, 'keyed',
        'succeeded', gen_random_uuid(), now() - n * interval '1 minute' from generate_series(1, 50000) n;
      set session_replication_role = origin; analyze holdpoint.executions`);
    expect(pagesIn(await planOf("action.before"))).toBeLessThan(300);
  });

  it("what was last judged is looked for in its own conversation, however much was in others", async () => {
    await admin.query(`set session_replication_role = replica;
      insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, message_id, call_index, call_id, tool, args,
        args_hash, route, assessment, requested_by, created_at)
      select 'j' || n, 'default', 'of ' || n / 5, 'a', 'm', 0, 'c', 'pay', '{}', 'h',
        case when n % 2 = 0 then 'refuse' else 'approve' end, '{"reasons":[]}', '{}', now() - n * interval '1 second'
      from generate_series(1, 50000) n;
      insert into holdpoint.reviews (review_id, tenant_id, thread_id, action_id, graph_id, kind, status, tool, args, args_hash,
        level, tier, roles, title, reasons, requested_by, decided_at)
      select md5(action_id)::uuid, 'default', thread_id, action_id, 'a', 'review', 'resumed', tool, args, args_hash, 'high', 't',
        '{}', 'T', '[]', '{}', created_at from holdpoint.actions where message_id = 'm' and route = 'approve';
      insert into holdpoint.decisions (decision_id, tenant_id, review_id, action_id, type, args, args_hash, seen_hash,
        decided_by, decided_at)
      select review_id, 'default', review_id, action_id, 'approve', args, args_hash, 'h', '{}', decided_at
      from holdpoint.reviews where title = 'T';
      set session_replication_role = origin;
      analyze holdpoint.actions; analyze holdpoint.reviews; analyze holdpoint.decisions`);
    expect(pagesIn(await planOf("action.judged-last"))).toBeLessThan(100);
  });
});

describe("between a decision and its tool", () => {
  it("each thing is read once: the review, the thread with what wakes in it, where it stands, the call", async () => {
    const threadId = randomUUID();
    await agent.holdpoint.send(threadId, `pay ${threadId} 5`);
    const [review] = await agent.holdpoint.reviews({ threadId });
    const sent = await statementsOf(async () => {
      await agent.holdpoint.decide(review?.id ?? "", { type: "approve", argsHash: review?.argsHash ?? "" });
      await agent.holdpoint.wait(threadId);
    });
    // What the process does beside it, in its own time, names none of these.
    const isOfIt = ({ values }: Asked): boolean =>
      [threadId, review?.id ?? "", review?.actionId ?? ""].some((id) => JSON.stringify(values).includes(id));
    const names = [...sent].filter(([, asked]) => isOfIt(asked)).map(([name]) => name);
    expect(names.slice(0, names.indexOf("execution.claim") + 1)).toEqual([
      "review.find",
      "review.decide",
      "run.begin-resumption",
      "checkpoint.get",
      "action.standing",
      // LangGraph's note that the hold was woken, beside its node.
      "checkpoint.write",
      "execution.claim",
    ]);
  });
});

function pagesIn(plan: string): number {
  return Number(/Buffers: shared hit=(\d+)/.exec(plan)?.[1] ?? expect.fail(`No pages are told in ${plan}`));
}

/** As the app's role sees it, with what it really takes to carry it out. */
async function planOf(label: string, setting = ""): Promise<string> {
  const { text, values } = asked.get(label) ?? { text: "", values: [] };
  await admin.query(
    `begin; set local role holdpoint_app; set local holdpoint.tenant = 'default'; ${setting}`,
  );
  try {
    const { rows } = await admin.query<{ "QUERY PLAN": string }>(
      `explain (analyze, buffers) ${text}`,
      values,
    );
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  } finally {
    await admin.query("rollback");
  }
}

/** The statements that are sent meanwhile, by their names. */
async function statementsOf(work: () => Promise<unknown>): Promise<Map<string, Asked>> {
  const found = new Map<string, Asked>();
  const prototype = pg.Client.prototype as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function (this: unknown, ...args: unknown[]) {
    const { text = "", values = [] } = Object(args[0]) as Partial<Asked>;
    const [, label] = /^\/\* ([\w.-]+) \*\//.exec(text) ?? [];
    if (label) found.set(label, { text, values });
    return query.apply(this, args);
  };
  try {
    await work();
  } finally {
    prototype.query = query;
  }
  return found;
}
