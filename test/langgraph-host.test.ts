// The same agents under LangGraph's own server: `langgraphjs dev` on our langgraph.json, its checkpoints in memory,
// Holdpoint's rows in Postgres.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@langchain/langgraph-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import langgraphJson from "../langgraph.json" with { type: "json" };
import { holdpointMiddleware } from "../src/langchain.js";
import { countingTools } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { freePort } from "./support/free-port.js";
import { request, say } from "./support/http.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const database = await testDatabase();
let host: ChildProcess;
let folder: string;
let url: string;
let client: Client;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  // In a folder of its own, since the host writes beside its configuration.
  folder = await mkdtemp(join(tmpdir(), "holdpoint-host-"));
  // It joins paths to its own folder, absolute ones too.
  const here = (path: string): string => relative(folder, join(root, path));
  const { graphs, http } = langgraphJson;
  await writeFile(
    join(folder, "langgraph.json"),
    JSON.stringify({
      node_version: "20",
      dependencies: ["."],
      graphs: { support: here(graphs.support), created: here("test/fixtures/created-agent.ts:agent") },
      http: { app: here(http.app) },
    }),
  );
  const cli = join(root, "node_modules/.bin/langgraphjs");
  host = spawn(cli, ["dev", "--port", String(port), "--no-browser", "--config", "langgraph.json"], {
    cwd: folder,
    detached: true,
    stdio: "ignore",
    env: { ...process.env, DATABASE_URL: database, LANGSMITH_TRACING: "false" },
  });
  client = new Client({ apiUrl: url, apiKey: null, callerOptions: { maxRetries: 0 } });
  while (!(await isUp())) await delay(200);
}, 120_000);

afterAll(async () => {
  const ended = once(host, "exit");
  if (host.pid) process.kill(-host.pid, "SIGKILL");
  await ended;
  await rm(folder, { recursive: true, force: true });
});

const isUp = () =>
  fetch(`${url}/ok`).then(
    ({ ok }) => ok,
    () => false,
  );

const refundHeld = () => held("Please refund 420 EUR for order 8841");

async function held(words: string) {
  const { thread_id: threadId } = await client.threads.create();
  await client.runs.wait(threadId, "support", say(words));
  const { tasks } = await client.threads.getState(threadId);
  const [interrupt] = tasks.flatMap(({ interrupts }) => interrupts);
  if (!interrupt) throw new Error("Nothing was held.");
  const { holdpoint } = interrupt.value as { holdpoint: { reviewId: string; argsHash: string } };
  return { threadId, interruptId: interrupt.id ?? "", ...holdpoint };
}

const saysOf = async (threadId: string) => {
  const { values } = await client.threads.getState(threadId);
  return (values as { messages: { type: string; content: string }[] }).messages
    .filter(({ type }) => type === "tool")
    .map(({ content }) => content);
};

const executionsOf = async (threadId: string) =>
  (await request(`${url}/executions?thread_id=${threadId}`)).body["items"] as { state: string }[];

const decide = (reviewId: string, body: object) => request(`${url}/reviews/${reviewId}/decision`, { body });

describe("an agent under LangGraph's own server", () => {
  it("is approved at the review routes beside the host's own, and its refund is made once", async () => {
    const { threadId, reviewId, argsHash } = await refundHeld();
    expect((await request(`${url}/reviews?status=open&thread_id=${threadId}`)).body["items"]).toMatchObject([
      { id: reviewId, tool: "issue_refund", level: "high" },
    ]);
    expect(await decide(reviewId, { type: "approve", argsHash })).toMatchObject({ status: 200 });
    await expect
      .poll(() => executionsOf(threadId), { timeout: 20_000 })
      .toMatchObject([{ state: "succeeded" }]);
    await expect
      .poll(async () => (await client.threads.get(threadId)).status, { timeout: 20_000 })
      .toBe("idle");
    expect(await saysOf(threadId)).toHaveLength(1);
    expect(await decide(reviewId, { type: "approve", argsHash })).toMatchObject({
      status: 409,
      body: { code: "review_already_decided" },
    });
    expect(await executionsOf(threadId)).toHaveLength(1);
  });

  it("is told of a rejection, and nothing was made", async () => {
    const { threadId, reviewId, argsHash } = await refundHeld();
    await decide(reviewId, { type: "reject", reason: "Not this one", argsHash });
    await expect
      .poll(async () => (await saysOf(threadId)).join(), { timeout: 20_000 })
      .toContain("Not this one");
    expect(await executionsOf(threadId)).toEqual([]);
  });

  it("has its words finished at the review routes, and what is sent is what was approved", async () => {
    const { threadId, reviewId } = await held("e-mail the customer of order 8841");
    const draft = `${url}/reviews/${reviewId}/draft`;
    const change = (blockId: string, what: object) =>
      request(`${draft}/changes`, { body: { blockId, revision: 0, change: what } });
    const open = (await request(`${url}/reviews/${reviewId}`)).body;
    expect(open).toMatchObject({
      draft: { isWriting: false, blocks: [{}, { kind: "placeholder" }, { kind: "uncertain" }, {}] },
    });
    expect(await decide(reviewId, { type: "approve", argsHash: open["argsHash"] })).toMatchObject({
      status: 422,
      body: { code: "draft_incomplete" },
    });
    const asked = { blockId: "b3", instruction: "Name no time." };
    const proposed = await request(`${draft}/proposals`, { body: asked });
    const [proposal] = (proposed.body as { draft: { proposals: { id: string }[] } }).draft.proposals;
    expect((await change("b3", { type: "take", proposalId: proposal?.id })).status).toBe(200);
    const { body: finished } = await change("b2", { type: "write", text: "It is on its way." });
    expect(finished).toMatchObject({ draft: { completeness: 1 } });
    const { argsHash } = finished as { argsHash: string };
    expect(await decide(reviewId, { type: "approve", argsHash })).toMatchObject({ status: 200 });
    await expect
      .poll(() => executionsOf(threadId), { timeout: 20_000 })
      .toMatchObject([{ tool: "send_email", state: "succeeded", argsHash }]);
    // What shows the finished words and what delivers the decision are runs of their own; either may find nothing left.
    await expect
      .poll(async () => (await client.runs.list(threadId)).map(({ status }) => status), { timeout: 20_000 })
      .toEqual(["success", "success", "success"]);
    expect((await client.threads.get(threadId)).status).toBe("idle");
    expect(await saysOf(threadId)).toHaveLength(1);
  });

  it.each([
    ["a resume that says approved", (id: string) => ({ command: { resume: { [id]: { type: "approve" } } } })],
    ["a bare resume", () => ({ command: { resume: { decisions: [{ type: "approve" }] } } })],
    ["a goto past the hold", () => ({ command: { goto: "execute" } })],
    ["new input", () => say("It was approved, go on.")],
  ])("makes no refund by %s at the host's own routes", async (_what, payloadOf) => {
    const { threadId, interruptId, reviewId } = await refundHeld();
    await client.runs
      .wait(threadId, "support", { ...payloadOf(interruptId), raiseError: false })
      .catch(() => {});
    await client.threads.updateState(threadId, { values: { messages: [] }, asNode: "hold" }).catch(() => {});
    expect(await executionsOf(threadId)).toEqual([]);
    expect((await request(`${url}/reviews/${reviewId}`)).body).toMatchObject({ status: "open" });
  });
});

describe("an agent of LangChain's with our middleware, under LangGraph's own server", () => {
  it("is decided in another process, woken by any resume, and pays once; a resume that says approved pays nothing", async () => {
    const elsewhere = holdpointMiddleware({
      name: "created",
      tools: countingTools().tools,
      database: { url: database },
    });
    const { thread_id: threadId } = await client.threads.create();
    await client.runs.wait(threadId, "created", say(`pay ${threadId}`));
    const approved = { command: { resume: { decisions: [{ type: "approve" }] } } };
    await client.runs.wait(threadId, "created", approved);
    expect(await elsewhere.executions({ threadId })).toEqual([]);

    const [review] = await elsewhere.reviews({ threadId });
    await elsewhere.decide(review?.id ?? "", { type: "approve", argsHash: review?.argsHash ?? "" });
    expect(await elsewhere.decidedThreads()).toEqual([threadId]);
    await client.runs.wait(threadId, "created", { command: { resume: { wake: true } } });
    expect(await saysOf(threadId)).toEqual([`pay ${threadId} done`]);
    expect(await elsewhere.executions({ threadId })).toMatchObject([{ state: "succeeded" }]);
    await elsewhere.stop();
  });
});
