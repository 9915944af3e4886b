// The queue as people work through it, and what stands around one review.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  reviewContextSchema,
  reviewListSchema,
  reviewTallySchema,
  type Review,
  type ReviewTally,
} from "../src/http/contract.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";

const policy = `
rules:
  - { id: fortune, when: "tool == 'pay' && args.amount > 1000.0", verdict: hold, level: critical, tier: board }
  - { id: in-an-hour, when: "tool == 'pay' && args.amount == 70.0", tier: soon }
  - { id: today, when: "tool == 'pay' && args.amount == 80.0", tier: later }
  - { id: some, when: "tool == 'note'", verdict: hold, level: medium }
tiers:
  reviewer: { roles: [reviewer] }
  board: { roles: [board] }
  soon: { roles: [reviewer], respond: 1h }
  later: { roles: [reviewer], respond: 20h }
default: { tier: reviewer }
`;

let at: Served;
let database: string;
beforeAll(async () => {
  database = await testDatabase();
  at = await serve(database, { policy });
});
afterAll(() => at.stop());

async function held(words: string, to = at): Promise<string> {
  const { thread_id: threadId } = await to.client.threads.create();
  await to.client.runs.wait(threadId, "support", say(words));
  return threadId;
}

const list = async (query: string): Promise<{ items: Review[]; next: string | null }> =>
  reviewListSchema.parse((await request(`${at.url}/reviews?${query}`)).body);
const decide = async (review: Pick<Review, "id" | "argsHash">, type: "approve" | "reject", to = at) => {
  const body = { type, argsHash: review.argsHash };
  expect((await request(`${to.url}/reviews/${review.id}/decision`, { body })).status).toBe(200);
};

const gravity = { critical: 0, high: 1, medium: 2, low: 3 };

describe("the queue", () => {
  it("is told the gravest first, of these what has the least time left and then the oldest, whatever the size of a page; or the oldest first", async () => {
    await held("note a; pay b 50; pay c 5000; note d; pay h 80; pay e 70; pay f 7000; pay i 70; wipe g");
    const whole = (await list("status=open&order=risk&limit=200")).items;
    expect(whole.length).toBeGreaterThanOrEqual(7);
    const wanted = whole.toSorted(
      (a, b) =>
        gravity[a.level] - gravity[b.level] ||
        (a.expiresAt ?? "9").localeCompare(b.expiresAt ?? "9") ||
        a.openedAt.localeCompare(b.openedAt) ||
        a.id.localeCompare(b.id),
    );
    expect(whole.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
    expect(new Set(whole.map(({ level }) => level)).size).toBe(3);
    expect(whole.filter(({ expiresAt }) => expiresAt !== null).length).toBeGreaterThanOrEqual(3);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom("risk", "oldest"),
        async (size, order) => {
          const all = (await list(`status=open&order=${order}&limit=200`)).items;
          const paged: Review[] = [];
          for (let after: string | null = ""; after !== null; ) {
            const page = await list(
              `status=open&order=${order}&limit=${size}${after === "" ? "" : `&after=${after}`}`,
            );
            paged.push(...page.items);
            after = page.next;
          }
          expect(paged).toEqual(all);
        },
      ),
      { numRuns: 12 },
    );
  });

  it("refuses a place of the other order", async () => {
    const { next } = await list("status=open&order=risk&limit=1");
    const answer = await request(`${at.url}/reviews?status=open&order=oldest&limit=1&after=${next}`);
    expect([answer.status, answer.body["code"]]).toEqual([422, "request_invalid"]);
  });

  it("is narrowed by tool, tier and level", async () => {
    const threadId = await held("pay a 5000; wipe b; note c");
    const tools = async (query: string) =>
      (await list(`thread_id=${threadId}&${query}`)).items.map(({ args }) => args["id"]);
    expect(await tools("tool=pay")).toEqual(["a"]);
    expect(await tools("tier=board")).toEqual(["a"]);
    expect(await tools("level=medium")).toEqual(["c"]);
    expect(await tools("tool=wipe&tier=board")).toEqual([]);
  });
});

describe("its figures", () => {
  it("say what waits and what was decided since, and how often a person saw it otherwise", async () => {
    const since = new Date().toISOString();
    const own = await serve(await testDatabase(), { policy });
    const tally = async (): Promise<ReviewTally> =>
      reviewTallySchema.parse((await request(`${own.url}/reviews/tally?since=${since}`)).body);
    expect(await tally()).toMatchObject({ open: 0, oldest: null, decided: 0, overridden: 0 });
    await held("pay a 5000; note b; wipe c", own);
    expect(await tally()).toMatchObject({
      open: 3,
      byLevel: { critical: 1, medium: 1, high: 1 },
      byTier: { board: 1, reviewer: 2 },
      byTool: { pay: 1, note: 1, wipe: 1 },
      byGraph: { support: 3 },
      decided: 0,
    });
    const { items } = await own.runtime.reviews.list("default", { limit: 10 });
    const [first, second] = items;
    if (!first || !second) throw new Error("Nothing waits.");
    await decide(first, "approve", own);
    await decide(second, "reject", own);
    expect(await tally()).toMatchObject({ open: 1, decided: 2, overridden: 1 });
    const later = new Date(Date.now() + 60_000).toISOString();
    expect((await request(`${own.url}/reviews/tally?since=${later}`)).body).toMatchObject({ decided: 0 });
    await own.stop();
  });

  it("are told at once when something opens or is decided, whichever process did it", async () => {
    const url = await testDatabase();
    const [one, other] = [await serve(url, { policy }), await serve(url, { policy })];
    const gone = new AbortController();
    const response = await fetch(`${one.url}/reviews/events`, { signal: gone.signal });
    const told = tallies(response);
    expect((await told.next()).value).toMatchObject({ open: 0 });
    await held("pay a 5", other);
    expect((await told.next()).value).toMatchObject({ open: 1 });
    const { items } = await other.runtime.reviews.list("default", { limit: 1 });
    const [opened] = items;
    if (!opened) throw new Error("Nothing waits.");
    await decide(opened, "reject", other);
    let last: ReviewTally | undefined;
    do last = (await told.next()).value as ReviewTally;
    while (last.decided === 0);
    expect(last).toMatchObject({ open: 0, decided: 1 });
    gone.abort();
    await Promise.all([one.stop(), other.stop()]);
  });
});

async function* tallies(response: Response): AsyncGenerator<ReviewTally> {
  let text = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const frame = text.slice(0, end);
      text = text.slice(end + 2);
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (frame.includes("event: queue") && data) yield reviewTallySchema.parse(JSON.parse(data));
    }
  }
}

describe("what stands around a review", () => {
  const contextOf = async (id: string) =>
    reviewContextSchema.parse((await request(`${at.url}/reviews/${id}/context`)).body);

  it("is the conversation, the other calls of the thread, and what was decided on calls of its tool", async () => {
    const before = await held("pay earlier 50");
    const [earlier] = (await list(`thread_id=${before}`)).items;
    if (!earlier) throw new Error("Nothing waits.");
    await decide(earlier, "approve");
    await at.runtime.waitForThread("default", before);

    const threadId = await held("read a; pay now 50");
    const [review] = (await list(`thread_id=${threadId}`)).items;
    const context = await contextOf(review?.id ?? "");
    expect(context.conversation.map(({ who, text }) => [who, text])).toEqual([
      ["user", "read a; pay now 50"],
      ["agent", "On it."],
      ["tool", "read a done"],
    ]);
    expect(context.actions).toMatchObject([
      {
        tool: "read",
        route: "execute",
        review: null,
        execution: { state: "succeeded", result: "read a done" },
      },
      { tool: "pay", review: { id: review?.id, status: "open", decision: null }, execution: null },
    ]);
    expect(context.conversation.map(({ callId }) => callId).at(-1)).toBe(context.actions[0]?.callId);
    const alike = context.alike.find((one) => one.review.id === earlier.id);
    expect(alike).toMatchObject({
      execution: "succeeded",
      review: { args: { id: "earlier", amount: 50 }, decision: { type: "approve" } },
    });
    expect(context.alike.every((one) => one.review.tool === "pay" && one.review.id !== review?.id)).toBe(
      true,
    );
    expect(context.argsSchema).toMatchObject({ properties: { amount: { type: "number" } } });
  });

  it("has of all that was decided on its tool what is most like it, with in what, why, and what came of it", async () => {
    const own = await serve(await testDatabase(), { policy: `${policy}undo: 10s\n` });
    const reviewIn = async (threadId: string) => {
      const { items } = await own.runtime.reviews.list("default", { threadId, limit: 1 });
      if (!items[0]) throw new Error(`Nothing of ${threadId} waits.`);
      return items[0];
    };
    const decided = async (words: string, type: string, more: object = {}) => {
      const threadId = await held(words, own);
      const { id, argsHash } = await reviewIn(threadId);
      const body = { type, argsHash, ...more };
      expect((await request(`${own.url}/reviews/${id}/decision`, { body })).status).toBe(200);
      if (!("undo" in more)) await own.runtime.waitForThread("default", threadId);
      return id;
    };
    const like = await decided("pay c-1 60", "reject", { reason: "Paid twice." });
    const far = await decided("pay c-1 900", "approve");
    const takenBack = await decided("pay c-1 100", "approve", { undo: true });
    const undone = await request(`${own.url}/reviews/${takenBack}/decision`, { method: "DELETE" });
    expect(undone.status).toBe(200);
    for (const n of [1, 2, 3, 4, 5, 6]) await decided(`pay other-${n} 9`, "approve");

    const { id } = await reviewIn(await held("pay c-1 100", own));
    const { alike } = reviewContextSchema.parse((await request(`${own.url}/reviews/${id}/context`)).body);
    expect(alike).toHaveLength(5);
    expect(alike[0]).toMatchObject({
      review: { id: like, decision: { type: "reject", reason: "Paid twice.", decidedBy: { id: "local" } } },
      execution: null,
      likeness: { sameRules: true, same: ["id"], numbers: [{ field: "amount", ratio: 0.6 }], differing: [] },
    });
    expect(alike[1]).toMatchObject({ review: { id: far }, execution: "succeeded" });
    expect(alike.map(({ review }) => review.id)).not.toContain(takenBack);
    const scores = alike.map(({ likeness }) => likeness.score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    await own.stop();
  });

  it("is not found where there is no such review", async () => {
    expect((await request(`${at.url}/reviews/${randomUUID()}/context`)).status).toBe(404);
  });
});

describe("who calls", () => {
  it("is told to them as the server knows them", async () => {
    expect((await request(`${at.url}/me`)).body).toEqual({
      id: "local",
      kind: "person",
      roles: ["*"],
      tenant: "default",
    });
  });
});
