// What is done in the place of a call that nobody decided in time: named by the policy, and only what can be undone.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, loadPolicy, scriptedModel, type HoldpointTool } from "../src/index.js";
import { reviewContextSchema } from "../src/http/contract.js";
import { insteadOf } from "../src/policies/instead.js";
import type { Instead } from "../src/policies/policy.js";
import { policyWithoutChanges } from "../src/middleware/own-policy.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import type { ProposedCall, TaskScope } from "../src/review/types.js";
import { localPerson } from "../src/kernel/principal.js";
import { passDeadlines } from "../src/review/deadlines.js";
import { createDeadlineStore } from "../src/storage/review-deadlines.js";
import { compilePolicy } from "../src/runtime/policy-in-force.js";
import { processWith } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";
import { openReviews } from "./support/fronts.js";
import { request, say, serve, type Served } from "./support/http.js";

const policy = (more = "") => `
tools:
  tag: { reversibility: reversible }
rules:
  - { id: no-forbidden-tags, when: "tool == 'tag' && args.tag == 'forbidden'", verdict: deny, reason: No such tag. }
  - { id: some-tags-wait, when: "tool == 'tag' && args.tag == 'delicate'", tier: desk, reason: Look at it. }
${more}
tiers:
  desk: { roles: [desk], respond: 30m, then: { instead: tag, args: { id: args.id, tag: "'waits'", amount: args.amount } } }
  odd: { roles: [desk], respond: 30m, then: { instead: tag, args: { id: args.id, tag: args.gone } } }
`;

const tagged: unknown[] = [];
const tag = (run: (args: unknown) => string = () => "tagged", more: { draft?: string } = {}): HoldpointTool =>
  defineTool({
    ...more,
    name: "tag",
    description: "Tags something.",
    args: z.object({ id: z.string(), tag: z.string(), amount: z.number().optional() }),
    reversibility: "reversible",
    effect: "keyed",
    title: ({ id }) => `Tag ${id}`,
    run(args) {
      tagged.push(args);
      return run(args);
    },
  });
const pay = defineTool({
  name: "pay",
  description: "Pays.",
  args: z.object({ id: z.string(), amount: z.number() }),
  run: () => expect.fail("Silence paid."),
});
const payer = scriptedModel("payer", (messages) => {
  const id = /pay (\S+)/.exec(messages.findLast((one) => one.getType() === "human")?.text ?? "")?.[1] ?? "";
  return messages.at(-1)?.getType() === "tool"
    ? { text: "I see." }
    : { text: "", calls: [{ tool: "pay", args: { id, amount: 7 } }] };
});

const taggedAs = (id: string) => tagged.filter((args) => (args as { id: string }).id === id);
const lapse = (db: Database) =>
  db.pool.query(
    "update holdpoint.reviews set expires_at = now() - interval '1 ms' where expires_at is not null",
  );

describe("a call that nobody decides in time", () => {
  let at: Served;
  beforeAll(async () => {
    at = await serve(await testDatabase(), { policy: policy(), model: payer, tools: [tag(), pay] });
  });
  afterAll(() => at.stop());

  it("is not carried out; what the policy names is, once, and its agent is told both plainly", async () => {
    const id = randomUUID();
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say(`pay ${id}`));
    const [review] = await openReviews(at, threadId);
    const context = await request(`${at.url}/reviews/${review?.id ?? ""}/context`);
    expect(reviewContextSchema.parse(context.body).instructions?.onSilence).toEqual({
      kind: "instead",
      tool: "tag",
      title: `Tag ${id}`,
      args: { id, tag: "waits", amount: 7 },
    });
    await lapse(at.runtime.db);
    await expect
      .poll(async () => (await at.runtime.reviews.find("default", review?.id ?? ""))?.resumedAt)
      .toBeInstanceOf(Date);
    await at.runtime.waitForThread("default", threadId);
    const { values } = await at.client.threads.getState<{ messages: { type: string; content: string }[] }>(
      threadId,
    );
    expect(values.messages.findLast(({ type }) => type === "tool")?.content).toMatch(
      new RegExp(
        `nobody decided before the deadline.*No person said no\\. It was not executed\\..*In its place the policy had this done: Tag ${id}\\. It answered: tagged`,
      ),
    );
    expect(taggedAs(id)).toEqual([{ id, tag: "waits", amount: 7 }]);
    const { items } = (await request(`${at.url}/executions?thread_id=${threadId}`)).body as {
      items: { tool: string; state: string; reviewId: string | null }[];
    };
    expect(items.map(({ tool, state, reviewId }) => [tool, state, reviewId])).toEqual([
      ["tag", "succeeded", null],
    ]);
  });
});

describe("what is to be done in its place", () => {
  let db: Database;
  beforeAll(async () => {
    db = openDatabase({ url: await testDatabase(), roles: true, maxConnections: 10 });
  });
  afterAll(() => db.close());

  /** A call that has expired under this policy, in a process that has not heard of it yet. */
  async function expired(text: string, { tools = [tag(), pay], now = text } = {}) {
    let inForce = loadPolicy(text, "policy.yaml");
    const own = await processWith(db, tools, { policy: () => inForce });
    const id = randomUUID();
    const scope: TaskScope = {
      tenant: "default",
      threadId: randomUUID(),
      checkpointNs: "",
      principal: { ...localPerson, id: "who-asked" },
      runId: randomUUID(),
    };
    const call: ProposedCall = {
      messageId: "m",
      callIndex: 0,
      callId: "c",
      tool: "pay",
      args: { id, amount: 7 },
    };
    await own.act(scope, call);
    await lapse(db);
    const deadlines = createDeadlineStore(db, () => {});
    const resumption = { resume: () => Promise.resolve() };
    await passDeadlines({ deadlines, resumption, policies: new Map([["test", () => inForce]]) });
    inForce = loadPolicy(now, "policy.yaml");
    const words = async (on = own): Promise<string> => {
      const outcome = await on.act({ ...scope, principal: { ...localPerson, id: "delivery" } }, call);
      return outcome.kind === "answered" ? outcome.text : expect.fail("It waits.");
    };
    return { id, scope, words, own, inForce };
  }
  const countOf = async (table: string, threadId: string): Promise<number> => {
    const { rowCount } = await db.pool.query(`select from holdpoint.${table} where thread_id = $1`, [
      threadId,
    ]);
    return rowCount ?? 0;
  };

  it("is done once by however many processes, in the name of who asked for the call", async () => {
    const { id, scope, words, inForce } = await expired(policy());
    const other = await processWith(db, [tag(), pay], { policy: () => inForce });
    const said = await Promise.all([words(), words(other), words()]);
    expect(new Set([...said, await words()]).size).toBe(1);
    expect(taggedAs(id)).toHaveLength(1);
    const { rows } = await db.pool.query<{ tool: string; by: string }>(
      "select tool, requested_by ->> 'id' as by from holdpoint.actions where thread_id = $1 order by tool",
      [scope.threadId],
    );
    expect(rows).toEqual([
      { tool: "pay", by: "who-asked" },
      { tool: "tag", by: "who-asked" },
    ]);
  });

  it("goes on after a crash in the middle of it, under the same key, and is done once", async () => {
    const keys: string[] = [];
    const dying = defineTool({
      name: "tag",
      description: "Tags.",
      reversibility: "reversible",
      effect: "keyed",
      args: z.object({ id: z.string(), tag: z.string(), amount: z.number() }),
      run(_, { idempotencyKey }) {
        keys.push(idempotencyKey);
        return keys.length === 1 ? new Promise<string>(() => {}) : "tagged";
      },
    });
    const { words, own, scope, inForce } = await expired(policy(), { tools: [dying, pay] });
    void words();
    await expect.poll(() => keys.length).toBe(1);
    await own.runs.endProcess();
    const next = await processWith(db, [dying, pay], { policy: () => inForce, lateMs: 0 });
    expect(await words(next)).toMatch(/had this done: tag: .*\. It answered: tagged$/);
    expect(new Set(keys).size).toBe(1);
    expect(await countOf("executions", scope.threadId)).toBe(1);
  });

  it.each([
    ["is forbidden", policy().replace("'waits'", "'forbidden'"), policy(), "it is refused: No such tag."],
    [
      "would have to be decided by a person",
      policy().replace("'waits'", "'delicate'"),
      policy(),
      "a person would have to decide it, too: Look at it.",
    ],
    ["cannot be made of the call", policy("default: { tier: odd }"), policy(), "args.gone is missing"],
    [
      "is forbidden by the policy in force by then",
      policy(),
      policy("  - { id: none, when: \"tool == 'tag'\", verdict: deny, reason: No tags at all. }"),
      "No tags at all.",
    ],
  ])(
    "is not done where it %s, nobody is asked about it, and that is what is told",
    async (_, text, now, why) => {
      const { id, scope, words } = await expired(text, { now: now === policy() ? text : now });
      expect(await words()).toMatch(/It was not executed\..*In its place the policy wanted this done:/);
      expect(await words()).toContain(why);
      expect(taggedAs(id)).toEqual([]);
      expect(await countOf("reviews", scope.threadId)).toBe(1);
      expect(await countOf("executions", scope.threadId)).toBe(0);
    },
  );

  it("is not done where its tool has words that people finish first, and nobody is asked about it", async () => {
    const { id, scope, words } = await expired(policy(), { tools: [tag(undefined, { draft: "tag" }), pay] });
    expect(await words()).toContain("a person would have to decide it, too: ");
    expect(taggedAs(id)).toEqual([]);
    expect(await countOf("reviews", scope.threadId)).toBe(1);
  });

  it("is not done where its tool is gone, fails, or its moment has passed", async () => {
    const gone = await expired(policy(), { tools: [pay] });
    expect(await gone.words()).toContain("this agent has no such tool");
    // Whoever comes back to it later, as by a fork, begins nothing.
    const back = await processWith(db, [tag(), pay], { policy: () => gone.inForce });
    expect(await gone.words(back)).toContain("its moment has passed");
    expect(taggedAs(gone.id)).toEqual([]);
    const failing = await expired(policy(), {
      tools: [
        tag(() => {
          throw new Error("No tags today.");
        }),
        pay,
      ],
    });
    expect(await failing.words()).toContain("because the tool failed: No tags today.");
  });

  it("is refused in a developer's own graph, where its tool is not at hand", async () => {
    const at = { db, tenant: "default", graphId: "own" };
    await expect(policyWithoutChanges(compilePolicy(policy()), at)).rejects.toMatchObject({
      code: "unsupported",
    });
  });
});

describe("an alternative in a policy file", () => {
  const tiers = (then: string, tools = "tools: { tag: { reversibility: reversible } }") =>
    `${tools}\ntiers:\n  a: { roles: [x], respond: 1h, then: ${then} }\n`;
  it.each([
    [tiers("{ instead: wipe }"), "3:50: On silence only what can be undone is done"],
    [
      tiers("{ instead: tag }", "tools: { tag: { reversibility: compensable } }"),
      'does not say `reversibility: reversible` of "tag". Approving is impossible as a silent outcome for anything irreversible.',
    ],
    [
      tiers("{ instead: tag }", "tools: { tag: { reversibility: reversible, draft: words } }"),
      'Words of "tag" are finished by people (`draft: words`), and here nobody is there.',
    ],
    [tiers("approve"), "Silence never approves"],
    [tiers("{ approve: true }"), 'Unknown key "approve". Known here: instead, args.'],
    [tiers("[reject]"), "Write a higher tier, reject, park, or { instead: TOOL"],
    [tiers("{ instead: tag, args: { id: argz.id } }"), "3:67: Unknown variable: argz"],
    [tiers("{ instead: tag, args: { id: facts.order.id } }"), "read off the call alone"],
  ])("is refused in %j, with where and why", (text, why) => {
    expect(() => loadPolicy(text, "policy.yaml")).toThrow(why);
  });

  it("is made of the call: any JSON", () => {
    const instead: Instead = {
      kind: "instead",
      tool: "tag",
      args: {
        text: "'for ' + args.id",
        number: "args.amount * 2",
        whole: "3",
        list: "[1, 2]",
        object: "{ 'of': args.lines }",
        flag: "args.amount > 5",
      },
    };
    const call = { tool: "pay", args: { id: "o1", amount: 7.5, lines: [{ sku: "a" }] } };
    expect(insteadOf(instead, call)).toEqual({
      ok: true,
      args: {
        text: "for o1",
        number: 15,
        whole: 3,
        list: [1, 2],
        object: { of: [{ sku: "a" }] },
        flag: true,
      },
    });
  });
});
