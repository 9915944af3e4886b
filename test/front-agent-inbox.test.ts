// Agent Inbox (github.com/langchain-ai/agent-inbox) has no package. What it reads and sends is recorded here, from its
// source of 2026, and goes through the client calls that it makes.
import type { Thread } from "@langchain/langgraph-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, OutcomeUnknownError } from "../src/index.js";
import { testDatabase } from "./support/database.js";
import { decideElsewhere, doneWith, fresh, openReviews } from "./support/fronts.js";
import { request, say, serve, type Served } from "./support/http.js";

let at: Served;
let torn: Served;
beforeAll(async () => {
  at = await serve(await testDatabase());
  torn = await serve(await testDatabase(), { tools: [tear] });
});
afterAll(() => Promise.all([at.stop(), torn.stop()]));

const attempts: string[] = [];
/** Its first attempt leaves nobody knowing what came of it. */
const tear = defineTool({
  name: "tear",
  description: "Breaks off.",
  args: z.object({ id: z.string() }),
  run({ id }) {
    attempts.push(id);
    if (attempts.filter((one) => one === id).length > 1) return "torn";
    throw new OutcomeUnknownError("The line broke.");
  },
});

interface Action {
  action: string;
  args: Record<string, unknown>;
}

interface Response {
  type: "accept" | "edit" | "response" | "ignore";
  args: null | string | Action;
}

/** What it shows of an interrupt, and in whose words it answers (`contexts/utils.ts`). */
interface Item {
  action: Action;
  config: { allow_accept: boolean; allow_edit: boolean; allow_respond: boolean };
  description: string;
  answersAsMiddleware: boolean;
}

function itemsOf({ interrupts }: Thread): Item[] {
  return Object.values(interrupts).flatMap((list) => {
    const value = Object(list[0]?.value) as {
      action_requests?: {
        name: string;
        args?: Action["args"];
        arguments?: Action["args"];
        description: string;
      }[];
      review_configs?: { allowed_decisions: string[] }[];
      action_request?: Action;
      config?: Item["config"];
      description: string;
    };
    const [asked] = value.action_requests ?? [];
    const allowed = value.review_configs?.[0]?.allowed_decisions ?? [];
    if (asked) {
      return {
        action: { action: asked.name, args: asked.args ?? asked.arguments ?? {} },
        config: {
          allow_accept: allowed.includes("approve"),
          allow_edit: allowed.includes("edit"),
          allow_respond: allowed.includes("reject"),
        },
        description: asked.description,
        answersAsMiddleware: true,
      };
    }
    if (!value.action_request || !value.config) throw new Error("It calls this an improper schema.");
    const { action_request: action, config, description } = value;
    return { action, config, description, answersAsMiddleware: false };
  });
}

/** What its list shows, found as it finds it (`contexts/ThreadContext.tsx`). */
async function inbox(of: Served): Promise<Thread[]> {
  return of.client.threads.search({
    limit: 10,
    offset: 0,
    status: "interrupted",
    metadata: { graph_id: "support" },
  });
}

const names = { accept: "approve", response: "reject", edit: "edit", ignore: "ignore" } as const;

/** As it sends a response; older versions of it know the middleware's words not. */
async function respond(
  of: Served,
  threadId: string,
  response: Response,
  asMiddleware: boolean,
): Promise<string> {
  const resume = asMiddleware ? { decisions: [{ ...response, type: names[response.type] }] } : [response];
  const events = of.client.runs.stream(threadId, "support", { command: { resume }, streamMode: "events" });
  const nodes: string[] = [];
  for await (const { event, data } of events) {
    if (event === "error") throw new Error(JSON.stringify(data));
    const { event: what, metadata } = Object(data) as {
      event?: string;
      metadata?: { langgraph_node?: string };
    };
    if (what === "on_chain_start" && metadata?.langgraph_node) nodes.push(metadata.langgraph_node);
  }
  return nodes.join();
}

async function held(of: Served, words: string): Promise<{ threadId: string; item: Item }> {
  const { thread_id: threadId } = await of.client.threads.create();
  await of.client.runs.wait(threadId, "support", say(words));
  const found = (await inbox(of)).find(({ thread_id }) => thread_id === threadId);
  const [item] = found ? itemsOf(found) : [];
  if (!item) throw new Error("It is not in the inbox.");
  return { threadId, item };
}

const lastWords = async (of: Served, threadId: string): Promise<string> => {
  const { values } = await of.client.threads.getState<{ messages: { content: string }[] }>(threadId);
  return values.messages.at(-1)?.content ?? "";
};

describe.each([
  ["as it is", true],
  ["as it was", false],
])("a hold in Agent Inbox, %s", (_, asMiddleware) => {
  it("is in its list, and runs once when it is accepted", async () => {
    const id = fresh();
    const { threadId, item } = await held(at, `pay ${id} 420`);
    expect(item).toMatchObject({
      action: { action: "pay", args: { id, amount: 420 } },
      config: { allow_accept: true, allow_edit: true, allow_respond: true },
      answersAsMiddleware: true,
    });
    expect(await respond(at, threadId, { type: "accept", args: item.action }, asMiddleware)).toContain(
      "hold",
    );
    expect(doneWith(at, id)).toEqual([{ id, amount: 420 }]);
    expect(await inbox(at)).not.toContainEqual(expect.objectContaining({ thread_id: threadId }));
  });

  it("is accepted where what was repeated went through its fields, and not where it was changed", async () => {
    const id = fresh();
    const { threadId } = await held(at, `pay ${id} 420`);
    const accept = (amount: string): Response => ({
      type: "accept",
      args: { action: "pay", args: { id, amount } },
    });
    await expect(respond(at, threadId, accept("42"), asMiddleware)).rejects.toThrow("decision_stale");
    expect(doneWith(at, id)).toEqual([]);
    await respond(at, threadId, accept("420"), asMiddleware);
    expect(doneWith(at, id)).toEqual([{ id, amount: 420 }]);
  });

  it("runs what it was edited to", async () => {
    const id = fresh();
    const { threadId } = await held(at, `pay ${id} 420`);
    const edited: Response = { type: "edit", args: { action: "pay", args: { id, amount: "42" } } };
    await respond(at, threadId, edited, asMiddleware);
    expect(doneWith(at, id)).toEqual([{ id, amount: 42 }]);
  });

  it("does not run when it is answered in words, which the agent is told", async () => {
    const id = fresh();
    const { threadId } = await held(at, `pay ${id} 420`);
    await respond(at, threadId, { type: "response", args: "Too much." }, asMiddleware);
    expect(await lastWords(at, threadId)).toContain("Too much.");
    expect(doneWith(at, id)).toEqual([]);
  });

  it("goes on waiting where it is ignored, and where its thread is marked as resolved", async () => {
    const id = fresh();
    const { threadId } = await held(at, `pay ${id} 420`);
    const ignored = respond(at, threadId, { type: "ignore", args: null }, asMiddleware);
    await expect(ignored).rejects.toThrow("To ignore is no decision");
    const resolved = at.client.threads.updateState(threadId, { values: null, asNode: "__end__" });
    await expect(resolved).rejects.toThrow("thread_has_open_holds");
    expect(await openReviews(at, threadId)).toHaveLength(1);
    expect(doneWith(at, id)).toEqual([]);
  });

  it("is there after a reload, as it was, and can be decided there", async () => {
    const id = fresh();
    const { threadId, item } = await held(at, `pay ${id} 420`);
    const found = (await inbox(at)).find(({ thread_id }) => thread_id === threadId);
    const [again] = found ? itemsOf(found) : [];
    expect(again).toEqual(item);
    await respond(at, threadId, { type: "accept", args: again?.action ?? null }, asMiddleware);
    expect(doneWith(at, id)).toEqual([{ id, amount: 420 }]);
  });

  it("stays in its list while its user says something else, which is heard when it is decided", async () => {
    const id = fresh();
    const { threadId, item } = await held(at, `pay ${id} 420`);
    await at.client.runs.wait(threadId, "support", say(`read ${id}`));
    const found = (await inbox(at)).find(({ thread_id }) => thread_id === threadId);
    expect(found && itemsOf(found)).toEqual([item]);
    expect(doneWith(at, id)).toEqual([]);
    await respond(at, threadId, { type: "accept", args: item.action }, asMiddleware);
    await at.runtime.waitForThread("default", threadId);
    expect(await lastWords(at, threadId)).toBe(`Heard: read ${id} done`);
    expect(doneWith(at, id)).toEqual([{ id, amount: 420 }, { id }]);
  });

  it("beside another one is refused, since it answers the first without saying so; then one is decided elsewhere", async () => {
    const [a, b] = [fresh(), fresh()];
    const { threadId } = await held(at, `pay ${a} 1; pay ${b} 2`);
    const accept: Response = { type: "accept", args: null };
    await expect(respond(at, threadId, accept, asMiddleware)).rejects.toThrow("2 holds wait");
    await decideElsewhere(at, threadId, a, { type: "approve" });
    await at.runtime.waitForThread("default", threadId);
    const [item, ...others] = itemsOf(await at.client.threads.get(threadId));
    expect([item?.action.args, others]).toEqual([{ id: b, amount: 2 }, []]);
    await respond(at, threadId, { type: "accept", args: item?.action ?? null }, asMiddleware);
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[{ id: a, amount: 1 }], [{ id: b, amount: 2 }]]);
  });

  it("answered too late is an error that says who was faster, and is in the list no more", async () => {
    const id = fresh();
    const { threadId, item } = await held(at, `pay ${id} 420`);
    await decideElsewhere(at, threadId, id, { type: "reject" });
    await at.runtime.waitForThread("default", threadId);
    const late = respond(at, threadId, { type: "accept", args: item.action }, asMiddleware);
    await expect(late).rejects.toThrow("local made the last one");
    expect(await inbox(at)).not.toContainEqual(expect.objectContaining({ thread_id: threadId }));
    expect(doneWith(at, id)).toEqual([]);
  });
});

describe("a hold in Agent Inbox, answered in the words of LangChain's middleware", () => {
  const answer = (threadId: string, decision: object) =>
    at.client.runs.wait(threadId, "support", { command: { resume: { decisions: [decision] } } });

  it.each([
    ["without a word", { type: "reject" }, "A person rejected this call."],
    ["with nothing in its field", { type: "reject", args: null }, "A person rejected this call."],
    ["with why", { type: "reject", args: "Too much." }, "A person rejected this call: Too much."],
  ])("does not run when it is rejected %s, and is in the list no more", async (_, decision, told) => {
    const id = fresh();
    const { threadId } = await held(at, `pay ${id} 420`);
    await answer(threadId, decision);
    expect(await lastWords(at, threadId)).toContain(told);
    expect(doneWith(at, id)).toEqual([]);
    expect(await inbox(at)).not.toContainEqual(expect.objectContaining({ thread_id: threadId }));
  });

  it.each([{ type: "ignore" }, { type: "ignore", args: null }, { type: "ignore", args: "later" }])(
    "goes on waiting at %j, and is decided afterwards",
    async (decision) => {
      const id = fresh();
      const { threadId, item } = await held(at, `pay ${id} 420`);
      await expect(answer(threadId, decision)).rejects.toThrow("To ignore is no decision");
      const found = (await inbox(at)).find(({ thread_id }) => thread_id === threadId);
      expect(found && itemsOf(found)).toEqual([item]);
      await answer(threadId, { type: "approve" });
      expect(doneWith(at, id)).toEqual([{ id, amount: 420 }]);
    },
  );

  it("has no word to reject with in its older form: it goes on waiting", async () => {
    const id = fresh();
    const { threadId } = await held(at, `pay ${id} 420`);
    const rejected = at.client.runs.wait(threadId, "support", {
      command: { resume: [{ type: "reject", args: null }] },
    });
    await expect(rejected).rejects.toThrow("request_invalid");
    expect(await openReviews(at, threadId)).toHaveLength(1);
  });
});

describe("an outcome that nobody knows, in Agent Inbox", () => {
  it.each([
    ["happened: it is in the books", "it is in the books", 1],
    ["not happened", "did not happen", 1],
    ["retry", "torn", 2],
  ])("is settled in words: %s", async (words, told, times) => {
    const id = fresh();
    const { threadId, item: asked } = await held(torn, `tear ${id}`);
    await respond(torn, threadId, { type: "accept", args: asked.action }, asked.answersAsMiddleware);
    const [item] = itemsOf(await torn.client.threads.get(threadId));
    expect(item).toMatchObject({
      config: { allow_accept: false, allow_edit: false, allow_respond: true },
      description: expect.stringContaining("Did it happen?"),
      answersAsMiddleware: false,
    });
    const approved = respond(torn, threadId, { type: "accept", args: null }, false);
    await expect(approved).rejects.toThrow("answer_not_allowed");
    await respond(torn, threadId, { type: "response", args: words }, item?.answersAsMiddleware ?? true);
    expect(await lastWords(torn, threadId)).toContain(told);
    expect(attempts.filter((one) => one === id)).toHaveLength(times);
  });
});

it("its page finds the server", async () => {
  expect((await request(`${at.url}/info`)).status).toBe(200);
});
