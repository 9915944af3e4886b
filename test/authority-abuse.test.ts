// Where the rules of who decides meet: votes, deputies, stops, deadlines, edits and a policy that changes in between. Whatever
// people do, nothing runs without its panel, and nothing that was decided is left lying.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, loadPolicy, OutcomeUnknownError } from "../src/index.js";
import { subjectOf, type Principal } from "../src/kernel/principal.js";
import type { Policy } from "../src/policies/policy.js";
import { changeDraft } from "../src/review/change-draft.js";
import { claim, handOn, release } from "../src/review/claim.js";
import { passDeadlines } from "../src/review/deadlines.js";
import { decide, type Answer, type DecideDeps } from "../src/review/decide.js";
import { extend } from "../src/review/extend.js";
import { mayDecide } from "../src/review/may-decide.js";
import type { ProposedCall, Review, TaskScope } from "../src/review/types.js";
import { undo } from "../src/review/undo.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { createDeputyStore } from "../src/storage/deputy-rows.js";
import { createDraftStore } from "../src/storage/draft-rows.js";
import { createDeadlineStore } from "../src/storage/review-deadlines.js";
import { liftStop, setStop } from "../src/storage/stop-rows.js";
import { deciding, processWith, scopeOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";
import { serveDesk } from "./support/people.js";

let db: Database;
beforeAll(async () => {
  db = openDatabase({ url: await testDatabase(), roles: true, maxConnections: 10 });
});
afterAll(() => db.close());

const paid: { id: string; amount: number }[] = [];
const pay = defineTool({
  name: "pay",
  description: "Pays.",
  args: z.object({ id: z.string(), amount: z.number() }),
  run(args) {
    paid.push(args);
    return "paid";
  },
});

const person = (id: string, roles: readonly string[], subject?: string): Principal => ({
  id,
  kind: "person",
  roles,
  tenant: "default",
  ...(subject === undefined ? {} : { subject }),
});
/** Who asks; and those who decide, of whom two are one person, and one is who asked, by another account. */
const asker = person("asker", ["support", "lead"]);
const people = [
  person("ada", ["support"]),
  person("ada-too", ["support", "lead"], "ada"),
  person("ben", ["support", "lead"]),
  person("cid", ["lead"]),
  person("dan", ["support"]),
  person("asker-too", ["support", "lead"], "asker"),
];

const policyOf = (tiers: string, rules = "", tier = "low"): Policy =>
  loadPolicy(`undo: 60s\n${rules}tiers:\n${tiers}default: { tier: ${tier} }\n`, "policy.yaml");
const high = `rules: [{ id: high, when: "tool == 'pay' && args.amount > 10.0", tier: high }]\n`;
const pairs = `
  low: { roles: [support], quorum: 2, respond: 1h, then: high, extend: { by: 1h, times: 1 } }
  high: { roles: [lead], respond: 1h }
`;
const policies = [
  policyOf(pairs, high),
  policyOf(pairs, "", "high"),
  policyOf(`
  low: { roles: [support], respond: 1h, then: high, extend: { by: 1h, times: 1 } }
  high: { roles: [support, lead], in_turn: true }
`),
  policyOf(
    `
  low: { roles: [lead, support], in_turn: true, respond: 1h, then: high }
  high: { roles: [support, lead], quorum: 2, of: 3, split: top }
  top: { roles: [lead], four_eyes: true, respond: 1h }
`,
    high,
  ),
  policyOf(`
  low: { roles: [support, lead], in_turn: true, four_eyes: false }
  high: { roles: [lead], four_eyes: true }
`),
];

/** A call that waits, in a process whose policy can be changed. */
async function held(first: Policy = policyOf(pairs), { tools = [pay], amount = 5 } = {}) {
  let policy = first;
  const own = await processWith(db, tools, { policy: () => policy });
  const deps = { ...deciding(own.deps), rolesOfNow: () => null };
  const id = randomUUID();
  const scope: TaskScope = { ...scopeOf(randomUUID()), principal: asker };
  const call: ProposedCall = { messageId: "m", callIndex: 0, callId: "c", tool: "pay", args: { id, amount } };
  const act = (on = own) => on.act(scope, call);
  await act();
  const [opened] = (await own.deps.store.list("default", { threadId: scope.threadId, limit: 1 })).items;
  if (!opened) throw new Error("Nothing waits.");
  const reviewId = opened.id;
  const review = async (): Promise<Review> => (await deps.store.find("default", reviewId)) ?? expect.fail();
  return {
    own,
    deps,
    id,
    scope,
    reviewId,
    act,
    review,
    runs: () => paid.filter((one) => one.id === id).length,
    follow(next: Policy) {
      policy = next;
    },
    async answer(by: Principal, answer: Omit<Answer, "argsHash">) {
      return decide(deps, by, reviewId, { ...answer, argsHash: (await review()).argsHash });
    },
    async lapse() {
      await db.once(
        { tenant: "default" },
        "update holdpoint.reviews set expires_at = now() - interval '1 ms' where review_id = $1 and expires_at is not null",
        [reviewId],
      );
      await passDeadlines({
        deadlines: createDeadlineStore(db, () => {}),
        resumption: { resume: () => Promise.resolve() },
        policies: new Map([["test", () => policy]]),
      });
    },
    /** The time in which it may be taken back is over. */
    settle: () =>
      db.once(
        { tenant: "default" },
        "update holdpoint.reviews set deciding_until = now() where review_id = $1 and deciding_until is not null",
        [reviewId],
      ),
  };
}
type Held = Awaited<ReturnType<typeof held>>;

const decided = { ok: true, review: { status: "decided" } };
const waits = { ok: true, review: { status: "open" } };
const named = (id: string) => people.find((one) => one.id === id) ?? expect.fail(`nobody is called ${id}`);

type Step = (one: Held) => Promise<unknown>;
const who = fc.constantFrom(...people);
const step: fc.Arbitrary<[string, Step]> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({ by: who, undo: fc.boolean() })
      .map(({ by, undo: mayUndo }): [string, Step] => [
        `${by.id} approves`,
        (one) => one.answer(by, { type: "approve", undo: mayUndo }),
      ]),
  },
  who.map((by): [string, Step] => [`${by.id} rejects`, (one) => one.answer(by, { type: "reject" })]),
  fc
    .tuple(who, fc.constantFrom(5, 6, 20))
    .map(([by, amount]): [string, Step] => [
      `${by.id} edits to ${amount}`,
      (one) => one.answer(by, { type: "edit", args: { id: one.id, amount } }),
    ]),
  fc
    .tuple(who, fc.constantFrom("low", "high", "top"))
    .map(([by, tier]): [string, Step] => [
      `${by.id} hands it on to ${tier}`,
      (one) => handOn(one.deps, by, one.reviewId, { tier }, null),
    ]),
  who.map((by): [string, Step] => [`${by.id} takes it back`, (one) => undo(one.deps, by, one.reviewId)]),
  who.map((by): [string, Step] => [`${by.id} has it`, (one) => claim(one.deps, by, one.reviewId)]),
  who.map((by): [string, Step] => [`${by.id} gives it back`, (one) => release(one.deps, by, one.reviewId)]),
  who.map((by): [string, Step] => [`${by.id} puts it off`, (one) => extend(one.deps, by, one.reviewId)]),
  fc
    .nat(policies.length - 1)
    .map((index): [string, Step] => [
      `policy ${index}`,
      async (one) => one.follow(policies[index] ?? expect.fail()),
    ]),
  fc.constant<[string, Step]>(["its time is over", (one) => one.lapse()]),
  fc.constant<[string, Step]>(["its thread goes on", (one) => one.act()]),
);

describe("whatever is done by whomever while the policy changes", () => {
  it("what counts as decided is what its panel agreed to: it runs then, once, and nothing else does", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(policies.length - 1),
        fc.array(step, { minLength: 3, maxLength: 14 }),
        async (first, steps) => {
          const one = await held(policies[first]);
          for (const [, run] of steps) await run(one);
          await one.settle();
          const before = await one.review();
          const outcome = await one.act();
          const { decision, status } = before;
          const lets = decision !== null && ["approve", "edit"].includes(decision.type);
          expect([status, one.runs(), outcome.kind]).toEqual([
            status,
            lets ? 1 : 0,
            status === "open" || status === "claimed" ? "waiting" : "answered",
          ]);
          if (!lets) return;
          const agreed = before.panel.of > 1 ? decision.approvedBy : [decision.decidedBy];
          expect(new Set(agreed.map(subjectOf)).size).toBeGreaterThanOrEqual(before.panel.quorum);
          if (before.panel.fourEyes)
            expect(agreed.map(subjectOf)).not.toContain(subjectOf(before.requestedBy));
        },
      ),
      { numRuns: Number(process.env["RUNS"] ?? 60) },
    );
  });
});

describe("a policy that changes between two votes", () => {
  const raised = policyOf(pairs, "", "high");

  it("and has one person of a higher tier decide: what they let go runs, as it waits or as they changed it", async () => {
    const one = await held();
    expect(await one.answer(named("ada"), { type: "approve" })).toMatchObject(waits);
    one.follow(raised);
    expect(await one.answer(named("ben"), { type: "approve" })).toMatchObject(decided);
    expect(await one.act()).toMatchObject({ kind: "answered", status: "success" });
    const other = await held();
    other.follow(raised);
    const edit = { type: "edit", args: { id: other.id, amount: 7 } } as const;
    expect(await other.answer(named("ben"), edit)).toMatchObject(decided);
    expect(await other.act()).toMatchObject({ kind: "answered", status: "success" });
    expect(paid.filter(({ id }) => id === one.id || id === other.id).map(({ amount }) => amount)).toEqual([
      5, 7,
    ]);
  });

  it("so does an edit that asks for one person of a higher tier, by somebody who is of it", async () => {
    const one = await held(policyOf(pairs, high));
    const edit = { type: "edit", args: { id: one.id, amount: 20 } } as const;
    expect(await one.answer(named("ben"), edit)).toMatchObject({ ok: true, review: { tier: "high" } });
    expect(await one.act()).toMatchObject({ kind: "answered", status: "success" });
  });

  it("and asks for an order: what was voted without it counts no more", async () => {
    const one = await held();
    await one.answer(named("ada"), { type: "approve" });
    one.follow(
      policyOf(`
  low: { roles: [support, lead], in_turn: true }
`),
    );
    expect(await one.answer(named("dan"), { type: "approve" })).toMatchObject({
      ok: true,
      review: { status: "open", roles: ["lead"], votes: [{ by: { id: "dan" } }] },
    });
    await one.act();
    expect(one.runs()).toBe(0);
    expect(await one.answer(named("cid"), { type: "approve" })).toMatchObject(decided);
  });
});

it("a limit holds where its tool is not at hand, as while versions change", async () => {
  const limited = loadPolicy(
    `tools: { pay: { amount: args.amount, currency: EUR } }
limits: [{ roles: [support], currency: EUR, up_to: 2 }]
tiers: { low: { roles: [support] } }
`,
    "policy.yaml",
  );
  const one = await held(limited);
  const without = await processWith(db, [], { policy: () => limited });
  const answer = { type: "approve", argsHash: (await one.review()).argsHash } as const;
  expect(await decide(deciding(without.deps), named("ada"), one.reviewId, answer)).toMatchObject({
    ok: false,
    error: { code: "over_limit" },
  });
});

/** A decision that is written into the rows, past everything. */
const forge = (at: Database, reviewId: string) =>
  at.once(
    { tenant: "default" },
    `with d as (update holdpoint.reviews set status = 'decided', decided_at = now() where review_id = $1 returning *)
     insert into holdpoint.decisions (decision_id, tenant_id, review_id, action_id, type, args, args_hash, seen_hash, decided_by)
     select gen_random_uuid(), tenant_id, review_id, action_id, 'approve', args, args_hash, args_hash, $2 from d`,
    [reviewId, JSON.stringify(named("ben"))],
  );

describe("a decision that nobody agreed to", () => {
  it("is taken back, on the record, and people are asked again, with the votes that stand", async () => {
    const one = await held();
    await one.answer(named("ada"), { type: "approve" });
    await forge(db, one.reviewId);
    expect(await one.act()).toMatchObject({ kind: "waiting" });
    expect(await one.review()).toMatchObject({
      status: "open",
      decision: null,
      decidedAt: null,
      votes: [{ by: { id: "ada" } }],
    });
    const noted = await db.once(
      { tenant: "default" },
      "select kind, by_whom ->> 'id' as by from holdpoint.review_events where review_id = $1",
      [one.reviewId],
    );
    expect(noted).toEqual([{ kind: "undone", by: "executor" }]);
    expect(await one.answer(named("cid"), { type: "approve" })).toMatchObject({ ok: false });
    expect(await one.answer(named("dan"), { type: "approve" })).toMatchObject(decided);
    expect(await one.act()).toMatchObject({ kind: "answered" });
    expect(one.runs()).toBe(1);
    expect(await one.deps.store.reopenUnagreed("default", (await one.review()).actionId ?? "")).toBe(false);
  });

  it("is delivered once and not again and again, and its thread takes what is said in it afterwards", async () => {
    const url = await testDatabase();
    const desk = await serveDesk(url, {
      policy: "tiers: { pair: { roles: [support], quorum: 2 } }",
    });
    const own = openDatabase({ url, roles: true });
    try {
      const name = randomUUID();
      const { ids, threadId } = await desk.held(`pay ${name} 1`, "guest");
      const [id = ""] = ids;
      await forge(own, id);
      await expect.poll(async () => (await desk.as.ada(`/reviews/${id}`)).body["status"]).toBe("open");
      await desk.at.runtime.waitForThread("default", threadId);
      const { argsHash } = (await desk.as.ada(`/reviews/${id}`)).body;
      for (const voter of ["ada", "ben"] as const)
        expect(await desk.as[voter](`/reviews/${id}/decision`, { type: "approve", argsHash })).toMatchObject({
          status: 200,
        });
      await desk.at.runtime.waitForThread("default", threadId);
      expect(desk.effectsOf("pay", name)).toBe(1);
    } finally {
      await own.close();
      await desk.at.stop();
    }
  });
});

it("a draft that comes to a higher tier with the same words is voted on anew", async () => {
  const drafted = (tier: string) =>
    loadPolicy(
      `tools: { mail: { draft: body } }
tiers:
  low: { roles: [support], quorum: 2, four_eyes: false }
  high: { roles: [support], quorum: 2 }
default: { tier: ${tier} }
`,
      "policy.yaml",
    );
  const mail = defineTool({
    name: "mail",
    description: "Writes to somebody.",
    args: z.object({ body: z.string() }),
    run: () => expect.fail("One vote of this tier sent it."),
  });
  let policy = drafted("low");
  const { deps: own, act } = await processWith(db, [mail], { policy: () => policy });
  const scope: TaskScope = { ...scopeOf(randomUUID()), principal: asker };
  const call = { messageId: "m", callIndex: 0, callId: "c", tool: "mail", args: { body: "Hello." } };
  await act(scope, call);
  const deps = { ...deciding(own), drafts: createDraftStore(db, () => {}) };
  const now = async () =>
    (await deps.store.list("default", { threadId: scope.threadId, limit: 1 })).items[0] ?? expect.fail();
  const write = async (by: Principal) => {
    const { id, draft } = await now();
    const { id: blockId, revision } = draft?.blocks[0] ?? expect.fail();
    return changeDraft(deps, by, id, { blockId, revision }, { type: "write", text: "Goodbye." });
  };
  const approve = async (by: Principal) => {
    const { id, argsHash } = await now();
    return decide(deps, by, id, { type: "approve", argsHash });
  };
  expect(await write(named("ada"))).toMatchObject(waits);
  expect(await approve(named("dan"))).toMatchObject({ ok: true, review: { votes: [{}] } });
  policy = drafted("high");
  expect(await write(named("ben"))).toMatchObject({ ok: true, review: { tier: "high", votes: [] } });
});

describe("between the look at a review and the statement that decides it", () => {
  const single = policyOf(`
  low: { roles: [support], respond: 1h }
`);
  /** An answer, before which something happens once its author was found to be able to give it. */
  async function overtaken(
    { policy, answer }: { policy: Policy; answer: "approve" | "edit" },
    by: Principal,
    happens: (one: Awaited<ReturnType<typeof held>>) => Promise<unknown>,
    deputies: DecideDeps["deputies"] = { to: () => Promise.resolve([]) },
  ) {
    const one = await held(policy);
    const { args, argsHash } = await one.review();
    let looks = 0;
    const find: typeof one.deps.store.find = async (...asked) => {
      const found = await one.deps.store.find(...asked);
      looks += 1;
      if (looks === 1) await happens(one);
      return found;
    };
    const deps = { ...one.deps, deputies, store: { ...one.deps.store, find } };
    const changed = answer === "edit" ? { args: { ...args, amount: 6 } } : {};
    const result = await decide(deps, by, one.reviewId, { type: answer, argsHash, ...changed });
    expect(looks).toBeGreaterThan(1);
    expect(await one.review()).toMatchObject({
      status: expect.not.stringMatching("decided"),
      votes: [],
      argsHash,
    });
    return result;
  }
  const eve = person("eve", ["support"]);
  const answers: [string, Parameters<typeof overtaken>[0]][] = [
    ["one person decides", { policy: single, answer: "approve" }],
    ["two have to agree", { policy: policyOf(pairs), answer: "approve" }],
    ["a change is put before others", { policy: policyOf(pairs), answer: "edit" }],
  ];

  it.each(answers)("somebody else may take it: where %s", async (_, given) => {
    const taken = await overtaken(given, eve, (one) => claim(one.deps, named("dan"), one.reviewId));
    expect(taken).toMatchObject({ ok: false, error: { code: "review_claimed" } });
  });

  it.each(answers)("its time may be over, before anybody has passed it on: where %s", async (_, given) => {
    const late = await overtaken(given, eve, ({ reviewId }) =>
      db.once(
        { tenant: "default" },
        "update holdpoint.reviews set expires_at = now() - interval '1 ms' where review_id = $1",
        [reviewId],
      ),
    );
    expect(late).toMatchObject({ ok: false, error: { code: "review_expired" } });
  });

  it.each(answers)("a deputy's right may be taken back: where %s", async (_, policy) => {
    const gone = createDeputyStore(db);
    const until = new Date(Date.now() + 600_000);
    const given = { id: randomUUID(), giver: eve, to: "fay", roles: ["support"], until, reason: null };
    await gone.give("default", given);
    const read = await gone.to(person("fay", ["desk"]));
    const refused = await overtaken(
      policy,
      person("fay", ["desk"]),
      () => gone.revoke(eve, given.id, "own"),
      { to: () => Promise.resolve(read) },
    );
    expect(refused).toMatchObject({ ok: false });
  });
});

it("votes that are divided lead to nobody where nobody stands at the next tier: it is refused", async () => {
  const one = await held(
    policyOf(`
  low: { roles: [support, lead], quorum: 2, of: 3, split: high }
  high: { roles: [lead] }
`),
  );
  const judge = one.deps.agentOf("test") ?? expect.fail();
  const deps = { ...one.deps, agentOf: () => ({ ...judge, unstaffed: () => ["high"] }) };
  const say = (by: string, type: Answer["type"]) =>
    one.review().then(({ argsHash }) => decide(deps, named(by), one.reviewId, { type, argsHash }));
  await say("ada", "approve");
  await say("ben", "reject");
  expect(await say("dan", "reject")).toMatchObject({ review: { status: "decided", tier: "low" } });
  await one.act();
  expect(one.runs()).toBe(0);
});

describe("a tier is not handed its own hold", () => {
  it("where it would begin anew: with all of its time, without its votes, and not as strictly", async () => {
    const one = await held();
    await one.answer(named("ada"), { type: "approve" });
    expect(await one.answer(named("dan"), { type: "edit", args: { id: one.id, amount: 6 } })).toMatchObject(
      waits,
    );
    one.follow(
      policyOf(`
  low: { roles: [support] }
`),
    );
    const before = await one.review();
    expect(await handOn(one.deps, named("dan"), one.reviewId, { tier: "low" }, null)).toMatchObject({
      ok: false,
      error: { code: "hand_on_refused", message: expect.stringContaining("No tier is higher") },
    });
    expect(await one.review()).toEqual(before);
    expect(await one.answer(named("dan"), { type: "approve" })).toMatchObject({
      ok: false,
      error: { details: { why: "asked" } },
    });
  });
});

const dying = defineTool({
  name: "pay",
  description: "Pays.",
  args: z.object({ id: z.string(), amount: z.number() }),
  run(args) {
    paid.push(args);
    throw new OutcomeUnknownError("The line went dead.");
  },
});

describe("whether it happened", () => {
  it("is not for who asked, where others had to let it go: trying again is letting it go once more", async () => {
    const one = await held(policyOf(pairs), { tools: [dying] });
    for (const by of ["ada", "dan"]) await one.answer(named(by), { type: "approve" });
    expect(await one.act()).toMatchObject({ kind: "waiting" });
    const { items } = await one.deps.store.list("default", { threadId: one.scope.threadId, limit: 5 });
    const settle = items.find(({ kind }) => kind === "settle") ?? expect.fail();
    expect(settle.panel).toMatchObject({ quorum: 1, of: 1, fourEyes: true });
    const say = (by: Principal, type: Answer["type"]) =>
      decide(one.deps, by, settle.id, { type, argsHash: settle.argsHash });
    for (const type of ["retry", "happened", "not_happened"] as const)
      for (const by of [asker, named("asker-too")])
        expect(await say(by, type)).toMatchObject({ ok: false, error: { details: { why: "asked" } } });
    expect(await say(named("ada"), "not_happened")).toMatchObject({ ok: true });
    await one.act();
    expect(one.runs()).toBe(1);
  });

  it("is for who asked, where they might have let it go", async () => {
    const one = await held(
      policyOf(`
  low: { roles: [support] }
`),
      { tools: [dying] },
    );
    await one.answer(asker, { type: "approve" });
    await one.act();
    const { items } = await one.deps.store.list("default", { threadId: one.scope.threadId, limit: 5 });
    const settle = items.find(({ kind }) => kind === "settle") ?? expect.fail();
    expect(
      await decide(one.deps, asker, settle.id, { type: "happened", argsHash: settle.argsHash }),
    ).toMatchObject({ ok: true });
  });
});

describe("to try again", () => {
  it("is for who may release so much, where others may say whether it happened", async () => {
    const limited = policyOf(
      `
  low: { roles: [support, lead] }
`,
      `tools: { pay: { amount: args.amount, currency: EUR } }
limits: [{ roles: [support], currency: EUR, up_to: 4 }, { roles: [lead], currency: EUR, up_to: 5 }]
`,
    );
    const one = await held(limited, { tools: [dying] });
    await one.answer(named("cid"), { type: "approve" });
    expect(await one.act()).toMatchObject({ kind: "waiting" });
    const { items } = await one.deps.store.list("default", { threadId: one.scope.threadId, limit: 5 });
    const settle = items.find(({ kind }) => kind === "settle") ?? expect.fail();
    const again = (by: Principal, deps: typeof one.deps = one.deps) =>
      decide(deps, by, settle.id, { type: "retry", argsHash: settle.argsHash });
    expect(await mayDecide(one.deps, named("dan"), settle)).toMatchObject({
      may: true,
      mayRelease: false,
      why: "over_limit",
    });
    expect(await again(named("dan"))).toMatchObject({ error: { code: "over_limit", details: { limit: 4 } } });
    // A server that does not serve its agent does not know the limits.
    expect(await again(named("cid"), { ...one.deps, agentOf: () => null })).toMatchObject({
      error: { code: "agent_not_served" },
    });
    expect(one.runs()).toBe(1);
    expect(await mayDecide(one.deps, named("cid"), settle)).toMatchObject({ mayRelease: true });
    expect(await again(named("cid"))).toMatchObject({ ok: true });
    await one.act();
    expect(one.runs()).toBe(2);
  });
});

describe("a deadline", () => {
  it("with votes half given says that too few agreed, and not that nobody said no where somebody did", async () => {
    const three = policyOf(`
  low: { roles: [support, lead], quorum: 2, of: 3, respond: 1h }
`);
    const words = async (type: "approve" | "reject" | null) => {
      const one = await held(three);
      if (type) await one.answer(named("ada"), { type });
      await one.lapse();
      const outcome = await one.act();
      expect(one.runs()).toBe(0);
      return outcome.kind === "answered" ? outcome.text : expect.fail();
    };
    expect(await words(null)).toMatch(/nobody decided before the deadline.*No person said no/);
    expect(await words("approve")).toMatch(/too few people agreed before the deadline.*No person said no/);
    const said = await words("reject");
    expect(said).toContain("too few people agreed before the deadline");
    expect(said).not.toContain("No person said no");
  });
});

describe("what a stop kept from being done in the place of a call", () => {
  const tagged: string[] = [];
  const tag = defineTool({
    name: "tag",
    description: "Tags.",
    reversibility: "reversible",
    args: z.object({ id: z.string() }),
    run({ id }) {
      tagged.push(id);
      return "tagged";
    },
  });

  it("is not done later, by whoever comes back to it once the stop is lifted", async () => {
    const one = await held(
      policyOf(
        `
  low: { roles: [support], respond: 1h, then: { instead: tag, args: { id: args.id } } }
`,
        "tools: { tag: { reversibility: reversible } }\n",
      ),
      { tools: [pay, tag] },
    );
    await one.lapse();
    const stop = await setStop(db, named("ben"), { kind: "tool", name: "tag", why: "It tags too much." });
    const first = await one.act();
    expect(first).toMatchObject({ kind: "answered", text: expect.stringContaining("it is stopped") });
    await liftStop(db, named("ben"), stop, "Mended.");
    expect(await one.act()).toMatchObject({
      kind: "answered",
      text: expect.stringContaining("its moment has passed"),
    });
    expect(tagged).not.toContain(one.id);
  });

  it("votes are given while a stop stands, and what they lead to waits for its end", async () => {
    const one = await held();
    const stop = await setStop(db, named("ben"), { kind: "tool", name: "pay", why: "Wait." });
    for (const by of ["ada", "dan"]) await one.answer(named(by), { type: "approve" });
    expect(await one.act()).toMatchObject({ kind: "waiting" });
    expect([one.runs(), (await one.review()).status]).toEqual([0, "decided"]);
    await liftStop(db, named("ben"), stop, "Go on.");
    const next = await processWith(db, [pay], { policy: () => policyOf(pairs) });
    expect(await Promise.all([one.act(next), one.act()])).toMatchObject([
      { kind: "answered" },
      { kind: "answered" },
    ]);
    expect(one.runs()).toBe(1);
  });
});

describe("at the door of a chat", () => {
  it("an answer is a vote as anywhere else: one for each person, and the hold is shown until they agree", async () => {
    const desk = await serveDesk(await testDatabase(), {
      policy: "tiers: { pair: { roles: [support], quorum: 2 } }",
    });
    try {
      const name = randomUUID();
      const { threadId } = await desk.held(`pay ${name} 1`, "guest");
      const resume = (by: "ada" | "ben" | "guest", value: object) =>
        desk.as[by](`/threads/${threadId}/runs/wait`, {
          assistant_id: "support",
          command: { resume: value },
        });
      expect(await resume("guest", { type: "approve" })).toMatchObject({ status: 403 });
      expect(await resume("ada", { type: "respond", message: "Paid." })).toMatchObject({ status: 422 });
      const [first, second] = await Promise.all([1, 2].map(() => resume("ada", { type: "approve" })));
      expect([first?.status, second?.status].toSorted((a = 0, b = 0) => a - b)).toEqual([200, 409]);
      expect(desk.effectsOf("pay", name)).toBe(0);
      expect(await resume("ada", { type: "approve" })).toMatchObject({
        status: 409,
        body: { code: "already_voted" },
      });
      expect(await resume("ben", { type: "approve" })).toMatchObject({ status: 200 });
      await desk.at.runtime.waitForThread("default", threadId);
      expect(desk.effectsOf("pay", name)).toBe(1);
    } finally {
      await desk.at.stop();
    }
  });
});
