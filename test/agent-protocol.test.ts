// What the public Agent Protocol (github.com/langchain-ai/agent-protocol, openapi.json 0.1.6) says of each of its calls,
// where it and LangGraph's client name the same things. Its agents are LangGraph's assistants; a wait answers as the client
// reads it; and a run is gone on with by a run that brings a resume.
import { randomUUID } from "node:crypto";
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
    agent_id: z.string().optional(),
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
  // LangGraph's words for its Agent and AgentSchemas.
  assistant: z.looseObject({
    assistant_id: z.string().min(1),
    name: z.string(),
    description: z.string().nullish(),
    metadata: object.nullish(),
  }),
  schemas: z.looseObject({
    input_schema: object,
    output_schema: object,
    state_schema: object.optional(),
    // LangGraph says null where there is none.
    config_schema: object.nullish(),
  }),
  /** The values themselves, which the protocol has under `values`. */
  waited: z.looseObject({ messages: z.array(z.looseObject({ content: z.unknown() })).min(1) }),
  items: z.object({ items: z.array(z.unknown()) }),
  namespaces: z.object({ namespaces: z.array(z.array(z.string())).min(1) }),
};

let at: Served;
let ids: Record<"thread" | "run" | "spare" | "assistant", string>;
beforeAll(async () => {
  at = await serve(await testDatabase());
  const { thread_id: thread } = await at.client.threads.create();
  await at.client.runs.wait(thread, "support", say("read a; pay a 5"));
  const [run] = await at.client.runs.list(thread);
  const { thread_id: spare } = await at.client.threads.create();
  const [assistant] = await at.client.assistants.search({ graphId: "support" });
  ids = { thread, run: run?.run_id ?? "", spare, assistant: assistant?.assistant_id ?? "" };
  await at.client.store.putItem(["a", "b"], "key", { some: "value" });
});
afterAll(() => at.stop());

const filled = (path: string): string =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name as keyof typeof ids]);
const one = { assistant_id: "support", ...say("read b") };
/** With what the protocol says may be sent beside it. */
const full = {
  ...one,
  metadata: { from: "protocol" },
  config: { tags: ["one"], recursion_limit: 50, configurable: {} },
  stream_mode: ["values", "updates"],
  on_disconnect: "continue",
  multitask_strategy: "enqueue",
};
const stateless = { ...full, on_completion: "keep" };
const stateful = { ...full, if_not_exists: "reject", stream_subgraphs: false };

describe("each call of the public protocol", () => {
  it.each<[method: string, path: string, body: object | undefined, shape: z.ZodType | null]>([
    // Agents.
    ["POST", "/assistants/search", { limit: 10, offset: 0 }, z.array(protocol.assistant).min(1)],
    ["GET", "/assistants/:assistant", undefined, protocol.assistant],
    ["GET", "/assistants/:assistant/schemas", undefined, protocol.schemas],
    // Threads.
    ["POST", "/threads", {}, protocol.thread],
    [
      "POST",
      "/threads",
      { thread_id: randomUUID(), metadata: { a: 1 }, if_exists: "raise" },
      protocol.thread,
    ],
    ["POST", "/threads/search", { status: "interrupted" }, z.array(protocol.thread).min(1)],
    ["POST", "/threads/search", { metadata: {}, limit: 1, offset: 0 }, z.array(protocol.thread).length(1)],
    ["GET", "/threads/:thread", undefined, protocol.thread],
    ["PATCH", "/threads/:thread", { metadata: { seen: true } }, protocol.thread],
    ["POST", "/threads/:thread/copy", {}, protocol.thread],
    ["GET", "/threads/:thread/history?limit=3", undefined, z.array(protocol.state).length(3)],
    ["GET", "/threads/:thread/state", undefined, protocol.state],
    // Runs.
    ["GET", "/threads/:thread/runs?limit=5&offset=0", undefined, z.array(protocol.run).min(1)],
    ["GET", "/threads/:thread/runs/:run", undefined, protocol.run],
    ["POST", "/threads/:spare/runs", stateful, protocol.run],
    ["POST", "/threads/:spare/runs/wait", stateful, protocol.waited],
    ["GET", "/threads/:thread/runs/:run/join", undefined, protocol.waited],
    ["POST", "/threads/:thread/runs/:run/cancel?wait=false&action=interrupt", undefined, null],
    // Without a thread.
    ["POST", "/runs", stateless, protocol.run],
    ["POST", "/runs/batch", [one, one], z.array(protocol.run).length(2)],
    ["POST", "/runs/wait", stateless, protocol.waited],
    // The store.
    ["PUT", "/store/items", { namespace: ["a", "b"], key: "other", value: { some: "thing" } }, null],
    ["GET", "/store/items?key=key&namespace=a.b", undefined, protocol.item],
    [
      "POST",
      "/store/items/search",
      { namespace_prefix: ["a"] },
      z.object({ items: z.array(protocol.item).min(2) }),
    ],
    [
      "POST",
      "/store/items/search",
      { namespace_prefix: null, filter: { some: "value" }, limit: 10, offset: 0 },
      protocol.items,
    ],
    ["POST", "/store/namespaces", {}, protocol.namespaces],
    ["POST", "/store/namespaces", { prefix: ["a"], max_depth: 2, limit: 10, offset: 0 }, protocol.namespaces],
    ["DELETE", "/store/items", { namespace: ["a", "b"], key: "other" }, null],
    // Last, for what they take away.
    ["DELETE", "/threads/:spare", undefined, null],
  ])("is answered in its shape: %s %s", async (method, path, body, shape) => {
    const answer = await request(`${at.url}${filled(path)}`, { method, ...(body ? { body } : {}) });
    expect([answer.status, answer.body]).toEqual([
      shape === null ? expect.toSatisfy(isDone) : 200,
      answer.body,
    ]);
    if (shape) expect(shape.safeParse(answer.body).error?.issues ?? []).toEqual([]);
  });

  it.each<[method: string, path: string, body: object | undefined]>([
    ["POST", "/threads/:thread/runs/stream", stateful],
    ["GET", "/threads/:thread/runs/:run/stream", undefined],
    ["POST", "/runs/stream", stateless],
  ])("streams events, each with a name, an id and JSON, to its end: %s %s", async (method, path, body) => {
    const response = await fetch(`${at.url}${filled(path)}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    const events = (await response.text()).split("\n\n").filter((event) => event.trim() !== "");
    const told = events.map((event) => {
      const [, name, data = "", id] =
        /^event: (.+)\ndata: (.+)\nid: (.+)$/s.exec(event.replaceAll(/^:.*\n/gm, "")) ?? [];
      return { name, id, isJson: JSON.parse(data) !== undefined };
    });
    expect(told.filter(({ name, id, isJson }) => !name || !id || !isJson)).toEqual([]);
    expect([told[0]?.name, told.at(-1)?.name]).toEqual(["metadata", "end"]);
    expect(told.map(({ name }) => name)).toContain("values");
  });

  it("has its codes: no content for what is gone, not found for what never was, conflict for what is there", async () => {
    const { thread_id: id } = await at.client.threads.create();
    const { run_id: run } = await at.client.runs.create(id, "support", say("read x"));
    await at.client.runs.join(id, run);
    const nobody = randomUUID();
    const status = async (method: string, path: string, body?: object) =>
      (await request(`${at.url}${path}`, { method, ...(body ? { body } : {}) })).status;
    expect(await status("POST", "/threads", { thread_id: id })).toBe(409);
    expect(await status("DELETE", `/threads/${id}/runs/${run}`)).toBe(204);
    expect(await status("DELETE", `/threads/${id}`)).toBe(204);
    const gone: [string, string, object?][] = [
      ["GET", `/threads/${id}`],
      ["PATCH", `/threads/${id}`, { metadata: {} }],
      ["DELETE", `/threads/${nobody}`],
      ["GET", `/threads/${id}/history`],
      ["POST", `/threads/${id}/copy`],
      ["GET", `/threads/${id}/runs`],
      ["POST", `/threads/${id}/runs`, one],
      ["POST", `/threads/${id}/runs/wait`, one],
      ["POST", `/threads/${id}/runs/stream`, one],
      ["GET", `/threads/${ids.thread}/runs/${nobody}`],
      ["GET", `/threads/${ids.thread}/runs/${nobody}/join`],
      ["GET", `/threads/${ids.thread}/runs/${nobody}/stream`],
      ["POST", `/threads/${ids.thread}/runs/${nobody}/cancel`],
      ["GET", `/assistants/${nobody}`],
      ["GET", `/assistants/${nobody}/schemas`],
      ["POST", "/runs", { ...one, assistant_id: nobody }],
    ];
    for (const call of gone) expect([call, await status(...call)]).toEqual([call, 404]);
    const malformed: [string, string, object][] = [
      ["POST", "/threads/search", { limit: 0 }],
      ["POST", "/threads", { if_exists: "perhaps" }],
      ["POST", "/runs/wait", { ...one, multitask_strategy: "guess" }],
      ["PUT", "/store/items", { key: "x", value: {} }],
      ["POST", "/assistants/search", { limit: 5_000 }],
    ];
    for (const call of malformed) expect([call, await status(...call)]).toEqual([call, 422]);
  });
});

/** With nothing to say, or without saying anything. */
const isDone = (status: number): boolean => [200, 202, 204].includes(status);
