// What the public Agent Protocol (github.com/langchain-ai/agent-protocol, openapi.json 0.1.6) says of answers, where it and
// LangGraph's client name the same things. Its agents are LangGraph's assistants, and a wait answers as the client reads it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { request, say, serve, type Served } from "./support/http.js";
import { testDatabase } from "./support/database.js";

const object = z.record(z.string(), z.unknown());
const time = z.iso.datetime();

const protocol = {
  thread: z.looseObject({
    thread_id: z.uuid(),
    created_at: time,
    updated_at: time,
    metadata: object,
    status: z.enum(["idle", "busy", "interrupted", "error"]),
    values: object.optional(),
  }),
  state: z.looseObject({
    checkpoint: z.looseObject({ checkpoint_id: z.guid() }),
    values: object,
    metadata: object.optional(),
  }),
  run: z.looseObject({
    run_id: z.uuid(),
    thread_id: z.uuid(),
    created_at: time,
    updated_at: time,
    // `running` is LangGraph's own.
    status: z.enum(["pending", "running", "error", "success", "timeout", "interrupted"]),
    metadata: object,
    kwargs: object,
    multitask_strategy: z.enum(["reject", "rollback", "interrupt", "enqueue"]),
  }),
  item: z.looseObject({
    namespace: z.array(z.string()),
    key: z.string(),
    value: object,
    created_at: time,
    updated_at: time,
  }),
};

let at: Served;
let threadId: string;
beforeAll(async () => {
  at = await serve(await testDatabase());
  threadId = (await at.client.threads.create()).thread_id;
  await at.client.runs.wait(threadId, "support", say("read a; pay a 5"));
  await at.client.store.putItem(["a", "b"], "key", { some: "value" });
});
afterAll(() => at.stop());

const send = async (method: string, path: string, body?: object) => {
  const answer = await request(`${at.url}${path}`, { method, ...(body ? { body } : {}) });
  expect([200, 204]).toContain(answer.status);
  return answer.body as unknown;
};

const one = { assistant_id: "support", ...say("read b") };

describe("the answers of the public protocol", () => {
  it.each<[method: string, path: string, body: object | undefined, shape: z.ZodType]>([
    ["POST", "/threads", {}, protocol.thread],
    ["POST", "/threads/search", { status: "interrupted" }, z.array(protocol.thread).min(1)],
    ["GET", "/threads/:thread", undefined, protocol.thread],
    ["PATCH", "/threads/:thread", { metadata: { seen: true } }, protocol.thread],
    ["POST", "/threads/:thread/copy", {}, protocol.thread],
    ["GET", "/threads/:thread/history", undefined, z.array(protocol.state).min(3)],
    ["GET", "/threads/:thread/state", undefined, protocol.state],
    ["GET", "/threads/:thread/runs", undefined, z.array(protocol.run).min(1)],
    ["POST", "/threads/:thread/runs", one, protocol.run],
    ["POST", "/runs", one, protocol.run],
    ["POST", "/runs/batch", [one, one], z.array(protocol.run).length(2)],
    ["GET", "/store/items?key=key&namespace=a.b", undefined, protocol.item],
    [
      "POST",
      "/store/items/search",
      { namespace_prefix: ["a"] },
      z.object({ items: z.array(protocol.item).min(1) }),
    ],
    ["POST", "/store/namespaces", {}, z.object({ namespaces: z.array(z.array(z.string())).min(1) })],
  ])("have its shape: %s %s", async (method, path, body, shape) => {
    const answer = await send(method, path.replace(":thread", threadId), body);
    expect(shape.safeParse(answer).error?.issues ?? []).toEqual([]);
  });

  it("have its codes: no content for what is gone, not found for what never was, conflict for what is there", async () => {
    const { thread_id: id } = await at.client.threads.create();
    expect((await request(`${at.url}/threads`, { body: { thread_id: id } })).status).toBe(409);
    expect((await request(`${at.url}/threads/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await request(`${at.url}/threads/${id}`)).status).toBe(404);
    expect((await request(`${at.url}/threads/${id}/copy`, { method: "POST" })).status).toBe(404);
    expect((await request(`${at.url}/threads/search`, { body: { limit: 0 } })).status).toBe(422);
  });
});
