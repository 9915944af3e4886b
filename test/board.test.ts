// The board: where everything stands, over real HTTP.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boardColumns, boardSchema, type Board, type BoardCard } from "../src/http/contract.js";
import { boardStatements, readBoard } from "../src/storage/board-rows.js";
import { migrate } from "../src/storage/migrate.js";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), {
    policy: "rules: [{ id: never, when: \"tool == 'wipe'\", verdict: deny, reason: Never wipe. }]",
  });
});
afterAll(() => at.stop());

const startOfToday = new Date(new Date().setHours(0, 0, 0, 0)).toISOString();

async function board(since = startOfToday): Promise<Board> {
  const { status, body } = await request(`${at.url}/board?since=${encodeURIComponent(since)}`);
  expect(status).toBe(200);
  return boardSchema.parse(body);
}

/** Where a thread stands: its columns, and the words on its cards. */
async function standsIn(threadId: string): Promise<string[]> {
  const now = await board();
  return boardColumns.flatMap((column) =>
    now[column].cards.filter((card) => card.threadId === threadId).map(({ what }) => `${column} ${what}`),
  );
}

async function cardOf(threadId: string, column: keyof Omit<Board, "ranWithoutAsking">): Promise<BoardCard> {
  const card = (await board())[column].cards.find((one) => one.threadId === threadId);
  if (!card) throw new Error(`Nothing of ${threadId} is in ${column}.`);
  return card;
}

async function decide(threadId: string, type: string, more: object = {}): Promise<void> {
  const { items } = await at.runtime.reviews.list("default", { threadId, status: "open", limit: 1 });
  const { status } = await request(`${at.url}/reviews/${items[0]?.id}/decision`, {
    body: { type, argsHash: items[0]?.argsHash, ...more },
  });
  expect(status).toBe(200);
}

describe("the board", () => {
  it("follows a payment from the message that waits its turn to what came of it", async () => {
    const gate = randomUUID();
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.create(threadId, "support", say(`wait ${gate}`));
    await expect.poll(() => standsIn(threadId)).toEqual(["working run"]);
    expect(await cardOf(threadId, "working")).toMatchObject({ title: `wait ${gate}`, agent: "support" });

    await at.client.runs.create(threadId, "support", say("pay a 5"));
    await expect.poll(() => standsIn(threadId)).toEqual(["queued run", "working run"]);
    expect(await cardOf(threadId, "queued")).toMatchObject({ title: "pay a 5", reviewId: null });

    at.release(gate);
    await expect.poll(() => standsIn(threadId)).toEqual(["waiting call"]);
    const waiting = await cardOf(threadId, "waiting");
    expect(waiting).toMatchObject({ tool: "pay", level: "high", by: null });
    expect(waiting.reviewId).toBe(waiting.id);

    await decide(threadId, "approve");
    await expect.poll(() => standsIn(threadId)).toEqual(["executed call"]);
    expect(await cardOf(threadId, "executed")).toMatchObject({ by: "local", title: waiting.title });
  });

  it("shows what a person refused and what the policy did, each in its word", async () => {
    const { thread_id: rejected } = await at.client.threads.create();
    await at.client.runs.wait(rejected, "support", say("pay b 5"));
    await decide(rejected, "reject", { reason: "No." });
    await expect.poll(() => standsIn(rejected)).toEqual(["refused rejected"]);

    const { thread_id: answered } = await at.client.threads.create();
    await at.client.runs.wait(answered, "support", say("pay c 5"));
    await decide(answered, "respond", { message: "It was paid by hand." });
    await expect.poll(() => standsIn(answered)).toEqual(["refused answered"]);

    const { thread_id: forbidden } = await at.client.threads.create();
    await at.client.runs.wait(forbidden, "support", say("wipe d"));
    expect(await standsIn(forbidden)).toEqual(["refused forbidden"]);

    const { thread_id: withdrawn } = await at.client.threads.create();
    await at.client.runs.wait(withdrawn, "support", say("pay e 5"));
    await at.client.runs.wait(withdrawn, "support", {
      ...say("read e"),
      multitaskStrategy: "interrupt",
    });
    expect(await standsIn(withdrawn)).toEqual(["refused withdrawn"]);
  });

  it("counts what ran without a person beside what a person released, since the time asked for", async () => {
    const before = await board();
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say("read f"));
    expect(await standsIn(threadId)).toEqual([]);
    const after = await board();
    expect(after.ranWithoutAsking).toBe(before.ranWithoutAsking + 1);
    expect(after.executed.count).toBe(before.executed.count);
    const tomorrow = await board(new Date(Date.now() + 86_400_000).toISOString());
    expect([tomorrow.executed.count, tomorrow.refused.count, tomorrow.ranWithoutAsking]).toEqual([0, 0, 0]);
  });

  it("is told at once and again whenever something moves", async () => {
    const stop = new AbortController();
    const response = await fetch(`${at.url}/board/events`, { signal: stop.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = "";
    const hear = async (text: string): Promise<void> => {
      while (!heard.includes(text)) heard += (await reader?.read())?.value ?? "";
    };
    await hear("event: board");
    const said = `pay ${randomUUID()} 5`;
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say(said));
    await hear(`"threadId":"${threadId}"`);
    while (!heard.endsWith("\n\n")) heard += (await reader?.read())?.value ?? "";
    stop.abort();
    const told =
      heard
        .split("\n")
        .filter((line) => line.startsWith("data: "))
        .at(-1) ?? "";
    expect(boardSchema.safeParse(JSON.parse(told.slice("data: ".length))).success).toBe(true);
  });

  it("shows nothing of another tenant", async () => {
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say("pay g 5"));
    expect((await board()).waiting.count).toBeGreaterThan(0);
    const theirs = await readBoard(at.runtime.db, "other", new Date(0), 20);
    expect(boardColumns.map((column) => theirs[column])).toEqual(
      boardColumns.map(() => ({ count: 0, cards: [] })),
    );
    expect(theirs.ranWithoutAsking).toBe(0);
  });
});

describe("a million reviews", () => {
  it("are not read through for it: each part of the board is found by an index", async () => {
    const own = await testDatabase();
    await migrate(own);
    const admin = new pg.Client({ connectionString: own });
    await admin.connect();
    const plans: string[] = [];
    await admin.query("set enable_seqscan = off");
    await admin.query("set role holdpoint_app");
    await admin.query("set holdpoint.tenant = 'default'");
    for (const { text, params } of boardStatements("default", new Date(), 20)) {
      const { rows } = await admin.query<{ "QUERY PLAN": string }>(`explain ${text}`, params as unknown[]);
      plans.push(rows.map((row) => row["QUERY PLAN"]).join("\n"));
    }
    expect(plans.join("\n")).not.toContain("Seq Scan");
    await admin.end();
  });
});
