// A run that is cancelled while a tool of it works: the tool ends, its outcome is recorded, and the model is told it
// when the conversation goes on.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, OutcomeUnknownError, scriptedModel } from "../src/index.js";
import { answersOnRecord } from "../src/execution/on-record.js";
import type { ProposedCall, TaskScope } from "../src/review/types.js";
import { openDatabase } from "../src/storage/database.js";
import { obedient } from "./support/agent.js";
import { answerReview, callOf, processWith, scopeOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";

/** How each call of a tool ends, when the test says so. */
const ends = new Map<string, { promise: Promise<string>; end(how: string | Error): void }>();
const endOf = (id: string) => {
  let end = (_how: string | Error): void => {};
  const promise = new Promise<string>((resolve, reject) => {
    end = (how) => (typeof how === "string" ? resolve(how) : reject(how));
  });
  const known = ends.get(id) ?? { promise, end };
  ends.set(id, known);
  return known;
};
const tools = [
  ["wire", {}],
  ["fetch", { annotations: { readOnlyHint: true } }],
] as const;

/** What the model was shown at last, by the thread's first words. */
const shown = new Map<string, string[]>();
const model = scriptedModel("watched", (messages) => {
  shown.set(
    messages[0]?.text ?? "",
    messages.filter((message) => message.getType() === "tool").map(({ text }) => text),
  );
  return obedient(messages);
});

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), {
    model,
    // No sweep between a decision and its delivery: it would begin a run of its own, and the thread would go on.
    settings: { pollMs: 20_000 },
    tools: tools.map(([name, more]) =>
      defineTool({
        name,
        description: `The tool ${name}.`,
        args: z.object({ id: z.string() }),
        ...more,
        run: ({ id }) => endOf(id).promise,
      }),
    ),
  });
});
afterAll(() => at.stop());

interface Item {
  id: string;
  kind: string;
  state: string;
  argsHash: string;
}
const listed = async (path: string) => (await request(`${at.url}${path}`)).body["items"] as Item[];
const open = async (threadId: string) => (await listed(`/reviews?thread_id=${threadId}&status=open`))[0];
const decide = async (threadId: string, body: object) => {
  const review = await open(threadId);
  return request(`${at.url}/reviews/${review?.id}/decision`, {
    body: { argsHash: review?.argsHash, ...body },
  });
};
const stateOfCall = async (threadId: string) =>
  (await listed(`/executions?thread_id=${threadId}`)).map(({ state }) => state);
const next = async (threadId: string, words: string) => at.client.runs.wait(threadId, "support", say(words));

/** A thread whose run was cancelled in the middle of a call. */
async function cancelledDuring(tool: "wire" | "fetch") {
  const id = randomUUID();
  const words = `${tool} ${id}`;
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.create(threadId, "support", say(words));
  if (tool === "wire") {
    await expect.poll(async () => (await open(threadId))?.kind, { interval: 10 }).toBe("review");
    await decide(threadId, { type: "approve" });
  }
  await expect.poll(() => stateOfCall(threadId), { interval: 10 }).toEqual(["claimed"]);
  const running = (await at.client.runs.list(threadId)).find(({ status }) => status === "running");
  await at.client.runs.cancel(threadId, running?.run_id ?? "", true);
  return { threadId, words, end: endOf(id).end, told: () => shown.get(words) };
}

it.each(["wire", "fetch"] as const)(
  "what a call of %s came to is told on the next turn, and ever after",
  async (tool) => {
    const { threadId, end, told } = await cancelledDuring(tool);
    end("It is done, number 7.");
    await expect.poll(() => stateOfCall(threadId), { interval: 10 }).toEqual(["succeeded"]);
    await next(threadId, "Well?");
    expect(told()).toEqual(["It is done, number 7."]);
    await next(threadId, "And?");
    expect(told()).toEqual(["It is done, number 7."]);
    expect(await stateOfCall(threadId)).toEqual(["succeeded"]);
  },
);

it("that it failed is told, and why", async () => {
  const { threadId, end, told } = await cancelledDuring("wire");
  end(new Error("The account is closed."));
  await expect.poll(() => stateOfCall(threadId), { interval: 10 }).toEqual(["failed"]);
  await next(threadId, "Well?");
  expect(told()).toEqual(["The tool failed: The account is closed."]);
});

it("while it still works, that is told, and afterwards what came of it", async () => {
  const { threadId, end, told } = await cancelledDuring("wire");
  await next(threadId, "Well?");
  expect(told()).toEqual([expect.stringMatching(/^It was begun and has not ended yet.* Do not repeat it/)]);
  end("done");
  await expect.poll(() => stateOfCall(threadId), { interval: 10 }).toEqual(["succeeded"]);
  await next(threadId, "So?");
  expect(told()).toEqual(["done"]);
});

it("where nobody knows what came of it, what is said waits for the person who does, and the model is told that", async () => {
  const { threadId, end, told } = await cancelledDuring("wire");
  end(new OutcomeUnknownError("No answer came."));
  await expect.poll(async () => (await open(threadId))?.kind, { interval: 10 }).toBe("settle");
  await next(threadId, "Well?");
  expect(told()).toEqual([]);
  await decide(threadId, { type: "happened", message: "The bank has it." });
  await expect.poll(told, { interval: 10 }).toEqual([expect.stringContaining("The bank has it.")]);
  expect(await stateOfCall(threadId)).toEqual(["succeeded"]);
});

it("only what is on record of that very call is told", async () => {
  const db = openDatabase({ url: await testDatabase(), roles: true });
  const pay = defineTool({
    name: "pay",
    description: "Pays.",
    args: z.object({ id: z.string() }),
    run: () => "paid",
  });
  const { deps, runs, act } = await processWith(db, [pay]);
  const threadId = randomUUID();
  await runs.createThread({ id: threadId, tenant: "default", graphId: "test", metadata: {} });
  const scope = scopeOf(threadId);
  await act(scope, callOf("a"));
  const told = async (at: TaskScope, call: ProposedCall) =>
    (await answersOnRecord(deps, at, [call])).get(call.callId)?.text;
  expect(await told(scope, callOf("a"))).toMatch(/waits for a person's decision. It was not executed/);
  await answerReview(deps, threadId, "approve");
  await act(scope, callOf("a"));
  expect(await told(scope, callOf("a"))).toBe("paid");
  expect(await told(scope, callOf("b"))).toBeUndefined();
  expect(await told(scope, { ...callOf("a"), tool: "wire" })).toBeUndefined();
  expect(await told(scope, { ...callOf("a"), messageId: "another" })).toBeUndefined();
  expect(await told(scopeOf(randomUUID()), callOf("a"))).toBeUndefined();
  expect(await told({ ...scope, tenant: "another" }, callOf("a"))).toBeUndefined();
  await db.close();
});
