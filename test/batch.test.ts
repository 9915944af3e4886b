// Holds that are decided together, over HTTP.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createAccess } from "../src/access/access.js";
import { newKey } from "../src/access/keys.js";
import { loadAccess } from "../src/access/load-access.js";
import { batchOutcomesSchema, batchSchema, type Batch } from "../src/http/contract.js";
import { accessGate } from "../src/http/gate.js";
import { defineTool, scriptedModel } from "../src/index.js";
import type { JsonObject } from "../src/kernel/json.js";
import { sampleOf } from "../src/review/batch.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";

const policy = `
tools:
  payout: { batch: { same: [currency] } }
  melt: { level: critical }
  never: { batch: never }
rules:
  - { id: asking, when: "tool == 'wire' && args.amount > 500.0", questions: [Who asked for it?] }
  - { id: large, when: "tool == 'payout' && args.amount > 1000.0", reason: Over a thousand. }
tiers: { clerk: { roles: [clerk] }, board: { roles: [board] } }
`;

const ran: JsonObject[] = [];
const args = z.object({
  customer: z.string(),
  account: z.string(),
  amount: z.number(),
  currency: z.string(),
});
const tools = ["payout", "wire", "melt", "never"].map((name) =>
  defineTool({
    name,
    description: `The tool ${name}.`,
    args,
    run: (given) => {
      ran.push(given);
      return "done";
    },
  }),
);
/** Makes the calls that a message spells out as JSON. */
const model = scriptedModel("literal", (messages) => {
  const begin = messages.findLastIndex((message) => isHumanMessage(message));
  if (messages.slice(begin + 1).some((message) => isToolMessage(message))) return { text: "Done." };
  const calls = JSON.parse(messages[begin]?.text ?? "[]") as { tool: string; args: JsonObject }[];
  return { text: "On it.", calls };
});

let at: Served;
let database: string;
beforeAll(async () => {
  database = await testDatabase();
  at = await serve(database, { policy, tools, model });
});
afterAll(() => at.stop());

interface Payout {
  customer: string;
  account?: string;
  amount?: number;
  currency?: string;
  tool?: string;
}

/** One call each, in a thread of its own; by their customers the tests know them again. */
async function held(...payouts: Payout[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const {
    customer,
    account = `account ${customer}`,
    amount = 10,
    currency = "EUR",
    tool = "payout",
  } of payouts) {
    const { thread_id: threadId } = await at.client.threads.create();
    const call = { tool, args: { customer, account, amount, currency } };
    await at.client.runs.wait(threadId, "support", say(JSON.stringify([call])));
    const { body } = await request(`${at.url}/reviews?status=open&thread_id=${threadId}`);
    ids.set(customer, (body["items"] as { id: string }[])[0]?.id ?? "");
  }
  return ids;
}

const customers = (count: number) => Array.from({ length: count }, () => ({ customer: randomUUID() }));
const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  request(`${at.url}${path}`, { body, headers });
async function open(reviewIds: Iterable<string>): Promise<Batch> {
  const { status, body } = await post("/batches", { reviewIds: [...reviewIds] });
  expect(body).toMatchObject({ id: expect.any(String) });
  expect(status).toBe(200);
  return batchSchema.parse(body);
}
async function lookAtSample({ id, members }: Batch): Promise<Batch> {
  let last: unknown;
  for (const { review, inSample } of members)
    if (inSample) last = (await post(`/batches/${id}/opened`, { reviewId: review.id })).body;
  return batchSchema.parse(last);
}
const rest = (reviewIds: Iterable<string>) =>
  Promise.all([...reviewIds].map(async (id) => (await request(`${at.url}/reviews/${id}`)).body["status"]));
const paid = (ids: Map<string, string>) =>
  ran.filter(({ customer }) => ids.has(String(customer))).map(({ customer }) => String(customer));
async function atRest(ids: Map<string, string>): Promise<void> {
  await expect.poll(() => rest(ids.values())).toEqual([...ids].map(() => "resumed"));
}

describe("a batch", () => {
  it("is decided after its sample was looked at, and each of it runs once", async () => {
    const ids = await held(...customers(5));
    const batch = await open(ids.values());
    expect(batch.members.map(({ review }) => review.id)).toEqual([...ids.values()]);
    expect(batch.members.filter(({ inSample }) => inSample)).toHaveLength(3);

    const early = await post(`/batches/${batch.id}/decision`, { type: "approve" });
    expect([early.status, early.body["code"]]).toEqual([422, "sample_unopened"]);
    expect(early.body["reviewIds"]).toHaveLength(3);
    expect(await rest(ids.values())).toEqual(Array.from({ length: 5 }, () => "open"));

    expect((await lookAtSample(batch)).members.filter(({ openedAt }) => openedAt)).toHaveLength(3);
    const answer = await post(`/batches/${batch.id}/decision`, {
      type: "approve",
      reason: "The monthly run.",
    });
    const { items } = batchOutcomesSchema.parse(answer.body);
    expect(items.map(({ review }) => review?.decision)).toMatchObject(
      items.map(() => ({ type: "approve", reason: "The monthly run.", decidedBy: { id: "local" } })),
    );
    await atRest(ids);
    expect(paid(ids).toSorted()).toEqual([...ids.keys()].toSorted());

    // A repeat is the same decision; another one is not taken any more.
    const again = await post(`/batches/${batch.id}/decision`, {
      type: "approve",
      reason: "The monthly run.",
    });
    expect(batchOutcomesSchema.parse(again.body).items.every(({ problem }) => problem === null)).toBe(true);
    const other = await post(`/batches/${batch.id}/decision`, { type: "reject" });
    expect([other.status, other.body["code"]]).toEqual([409, "batch_closed"]);
    expect(paid(ids)).toHaveLength(5);
  });

  it("is rejected as one, and nothing of it runs", async () => {
    const ids = await held(...customers(2));
    const batch = await lookAtSample(await open(ids.values()));
    await post(`/batches/${batch.id}/decision`, { type: "reject", reason: "Not this month." });
    await atRest(ids);
    expect(paid(ids)).toEqual([]);
  });

  it("of one hold is all that may stand with it, and nothing else", async () => {
    const currency = "CHF";
    const ids = await held(
      ...customers(3).map((one) => ({ ...one, currency })),
      { customer: "in dollars", currency: "USD" },
      { customer: "large", currency, amount: 5_000 },
      { customer: "by wire", currency, tool: "wire" },
    );
    const like = [...ids.values()].slice(0, 3);
    const batch = batchSchema.parse((await post("/batches", { reviewId: like[1] })).body);
    expect(batch.members.map(({ review }) => review.id)).toEqual(like);
  });

  it.each<[string, Payout, string]>([
    [
      "of another currency, where policy wants that to be the same",
      { customer: "usd", currency: "USD" },
      "currency",
    ],
    ["held by another rule", { customer: "large", amount: 5_000 }, "other rules"],
    ["of another tool", { customer: "melt", tool: "melt" }, "tool is melt"],
  ])("takes none %s", async (_, payout, why) => {
    const ids = await held(...customers(2), payout);
    const { status, body } = await post("/batches", { reviewIds: [...ids.values()] });
    expect([status, body["code"]]).toEqual([422, "batch_forbidden"]);
    expect(body["detail"]).toContain(why);
    expect(body["reviewId"]).toBe([...ids.values()].at(-1));
  });

  it.each([
    ["what policy has decided one by one", { tool: "never" }, "one by one"],
    ["what is critical", { tool: "melt" }, "critical"],
    ["what rules ask questions of", { tool: "wire", amount: 900 }, "questions"],
  ])("is not made of %s, whatever is asked for", async (_, more, why) => {
    const ids = await held(...customers(2).map((one) => ({ ...one, ...more })));
    const [reviewId = ""] = ids.values();
    for (const body of [{ reviewId }, { reviewIds: [...ids.values()] }]) {
      const refusal = await post("/batches", body);
      expect([refusal.status, refusal.body["code"]]).toEqual([422, "batch_forbidden"]);
      expect(refusal.body["detail"]).toContain(why);
    }
  });

  it("shows the account that changed since a customer was last paid", async () => {
    const regulars = customers(4);
    for (const month of [1, 2]) {
      const ids = await held(...regulars.map((one) => ({ ...one, amount: 10 + month })));
      const batch = await lookAtSample(await open(ids.values()));
      await post(`/batches/${batch.id}/decision`, { type: "approve" });
      await atRest(ids);
    }
    const [victim] = regulars;
    const ids = await held(
      ...regulars.map((one) => (one === victim ? { ...one, account: "account of a thief" } : one)),
    );
    const { odd } = await open(ids.values());
    expect(odd.filter(({ field }) => field === "account")).toEqual([
      {
        reviewId: ids.get(victim?.customer ?? ""),
        field: "account",
        why: "changed",
        given: "customer",
        before: `account ${victim?.customer}`,
      },
    ]);
  });

  it("is taken apart by one objection: that one waits, the others need a look again", async () => {
    const ids = await held(...customers(6));
    const batch = await lookAtSample(await open(ids.values()));
    const [odd = ""] = ids.values();
    const left = batchSchema.parse((await post(`/batches/${batch.id}/objections`, { reviewId: odd })).body);
    expect(left.members.map(({ review }) => review.id)).toEqual([...ids.values()].slice(1));
    expect(left.members.every(({ openedAt }) => openedAt === null)).toBe(true);
    const old = await post(`/batches/${batch.id}/decision`, { type: "approve" });
    expect([old.status, old.body["code"]]).toEqual([409, "batch_closed"]);
    expect((await post(`/batches/${left.id}/decision`, { type: "approve" })).body["code"]).toBe(
      "sample_unopened",
    );
    await lookAtSample(left);
    await post(`/batches/${left.id}/decision`, { type: "approve" });
    ids.delete([...ids].find(([, id]) => id === odd)?.[0] ?? "");
    await atRest(ids);
    expect(await rest([odd])).toEqual(["open"]);
  });

  it("leaves what somebody decided meanwhile as they decided it, and says so", async () => {
    const ids = await held(...customers(3));
    const batch = await lookAtSample(await open(ids.values()));
    const [taken] = batch.members;
    const answer = { type: "reject", argsHash: taken?.review.argsHash };
    await post(`/reviews/${taken?.review.id}/decision`, answer);
    const { items } = batchOutcomesSchema.parse(
      (await post(`/batches/${batch.id}/decision`, { type: "approve" })).body,
    );
    expect(items.map(({ problem }) => problem?.code ?? "done")).toEqual([
      "review_already_decided",
      "done",
      "done",
    ]);
    await atRest(ids);
    expect(paid(ids)).toHaveLength(2);
  });

  it("is its opener's, who has the role it asks for; nobody else finds it", async () => {
    const keys = { clerk: newKey(), other: newKey(), board: newKey() };
    const file = `keys:
  - { id: clerk, kind: person, roles: [clerk], sha256: ${keys.clerk.sha256} }
  - { id: other, kind: person, roles: [clerk], sha256: ${keys.other.sha256} }
  - { id: board, kind: person, roles: [board], sha256: ${keys.board.sha256} }`;
    const access = createAccess(loadAccess(file, "access.yaml"), { now: () => new Date(), cooldownMs: 0 });
    const ids = await held(...customers(2));
    const body = { reviewIds: [...ids.values()] };
    const closed = await serve(database, { policy, tools, model, gate: accessGate(() => access) });
    const as = (who: keyof typeof keys, path: string, more: object) =>
      request(`${closed.url}${path}`, { body: more, headers: { "x-api-key": keys[who].key } });
    try {
      expect((await as("board", "/batches", body)).body["code"]).toBe("decision_forbidden");
      const batch = batchSchema.parse((await as("clerk", "/batches", body)).body);
      for (const { review } of batch.members)
        await as("clerk", `/batches/${batch.id}/opened`, { reviewId: review.id });
      const by = (who: keyof typeof keys) => as(who, `/batches/${batch.id}/decision`, { type: "reject" });
      expect([(await by("other")).status, (await by("clerk")).status]).toEqual([404, 200]);
    } finally {
      await closed.stop();
    }
  });

  it("draws a sample that could be any of it", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.uuid(), { maxLength: 100 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (ids, chance) => {
          const sample = sampleOf(ids, () => chance.next().value ?? 0);
          expect(sample.size).toBe(Math.ceil(Math.sqrt(ids.length)));
          expect([...sample].every((id) => ids.includes(id))).toBe(true);
        },
      ),
    );
    const ids = ["a", "b", "c", "d"];
    const drawn = ids.map((_, n) => [...sampleOf(ids, () => n / ids.length)][0]);
    expect(drawn).toEqual(ids);
  });
});
