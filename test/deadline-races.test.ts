// Deadlines where several processes look, one was away, and clocks are wrong: each has one outcome, and none is lost.
import fc from "fast-check";
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { loadPolicy } from "../src/index.js";
import { localPerson, type Principal } from "../src/kernel/principal.js";
import { passDeadlines } from "../src/review/deadlines.js";
import { decide } from "../src/review/decide.js";
import { extend } from "../src/review/extend.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { createDeadlineStore } from "../src/storage/review-deadlines.js";
import { countingTools } from "./support/agent.js";
import { deciding, processWith, scopeOf, type OwnProcess } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";
import { openReviews } from "./support/fronts.js";
import { request, say, serve, type Served } from "./support/http.js";

const policy = `
rules:
  - { id: at-once, when: "tool == 'wipe'", tier: chiefs }
tiers:
  desk:   { roles: [desk], respond: 30m, then: leads }
  leads:  { roles: [lead], respond: 2h, then: chiefs }
  chiefs: { roles: [chief], respond: 4h }
`;
const hourMs = 3_600_000;

describe("two servers on one database", () => {
  let both: [Served, Served];
  beforeAll(async () => {
    const url = await testDatabase();
    both = [await serve(url, { policy }), await serve(url, { policy })];
  });
  afterAll(() => Promise.all(both.map((at) => at.stop())));

  async function held(words: string): Promise<{ id: string; threadId: string; argsHash: string }> {
    const [at] = both;
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say(words));
    const [review] = await openReviews(at, threadId);
    return { threadId, ...(review ?? expect.fail("Nothing waits.")) };
  }
  const reviewOf = async (id: string) => (await both[0].runtime.reviews.find("default", id)) ?? expect.fail();
  const overIn = (id: string, ms: number) =>
    both[0].runtime.db.pool.query(
      "update holdpoint.reviews set expires_at = now() + make_interval(secs => $2) where review_id = $1",
      [id, ms / 1_000],
    );

  it("give a decision at either, and a deadline in the same millisecond, one outcome", async () => {
    for (let round = 0; round < 16; round += 1) {
      const name = randomUUID();
      const { id, threadId, argsHash } = await held(`wipe ${name}`);
      const [, ...answers] = await Promise.all([
        overIn(id, round % 2 === 0 ? -1 : round),
        ...both.map((at) =>
          request(`${at.url}/reviews/${id}/decision`, { body: { type: "approve", argsHash } }),
        ),
      ]);
      await expect.poll(async () => (await reviewOf(id)).resumedAt).not.toBeNull();
      await both[0].runtime.waitForThread("default", threadId);
      const approved = answers.filter(({ status }) => status === 200).length;
      const { status, decision } = await reviewOf(id);
      const ran = both.flatMap((at) => at.effects.of("wipe").filter((args) => args["id"] === name)).length;
      expect({ approved, status, decided: decision !== null, ran }).toEqual(
        approved === 1
          ? { approved: 1, status: "resumed", decided: true, ran: 1 }
          : { approved: 0, status: "expired", decided: false, ran: 0 },
      );
    }
  });

  it("do what was due while neither was there, late and once", async () => {
    const url = await testDatabase();
    const before = await serve(url, { policy });
    const { thread_id: threadId } = await before.client.threads.create();
    await before.client.runs.wait(threadId, "support", say(`pay ${randomUUID()} 5`));
    const [review] = await openReviews(before, threadId);
    const id = review?.id ?? "";
    await before.runtime.db.pool.query(
      "update holdpoint.reviews set expires_at = now() + interval '200 ms' where review_id = $1",
      [id],
    );
    await before.stop();
    const after = await Promise.all([serve(url, { policy }), serve(url, { policy })]);
    try {
      await expect.poll(async () => (await after[0].runtime.reviews.find("default", id))?.tier).toBe("leads");
      expect(await eventsOf(after[0].runtime.db, id)).toEqual(["escalated"]);
    } finally {
      await Promise.all(after.map((at) => at.stop()));
    }
  });
});

async function eventsOf(db: Database, id: string): Promise<string[]> {
  const { rows } = await db.pool.query<{ kind: string }>(
    "select kind from holdpoint.review_events where review_id = $1 order by event_id",
    [id],
  );
  return rows.map(({ kind }) => kind);
}

describe("below the graph", () => {
  let db: Database;
  beforeAll(async () => {
    db = openDatabase({ url: await testDatabase(), roles: true, maxConnections: 10 });
  });
  afterAll(() => db.close());
  afterEach(() => vi.unstubAllGlobals());

  const { tools, effects } = countingTools();
  const withPolicy = (text: () => string) =>
    processWith(db, tools, { policy: () => loadPolicy(text(), "policy.yaml") });
  const sweep = (own: OwnProcess, resumed: string[] = []) =>
    passDeadlines({
      deadlines: createDeadlineStore(db, () => {}),
      policies: new Map([["test", own.deps.policy]]),
      resumption: {
        async resume({ threadId }) {
          resumed.push(threadId);
        },
      },
    });
  /** Many holds at once, in threads of their own, as their columns have it. */
  async function many(count: number, tier: string, onSilence: object): Promise<string> {
    const batch = randomUUID();
    await db.pool.query(
      `with actions as (
         insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, message_id, call_index, call_id, tool, args,
           args_hash, route, assessment, requested_by)
         select $1 || n, 'default', $1 || n, 'test', 'm', 0, 'c', 'pay', '{}', 'hash', 'approve', '{}', '{}'
         from generate_series(1, $2::int) n returning action_id, thread_id)
       insert into holdpoint.reviews (review_id, tenant_id, thread_id, graph_id, action_id, kind, tool, args, args_hash, level,
         tier, roles, title, reasons, requested_by, expires_at, on_silence)
       select gen_random_uuid(), 'default', thread_id, 'test', action_id, 'review', 'pay', '{}', 'hash', 'high', $3, '{desk}',
         'Pay', '[]', '{}', now() - interval '1 ms', $4 from actions`,
      [batch, count, tier, JSON.stringify(onSilence)],
    );
    return batch;
  }
  const tally = async (batch: string): Promise<Record<string, number>> => {
    const { rows } = await db.pool.query<{ what: string; n: number }>(
      `select e.kind as what, count(*)::int as n from holdpoint.review_events e join holdpoint.reviews using (review_id)
       where thread_id like $1 || '%' group by 1 union all
       select status || ' at ' || tier, count(*)::int from holdpoint.reviews where thread_id like $1 || '%' group by 1`,
      [batch],
    );
    return Object.fromEntries(rows.map(({ what, n }) => [what, n]));
  };

  it("three sweeps at once pass thousands, each once and with one event, and every thread is woken", async () => {
    const own = await withPolicy(() => policy);
    const [going, ending] = [
      await many(2_500, "desk", { kind: "escalate", tier: "leads" }),
      await many(1_500, "chiefs", { kind: "reject" }),
    ];
    const resumed: string[] = [];
    await Promise.all([sweep(own, resumed), sweep(own, resumed), sweep(own, resumed)]);
    await sweep(own, resumed);
    expect(await tally(going)).toEqual({ escalated: 2_500, "open at leads": 2_500 });
    expect(await tally(ending)).toEqual({ expired: 1_500, "expired at chiefs": 1_500 });
    expect(resumed).toHaveLength(4_000);
    expect(new Set(resumed).size).toBe(4_000);
  });

  it("a clock that is an hour wrong, either way, passes nothing early and nothing late", async () => {
    const own = await withPolicy(() => policy);
    const Right = Date;
    for (const wrongBy of [-hourMs, hourMs]) {
      const [over, not] = [
        await many(1, "chiefs", { kind: "reject" }),
        await many(1, "chiefs", { kind: "reject" }),
      ];
      await db.pool.query(
        "update holdpoint.reviews set expires_at = now() + interval '1 min' where thread_id like $1 || '%'",
        [not],
      );
      vi.stubGlobal(
        "Date",
        class extends Right {
          constructor(...args: [] | [number | string | Date]) {
            super(args.length === 0 ? Right.now() + wrongBy : args[0]);
          }
          static override now(): number {
            return Right.now() + wrongBy;
          }
        },
      );
      await sweep(own);
      vi.unstubAllGlobals();
      expect(await tally(over)).toEqual({ expired: 1, "expired at chiefs": 1 });
      expect(await tally(not)).toEqual({ "open at chiefs": 1 });
    }
  });

  it("whatever the ladder, the hours and the moments, a hold ends or is parked, once, with one outcome, and silence never approves", async () => {
    const zones = [
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Asia/Kathmandu",
      "Pacific/Apia",
      "UTC",
    ];
    const names = ["a", "b", "c", "d"];
    // As many moments pass as the ladder has rungs.
    const enough = names.map(() => "pass" as const);
    const time = fc
      .record({ hour: fc.nat(23), minute: fc.constantFrom(0, 15, 30, 45) })
      .map(({ hour, minute }) => `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`);
    const tier = fc.record({
      minutes: fc.integer({ min: 1, max: 3_000 }),
      up: fc.nat(9),
      end: fc.constantFrom("reject", "park", "{ instead: note, args: { id: args.id } }"),
      hours: fc.constantFrom("", ", hours: c", ", hours: c, outside: then"),
      extend: fc.constantFrom("", ", extend: { by: 45m, times: 2 }"),
      panel: fc.constantFrom("", ", quorum: 2", ", quorum: 2, of: 3", ", four_eyes: true"),
    });
    const people = ["ada", "ben", "cid"].map(
      (id): Principal => ({
        id,
        kind: "person",
        roles: ["reviewer"],
        tenant: "default",
      }),
    );
    const said = fc.record({
      by: fc.constantFrom(...people),
      type: fc.constantFrom("approve" as const, "reject" as const),
      // In the moment in which the time is over.
      isRacing: fc.boolean(),
    });
    const ladder = fc.record({
      zone: fc.constantFrom(...zones),
      from: time,
      to: time,
      days: fc.constantFrom("mon-fri", "sun", "sat-mon", "mon-sun"),
      tiers: fc.array(tier, { minLength: 1, maxLength: names.length }),
      // By the time that the agent hears of the silence, the policy has taken back that it can be undone.
      isUndoableStill: fc.boolean(),
      steps: fc.array(
        fc.oneof(
          { weight: 6, arbitrary: fc.constant("pass" as const) },
          fc.constantFrom("extend" as const, "twice" as const),
          { weight: 2, arbitrary: said },
        ),
        { maxLength: 12 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(ladder, async ({ zone, from, to, days, tiers, isUndoableStill, steps }) => {
        fc.pre(from !== to);
        const text = `
tools: { note: { reversibility: reversible } }
calendars: { c: { zone: ${zone}, from: "${from}", to: "${to}", days: ${days} } }
default: { tier: a }
tiers:
${tiers
  .map(({ minutes, up, end, hours, extend: more, panel }, index) => {
    const higher = names.slice(index + 1, tiers.length);
    const then = higher[up] ?? end;
    return `  ${names[index] ?? ""}: { roles: [reviewer], respond: ${minutes}m, then: ${then}${hours}${more}${panel} }`;
  })
  .join("\n")}
`;
        let inForce = text;
        const own = await withPolicy(() => inForce);
        const deps = deciding(own.deps);
        const scope = scopeOf(randomUUID());
        const id = randomUUID();
        const call = { messageId: "m", callIndex: 0, callId: "c", tool: "pay", args: { id } };
        await own.act(scope, call);
        const [opened] = (await own.deps.store.list("default", { threadId: scope.threadId, limit: 1 })).items;
        const standing = async () =>
          (await own.deps.store.standing("default", opened?.actionId ?? "")) ?? expect.fail("no row");
        const visited: string[] = [];
        const approving = new Set<string>();
        let isReleased = false;
        for (const step of [...steps, ...enough]) {
          const { review } = await standing();
          if (!review || review.status !== "open") break;
          if (visited.at(-1) !== review.tier) visited.push(review.tier);
          const { id: reviewId, argsHash } = review;
          if (step === "extend") await extend(deps, localPerson, reviewId);
          else if (typeof step === "object") {
            const { by, type, isRacing } = step;
            if (isRacing)
              await db.pool.query(
                "update holdpoint.reviews set expires_at = now() + interval '2 ms' where review_id = $1 and expires_at is not null",
                [reviewId],
              );
            const [{ ok }] = await Promise.all([
              decide(deps, by, reviewId, { type, argsHash }),
              ...(isRacing ? [sweep(own), sweep(own)] : []),
            ]);
            if (ok && type === "approve") approving.add(by.id);
            isReleased ||= ok && type === "approve" && review.panel.of === 1;
          } else {
            await db.pool.query(
              "update holdpoint.reviews set expires_at = now() - interval '1 ms' where review_id = $1 and expires_at is not null",
              [reviewId],
            );
            await Promise.all(step === "twice" ? [sweep(own), sweep(own)] : [sweep(own)]);
          }
        }
        const { review, execution } = await standing();
        const events = await eventsOf(db, review?.id ?? "");
        const rank = (name: string) => names.indexOf(name);
        expect(visited).toEqual(visited.toSorted((x, y) => rank(x) - rank(y)));
        expect(new Set(visited).size).toBe(visited.length);
        const isOver = review?.status === "decided" || review?.status === "expired";
        const isParked = review?.status === "open" && review.expiresAt === null;
        expect(isOver || isParked).toBe(true);
        const ends = events.filter((kind) => kind === "expired" || kind === "parked").length;
        expect(ends + (review?.decision && !events.includes("parked") ? 1 : 0)).toBe(1);
        expect(isReleased && review?.decision?.type !== "approve").toBe(false);
        if (review?.decision?.type === "approve") {
          const { decidedBy, approvedBy } = review.decision;
          const signed = new Set([decidedBy, ...approvedBy].map(({ id }) => id));
          expect(signed.size).toBe(review.panel.quorum);
          expect([...approving]).toEqual(expect.arrayContaining([...signed]));
        }
        expect(execution).toBeNull();

        // What comes of it, as two processes do it that are woken at once.
        if (!isUndoableStill)
          inForce = text
            .replace("reversibility: reversible", "reversibility: irreversible")
            .replaceAll(/\{ instead: .*? \} \}/g, "reject");
        const outcomes = await Promise.all([own.act(scope, call), own.act(scope, call)]);
        expect(outcomes.map(({ kind }) => kind)).toEqual(Array(2).fill(isOver ? "answered" : "waiting"));
        const isInstead = review?.status === "expired" && review.onSilence?.kind === "instead";
        const done = effects.ran.filter(({ args }) => args["id"] === id).map(({ tool }) => tool);
        expect(done).toEqual(
          review?.decision?.type === "approve" ? ["pay"] : isInstead && isUndoableStill ? ["note"] : [],
        );
        const { rows } = await db.pool.query<{ tool: string; held: boolean; ran: boolean }>(
          `select a.tool, r.action_id is not null as held, e.action_id is not null as ran from holdpoint.actions a
           left join holdpoint.reviews r using (action_id) left join holdpoint.executions e using (action_id)
           where a.thread_id = $1 order by a.created_at`,
          [scope.threadId],
        );
        expect(rows).toEqual([
          { tool: "pay", held: true, ran: done.includes("pay") },
          ...(isInstead ? [{ tool: "note", held: false, ran: done.includes("note") }] : []),
        ]);
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
