import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  executionListSchema,
  reviewListSchema,
  reviewSchema,
  threadSchema,
  type Review,
} from "../src/http/contract.js";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase());
});
afterAll(() => at.stop());

const get = (path: string) => request(`${at.url}${path}`);
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  request(`${at.url}${path}`, { body, headers });
const decide = (review: Review, body: object, headers?: Record<string, string>) =>
  post(`/reviews/${review.id}/decision`, { argsHash: review.argsHash, ...body }, headers);
const openIn = async (threadId: string): Promise<Review[]> =>
  reviewListSchema.parse((await get(`/reviews?status=open&thread_id=${threadId}`)).body).items;
/** The one review that these words open. */
const held = async (words: string): Promise<Review> => {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say(words));
  const [review, ...others] = await openIn(threadId);
  if (!review || others.length > 0) throw new Error(`"${words}" did not open one review.`);
  return review;
};
const settled = (review: Review) => at.runtime.waitForThread("default", review.threadId);

describe("a review is read and decided over HTTP", () => {
  it("a review shows what waits, why, and how it may be answered", async () => {
    const review = await held("pay shown 420");
    expect(review).toMatchObject({
      status: "open",
      kind: "review",
      tool: "pay",
      args: { id: "shown", amount: 420 },
      level: "high",
      reasons: [{ rule: "irreversible" }],
      allowedAnswers: ["approve", "edit", "reject", "respond"],
      requestedBy: { id: "local", kind: "person" },
      claimedBy: null,
      decision: null,
      version: 1,
    });
    expect(await get(`/reviews/${review.id}`)).toMatchObject({ status: 200, body: review });
  });

  it("an approval releases the call on exactly these arguments, and both are on record", async () => {
    const review = await held("pay approved 7");
    const answer = await decide(review, { type: "approve", reason: "agreed" });
    expect(answer.status).toBe(200);
    expect(reviewSchema.parse(answer.body)).toMatchObject({
      decision: {
        type: "approve",
        reason: "agreed",
        argsHash: review.argsHash,
        seenHash: review.argsHash,
        decidedBy: { id: "local", kind: "person" },
      },
    });
    await settled(review);
    const { items } = executionListSchema.parse((await get(`/executions?thread_id=${review.threadId}`)).body);
    expect(items).toMatchObject([
      {
        reviewId: review.id,
        actionId: review.actionId,
        tool: "pay",
        state: "succeeded",
        args: { id: "approved", amount: 7 },
      },
    ]);
    expect(items[0]).not.toHaveProperty("key");
    expect(await get(`/reviews/${review.id}`)).toMatchObject({ body: { status: "resumed" } });
  });

  it("a call that only reads is on record as one that may be repeated", async () => {
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say("read recorded; note recorded"));
    const { items } = executionListSchema.parse((await get(`/executions?thread_id=${threadId}`)).body);
    expect(new Map(items.map(({ tool, effect }) => [tool, effect]))).toEqual(
      new Map([
        ["read", "keyed"],
        ["note", "blind"],
      ]),
    );
  });

  it("the second decision is told who decided, and when, and changes nothing", async () => {
    const review = await held("pay twice 7");
    const first = await decide(review, { type: "reject", reason: "too much" });
    expect(first.status).toBe(200);
    const second = await decide(review, { type: "approve" });
    const { decidedAt } = (first.body as Review).decision ?? {};
    expect(second.headers.get("content-type")).toBe("application/problem+json");
    expect(second).toMatchObject({
      status: 409,
      body: {
        type: "urn:holdpoint:problem:review_already_decided",
        status: 409,
        code: "review_already_decided",
        decidedBy: "local",
        decidedAt,
        decision: "reject",
      },
    });
    expect(second.body["detail"]).toContain("local");
    expect(second.body["detail"]).toContain(decidedAt);
    await settled(review);
    expect(at.effects.of("pay").some(({ id }) => id === "twice")).toBe(false);
  });

  it.each([
    ["too much", "A person rejected this call: too much. It was not executed."],
    ["Too much!", "A person rejected this call: Too much! It was not executed."],
    [" ", "A person rejected this call. It was not executed."],
  ])("a rejection for the reason %j is told to the model in whole sentences", async (reason, told) => {
    const review = await held("pay sentence 7");
    await decide(review, { type: "reject", reason });
    await settled(review);
    const { values } = threadSchema.parse(await at.client.threads.get(review.threadId));
    const answer = values.messages?.findLast(({ type }) => type === "tool");
    expect(answer?.content).toContain(told);
  });

  it("of many decisions at once one wins, and all others are told", async () => {
    const review = await held("pay many 7");
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => decide(review, { type: index % 2 ? "approve" : "reject" })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body["code"] === "review_already_decided")).toHaveLength(7);
  });

  it("a repeat with the same Idempotency-Key gets the first answer; with another one it is too late", async () => {
    const review = await held("pay keyed 7");
    const key = { "idempotency-key": randomUUID() };
    const first = await decide(review, { type: "approve" }, key);
    await settled(review);
    const repeat = await decide(review, { type: "approve" }, key);
    expect([first.status, repeat.status]).toEqual([200, 200]);
    expect(repeat.body["decision"]).toEqual(first.body["decision"]);
    expect(await decide(review, { type: "approve" }, { "idempotency-key": randomUUID() })).toMatchObject({
      status: 409,
    });
    expect(at.effects.of("pay").filter(({ id }) => id === "keyed")).toHaveLength(1);
  });

  it("an edit runs other arguments than were proposed, and says so on the record", async () => {
    const review = await held("pay edited 700");
    const answer = await decide(review, { type: "edit", args: { id: "edited", amount: 70 } });
    expect(answer.body).toMatchObject({ decision: { type: "edit", args: { id: "edited", amount: 70 } } });
    await settled(review);
    expect(at.effects.of("pay").filter(({ id }) => id === "edited")).toEqual([{ id: "edited", amount: 70 }]);
  });

  it.each<[string, object, number, string]>([
    ["a stale hash", { type: "approve", argsHash: "0".repeat(64) }, 409, "decision_stale"],
    ["an edit that the tool does not take", { type: "edit", args: { id: 5 } }, 422, "args_invalid"],
    ["an edit without arguments", { type: "edit" }, 422, "args_invalid"],
    ["an answer for another kind of review", { type: "happened" }, 422, "answer_not_allowed"],
    ["a response without words", { type: "respond" }, 422, "request_invalid"],
    ["an unknown type", { type: "accept" }, 422, "request_invalid"],
    ["no type", {}, 422, "request_invalid"],
    ["no hash", { type: "approve", argsHash: undefined }, 422, "request_invalid"],
    ["an unknown field", { type: "approve", decidedBy: "the boss" }, 422, "request_invalid"],
  ])("%s is refused and leaves the review open", async (_, body, status, code) => {
    const review = await held("pay refused 7");
    expect(await decide(review, body)).toMatchObject({ status, body: { code, status } });
    expect(await get(`/reviews/${review.id}`)).toMatchObject({ body: { status: "open", decision: null } });
  });

  it.each([
    "nonsense",
    "'; drop table holdpoint.reviews; --",
    randomUUID(),
    "%00",
    "x".repeat(5_000),
    "%F0%28",
  ])("a review %s is not found", async (id) => {
    const path = `/reviews/${encodeURIComponent(id).replaceAll("%25", "%")}`;
    expect(await get(path)).toMatchObject({ status: 404, body: { code: "not_found" } });
    const answer = await post(`${path}/decision`, { type: "approve", argsHash: "x" });
    expect(answer).toMatchObject({ status: 404, body: { code: "not_found" } });
  });

  it("SQL, HTML and every other sign in arguments come back unchanged", async () => {
    const body = `'; drop table holdpoint.reviews; -- <script>alert("1")</script> \\ \u2028 \u{1F600} {{x}} %s $1`;
    const review = await held(`mail signs ${body}`);
    expect(review.args).toEqual({ id: "signs", body });
    expect(review.title).toBe(`Mail ${body}`);
    const response = await fetch(`${at.url}/reviews/${review.id}`);
    expect(response.headers.get("content-type")).toBe("application/json");
    await decide(review, { type: "approve", reason: body });
    await settled(review);
    expect(at.effects.of("mail")).toEqual([{ id: "signs", body }]);
    expect((await get(`/reviews/${review.id}`)).body).toMatchObject({ decision: { reason: body } });
  });
});

describe("a decision through the LangGraph door comes too late", () => {
  const resume = (threadId: string, value: unknown) =>
    post(`/threads/${threadId}/runs/wait`, { assistant_id: "support", command: { resume: value } });
  const interruptsOf = async (threadId: string): Promise<string[]> => {
    const { interrupts } = await at.client.threads.get(threadId);
    return Object.values(interrupts).flatMap((held) => held.map(({ id }) => id ?? ""));
  };

  it("where nothing waits any more, it is told who decided last, and when", async () => {
    const review = await held("pay door 7");
    const [interruptId = ""] = await interruptsOf(review.threadId);
    const first = await decide(review, { type: "reject", reason: "too much" });
    await settled(review);
    const { decidedAt } = reviewSchema.parse(first.body).decision ?? {};
    for (const value of [{ type: "approve" }, { [interruptId]: { type: "approve" } }]) {
      const second = await resume(review.threadId, value);
      expect(second).toMatchObject({
        status: 409,
        body: {
          code: "review_already_decided",
          reviewId: review.id,
          decidedBy: "local",
          decidedAt,
          decision: "reject",
        },
      });
      expect(second.body["detail"]).toContain(`local made the last one at ${decidedAt}`);
    }
    expect(at.effects.of("pay").some(({ id }) => id === "door")).toBe(false);
  });

  it("of several decisions the last one is named, whichever was asked for first", async () => {
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say("pay door-a 1; pay door-b 1"));
    const [first, second] = await openIn(threadId);
    if (!first || !second) throw new Error("Two payments open two reviews.");
    await decide(second, { type: "reject" });
    await decide(first, { type: "approve" });
    await settled(first);
    const late = await resume(threadId, { type: "approve" });
    expect(late).toMatchObject({ status: 409, body: { reviewId: first.id, decision: "approve" } });
  });

  it("while another call still waits, it is told what waits and where the decided ones are", async () => {
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say("pay beside-a 1; pay beside-b 1"));
    const [first = "", second = ""] = await interruptsOf(threadId);
    expect(await resume(threadId, { [first]: { type: "approve" } })).toMatchObject({ status: 200 });
    const again = await resume(threadId, { [first]: { type: "approve" } });
    expect(again).toMatchObject({ status: 422, body: { pending: [{ interruptId: second }] } });
    expect(again.body["detail"]).toContain("GET /reviews?thread_id=");
  });

  it("a thread in which nothing was ever held has nothing to resume", async () => {
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say("read door"));
    expect(await resume(threadId, { type: "approve" })).toMatchObject({
      status: 422,
      body: { code: "request_invalid", pending: [] },
    });
  });
});

describe("reviews are listed", () => {
  it("pages follow each other without a gap or a repeat, oldest first", async () => {
    const { thread_id: threadId } = await at.client.threads.create();
    const words = Array.from({ length: 5 }, (_, index) => `pay listed-${index} 1`).join("; ");
    await at.client.runs.wait(threadId, "support", say(words));
    const seen: string[] = [];
    for (let after = ""; ; ) {
      const page = await get(
        `/reviews?status=open&thread_id=${threadId}&limit=2${after && `&after=${after}`}`,
      );
      const { items, next } = reviewListSchema.parse(page.body);
      expect(items.length).toBeLessThanOrEqual(2);
      seen.push(...items.map(({ id }) => id));
      if (next === null) break;
      after = next;
    }
    expect(seen).toEqual((await openIn(threadId)).map(({ id }) => id));
    expect(new Set(seen).size).toBe(5);
  });

  it("a decided review leaves the open ones and stays among all", async () => {
    const review = await held("pay leaves 1");
    await decide(review, { type: "reject" });
    await settled(review);
    expect(await openIn(review.threadId)).toEqual([]);
    const all = reviewListSchema.parse((await get(`/reviews?thread_id=${review.threadId}`)).body);
    expect(all.items).toMatchObject([{ id: review.id, status: "resumed" }]);
  });

  it.each([
    "limit=0",
    "limit=201",
    "limit=many",
    "limit=",
    "status=done",
    "thread_id=",
    "thread_id=%00",
    "after=nonsense",
    "after=",
    `after=${Buffer.from("2026-02-30T00:00:00.000Z 00000000-0000-0000-0000-000000000000").toString("base64url")}`,
    `after=${Buffer.from("2026-01-01T00:00:00.000Z '; drop").toString("base64url")}`,
    "staus=open",
    "status=open&status=decided",
  ])("?%s is refused", async (query) => {
    expect(await get(`/reviews?${query}`)).toMatchObject({ status: 422, body: { code: "request_invalid" } });
  });

  it("executions of a thread that is not there are none", async () => {
    expect(await get(`/executions?thread_id=${randomUUID()}`)).toMatchObject({
      status: 200,
      body: { items: [] },
    });
  });
});
