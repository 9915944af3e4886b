// Webhooks: whoever asked for a run is told how it ended, whatever dies in between, and nobody else is called.
import { randomBytes, randomUUID } from "node:crypto";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import pg from "pg";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Log } from "../src/kernel/log.js";
import type { WebhookOptions } from "../src/notify/deliver.js";
import { delivery } from "../src/runs/delivery.js";
import { createWebhookStore } from "../src/storage/webhook-rows.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";
import { receiver, type Received, type Receiver } from "./support/receiver.js";

const secret = `whsec_${randomBytes(32).toString("base64")}`;
const quick: Partial<WebhookOptions> = {
  secrets: [secret],
  allowed: ["127.0.0.1"],
  lookEveryMs: 30,
  pauseMs: 20,
};
/** Never looks at its outbox. */
const silent: Partial<WebhookOptions> = { ...quick, lookEveryMs: 3_600_000 };

let url: string;
let db: pg.Pool;
let at: Served;
let hooks: Receiver;
const faults: [string, object | undefined][] = [];
const log: Log = {
  info: () => {},
  warn: (what, fields) => faults.push([what, fields]),
  error: (what, fields) => faults.push([what, fields]),
};

beforeAll(async () => {
  url = await testDatabase();
  db = new pg.Pool({ connectionString: url });
  hooks = await receiver();
  // No sweep between a decision and its delivery: it would begin a run of its own, and that would be told too.
  at = await serve(url, { webhooks: quick, log, settings: { pollMs: 20_000 } });
});
afterAll(() => Promise.all([at.stop(), hooks.close(), db.end()]));

const newThread = async (): Promise<string> => (await at.client.threads.create()).thread_id;
const path = (): string => `/${randomUUID()}`;
const rowsTo = async (to: string): Promise<Record<string, unknown>[]> =>
  (
    await db.query<Record<string, unknown>>("select * from holdpoint.webhooks where url = $1", [
      hooks.url(to),
    ])
  ).rows;
/** Has been delivered, and that is on record. */
const toldAt = async (to: string, times = 1): Promise<Received[]> => {
  await expect.poll(() => hooks.at(to).length, { interval: 10 }).toBe(times);
  await expect.poll(() => rowsTo(to), { interval: 10 }).toEqual([]);
  expect(hooks.at(to)).toHaveLength(times);
  return hooks.at(to);
};
const openReview = async (threadId: string) => {
  const { body } = await request(`${at.url}/reviews?thread_id=${threadId}&status=open`);
  return (body["items"] as { id: string; argsHash: string }[])[0];
};
const decideOpen = async (threadId: string, type: string) => {
  const review = await openReview(threadId);
  return request(`${at.url}/reviews/${review?.id}/decision`, {
    body: { type, argsHash: review?.argsHash },
  });
};

describe("the end of a run is told", () => {
  it("once, with the fields of LangGraph's servers and a signature by Standard Webhooks", async () => {
    const to = path();
    const threadId = await newThread();
    const run = await at.client.runs.create(threadId, "support", {
      ...say("read a"),
      metadata: { tag: "x" },
      webhook: hooks.url(to),
    });
    const [told] = await toldAt(to);
    expect(told?.body).toEqual({
      ...(await at.client.runs.get(threadId, run.run_id)),
      run_started_at: expect.any(String) as string,
      run_ended_at: expect.any(String) as string,
      webhook_sent_at: expect.any(String) as string,
      values: (await at.client.threads.getState(threadId)).values,
    });
    expect(told?.body).toMatchObject({
      run_id: run.run_id,
      thread_id: threadId,
      status: "success",
      metadata: { tag: "x" },
      values: { messages: [{}, {}, {}, { content: "Heard: read a done" }] },
    });
    const times = ["run_started_at", "run_ended_at", "webhook_sent_at"].map((name) =>
      Date.parse(told?.body[name] as string),
    );
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const headers = told?.headers as Record<string, string>;
    expect(headers["webhook-id"]).toBe(`run_ended_${run.run_id}`);
    expect(new Webhook(secret).verify(told?.text ?? "", headers)).toEqual(told?.body);
    expect(() => new Webhook(secret).verify(`${told?.text} `, headers)).toThrow("signature");
  });

  it("by every route that begins one: waited for, streamed, stateless, in a batch, by a cron", async () => {
    const [waited, streamed, fresh, first, second, byClock] = Array.from({ length: 6 }, path) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const with_ = (to: string) => ({ ...say("read a"), webhook: hooks.url(to) });
    await at.client.runs.wait(await newThread(), "support", with_(waited));
    for await (const _ of at.client.runs.stream(await newThread(), "support", with_(streamed)));
    await at.client.runs.create(null, "support", with_(fresh));
    await at.client.runs.createBatch([
      { assistantId: "support", ...with_(first) },
      { assistantId: "support", ...with_(second) },
    ]);
    const cron = await at.client.crons.create("support", { schedule: "* * * * *", ...with_(byClock) });
    await db.query("update holdpoint.crons set next_run_date = now() where cron_id = $1", [cron.cron_id]);
    for (const to of [waited, streamed, fresh, first, second, byClock])
      expect((await toldAt(to))[0]?.body, to).toMatchObject({ status: "success" });
    await at.client.crons.delete(cron.cron_id);
  });

  it("also where it failed: with what went wrong", async () => {
    const to = path();
    await at.client.runs.create(await newThread(), "support", { ...say("break"), webhook: hooks.url(to) });
    const [told] = await toldAt(to);
    expect(told?.body).toMatchObject({ status: "error", error: "The model broke." });
    expect(told?.body["values"]).toMatchObject({ messages: [{ content: "break" }] });
  });

  it("at a hold, and again when what it waits for was decided elsewhere and the thread went on", async () => {
    const to = path();
    const threadId = await newThread();
    const run = await at.client.runs.create(threadId, "support", {
      ...say("pay a 5"),
      webhook: hooks.url(to),
    });
    const [held] = await toldAt(to);
    expect(held?.body).toMatchObject({
      run_id: run.run_id,
      status: "success",
      values: { __interrupt__: [{ value: { holdpoint: { kind: "review" } } }] },
    });
    await decideOpen(threadId, "approve");
    const [, gone] = await toldAt(to, 2);
    expect(gone?.body["run_id"]).not.toBe(run.run_id);
    expect(gone?.headers["webhook-id"]).not.toBe(held?.headers["webhook-id"]);
    expect(gone?.body).toMatchObject({ thread_id: threadId, status: "success" });
    expect(gone?.body["values"]).not.toHaveProperty("__interrupt__");
    // What is asked after that was asked by somebody else.
    await at.client.runs.wait(threadId, "support", say("read b"));
    await toldAt(to, 2);
  });

  it("to both who wait for it: who asked first, and who decided", async () => {
    const [asked, decided] = [path(), path()];
    const threadId = await newThread();
    await at.client.runs.wait(threadId, "support", { ...say("pay a 5"), webhook: hooks.url(asked) });
    const run = await at.client.runs.create(threadId, "support", {
      command: { resume: { type: "approve" } },
      webhook: hooks.url(decided),
    });
    const [told] = await toldAt(decided);
    expect(told?.body).toMatchObject({ run_id: run.run_id, status: "success" });
    expect((await toldAt(asked, 2)).at(-1)?.body).toMatchObject({ run_id: run.run_id });
    expect(at.effects.of("pay")).toContainEqual({ id: "a", amount: 5 });
  });

  it("to each who decides, where one run delivers both decisions", async () => {
    const [one, other] = [path(), path()];
    const { runs } = at.runtime;
    const threadId = await newThread();
    await at.client.runs.wait(threadId, "support", say("pay a 5"));
    const resumption = (to: string) => ({
      id: randomUUID(),
      tenant: "default",
      threadId,
      payload: {},
      principal: delivery,
      webhooks: [hooks.url(to)],
    });
    const first = await runs.beginResumption({ ...resumption(one), runAfterMs: 60_000 }, false);
    const second = await runs.beginResumption({ ...resumption(other), runAfterMs: 60_000 }, false);
    expect(second?.id).toBe(first?.id);
    await decideOpen(threadId, "reject");
    expect((await toldAt(one))[0]?.body).toMatchObject({ run_id: first?.id });
    expect((await toldAt(other))[0]?.body).toMatchObject({ run_id: first?.id });
  });

  it("where it was cancelled: at work, while it waited its turn, and taken back", async () => {
    const [working, waiting, undone] = [path(), path(), path()];
    const id = randomUUID();
    const threadId = await newThread();
    const create = (words: string, to: string) =>
      at.client.runs.create(threadId, "support", { ...say(words), webhook: hooks.url(to) });
    const first = await create(`wait ${id}`, working);
    const second = await create("read a", waiting);
    const third = await create("read b", undone);
    await at.client.runs.cancel(threadId, second.run_id);
    expect((await toldAt(waiting))[0]?.body).toMatchObject({
      run_id: second.run_id,
      status: "interrupted",
      run_started_at: null,
      values: null,
    });
    await at.client.runs.cancel(threadId, third.run_id, false, "rollback");
    expect((await toldAt(undone))[0]?.body).toMatchObject({ run_id: third.run_id, status: "interrupted" });
    await expect(at.client.runs.get(threadId, third.run_id)).rejects.toMatchObject({ status: 404 });
    await at.client.runs.cancel(threadId, first.run_id);
    at.release(id);
    expect((await toldAt(working))[0]?.body).toMatchObject({
      run_id: first.run_id,
      status: "interrupted",
      values: { messages: [{ content: `wait ${id}` }, {}] },
    });
  });

  it("where its thread was deleted while it waited behind a hold", async () => {
    const to = path();
    const threadId = await newThread();
    await at.client.runs.wait(threadId, "support", say("pay a 5"));
    const run = await at.client.runs.create(threadId, "support", {
      ...say("read a"),
      webhook: hooks.url(to),
    });
    await request(`${at.url}/threads/${threadId}?holds=supersede`, { method: "DELETE" });
    expect((await toldAt(to))[0]?.body).toMatchObject({ run_id: run.run_id, status: "interrupted" });
  });
});

describe("a receiver", () => {
  it("that fails is tried again, with the same id and what happened unchanged, until it takes it", async () => {
    const to = path();
    hooks.answer(to, (response, nth) => response.writeHead(nth < 3 ? 500 : 204).end());
    await at.client.runs.create(await newThread(), "support", { ...say("read a"), webhook: hooks.url(to) });
    const told = await toldAt(to, 3);
    expect(new Set(told.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    const said = told.map(({ body }) => JSON.stringify({ ...body, webhook_sent_at: null }));
    expect(new Set(said).size).toBe(1);
    for (const { text, headers } of told) new Webhook(secret).verify(text, headers as Record<string, string>);
  });

  it("that hangs holds up no other", async () => {
    const patient = await serve(await testDatabase(), { webhooks: { ...quick, timeoutMs: 600_000 } });
    const tell = (to: string) =>
      patient.client.runs.wait(null, "support", { ...say("read a"), webhook: hooks.url(to) });
    const [to, other] = [path(), path()];
    let answer = (): void => {};
    hooks.answer(to, (response) => (answer = () => void response.end()));
    await tell(to);
    await expect.poll(() => hooks.at(to).length, { interval: 5 }).toBe(1);
    await tell(other);
    await expect.poll(() => hooks.at(other).length, { interval: 5 }).toBe(1);
    answer();
    await patient.stop();
  });

  it("that hangs is left after its time, and tried again", async () => {
    const impatient = await serve(await testDatabase(), { webhooks: { ...quick, timeoutMs: 300 }, log });
    const to = path();
    hooks.answer(to, (response, nth) => {
      if (nth > 1) response.end();
    });
    await impatient.client.runs.wait(null, "support", { ...say("read a"), webhook: hooks.url(to) });
    await expect.poll(() => hooks.at(to).length, { interval: 5 }).toBeGreaterThan(1);
    expect(faults).toContainEqual([
      "a webhook was not taken",
      expect.objectContaining({ fault: "It did not answer within 300 ms." }),
    ]);
    await impatient.stop();
  });

  it("that answers without end is not read to its end", async () => {
    const to = path();
    let sent = 0;
    hooks.answer(to, (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536))) sent += 65_536;
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    await at.client.runs.create(await newThread(), "support", { ...say("read a"), webhook: hooks.url(to) });
    await toldAt(to);
    expect(sent).toBeLessThan(20_000_000);
  });

  it("that sends it elsewhere is not followed", async () => {
    const [to, elsewhere] = [path(), path()];
    hooks.answer(to, (response, nth) =>
      nth === 1 ? response.writeHead(307, { location: hooks.url(elsewhere) }).end() : response.end(),
    );
    await at.client.runs.create(await newThread(), "support", { ...say("read a"), webhook: hooks.url(to) });
    await toldAt(to, 2);
    expect(hooks.at(elsewhere)).toEqual([]);
    expect(faults).toContainEqual([
      "a webhook was not taken",
      expect.objectContaining({ fault: "It answered 307." }),
    ]);
  });

  it("that never takes it is given up, which is logged, and the row is kept for a time", async () => {
    const own = await testDatabase();
    const pool = new pg.Pool({ connectionString: own });
    const given: unknown[] = [];
    const served = await serve(own, {
      webhooks: { ...quick, maxAttempts: 3, pauseMs: 1 },
      log: { ...log, error: (what, fields) => given.push([what, fields]) },
    });
    const to = path();
    hooks.answer(to, (response) => response.writeHead(404).end());
    await served.client.runs.create(null, "support", { ...say("read a"), webhook: hooks.url(to) });
    await expect
      .poll(async () => (await pool.query("select state, attempts, last_error from holdpoint.webhooks")).rows)
      .toEqual([{ state: "failed", attempts: 3, last_error: "It answered 404." }]);
    expect(hooks.at(to)).toHaveLength(3);
    expect(given).toMatchObject([["a webhook was given up", { attempt: 3, fault: "It answered 404." }]]);
    const rows = createWebhookStore(served.runtime.db);
    await rows.forgetFailed(60_000);
    expect((await pool.query("select from holdpoint.webhooks")).rowCount).toBe(1);
    await rows.forgetFailed(0);
    expect((await pool.query("select from holdpoint.webhooks")).rowCount).toBe(0);
    await served.stop();
    await pool.end();
  });

  it("knows either of two secrets while one replaces the other, and none where none is set", async () => {
    const next = `whsec_${randomBytes(32).toString("base64")}`;
    for (const secrets of [[secret, next], []]) {
      const served = await serve(await testDatabase(), { webhooks: { ...quick, secrets } });
      const to = path();
      await served.client.runs.create(null, "support", { ...say("read a"), webhook: hooks.url(to) });
      await expect.poll(() => hooks.at(to).length, { interval: 10 }).toBe(1);
      const { text = "", headers = {} } = hooks.at(to)[0] ?? {};
      for (const one of secrets) new Webhook(one).verify(text, headers as Record<string, string>);
      expect(headers["webhook-id"]).toMatch(/^run_ended_/);
      expect("webhook-signature" in headers).toBe(secrets.length > 0);
      await served.stop();
    }
  });
});

describe("an address", () => {
  it.each([
    ["/hooks/done", "path of this server"],
    ["hooks.example.com/done", "no address"],
    ["ftp://hooks.example.com/", "only http and https"],
    ["https://user:pw@hooks.example.com/", "password"],
    [`https://hooks.example.com/${"x".repeat(2_000)}`, "longer than"],
    ["http://localhost:8123/reviews", "HOLDPOINT_WEBHOOK_ALLOW"],
    ["http://169.254.169.254/latest/meta-data/", "HOLDPOINT_WEBHOOK_ALLOW"],
    ["http://2130706434/", "127.0.0.2"],
    ["http://10.1.2.3/", "10.1.2.3"],
    ["http://[::1]:80/", "::1"],
    ["http://[::ffff:10.0.0.1]/", "::ffff:a00:1"],
    ["http://[fd00::1]/", "fd00::1"],
    ["http://0.0.0.0/", "0.0.0.0"],
  ])("%s is refused before anything is written", async (webhook, why) => {
    const threadId = randomUUID();
    const body = { assistant_id: "support", ...say("read a"), webhook, if_not_exists: "create" };
    const answer = await request(`${at.url}/threads/${threadId}/runs`, { body });
    expect(answer).toMatchObject({ status: 422, body: { code: "request_invalid" } });
    expect(answer.body["detail"]).toContain(why);
    expect((await request(`${at.url}/threads/${threadId}`)).status).toBe(404);
    const cron = await request(`${at.url}/runs/crons`, { body: { ...body, schedule: "@hourly" } });
    expect(cron.status).toBe(422);
  });

  it("of a public name that turns out to be this machine is not called", async () => {
    const to = path();
    const lookUp = dns.lookup;
    dns.lookup = ((host: string, options: object, answer: (...all: unknown[]) => void) =>
      host === "hooks.example.com"
        ? "all" in options && options.all
          ? answer(null, [{ address: "127.0.0.1", family: 4 }])
          : answer(null, "127.0.0.1", 4)
        : (lookUp as (...all: unknown[]) => void)(host, options, answer)) as typeof dns.lookup;
    syncBuiltinESMExports();
    const webhook = hooks.url(to).replace("127.0.0.1", "hooks.example.com");
    try {
      await at.client.runs.create(await newThread(), "support", { ...say("read a"), webhook });
      await expect
        .poll(() => faults.map(([, fields]) => (fields as { fault?: string })?.fault))
        .toContainEqual(expect.stringMatching(/127\.0\.0\.1.* not allowed/));
      expect(hooks.at(to)).toEqual([]);
    } finally {
      dns.lookup = lookUp;
      syncBuiltinESMExports();
      await db.query("delete from holdpoint.webhooks where url = $1", [webhook]);
    }
  });
});

describe("several processes", () => {
  it("on one database tell each end once", async () => {
    const other = await serve(url, { webhooks: quick, log });
    const to = path();
    const runs = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        (index % 2 === 0 ? at : other).client.runs.create(null, "support", {
          ...say("read a"),
          webhook: hooks.url(to),
        }),
      ),
    );
    const told = await toldAt(to, runs.length);
    expect(new Set(told.map(({ body }) => body["run_id"]))).toEqual(
      new Set(runs.map(({ run_id }) => run_id)),
    );
    await other.stop();
  });

  it("that look at the same moment take different ones", async () => {
    const own = await testDatabase();
    const served = await serve(own, { webhooks: silent });
    const webhook = hooks.url(path());
    await Promise.all(
      Array.from({ length: 24 }, () =>
        served.client.runs.wait(null, "support", { ...say("read a"), webhook }),
      ),
    );
    const rows = createWebhookStore(served.runtime.db);
    const taken = await Promise.all(Array.from({ length: 8 }, () => rows.claim(6, 60_000)));
    const ids = taken.flat().map(({ eventId }) => eventId);
    const rest = await rows.claim(100, 60_000);
    expect(new Set([...ids, ...rest.map(({ eventId }) => eventId)]).size).toBe(24);
    expect(ids.length + rest.length).toBe(24);
    await served.stop();
  });

  it("a run whose server stopped before it could tell is told of by the next one", async () => {
    const own = await testDatabase();
    const to = path();
    const first = await serve(own, { webhooks: silent });
    const { thread_id: threadId } = await first.client.threads.create();
    await first.client.runs.wait(threadId, "support", { ...say("read a"), webhook: hooks.url(to) });
    await first.stop();
    expect(hooks.at(to)).toEqual([]);
    const next = await serve(own, { webhooks: quick });
    await expect.poll(() => hooks.at(to).length, { interval: 10 }).toBe(1);
    await next.stop();
  });

  it("what a process took and did not settle is another's after a while, and nothing it says later counts", async () => {
    const own = await testDatabase();
    const to = path();
    const first = await serve(own, { webhooks: silent });
    await first.client.runs.wait(null, "support", { ...say("read a"), webhook: hooks.url(to) });
    const rows = createWebhookStore(first.runtime.db);
    const [dying] = await rows.claim(10, 200);
    expect(dying).toMatchObject({ url: hooks.url(to), attempt: 1 });
    expect(await rows.claim(10, 200)).toEqual([]);
    await expect.poll(async () => (await rows.claim(10, 60_000)).map(({ attempt }) => attempt)).toEqual([2]);
    if (dying)
      await Promise.all([rows.taken(dying), rows.giveUp(dying, "late"), rows.tryAgain(dying, 0, "late")]);
    const pool = new pg.Pool({ connectionString: own });
    const left = await pool.query("select state, attempts, last_error from holdpoint.webhooks");
    expect(left.rows).toEqual([{ state: "pending", attempts: 2, last_error: null }]);
    await pool.end();
    await first.stop();
  });
});

it("tenants do not see each other's webhooks, nor write any for each other", async () => {
  const own = await testDatabase();
  const served = await serve(own, { webhooks: silent });
  await served.client.runs.wait(null, "support", { ...say("read a"), webhook: hooks.url(path()) });
  const count = async (tenant: string) =>
    (await served.runtime.db.once({ tenant }, "select from holdpoint.webhooks")).length;
  expect([await count("default"), await count("another")]).toEqual([1, 0]);
  const forged = served.runtime.db.once(
    { tenant: "another" },
    `insert into holdpoint.webhooks (tenant_id, event_id, url, event, payload)
     values ('default', 'x', 'http://x', 'run.ended', '{}')`,
  );
  await expect(forged).rejects.toThrow("row-level security");
  await served.stop();
});
