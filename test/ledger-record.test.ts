// The ledger of a server at work: all that happens is on it, in its transaction, and whoever changes it afterwards is found.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ledgerExportCommand, ledgerSealCommand, ledgerVerifyCommand } from "../src/cli/ledger.js";
import { newKeyPem, readKey } from "../src/ledger/signature.js";
import { testDatabase } from "./support/database.js";
import { linesOf, testKey, verifyLines } from "./support/ledger.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";
import { capturingTerminal } from "./support/terminal.js";

const policy = `
undo: 60s
rules: [{ id: of-two, when: "tool == 'pay' && has(args.amount) && args.amount > 1000.0", tier: twos }]
tiers:
  desks: { roles: [support], respond: 30m, then: risks }
  twos: { roles: [support], quorum: 2, of: 3 }
  risks: { roles: [risk] }
default: { tier: desks }
`;

let url: string;
let db: pg.Pool;
let desk: Desk;
let folder: string;
beforeAll(async () => {
  url = await testDatabase();
  db = new pg.Pool({ connectionString: url });
  folder = await mkdtemp(join(tmpdir(), "holdpoint-ledger-"));
  desk = await serveDesk(url, { policy, ledgerKey: testKey });
});
afterAll(async () => {
  await desk.at.stop();
  await db.end();
  await rm(folder, { recursive: true });
});

interface Entry extends Record<string, unknown> {
  event: string;
}
async function entriesOf(stream: string): Promise<Entry[]> {
  const { rows } = await db.query<{ entry: string }>(
    "select entry from holdpoint.ledger where stream = $1 order by n",
    [stream],
  );
  return rows.map(({ entry }) => JSON.parse(entry) as Entry);
}
const eventsOf = async (stream: string) => (await entriesOf(stream)).map(({ event }) => event);

async function held(words: string): Promise<{ threadId: string; id: string }> {
  const { threadId, ids } = await desk.held(words);
  return { threadId, id: ids[0] ?? expect.fail("Nothing waits.") };
}
async function decideAs(who: Who, id: string, more: object) {
  const { body } = await desk.as.risk(`/reviews/${id}`);
  return desk.as[who](`/reviews/${id}/decision`, { argsHash: body["argsHash"], ...more });
}

describe("what happens", () => {
  it("to a call is on the ledger from its proposal to its end, with who did it and on which arguments", async () => {
    const { id, threadId } = await held(`pay ${randomUUID()} 5`);
    await desk.as.ada(`/reviews/${id}/claim`, {});
    expect((await decideAs("ada", id, { type: "approve" })).status).toBe(200);
    await desk.at.runtime.waitForThread("default", threadId);
    const entries = await entriesOf(`thread:${threadId}`);
    const { body: review } = await desk.as.risk(`/reviews/${id}`);
    const on = { actionId: review["actionId"], argsHash: review["argsHash"] };
    expect(entries).toMatchObject([
      { event: "action.proposed", ...on, by: "key:risk", byKind: "person", tool: "pay", route: "approve" },
      { event: "review.opened", reviewId: id, ...on, tier: "desks", until: review["expiresAt"] },
      { event: "review.claimed", reviewId: id, by: "key:ada" },
      {
        event: "review.decided",
        reviewId: id,
        ...on,
        by: "key:ada",
        decision: "approve",
        seenHash: on.argsHash,
      },
      { event: "execution.claimed", ...on, reviewId: id, attempt: 1, effect: "blind" },
      {
        event: "execution.succeeded",
        ...on,
        attempt: 1,
        resultHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    ]);
    expect(JSON.stringify(entries)).not.toContain("amount");
  });

  it("among several is on it vote by vote, also what was taken back", async () => {
    const { id, threadId } = await held(`pay ${randomUUID()} 5000`);
    await decideAs("ada", id, { type: "approve", undo: true });
    await desk.as.ada(`/reviews/${id}/decision`, undefined, { method: "DELETE" });
    await decideAs("ben", id, { type: "approve" });
    await decideAs("cid", id, { type: "approve" });
    await desk.at.runtime.waitForThread("default", threadId);
    const events = await eventsOf(`thread:${threadId}`);
    expect(events.slice(2, 5)).toEqual(["review.voted", "review.vote_undone", "review.voted"]);
    // Of one statement.
    expect(events.slice(5, 7).toSorted()).toEqual(["review.decided", "review.voted"]);
    expect(events.slice(7)).toEqual(["execution.claimed", "execution.succeeded"]);
  });

  it("to the policy, to people and to agents has streams of its own", async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    desk.give("lead", ["operator"]);
    const stop = await desk.as.lead("/stops", { kind: "tool", name: "wipe", why: "It wipes." });
    await desk.as.lead(`/stops/${String(stop.body["id"])}/lift`, { why: "It may." });
    const deputy = await desk.as.ada("/deputies", { to: "key:lead", until, reason: "Away." });
    expect(deputy.status).toBe(200);
    await desk.as.ada(`/deputies/${String(deputy.body["id"])}`, undefined, { method: "DELETE" });
    const approval = {
      tool: "pay",
      maxCount: 2,
      until,
      reason: "Every day the same.",
      when: "args.id == 'x'",
    };
    const made = await desk.as.ada("/standing-approvals", approval);
    expect([made.status, made.body["detail"]]).toEqual([200, undefined]);
    await desk.as.ada(`/standing-approvals/${String(made.body["id"])}/revoke`, { reason: "No more." });

    expect(await entriesOf("agents")).toMatchObject([
      { event: "stop.set", kind: "tool", name: "wipe", by: "key:lead" },
      { event: "stop.lifted", kind: "tool", name: "wipe", by: "key:lead" },
    ]);
    expect(await entriesOf("people")).toMatchObject([
      { event: "deputy.named", by: "key:ada", to: "key:lead", roles: "support", until },
      { event: "deputy.revoked", by: "key:ada" },
    ]);
    expect(await entriesOf("policy")).toMatchObject([
      { event: "policy.changed", agent: "support", by: "start" },
      { event: "approval.made", tool: "pay", maxCount: 2, condition: "args.id == 'x'", until },
      { event: "approval.signed", by: "key:ada" },
      { event: "approval.revoked", by: "key:ada" },
    ]);
  });

  it("stays on it when its thread is deleted", async () => {
    const { threadId } = await held(`pay ${randomUUID()} 5`);
    const deleted = await desk.as.bot(`/threads/${threadId}?holds=supersede`, undefined, {
      method: "DELETE",
    });
    expect(deleted.status).toBe(204);
    expect(await eventsOf(`thread:${threadId}`)).toEqual([
      "action.proposed",
      "review.opened",
      "review.superseded",
    ]);
  });

  it("and cannot be entered has not happened", async () => {
    const { id, threadId } = await held(`pay ${randomUUID()} 5`);
    const broken = `check (entry not like '%"event":"review.decided"%' or stream <> 'thread:${threadId}') not valid`;
    await db.query(`alter table holdpoint.ledger add constraint broken ${broken}`);
    try {
      expect((await decideAs("ada", id, { type: "approve" })).status).toBe(500);
    } finally {
      await db.query("alter table holdpoint.ledger drop constraint broken");
    }
    expect((await desk.as.ada(`/reviews/${id}`)).body).toMatchObject({ status: "open", decision: null });
    expect(desk.at.effects.of("pay").length).toBe(await paidOnRecord());
  });
});

const paidOnRecord = async () =>
  (await db.query("select from holdpoint.executions where tool = 'pay' and state = 'succeeded'")).rowCount;

describe("whoever asks for it", () => {
  it("gets all of their tenant as a file that verifies, also while more is written; others get nothing", async () => {
    expect((await desk.as.ada("/ledger")).status).toBe(403);
    expect((await desk.as.ada("/ledger/seal")).status).toBe(403);
    const writing = Promise.all(Array.from({ length: 20 }, () => desk.held(`read ${randomUUID()}`)));
    const exported: string[] = [];
    for (let nth = 0; nth < 3; nth += 1) exported.push(await download(desk));
    await writing;
    exported.push(await download(desk));
    for (const text of exported) {
      const verified = await verifyLines(text.slice(0, -1).split("\n"), {
        keys: new Set([testKey.id]),
        anchors: [],
      });
      expect(verified.faults).toEqual([]);
    }
    expect(exported.at(-1)?.length).toBeGreaterThan(exported[0]?.length ?? 0);
  });

  it("finds it sealed soon after something happened, by one server of several, and not again and again", async () => {
    const second = await serveDesk(url, { policy, ledgerKey: testKey });
    try {
      await held(`pay ${randomUUID()} 5`);
      const verified = async () => verifyLines(await linesOf(url, "default"));
      await expect.poll(async () => (await verified()).unsealed).toBe(0);
      const { seals } = await verified();
      const { rows } = await db.query("select pg_sleep(2.5)");
      expect(rows).toHaveLength(1);
      expect((await verified()).seals).toBe(seals);
    } finally {
      await second.at.stop();
    }
  });

  it("is told so where the server has no key", async () => {
    const keyless = await serveDesk(url, { policy });
    try {
      expect((await keyless.as.bot("/ledger")).body).toMatchObject({ code: "unsupported" });
    } finally {
      await keyless.at.stop();
    }
  });
});

describe("at the command line", () => {
  const at = (more: object = {}) =>
    capturingTerminal({ HOLDPOINT_URL: desk.at.url, HOLDPOINT_API_KEY: desk.keys.bot, ...more });

  it("a ledger is exported, kept seals are compared, and each fault is told with its line", async () => {
    await held(`pay ${randomUUID()} 5`);
    await expect.poll(async () => (await verifyLines(await linesOf(url, "default"))).unsealed).toBe(0);
    const [exporting, sealing] = [at(), at()];
    expect(await ledgerSealCommand.run([], sealing)).toBe(0);
    expect(await ledgerExportCommand.run([], exporting)).toBe(0);
    const [file, seals, changed] = ["ledger.jsonl", "seals.jsonl", "changed.jsonl"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    await writeFile(file, exporting.said.out);
    await writeFile(seals, sealing.said.out);
    const lines = exporting.said.out.split("\n");
    await writeFile(changed, lines.with(2, lines[2]?.replace('"event":"', '"event":"x') ?? "").join("\n"));

    const good = at();
    expect(await ledgerVerifyCommand.run([file, "--key", testKey.id, "--seals", seals], good)).toBe(0);
    expect(good.said.out).toMatch(
      /^\d+ entries in \d+ streams of the tenant default hold together\.\n\d+ calls were/,
    );
    expect(good.said.out).toContain(`Signed by ${testKey.id}.\n`);

    const bad = at();
    expect(await ledgerVerifyCommand.run([changed], bad)).toBe(1);
    expect(bad.said.err).toMatch(
      new RegExp(`^${changed}:3:1: Entry \\d+ of .* its hash is another\\.$`, "m"),
    );

    const stranger = readKey(newKeyPem(), "other.pem");
    const wrongKey = at();
    expect(await ledgerVerifyCommand.run([file, "--key", stranger.id], wrongKey)).toBe(1);
    expect(wrongKey.said.err).toContain("is not among those you trust");
  });
});

describe("whoever writes to the database behind the server's back", () => {
  it("is refused as its owner, too", async () => {
    for (const change of [
      "update holdpoint.ledger set entry = '{}'",
      "delete from holdpoint.ledger",
      "truncate holdpoint.ledger",
      "delete from holdpoint.ledger_seal_leaves",
      "update holdpoint.ledger_seals set signature = ''",
    ])
      await expect(db.query(change), change).rejects.toThrow("The ledger is written once");
  });

  it("and gets round that, is found by what was sealed", async () => {
    const { threadId } = await held(`pay ${randomUUID()} 5`);
    const stream = `thread:${threadId}`;
    await expect.poll(async () => (await verifyLines(await linesOf(url, "default"))).unsealed).toBe(0);
    const tried: [string, RegExp][] = [
      [
        `update holdpoint.ledger set entry = replace(entry, '"level":"high"', '"level":"low"')`,
        /its hash is another/,
      ],
      ["delete from holdpoint.ledger", /was sealed by seal \d+, at .*, and is gone/],
      ["update holdpoint.ledger set n = n + 1 where n = 2 and", /is missing/],
    ];
    for (const [change, found] of tried) {
      const client = await db.connect();
      await client.query("set session_replication_role = replica");
      await client.query("create table if not exists kept as select * from holdpoint.ledger where false");
      await client.query("insert into kept select * from holdpoint.ledger where stream = $1", [stream]);
      await client.query(`${change} ${change.endsWith("and") ? "" : "where"} stream = $1`, [stream]);
      const { faults } = await verifyLines(await linesOf(url, "default"));
      expect(faults.map(({ says }) => says)).toContainEqual(expect.stringMatching(found));
      await client.query("delete from holdpoint.ledger where stream = $1", [stream]);
      await client.query("insert into holdpoint.ledger select * from kept");
      await client.query("drop table kept");
      await client.query("reset session_replication_role");
      client.release();
      expect((await verifyLines(await linesOf(url, "default"))).faults).toEqual([]);
    }
  });
});

async function download({ at: { url: server }, keys }: Desk): Promise<string> {
  const response = await fetch(`${server}/ledger`, { headers: { authorization: `Bearer ${keys.bot}` } });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/jsonl"]);
  return response.text();
}
