// What a policy would have made of the record. The policy in force replays to what was judged, word by word, whatever rules
// read and whatever happened since.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createHoldpoint, defineTool, defineValidator, scriptedModel } from "../src/index.js";
import { localPerson } from "../src/kernel/principal.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { addFigures, noFigures } from "../src/review/policy-replay.js";
import { propose } from "../src/review/propose.js";
import type { ReviewStore } from "../src/review/store.js";
import { createPolicies, type ReplayPart } from "../src/runtime/policies.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { removeThread } from "../src/storage/thread-deletion.js";
import { obedient } from "./support/agent.js";
import { processWith, scopeOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";

const shop = new Map<string, string>();
const args = z.object({ id: z.string(), amount: z.number().optional() });
const tools = [
  defineTool({
    name: "look_up",
    description: "Looks an order up.",
    args,
    annotations: { readOnlyHint: true },
    run: ({ id }) => shop.get(id) ?? "There is no such order.",
  }),
  defineTool({
    name: "pay",
    description: "Pays for an order.",
    args,
    reversibility: "reversible",
    run: ({ id, amount = 0 }) => {
      if (amount === 13) throw new Error("The bank said no.");
      return `paid ${id}`;
    },
  }),
  defineTool({ name: "wipe", description: "Deletes an account.", args, run: ({ id }) => `wiped ${id}` }),
  defineTool({
    name: "mail",
    description: "Sends a mail.",
    args,
    draft: "id",
    reversibility: "compensable",
    run: () => "sent",
  }),
];

const everything = `
tools: { wipe: { level: critical } }
facts: { order: { tool: [look_up, pay], key: args.id, as: text } }
rules:
  - { id: only-open, when: "tool == 'pay' && facts.order[args.id].contains('shipped')", tier: lead, reason: Not open. }
  - { id: no-yes, when: "tool == 'pay' && !user.all.mentions('yes')", verdict: deny, reason: Nobody agreed. }
  - { id: just-paid, when: "tool == 'pay' && args.amount > 100.0 && now > timestamp('2020-01-01T00:00:00Z')" }
  - { id: too-soon, when: "tool == 'wipe' && (now - timestamp('2026-01-01T00:00:00Z')).getSeconds() % 2 == 0" }
tiers: { clerk: { roles: [clerk] }, lead: { roles: [lead] } }
`;

let at: Served;
let db: Database;
let url: string;
beforeAll(async () => {
  url = await testDatabase();
  db = openDatabase({ url, roles: true, maxConnections: 4 });
  at = await serve(url, {
    tools,
    policy: everything,
    builtIns: ["ask_human"],
    validators: [
      defineValidator({
        name: "known-order",
        tools: ["wipe"],
        reads: ["look_up"],
        check: ({ call, facts, words }) =>
          facts.newest("look_up", { id: call.args["id"] ?? "" }) === undefined && words !== null
            ? { verdict: "hold", reason: "Nobody has looked at it.", level: "critical" }
            : null,
      }),
    ],
  });
});
afterAll(async () => {
  await at.stop();
  await db.close();
});

async function history(): Promise<string> {
  const { thread_id: thread } = await at.client.threads.create();
  const run = (text: string) => at.client.runs.wait(thread, "support", say(text));
  const answer = async (type: "approve" | "reject") => {
    const { items } = await at.runtime.reviews.list("default", {
      threadId: thread,
      status: "open",
      limit: 9,
    });
    for (const { id, argsHash, draft } of items) {
      const given =
        type === "reject" || draft
          ? { type: "reject" as const, argsHash, reason: "No." }
          : { type, argsHash };
      const decided = await at.runtime.decide(localPerson, id, given);
      expect(decided).toMatchObject({ ok: true });
    }
    await at.runtime.waitForThread("default", thread);
  };
  shop.set("7", "open");
  await run("pay 7");
  await answer("reject");
  await run("look_up 7; pay 7");
  await answer("approve");
  await run("yes; pay 7 5; pay 7 5");
  await answer("approve");
  shop.set("7", "shipped");
  await run("look_up 7");
  await run("pay 7 200; pay 8 13; wipe 7; mail hello; nothing 7; wipe 8");
  await answer("approve");
  await run("pay 7 13");
  await answer("approve");
  return thread;
}

async function replayed(policy?: string): Promise<Omit<ReplayPart, "next">> {
  const figures = noFigures();
  const all: Omit<ReplayPart, "next"> = { figures, cases: [], total: null, notServed: 0 };
  for (let after: string | null | undefined; after !== null; ) {
    const { status, body } = await request(`${at.url}/policies/replay`, {
      body: { ...(policy === undefined ? {} : { policy }), ...(after ? { after } : {}) },
    });
    expect(status).toBe(200);
    const part = body as unknown as ReplayPart;
    addFigures(figures, part.figures);
    all.cases.push(...part.cases);
    all.total ??= part.total;
    after = part.next;
  }
  return all;
}

describe("replayed over what real runs left on record", () => {
  let threads: string[];
  beforeAll(async () => {
    threads = [await history(), await history()];
  });

  it("the policy in force gives every verdict again, for the same reasons", async () => {
    const { figures, cases, total } = await replayed();
    expect(cases).toEqual([]);
    expect(figures).toMatchObject({ otherReasons: 0, changed: 0, moves: [] });
    expect(figures.unknowable).toEqual({ "not-kept": 0, "words-unknown": 0 });
    expect(figures.calls).toBe(total);
    expect(figures.identical).toBe(total);
    // Every kind of verdict is among them, and each kind of reason.
    const [seen] = await db.once<{ routes: string[]; rules: string[] }>(
      { tenant: "default" },
      `select array_agg(distinct route) as routes, array_agg(distinct r ->> 'rule') as rules
       from holdpoint.actions, jsonb_array_elements(assessment -> 'reasons') r`,
    );
    expect(seen?.routes.toSorted()).toEqual(["approve", "draft", "refuse", "review"]);
    expect(seen?.rules).toEqual(
      expect.arrayContaining([
        "only-open",
        "no-yes",
        "just-paid",
        "possible-repeat",
        "irreversible",
        "known-order",
        "unknown-tool",
      ]),
    );
    expect(figures.known.rejected.calls + figures.known.approved.calls).toBeGreaterThan(0);
  });

  it("so it does when its file is sent as a text, and part by part: what parts give adds up", async () => {
    const { figures } = await replayed(everything);
    expect(figures.identical).toBe(figures.calls);
    const { db: same, reviews, agents } = at.runtime;
    const inParts = createPolicies({ db: same, reviews, agents, pageSize: 3 });
    const sum = noFigures();
    let parts = 0;
    for (let after: string | null | undefined; after !== null; parts += 1) {
      const asked = { text: everything, since: null, after: after ?? null, isOver: () => true };
      const part = await inParts.replay("default", asked);
      addFigures(sum, part.figures);
      after = part.next;
    }
    expect(parts).toBeGreaterThan(5);
    expect(sum).toEqual(figures);
  });

  it("a candidate's changed verdicts are counted by what they were and become, with its load and what it would miss", async () => {
    const { figures, cases } = await replayed(
      "rules: []\ntiers: { clerk: { roles: [clerk] } }\ntools: { pay: { reversibility: reversible } }",
    );
    expect(figures.changed).toBeGreaterThan(0);
    expect(cases.length).toBe(figures.changed);
    expect(figures.moves.reduce((sum, { calls }) => sum + calls, 0)).toBe(figures.changed);
    const denied = figures.moves.find(({ from, to }) => from.route === "refuse" && to.route === "execute");
    expect(denied?.calls).toBeGreaterThan(0);
    expect(figures.load["lead"]).toMatchObject({ after: 0 });
    expect(figures.load["lead"]?.before).toBeGreaterThan(0);
    expect(figures.held.after).toBeLessThan(figures.held.before);
    const { failed } = figures.known;
    expect(failed.calls).toBeGreaterThan(0);
    expect(failed.stopped.after).toBeLessThan(failed.stopped.before);
  });

  it("a candidate that says the same for another reason is told as such, and not as the same", async () => {
    const { figures } = await replayed(everything.replace("Nobody agreed.", "Nobody has agreed to it."));
    expect(figures).toMatchObject({ changed: 0, moves: [] });
    expect(figures.otherReasons).toBeGreaterThan(0);
    expect(figures.identical + figures.otherReasons).toBe(figures.calls);
  });

  it("what people changed before they let it go is known as an error", async () => {
    const before = (await replayed()).figures.known;
    expect(before.edited.calls).toBe(0);
    const { thread_id: thread } = await at.client.threads.create();
    await at.client.runs.wait(thread, "support", say("yes; pay 9 5"));
    const [held] = (await at.runtime.reviews.list("default", { threadId: thread, status: "open", limit: 2 }))
      .items;
    if (!held) throw new Error("It did not wait.");
    const given = { type: "edit", args: { ...held.args, amount: 4 }, argsHash: held.argsHash } as const;
    expect(await at.runtime.decide(localPerson, held.id, given)).toMatchObject({ ok: true });
    await at.runtime.waitForThread("default", thread);
    const { known } = (await replayed()).figures;
    expect(known.edited).toEqual({ calls: 1, stopped: { before: 1, after: 1 } });
    expect(known.approved).toEqual(before.approved);
  });

  it("words that went with their thread are told as unknown, and never as a change", async () => {
    const [gone] = threads;
    await db.transaction({ tenant: "default" }, (sql) => removeThread(sql, gone ?? ""));
    const { figures } = await replayed();
    expect(figures).toMatchObject({ otherReasons: 0, changed: 0 });
    expect(figures.unknowable["words-unknown"]).toBeGreaterThan(0);
    expect(figures.identical).toBeGreaterThan(0);
  });

  it("a candidate that is wrong is refused as `policy check` refuses it, and so is an `after` that is none", async () => {
    const wrong = await request(`${at.url}/policies/replay`, { body: { policy: "rules: [{}]" } });
    expect(wrong).toMatchObject({ status: 422, body: { code: "policy_invalid" } });
    expect(String(wrong.body["detail"])).toContain("policy.yaml:1:");
    const after = await request(`${at.url}/policies/replay`, { body: { after: "nonsense" } });
    expect(after).toMatchObject({ status: 422, body: { code: "request_invalid" } });
  });
});

describe("as of then", () => {
  const onlyOpen = loadPolicy(
    `facts: { order: { tool: look_up, key: args.id, as: text } }
rules: [{ id: only-open, when: "tool == 'pay' && facts.order[args.id] != 'open'" }]`,
    "policy.yaml",
  );

  it("a result that was settled before a call and committed after it was judged is not known, as it was not then", async () => {
    const own = await processWith(db, tools, { policy: () => onlyOpen });
    const graphId = `agent-${randomUUID()}`;
    const scope = scopeOf(randomUUID());
    const call = (tool: string, at: string) => ({
      messageId: at,
      callIndex: 0,
      callId: at,
      tool,
      args: { id: "9" },
    });
    shop.set("9", "open");
    const deps = { ...own.deps, graphId };
    await propose(deps, scope, [call("look_up", "first")]);
    // The result's transaction begins, and so its time is set, before the call is judged, and ends after.
    const late = await db.pool.connect();
    await late.query("begin");
    const settled = await late.query(
      `insert into holdpoint.executions (execution_id, tenant_id, action_id, thread_id, tool, args, args_hash, key, effect,
         state, process_id, result, settled_at)
       select gen_random_uuid(), tenant_id, action_id, thread_id, tool, args, args_hash, 'key-' || action_id, 'blind',
         'succeeded', gen_random_uuid(), 'open', now() from holdpoint.actions where graph_id = $1 returning settled_at`,
      [graphId],
    );
    const store: ReviewStore = {
      ...deps.store,
      async evidence(...asked) {
        const evidence = await deps.store.evidence(...asked);
        await late.query("commit");
        late.release();
        return evidence;
      },
    };
    const [judged] = await propose({ ...deps, store }, scope, [call("pay", "second")]);
    expect(judged?.assessment).toMatchObject({ route: "review", reasons: [{ rule: "only-open" }] });

    const [row] = await db.once<{ created_at: Date }>(
      { tenant: "default" },
      "select created_at from holdpoint.actions where action_id = $1",
      [judged?.id],
    );
    expect(row?.created_at.getTime()).toBeGreaterThanOrEqual(
      (settled.rows[0] as { settled_at: Date }).settled_at.getTime(),
    );
    const agent = { id: graphId, policy: () => onlyOpen, tools: deps.tools };
    const policies = createPolicies({
      db,
      reviews: deps.store,
      agents: new Map([[graphId, agent as never]]),
    });
    const asked = { text: null, since: null, after: null, isOver: () => false };
    const { figures } = await policies.replay("default", asked);
    expect(figures).toMatchObject({ calls: 2, identical: 2 });
    // From now on it is known.
    const explained = await policies.explain("default", {
      text: null,
      of: { kind: "call", agent: graphId, tool: "pay", args: { id: "9" }, threadId: scope.threadId },
    });
    expect(explained.assessment.route).toBe("execute");
  });

  it("calls from before it was kept are told as such", async () => {
    const graphId = `agent-${randomUUID()}`;
    const holdpoint = await createHoldpoint({
      name: graphId,
      model: scriptedModel("obedient", obedient),
      tools,
      policy: everything,
      database: { url },
      settings: { pollMs: 100, maxConnections: 6 },
    });
    await holdpoint.send(randomUUID(), "pay 7 5");
    await holdpoint.stop();
    await db.pool.query(
      "update holdpoint.actions set judged = null, judged_at = null, judged_in = null where graph_id = $1",
      [graphId],
    );
    const policy = loadPolicy(everything, "policy.yaml");
    const policies = createPolicies({
      db,
      reviews: (await processWith(db, tools)).deps.store,
      agents: new Map([[graphId, { id: graphId, policy: () => policy, tools: new Map() } as never]]),
    });
    const { figures, next } = await policies.replay("default", {
      text: null,
      since: null,
      after: null,
      isOver: () => false,
    });
    expect(figures).toMatchObject({ calls: 0, unknowable: { "not-kept": 1 } });
    expect(next).toBeNull();
  });
});
