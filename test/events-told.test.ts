// What happens is told to the operator's addresses: each thing once, in the statement that makes it so, and no words of it
// that are for its readers alone.
import { randomBytes, randomUUID } from "node:crypto";
import pg from "pg";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { eventSchema } from "../src/http/contract/event.js";
import { defineTool, OutcomeUnknownError } from "../src/index.js";
import { eventNames } from "../src/kernel/event-names.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { countingTools } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { say } from "./support/http.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";
import { receiver, type Receiver } from "./support/receiver.js";

const policyText = `
undo: 60s
changes: { tier: risks }
rules:
  - { id: of-reads, when: "tool == 'reply' && args.text.startsWith('Heard: read')", tier: desks }
  - { id: whenever, when: "tool == 'wipe'", tier: boards }
  - { id: of-two, when: "tool == 'pay' && has(args.amount) && args.amount > 1000.0", tier: twos }
tiers:
  desks:  { roles: [support], respond: 30m, then: risks, extend: { by: 1h, times: 2 } }
  twos:   { roles: [support], quorum: 2, of: 2, split: risks }
  risks:  { roles: [risk], respond: 2h }
  boards: { roles: [support], respond: 4h, then: park }
default: { tier: desks }
`;
const secret = `whsec_${randomBytes(32).toString("base64")}`;
const webhooks = { secrets: [secret], allowed: ["127.0.0.1"], lookEveryMs: 30 };
const args = z.object({ id: z.string() });
const breaking = (name: string, run: () => never) =>
  defineTool({ name, description: name, args, reversibility: "reversible", run });

let url: string;
let db: pg.Pool;
let hooks: Receiver;
let desk: Desk;
const hooked = `/${randomUUID()}`;
const also = `/${randomUUID()}`;
const ending: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  url = await testDatabase();
  db = new pg.Pool({ connectionString: url });
  hooks = await receiver();
  desk = await start("support", policyText, { urls: [hooked, also].map(hooks.url), events: eventNames });
});
afterAll(async () => {
  for (const end of ending.toReversed()) await end();
  await Promise.all([hooks.close(), db.end()]);
});

async function start(
  name: string,
  policy: string,
  listeners: NonNullable<Parameters<typeof serveDesk>[1]>["listeners"],
): Promise<Desk> {
  const tools = [
    ...countingTools().tools,
    breaking("breaks", () => {
      throw new Error("It broke: s3cret.");
    }),
    breaking("vanishes", () => {
      throw new OutcomeUnknownError("Nobody knows.");
    }),
  ];
  const started = await serveDesk(url, {
    name,
    policy,
    tools,
    webhooks,
    ...(listeners ? { listeners } : {}),
  });
  ending.push(() => started.at.stop());
  return started;
}

type Event = z.output<typeof eventSchema>;

/** Nothing is on its way any more. */
async function allTold(): Promise<void> {
  const left = async () => (await db.query("select from holdpoint.webhooks")).rowCount;
  await expect.poll(left, { timeout: 30_000 }).toBe(0);
}

/** In the order in which they happened; of one transaction, in that of their names. */
async function toldOf(about: string, path = hooked): Promise<Event[]> {
  await allTold();
  const events = hooks.at(path).map(({ body }) => eventSchema.parse(body));
  return events
    .filter(({ subject, data }) => subject === about || ("threadId" in data && data.threadId === about))
    .toSorted((a, b) => a.time.localeCompare(b.time) || a.type.localeCompare(b.type));
}
const typesOf = (events: readonly Event[]) => events.map(({ type }) => type.replace("holdpoint.", ""));

async function held(words: string): Promise<{ threadId: string; id: string }> {
  const { threadId, ids } = await desk.held(words);
  return { threadId, id: ids[0] ?? expect.fail("Nothing waits.") };
}
const act = async (who: Who, path: string, body: object = {}) =>
  expect(await desk.as[who](path, body)).toMatchObject({ status: 200 });
async function decideAs(who: Who, id: string, more: object): Promise<void> {
  const { body } = await desk.as.risk(`/reviews/${id}`);
  await act(who, `/reviews/${id}/decision`, { argsHash: body["argsHash"], ...more });
}
const pass = (id: string) =>
  db.query("update holdpoint.reviews set expires_at = now() - interval '1 ms' where review_id = $1", [id]);

it("a hold is told from its opening to what was done, signed, to each address, once", async () => {
  const words = `w${randomUUID()}`;
  const { id, threadId } = await held(`pay ${randomUUID()} 512`);
  const { body: review } = await desk.as.risk(`/reviews/${id}`);
  await act("ada", `/reviews/${id}/claim`);
  await act("ada", `/reviews/${id}/release`);
  await act("ada", `/reviews/${id}/comments`, { text: `Is ${words} a customer?`, to: "key:ben" });
  await act("ada", `/reviews/${id}/extend`);
  await act("ada", `/reviews/${id}/hand-on`, { to: { person: "key:ben" }, note: `About ${words}.` });
  await decideAs("ben", id, { type: "approve", reason: `As ${words} said.` });
  await desk.at.runtime.waitForThread("default", threadId);

  const events = await toldOf(threadId);
  expect(typesOf(events)).toEqual([
    "review.opened",
    "review.claimed",
    "review.released",
    "review.commented",
    "review.extended",
    "review.handed_on",
    "review.decided",
    "execution.succeeded",
  ]);
  expect(events[0]).toEqual({
    specversion: "1.0",
    id: expect.stringMatching(/^ledger_[0-9a-f]{64}$/) as string,
    type: "holdpoint.review.opened",
    source: "/reviews",
    subject: id,
    time: expect.any(String) as string,
    datacontenttype: "application/json",
    data: {
      tenant: "default",
      reviewId: id,
      threadId,
      agent: "support",
      actionId: review["actionId"],
      kind: "review",
      status: "open",
      tool: "pay",
      level: "high",
      tier: "desks",
      title: review["title"],
      openedAt: review["openedAt"],
      expiresAt: review["expiresAt"],
    },
  });
  expect(events.find(({ type }) => type.endsWith("decided"))?.data).toMatchObject({
    status: "decided",
    decision: "approve",
    by: { id: "key:ben", kind: "person" },
    approvalId: null,
    undoUntil: null,
  });
  expect(events.at(-1)?.data).toMatchObject({ tool: "pay", reviewId: id, state: "succeeded" });
  expect(await toldOf(threadId, also)).toEqual(events);
  for (const { text, headers, body } of hooks
    .at(hooked)
    .filter(({ text: sent }) => sent.includes(threadId))) {
    expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toEqual(body);
    expect(headers["webhook-id"]).toBe(body["id"]);
    // What was said about it stays here.
    expect(text).not.toContain(words);
  }
});

it("what nobody decides is told as it goes up, is refused, or waits on", async () => {
  const { id } = await held(`pay ${randomUUID()} 5`);
  await pass(id);
  await expect.poll(async () => (await desk.as.risk(`/reviews/${id}`)).body["tier"]).toBe("risks");
  await pass(id);
  await expect.poll(async () => (await desk.as.risk(`/reviews/${id}`)).body["status"]).toBe("expired");
  const events = await toldOf(id);
  expect(typesOf(events)).toEqual(["review.opened", "review.escalated", "review.expired"]);
  expect(events[1]?.data).toMatchObject({ from: "desks", to: "risks", by: { id: "deadline" } });

  const parked = await held(`wipe ${randomUUID()}`);
  await pass(parked.id);
  await expect.poll(async () => typesOf(await toldOf(parked.id))).toEqual(["review.opened", "review.parked"]);
});

it("divided votes are told as such", async () => {
  const { id } = await held(`pay ${randomUUID()} 5000`);
  await decideAs("ada", id, { type: "approve" });
  await decideAs("ben", id, { type: "reject" });
  const events = await toldOf(id);
  expect(typesOf(events)).toEqual(["review.opened", "review.split"]);
  expect(events[1]?.data).toMatchObject({ from: "twos", to: "risks", tier: "risks" });
});

it("a decision that is taken back is told, and so is the one in its place", async () => {
  const { id } = await held(`pay ${randomUUID()} 5`);
  await decideAs("ada", id, { type: "approve", undo: true });
  expect(await desk.as.ada(`/reviews/${id}/decision`, undefined, { method: "DELETE" })).toMatchObject({
    status: 200,
  });
  await decideAs("ada", id, { type: "reject", reason: "No." });
  const events = await toldOf(id);
  expect(typesOf(events)).toEqual(["review.opened", "review.decided", "review.undone", "review.decided"]);
  expect(events[1]?.data).toMatchObject({ decision: "approve", undoUntil: expect.any(String) as string });
  expect(events[2]?.data).toMatchObject({ status: "open", decision: "approve" });
  expect(events[3]?.data).toMatchObject({ decision: "reject", undoUntil: null });
});

it("what is withdrawn is told", async () => {
  const { id, threadId } = await held(`pay ${randomUUID()} 5`);
  const path = `/threads/${threadId}?holds=supersede`;
  expect((await desk.as.bot(path, undefined, { method: "DELETE" })).status).toBe(204);
  expect(typesOf(await toldOf(id))).toEqual(["review.opened", "review.superseded"]);
});

it("a call that failed is told, and one of which nobody knows, and what a person says of it; not why", async () => {
  const failed = await desk.held(`breaks ${randomUUID()}`);
  expect(typesOf(await toldOf(failed.threadId))).toEqual(["execution.failed"]);
  expect(JSON.stringify(await toldOf(failed.threadId))).not.toContain("s3cret");

  const { id, threadId } = await held(`vanishes ${randomUUID()}`);
  expect(typesOf(await toldOf(threadId))).toEqual(["execution.unknown", "review.opened"]);
  await decideAs("ada", id, { type: "happened", message: "It did." });
  await desk.at.runtime.waitForThread("default", threadId);
  const [, , ...then] = await toldOf(threadId);
  expect(typesOf(then).toSorted()).toEqual(["execution.succeeded", "review.decided"]);
});

it("of an answer that waits no word is told", async () => {
  const word = `w${randomUUID()}`;
  const { id } = await held(`read ${word}`);
  expect((await desk.as.ada(`/reviews/${id}`)).body["title"]).toContain(word);
  const [opened] = await toldOf(id);
  expect(opened?.data).toMatchObject({ kind: "reply", title: null });
  expect(JSON.stringify(opened)).not.toContain(word);
});

it("another policy in force is told: by whom, and which stood before it", async () => {
  const name = `changing-${randomUUID()}`;
  const { at, as } = await start(name, policyText, { urls: [hooks.url(hooked)], events: eventNames });
  const laxer = policyText.replace("undo: 60s", "undo: 5s");
  const replaced = await at.runtime.changes.reload(laxer, "the-file.yaml");
  const id = (replaced.ok && replaced.proposed?.reviewId) || expect.fail("Nothing was proposed.");
  expect(await toldOf(name)).toEqual([]);
  const { body } = await as.risk(`/reviews/${id}`);
  const approved = { type: "approve", argsHash: body["argsHash"] };
  expect((await as.risk(`/reviews/${id}/decision`, approved)).status).toBe(200);
  const versionOf = (text: string) => loadPolicy(text, "policy.yaml").version;
  expect(await toldOf(name)).toMatchObject([
    {
      type: "holdpoint.policy.changed",
      source: "/policies",
      data: {
        agent: name,
        before: versionOf(policyText),
        version: versionOf(laxer),
        by: { id: "key:risk", kind: "person" },
      },
    },
  ]);
});

it("only what was asked for is told, and nothing where nobody listens", async () => {
  const path = `/${randomUUID()}`;
  const some = { urls: [hooks.url(path)], events: ["review.decided" as const] };
  for (const listeners of [some, undefined]) {
    const { at, as } = await start(`some-${randomUUID()}`, policyText, listeners);
    const { thread_id: threadId } = (await as.ada("/threads", {})).body;
    await as.ada(`/threads/${String(threadId)}/runs/wait`, {
      assistant_id: at.runtime.graphs.keys().next().value,
      ...say("pay a 5"),
    });
    const [review] = (await at.runtime.reviews.list("default", { threadId: String(threadId), limit: 1 }))
      .items;
    const decision = { type: "reject", argsHash: review?.argsHash };
    expect((await as.ben(`/reviews/${review?.id}/decision`, decision)).status).toBe(200);
    await allTold();
  }
  expect(hooks.at(path).map(({ body }) => body["type"])).toEqual(["holdpoint.review.decided"]);
});

it("every event that there is was told here, but the alarm (alarm-told.test.ts)", async () => {
  await allTold();
  const told = new Set(hooks.at(hooked).map(({ body }) => body["type"]));
  const missing = eventNames.filter((name) => !told.has(`holdpoint.${name}`));
  expect(missing).toEqual(["autonomy.alarmed"]);
});

it("what cannot be told has not happened", async () => {
  await db.query(
    "alter table holdpoint.webhooks add constraint broken check (event <> 'review.claimed') not valid",
  );
  const { id } = await held(`pay ${randomUUID()} 5`);
  try {
    expect((await desk.as.ada(`/reviews/${id}/claim`, {})).status).toBe(500);
    expect((await desk.as.ada(`/reviews/${id}`)).body["claimedBy"]).toBeNull();
  } finally {
    await db.query("alter table holdpoint.webhooks drop constraint broken");
  }
});
