// Taking a decision back: until the time is over nothing comes of it, and then it comes once. One of both wins.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reviewListSchema, reviewSchema } from "../src/http/contract.js";
import { defineTool } from "../src/index.js";
import { localPerson } from "../src/kernel/principal.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { decide } from "../src/review/decide.js";
import { propose } from "../src/review/propose.js";
import type { DecisionType, Review } from "../src/review/types.js";
import { undo } from "../src/review/undo.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { callOf, deciding, processWith, scopeOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";
import { request, serve } from "./support/http.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const policy = "undo: 60s\ntiers: { support: { roles: [support] } }\n";

describe("over HTTP", () => {
  let desk: Desk;
  let url: string;
  beforeAll(async () => {
    url = await testDatabase();
    desk = await serveDesk(url, { policy });
  });
  afterAll(() => desk.at.stop());

  const readBy = async (who: Who, id: string) =>
    reviewSchema.parse((await desk.as[who](`/reviews/${id}`)).body);
  const decideAs = async (who: Who, id: string, body: object) => {
    const { argsHash } = await readBy(who, id);
    return desk.as[who](`/reviews/${id}/decision`, { argsHash, ...body });
  };
  const undoAs = (who: Who, id: string) =>
    desk.as[who](`/reviews/${id}/decision`, undefined, { method: "DELETE" });
  const held = async (name = randomUUID()) => {
    const { threadId, ids } = await desk.held(`pay ${name} 5`);
    return { threadId, name, id: ids[0] ?? "" };
  };
  /** The time to take back what was decided here is over. */
  const timeIsOver = (db: Database, id: string) =>
    db.once(
      { tenant: "default" },
      "update holdpoint.reviews set deciding_until = now() - interval '1 s' where review_id = $1",
      [id],
    );

  it("a decision with the wish for it is on record at once, and nothing comes of it before its time", async () => {
    const { id, name, threadId } = await held();
    const before = Date.now();
    const answer = await decideAs("ada", id, { type: "approve", undo: true });
    expect(answer).toMatchObject({ status: 200, body: { status: "decided", decision: { type: "approve" } } });
    const until = Date.parse(String(answer.body["decidingUntil"]));
    // What is told of it has no parts of a millisecond.
    expect(until).toBeGreaterThanOrEqual(before + 59_999);
    expect(until).toBeLessThanOrEqual(Date.now() + 60_000);
    // Whoever wakes the thread finds that it still waits.
    await desk.at.runtime.deliver({ principal: localPerson, threadId });
    await expect
      .poll(async () => (await desk.at.runtime.runs.threadActivity("default", threadId)).active)
      .toBe(1);
    expect(desk.effectsOf("pay", name)).toBe(0);
    expect(await decideAs("ben", id, { type: "reject" })).toMatchObject({
      status: 409,
      body: { code: "review_already_decided", decidedBy: "key:ada" },
    });
    const thread = await desk.as.risk(`/threads/${threadId}/runs/wait`, {
      assistant_id: "support",
      command: { resume: { type: "reject" } },
    });
    expect(thread).toMatchObject({ status: 409, body: { code: "review_already_decided" } });

    await timeIsOver(desk.at.runtime.db, id);
    await expect.poll(() => desk.effectsOf("pay", name)).toBe(1);
    await expect.poll(async () => (await readBy("ada", id)).status).toBe("resumed");
    expect((await readBy("ada", id)).decidingUntil).toBeNull();
    expect(await undoAs("ada", id)).toMatchObject({ status: 409, body: { code: "undo_too_late" } });
  });

  it("who decided takes it back: the review is open again, may be decided again, and both are on record", async () => {
    const { id, name, threadId } = await held();
    const first = await decideAs("ada", id, { type: "approve", undo: true });
    const mine = async (who: Who) =>
      reviewListSchema.parse((await desk.as[who]("/reviews?deciding=mine")).body).items.map((one) => one.id);
    expect(await mine("ada")).toContain(id);
    expect(await mine("ben")).not.toContain(id);
    expect(await undoAs("ben", id)).toMatchObject({ status: 403, body: { code: "decision_forbidden" } });
    expect(await undoAs("ada", id)).toMatchObject({
      status: 200,
      body: {
        status: "open",
        decision: null,
        decidedAt: null,
        decidingUntil: null,
        version: Number(first.body["version"]) + 1,
      },
    });
    expect(await mine("ada")).not.toContain(id);
    expect(await undoAs("ada", id)).toMatchObject({ status: 409, body: { code: "undo_too_late" } });

    expect(await decideAs("ben", id, { type: "reject", reason: "After all." })).toMatchObject({
      status: 200,
    });
    await desk.at.runtime.waitForThread("default", threadId);
    expect(desk.effectsOf("pay", name)).toBe(0);
    const rows = await desk.at.runtime.db.once(
      { tenant: "default" },
      "select type, undone_at is not null as undone from holdpoint.decisions where review_id = $1 order by decided_at",
      [id],
    );
    expect(rows).toEqual([
      { type: "approve", undone: true },
      { type: "reject", undone: false },
    ]);
  });

  it("an answer that is sent again after it was taken back decides nothing anew", async () => {
    const { id } = await held();
    const { argsHash } = await readBy("ada", id);
    const send = () =>
      desk.as.ada(
        `/reviews/${id}/decision`,
        { type: "approve", undo: true, argsHash },
        { headers: { "idempotency-key": "once" } },
      );
    await send();
    await undoAs("ada", id);
    expect(await send()).toMatchObject({ status: 200, body: { status: "open", decision: null } });
    await decideAs("ben", id, { type: "reject" });
    expect(await send()).toMatchObject({ status: 409, body: { code: "review_already_decided" } });
  });

  it("a rejection waits like an approval, and the agent hears of neither before", async () => {
    const { id, threadId } = await held();
    await decideAs("ada", id, { type: "reject", undo: true, reason: "No." });
    const messages = async () => {
      const { values } = await desk.at.runtime.stateOf(localPerson, { threadId, graphId: "support" });
      return (values as { messages: { text: string }[] }).messages.map(({ text }) => text).join("\n");
    };
    await desk.at.runtime.deliver({ principal: localPerson, threadId });
    await expect
      .poll(async () => (await desk.at.runtime.runs.threadActivity("default", threadId)).active)
      .toBe(1);
    expect(await messages()).not.toContain("rejected");
    await timeIsOver(desk.at.runtime.db, id);
    await expect.poll(messages).toContain("A person rejected this call: No.");
  });

  it("a hold that is withdrawn meanwhile is over, and there is nothing to take back", async () => {
    const { id, name, threadId } = await held();
    await decideAs("ada", id, { type: "approve", undo: true });
    await desk.at.runtime.withdrawHolds(localPerson, threadId);
    expect(await readBy("ada", id)).toMatchObject({ status: "superseded", decidingUntil: null });
    expect(await undoAs("ada", id)).toMatchObject({ status: 409, body: { code: "undo_too_late" } });
    await desk.at.runtime.waitForThread("default", threadId);
    const { values } = await desk.at.runtime.stateOf(localPerson, { threadId, graphId: "support" });
    const { messages } = values as { messages: { text: string }[] };
    expect(messages.map(({ text }) => text).join("\n")).toContain("withdrawn (superseded)");
    expect(desk.effectsOf("pay", name)).toBe(0);
  });

  it("no door but the review's own has it, and without the wish a decision is final", async () => {
    const plain = await held();
    const answer = await decideAs("ada", plain.id, { type: "approve" });
    expect(answer.body["decidingUntil"]).toBeNull();
    expect(await undoAs("ada", plain.id)).toMatchObject({ status: 409, body: { code: "undo_too_late" } });
    const resumed = await held();
    const resume = (value: object) =>
      desk.as.risk(`/threads/${resumed.threadId}/runs/wait`, {
        assistant_id: "support",
        command: { resume: value },
      });
    expect(await resume({ type: "approve", undo: true })).toMatchObject({ status: 422 });
    expect(await resume({ type: "approve" })).toMatchObject({ status: 200 });
    expect(desk.effectsOf("pay", resumed.name)).toBe(1);
  });

  it("nobody has it where the policy gives none", async () => {
    const own = await serve(await testDatabase());
    const { thread_id: threadId } = await own.client.threads.create();
    await own.client.runs.wait(threadId, "support", {
      input: { messages: [{ role: "user", content: "pay a 5" }] },
    });
    const [review] = (await own.runtime.reviews.list("default", { threadId, limit: 1 })).items;
    const answer = await request(`${own.url}/reviews/${review?.id}/decision`, {
      body: { type: "approve", undo: true, argsHash: review?.argsHash },
    });
    expect(answer.body["decidingUntil"]).toBeNull();
    await expect.poll(() => own.effects.of("pay").length).toBe(1);
    await own.stop();
  });

  it("a server that is gone in between leaves it to the next one, which delivers it once", async () => {
    const database = await testDatabase();
    const dies = await serveDesk(database, { policy: policy.replace("60s", "1s") });
    const { ids } = await dies.held("pay left 5");
    const [id = ""] = ids;
    const { argsHash } = reviewSchema.parse((await dies.as.ada(`/reviews/${id}`)).body);
    await dies.as.ada(`/reviews/${id}/decision`, { type: "approve", argsHash, undo: true });
    await dies.at.stop();
    expect(dies.effectsOf("pay", "left")).toBe(0);
    const next = await serveDesk(database, { policy });
    await expect.poll(() => next.effectsOf("pay", "left")).toBe(1);
    await expect
      .poll(async () => (await next.at.runtime.reviews.find("default", id))?.status)
      .toBe("resumed");
    expect(next.effectsOf("pay", "left") + dies.effectsOf("pay", "left")).toBe(1);
    await next.at.stop();
  });
});

describe("taking it back and what comes of it, at the same moment", () => {
  let db: Database;
  beforeAll(async () => {
    db = openDatabase({ url: await testDatabase(), roles: true, maxConnections: 10 });
  });
  afterAll(() => db.close());

  const shortWindow = loadPolicy("undo: 1s", "policy.yaml");
  const windowOf = (ms: number) => () => ({ ...shortWindow, undoMs: ms });

  const race = fc.record({
    type: fc.constantFrom<DecisionType[]>("approve", "reject", "respond"),
    windowMs: fc.integer({ min: 1, max: 25 }),
    undoAfterMs: fc.nat(25),
    actAfterMs: fc.nat(25),
  });

  it("never both: either it is open again and nothing came of it, or it came, once, and stands", async () => {
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(race, async ({ type, windowMs, undoAfterMs, actAfterMs }) => {
        let effects = 0;
        const tool = defineTool({
          name: "pay",
          description: "Pays.",
          args: z.object({ id: z.string() }),
          run: () => {
            effects += 1;
            return "paid";
          },
        });
        const { deps, act } = await processWith(db, [tool], { policy: windowOf(windowMs) });
        const scope = scopeOf(randomUUID());
        const call = callOf("x");
        await propose(deps, scope, [call]);
        const [review] = (await deps.store.list("default", { threadId: scope.threadId, limit: 1 })).items;
        const { id, argsHash } = review as Review;
        const decided = await decide(deciding(deps), localPerson, id, {
          type,
          argsHash,
          undo: true,
          message: "Done by hand.",
        });
        expect(decided.ok).toBe(true);

        const [taken, acted] = await Promise.all([
          delay(undoAfterMs).then(() => undo(deps, localPerson, id)),
          delay(actAfterMs).then(() => act(scope, call)),
        ]);
        const after = await deps.store.find("default", id);
        outcomes.add(taken.ok ? "undone" : acted.kind);
        if (taken.ok) {
          expect([acted.kind, effects, after?.status]).toEqual(["waiting", 0, "open"]);
          return;
        }
        // What was too early is delivered later, by whoever comes.
        await delay(windowMs);
        expect((await act(scope, call)).kind).toBe("answered");
        expect(effects).toBe(type === "approve" ? 1 : 0);
        expect((await deps.store.find("default", id))?.status).toBe("resumed");
        expect(await undo(deps, localPerson, id)).toMatchObject({
          ok: false,
          error: { code: "undo_too_late" },
        });
      }),
      {
        numRuns: 60,
        // Each outcome, be the machine as slow as it may.
        examples: [
          [{ type: "approve", windowMs: 600_000, undoAfterMs: 0, actAfterMs: 0 }],
          [{ type: "approve", windowMs: 1, undoAfterMs: 25, actAfterMs: 25 }],
          [{ type: "approve", windowMs: 2_000, undoAfterMs: 2_100, actAfterMs: 0 }],
        ],
      },
    );
    expect([...outcomes].toSorted()).toEqual(["answered", "undone", "waiting"]);
  });
});
