// The alarm is told outside: with the row that withdraws what was earned, once, to the operator's addresses.
import { randomBytes, randomUUID } from "node:crypto";
import pg from "pg";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Log } from "../src/kernel/log.js";
import type { WebhookOptions } from "../src/notify/deliver.js";
import { testDatabase } from "./support/database.js";
import { decideMany } from "./support/decided-calls.js";
import { request, say, serve, type Served } from "./support/http.js";
import { receiver, type Receiver } from "./support/receiver.js";

const policy = "routing: { maxError: 0.1, confidence: 0.75, sample: 0.2, signals: { similarity: 1 } }";
const secret = `whsec_${randomBytes(32).toString("base64")}`;
const quick: Partial<WebhookOptions> = { secrets: [secret], allowed: ["127.0.0.1"], lookEveryMs: 30 };

let hooks: Receiver;
let url: string;
let db: pg.Pool;
const warned: string[] = [];
const log: Log = { info: () => {}, warn: (what) => void warned.push(what), error: () => {} };
const ending: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  url = await testDatabase();
  db = new pg.Pool({ connectionString: url });
  hooks = await receiver();
});
afterAll(async () => {
  for (const end of ending.toReversed()) await end();
  await Promise.all([hooks.close(), db.end()]);
});

/** Each test has an agent, and so a kind of call, of its own. */
async function serveKind(name: string, ...paths: string[]): Promise<Served> {
  const listeners = { urls: paths.map((path) => hooks.url(path)), events: ["autonomy.alarmed" as const] };
  const at = await serve(url, { name, policy, log, webhooks: quick, listeners });
  ending.push(() => at.stop());
  return at;
}

async function decidedNote(at: Served, name: string): Promise<string> {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, name, say("note a"));
  const [review] = (await at.runtime.reviews.list("default", { threadId, limit: 1 })).items;
  if (!review) throw new Error("It did not wait.");
  const body = { type: "approve", argsHash: review.argsHash };
  expect((await request(`${at.url}/reviews/${review.id}/decision`, { body })).status).toBe(200);
  await at.runtime.waitForThread("default", threadId);
  return review.id;
}

const wrongByChance = Array.from({ length: 40 }, () => ({ score: 0.9, isWrong: true, lookedAt: 0.2 }));
const look = async (at: Served) => (await request(`${at.url}/autonomy`)).status;
const withdrawnOf = async (name: string) =>
  (
    await db.query<{ stratum: string; at: Date }>(
      "select stratum, withdrawn_at as at from holdpoint.strata where agent = $1 and withdrawn_at is not null",
      [name],
    )
  ).rows;
const rowsTo = async (path: string) =>
  (await db.query("select event_id from holdpoint.webhooks where url = $1", [hooks.url(path)])).rows;
const toldAt = async (path: string, times: number) => {
  await expect.poll(() => hooks.at(path).length, { timeout: 30_000 }).toBe(times);
  await expect.poll(() => rowsTo(path), { timeout: 30_000 }).toEqual([]);
  expect(hooks.at(path)).toHaveLength(times);
  return hooks.at(path);
};

it("an alarm is told to each of the operator's addresses, signed and once, whichever and however many processes find it", async () => {
  const name = `support-${randomUUID()}`;
  const paths = [`/${randomUUID()}`, `/${randomUUID()}`];
  const at = await serveKind(name, ...paths);
  const second = await serveKind(name, ...paths);
  const seed = await decidedNote(at, name);
  expect(await Promise.all([look(at), look(second)])).toEqual([200, 200]);
  expect(await withdrawnOf(name)).toEqual([]);

  await decideMany(url, seed, wrongByChance);
  const looks = [at, second, at, second, at, second].map(look);
  expect(await Promise.all(looks)).toEqual(looks.map(() => 200));
  const [withdrawn] = await withdrawnOf(name);
  for (const path of paths) {
    const [told] = await toldAt(path, 1);
    expect(told?.headers["content-type"]).toBe("application/cloudevents+json");
    expect(() =>
      new Webhook(secret).verify(told?.text ?? "", told?.headers as Record<string, string>),
    ).not.toThrow();
    expect(told?.body).toEqual({
      specversion: "1.0",
      id: told?.headers["webhook-id"],
      type: "holdpoint.autonomy.alarmed",
      source: "/autonomy",
      subject: withdrawn?.stratum,
      time: withdrawn?.at.toISOString(),
      datacontenttype: "application/json",
      data: {
        tenant: "default",
        kind: withdrawn?.stratum,
        agent: name,
        tool: "note",
        model: "obedient",
        maxError: 0.1,
        confidence: 0.75,
        withdrawnAt: withdrawn?.at.toISOString(),
      },
    });
  }
  expect(warned.filter((what) => what.startsWith("Calls of note no longer run"))).toHaveLength(1);

  // Looked at again it is no news; earned anew and withdrawn anew, it is another event.
  expect(await look(second)).toBe(200);
  await decideMany(url, seed, wrongByChance);
  expect(await look(at)).toBe(200);
  const [first, again] = await toldAt(paths[0] ?? "", 2);
  expect(again?.body["id"]).not.toBe(first?.body["id"]);
});

it("an alarm that cannot be told is not on record either, and is found again", async () => {
  const name = `support-${randomUUID()}`;
  const path = `/${randomUUID()}`;
  const at = await serveKind(name, path);
  await decideMany(url, await decidedNote(at, name), wrongByChance);
  await db.query(
    "alter table holdpoint.webhooks add constraint broken check (event <> 'autonomy.alarmed') not valid",
  );
  try {
    expect(await look(at)).toBe(500);
    expect(await withdrawnOf(name)).toEqual([]);
  } finally {
    await db.query("alter table holdpoint.webhooks drop constraint broken");
  }
  expect(await look(at)).toBe(200);
  expect(await withdrawnOf(name)).toHaveLength(1);
  await toldAt(path, 1);
});

it("where no address is named nobody is told, and calls wait all the same", async () => {
  const name = `support-${randomUUID()}`;
  const at = await serveKind(name);
  await decideMany(url, await decidedNote(at, name), wrongByChance);
  expect(await look(at)).toBe(200);
  expect(await withdrawnOf(name)).toHaveLength(1);
  const told = "select from holdpoint.webhooks where payload ->> 'agent' = $1";
  expect((await db.query(told, [name])).rowCount).toBe(0);
});
