// Deadlines: what waits goes up the ladder, is refused, or waits on; it is never approved by silence.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPolicy, scriptedModel } from "../src/index.js";
import { reviewContextSchema } from "../src/http/contract.js";
import { onePerson } from "../src/policies/panel.js";
import { onSilence } from "../src/review/deadlines.js";
import { testDatabase } from "./support/database.js";
import { openReviews } from "./support/fronts.js";
import { request, say, serve, type Served } from "./support/http.js";

const policy = `
rules:
  - { id: at-once, when: "tool == 'wipe'", tier: chiefs }
  - { id: whenever, when: "tool == 'pay' && has(args.amount) && args.amount > 1000.0", tier: board }
tiers:
  desk:   { roles: [desk], respond: 30m, then: leads }
  leads:  { roles: [lead], respond: 2h, then: chiefs }
  chiefs: { roles: [chief], respond: 4h }
  board:  { roles: [board], respond: 8h, then: park }
`;

let at: Served;
let database: string;
beforeAll(async () => {
  database = await testDatabase();
  at = await serve(database, { policy, builtIns: ["ask_human"] });
});
afterAll(() => at.stop());

async function held(words: string): Promise<{ threadId: string; id: string }> {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say(words));
  const [review] = await openReviews(at, threadId);
  if (!review) throw new Error("Nothing waits.");
  return { threadId, id: review.id };
}
const reviewOf = async (id: string) =>
  (await at.runtime.reviews.find("default", id)) ?? expect.fail("no review");
/** Lets the time of a review be over, as the database's clock has it. */
const pass = (id: string, to = at) =>
  to.runtime.db.pool.query(
    "update holdpoint.reviews set expires_at = now() - interval '1 millisecond' where review_id = $1",
    [id],
  );
const minutesLeft = async (id: string) => {
  const { rows } = await at.runtime.db.pool.query<{ left: number }>(
    "select extract(epoch from expires_at - now())::float8 / 60 as left from holdpoint.reviews where review_id = $1",
    [id],
  );
  return rows[0]?.left ?? null;
};
const lastWords = async (threadId: string, of = at) => {
  await of.runtime.waitForThread("default", threadId);
  const { values } = await of.client.threads.getState<{ messages: { type: string; content: string }[] }>(
    threadId,
  );
  return values.messages.findLast(({ type }) => type === "tool")?.content;
};
const eventsOf = async (id: string) =>
  reviewContextSchema
    .parse((await request(`${at.url}/reviews/${id}/context`)).body)
    .events.map(({ by: _by, at: _at, ...event }) => event);

describe("a review that nobody decides in time", () => {
  it("has as long as its tier, and goes up the ladder, where it has the next one's time", async () => {
    const { id, threadId } = await held(`pay ${randomUUID()} 5`);
    expect(await reviewOf(id)).toMatchObject({ tier: "desk", status: "open" });
    expect(await minutesLeft(id)).toBeCloseTo(30, 0);
    await pass(id);
    await expect.poll(async () => (await reviewOf(id)).tier).toBe("leads");
    expect(await reviewOf(id)).toMatchObject({ status: "open", roles: ["lead"], isOverdue: false });
    expect(await minutesLeft(id)).toBeCloseTo(120, 0);
    expect(await eventsOf(id)).toEqual([{ kind: "escalated", from: "desk", to: "leads" }]);
    // What chat clients read says so, too.
    const shown = async () => {
      const { tasks } = await at.client.threads.getState(threadId);
      return tasks.flatMap(({ interrupts }) =>
        interrupts.map(({ value }) => Object(value) as { expiresAt?: string }),
      )[0];
    };
    const expiresAt = (await reviewOf(id)).expiresAt?.toISOString();
    await expect.poll(async () => (await shown())?.expiresAt).toBe(expiresAt);
  });

  it("is refused at the top, and its agent is told that nobody said no", async () => {
    const name = randomUUID();
    const { id, threadId } = await held(`wipe ${name}`);
    await pass(id);
    await expect.poll(async () => (await reviewOf(id)).status).toBe("expired");
    expect(await lastWords(threadId)).toMatch(
      /nobody decided before the deadline.*No person said no\. It was not executed/,
    );
    expect(at.effects.of("wipe")).toEqual([]);
    expect((await reviewOf(id)).resumedAt).not.toBeNull();
    const late = await request(`${at.url}/reviews/${id}/decision`, {
      body: { type: "approve", argsHash: (await reviewOf(id)).argsHash },
    });
    expect([late.status, late.body["code"]]).toEqual([409, "review_expired"]);
  });

  it("waits on where the policy says so, without a deadline, and can be approved still", async () => {
    const name = randomUUID();
    const { id, threadId } = await held(`pay ${name} 5000`);
    await pass(id);
    await expect.poll(async () => (await reviewOf(id)).expiresAt).toBeNull();
    expect(await eventsOf(id)).toEqual([{ kind: "parked" }]);
    const { argsHash } = await reviewOf(id);
    await request(`${at.url}/reviews/${id}/decision`, { body: { type: "approve", argsHash } });
    expect(await lastWords(threadId)).toBe(`pay ${name} done`);
  });

  it("is decided by nobody in the moment before that is done", async () => {
    const name = randomUUID();
    const { id } = await held(`pay ${name} 5`);
    // A server that does not serve the agent does nothing about it.
    const other = await serve(database, { name: "other", policy });
    await at.runtime.db.pool.query(
      "update holdpoint.reviews set graph_id = 'elsewhere' where review_id = $1",
      [id],
    );
    try {
      await pass(id);
      const { argsHash } = await reviewOf(id);
      for (const [path, body] of [
        ["decision", { type: "reject", argsHash }],
        ["claim", {}],
        ["hand-on", { to: { tier: "leads" } }],
      ] as const) {
        const answer = await request(`${other.url}/reviews/${id}/${path}`, { body });
        expect([answer.status, answer.body["code"]]).toEqual([409, "review_expired"]);
      }
      expect(await reviewOf(id)).toMatchObject({ status: "open", isOverdue: true, tier: "desk" });
    } finally {
      await other.stop();
    }
  });

  it("in the same moment as a decision has one outcome", async () => {
    for (let round = 0; round < 12; round += 1) {
      const name = randomUUID();
      const { id, threadId } = await held(`wipe ${name}`);
      const { argsHash } = await reviewOf(id);
      const [, answer] = await Promise.all([
        pass(id),
        request(`${at.url}/reviews/${id}/decision`, { body: { type: "approve", argsHash } }),
      ]);
      const words = await lastWordsSoon(threadId);
      const isApproved = answer.status === 200;
      expect(words).toMatch(isApproved ? /done$/ : /nobody decided before the deadline/);
      expect(at.effects.of("wipe").filter((args) => args["id"] === name)).toHaveLength(isApproved ? 1 : 0);
    }
  });

  it("is told to its agent also where the process that found it so is gone", async () => {
    const { id, threadId } = await held(`wipe ${randomUUID()}`);
    await at.runtime.db.pool.query(
      "update holdpoint.reviews set status = 'expired', expires_at = now() - interval '1 minute' where review_id = $1",
      [id],
    );
    expect(await lastWordsSoon(threadId)).toMatch(/nobody decided before the deadline/);
  });

  it("that the agent asked itself is answered by nobody, and that is what it hears", async () => {
    const model = scriptedModel("asking", (messages) =>
      messages.at(-1)?.getType() === "tool"
        ? { text: "I see." }
        : { text: "", calls: [{ tool: "ask_human", args: { question: "Which one?" } }] },
    );
    const own = await serve(await testDatabase(), { policy, model, tools: [], builtIns: ["ask_human"] });
    try {
      const { thread_id: threadId } = await own.client.threads.create();
      await own.client.runs.wait(threadId, "support", say("Go."));
      const [review] = await openReviews(own, threadId);
      await own.runtime.db.pool.query("update holdpoint.reviews set tier = 'chiefs', on_silence = null");
      await pass(review?.id ?? "", own);
      await expect.poll(() => lastWords(threadId, own)).toMatch(/^Nobody answered before the deadline/);
    } finally {
      await own.stop();
    }
  });

  it("comes to what was fixed when it was opened, by the next rung of the policy in force then", async () => {
    const own = await serve(await testDatabase(), { policy });
    try {
      const { thread_id: threadId } = await own.client.threads.create();
      await own.client.runs.wait(threadId, "support", say(`pay ${randomUUID()} 5`));
      const [review] = await openReviews(own, threadId);
      const id = review?.id ?? "";
      const shown = await own.client.threads.getState(threadId);
      const [hold] = shown.tasks.flatMap(({ interrupts }) => interrupts.map(({ value }) => value));
      expect(hold).toMatchObject({ holdpoint: { onSilence: "escalate" } });
      const replaced = await own.runtime.changes.reload(`
tiers:
  desk:  { roles: [desk], respond: 1h, then: reject }
  leads: { roles: [captain], respond: 3h, then: park }
`);
      expect(replaced.ok).toBe(true);
      const { body } = await request(`${own.url}/reviews/${id}/context`);
      expect(reviewContextSchema.parse(body).instructions?.onSilence).toEqual({
        kind: "escalated",
        tier: "leads",
      });
      await pass(id, own);
      const stands = () => own.runtime.reviews.find("default", id);
      await expect.poll(async () => (await stands())?.tier).toBe("leads");
      expect(await stands()).toMatchObject({ roles: ["captain"], onSilence: { kind: "park" } });
      await pass(id, own);
      await expect.poll(async () => (await stands())?.expiresAt).toBeNull();
      expect(await stands()).toMatchObject({ status: "open", tier: "leads", onSilence: null });
    } finally {
      await own.stop();
    }
  });

  it("leads nowhere where the policy no longer has the tier; where nothing was fixed, the policy in force says it", () => {
    const now = loadPolicy(
      "tiers: { a: { roles: [x], respond: 1h, then: b }, b: { roles: [y] } }",
      "policy.yaml",
    );
    const reject = { kind: "reject" };
    expect(onSilence(now, { tier: "a", onSilence: { kind: "escalate", tier: "gone" } })).toEqual(reject);
    expect(onSilence(now, { tier: "gone", onSilence: { kind: "park" } })).toEqual({ kind: "park" });
    expect(onSilence(now, { tier: "a", onSilence: null })).toEqual({ kind: "escalate", tier: "b" });
    expect(onSilence(now, { tier: "b", onSilence: null })).toEqual(reject);
    expect(onSilence(now, { tier: "gone", onSilence: null })).toEqual(reject);
  });
});

async function lastWordsSoon(threadId: string): Promise<string | undefined> {
  await expect.poll(() => lastWords(threadId)).toBeDefined();
  return lastWords(threadId);
}

describe("a policy's deadlines", () => {
  it.each([
    ["tiers:\n  a: { roles: [x], then: reject }", "2:20: Without `respond` there is no deadline"],
    [
      "tiers:\n  a: { roles: [x], respond: 1h, then: b }",
      'There is no tier "b". After "a" comes one of: reject, park.',
    ],
    [
      "tiers:\n  a: { roles: [x] }\n  b: { roles: [y], respond: 1h, then: a }",
      '"a" is not higher on the ladder. After "b" comes one of: reject, park.',
    ],
    ["tiers:\n  reject: { roles: [x] }", "no name of a tier"],
    ["tiers:\n  a: { roles: [x], respond: 800h }", "within 30 days"],
    ["tiers:\n  a: { roles: [x], respond: soon }", "A duration is a number with s, m or h"],
  ])("%j is refused, with where and why", (text, why) => {
    expect(() => loadPolicy(text, "policy.yaml")).toThrow(why);
  });

  it("refuse where nothing is said of what comes then", () => {
    const { tiers } = loadPolicy("tiers: { a: { roles: [x], respond: 90s } }", "policy.yaml");
    expect(tiers).toEqual([
      {
        name: "a",
        roles: ["x"],
        panel: onePerson,
        deadline: { ms: 90_000, after: { kind: "reject" }, hours: null, extend: null },
      },
    ]);
  });
});
