// Agent Chat UI (github.com/langchain-ai/agent-chat-ui) has no package. What its page reads and sends is recorded here,
// from its source of 2026, and goes through the hook that it uses.
import type { Message } from "@langchain/langgraph-sdk";
import { useStream } from "@langchain/langgraph-sdk/react";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { testDatabase } from "./support/database.js";
import { decideElsewhere, doneWith, fresh, openReviews } from "./support/fronts.js";
import { request, serve, type Served } from "./support/http.js";
import { mount, type Mounted } from "./support/react.js";

interface State extends Record<string, unknown> {
  messages: Message[];
}

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase());
});
afterAll(() => at.stop());

/** Its options, from `src/providers/Stream.tsx`. */
const useChat = (threadId: string) => {
  const stream = useStream<State>({
    apiUrl: at.url,
    assistantId: "support",
    threadId,
    fetchStateHistory: true,
  });
  return { stream, says: stream.messages.map(({ content }) => String(content)), waits: stream.interrupts };
};

type Chat = Mounted<ReturnType<typeof useChat>>;
const pages: Chat[] = [];
const open = (threadId: string): Chat => {
  const page = mount(() => useChat(threadId));
  pages.push(page);
  return page;
};
afterEach(() => pages.splice(0).forEach((page) => page.unmount()));

/** The hook tells the console of each refusal. */
const quietly = () => vi.spyOn(console, "error").mockImplementation(() => {});
afterEach(() => vi.restoreAllMocks());

/** As its composer sends it: for each call without an answer it makes one up, and says that it went well. */
async function say(chat: Chat, content: string): Promise<void> {
  const { messages } = chat.now.stream;
  const madeUp = messages.flatMap((message, index) => {
    const calls =
      message.type === "ai" && messages[index + 1]?.type !== "tool" ? (message.tool_calls ?? []) : [];
    return calls.map(({ id = "", name }) => ({
      type: "tool" as const,
      tool_call_id: id,
      id: `do-not-render-${fresh()}`,
      name,
      content: "Successfully handled tool call.",
    }));
  });
  await chat.now.stream.submit(
    { messages: [...madeUp, { id: fresh(), type: "human", content }] },
    { streamMode: ["values"], streamSubgraphs: true, streamResumable: true },
  );
}

/** As its buttons send it. */
const decide = (chat: Chat, decision: object) =>
  chat.now.stream.submit({}, { command: { resume: { decisions: [decision] } } });

interface Request {
  action_requests: { name: string; args: Record<string, unknown>; description?: string }[];
  review_configs: { action_name: string; allowed_decisions: string[] }[];
}

/** What it takes for a request to a person (`src/lib/agent-inbox-interrupt.ts`); anything else it shows as JSON. */
function requestIn(value: unknown): Request | null {
  const { action_requests: requests, review_configs: configs } = Object(value) as Partial<Request>;
  const isRequest =
    requests?.every(({ name, args }) => typeof name === "string" && typeof args === "object") === true &&
    configs?.every((one) => typeof one.action_name === "string" && Array.isArray(one.allowed_decisions)) ===
      true;
  return isRequest && requests.length > 0 && configs.length > 0 ? (value as Request) : null;
}

async function held(words: string): Promise<{ threadId: string; chat: Chat }> {
  const { thread_id: threadId } = await at.client.threads.create();
  const chat = open(threadId);
  await say(chat, words);
  await chat.until(({ waits, stream }) => waits.length > 0 && !stream.isLoading);
  return { threadId, chat };
}

const says = (words: string) => (now: Chat["now"]) => !now.stream.isLoading && now.says.at(-1) === words;

describe("a hold in Agent Chat UI", () => {
  it("is a request with its three buttons, which runs once when it is approved", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    const shown = requestIn(chat.now.waits[0]?.value);
    expect(shown).toMatchObject({
      action_requests: [{ name: "pay", args: { id, amount: 420 }, description: expect.any(String) }],
      review_configs: [{ action_name: "pay" }],
    });
    expect(shown?.review_configs[0]?.allowed_decisions).toEqual(
      expect.arrayContaining(["approve", "edit", "reject"]),
    );
    await decide(chat, { type: "approve" });
    await chat.until(says(`Heard: pay ${id} done`));
    expect(doneWith(at, id)).toEqual([{ id, amount: 420 }]);
  });

  it("runs what it was edited to, though its fields make text of all that was changed", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    await decide(chat, { type: "edit", edited_action: { name: "pay", args: { id, amount: "42" } } });
    await chat.until(({ says }) => says.at(-1)?.includes("A person changed") === true);
    expect(doneWith(at, id)).toEqual([{ id, amount: 42 }]);
  });

  it("does not run when it is rejected, and the agent is told why", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    await decide(chat, { type: "reject", message: "Too much." });
    await chat.until(({ says }) => says.at(-1)?.includes("A person rejected this call: Too much.") === true);
    expect(doneWith(at, id)).toEqual([]);
  });

  it("is not answered by what the page makes up while the user says something else", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    await say(chat, `read ${id}`);
    expect(doneWith(at, id)).toEqual([]);
    await chat.until(({ waits, stream }) => waits.length === 1 && !stream.isLoading);
    await decide(chat, { type: "approve" });
    await at.runtime.waitForThread("default", threadId);
    const again = open(threadId);
    await again.until(says(`Heard: read ${id} done`));
    expect(again.now.says.join()).not.toContain("Successfully handled");
    expect(doneWith(at, id)).toEqual([{ id, amount: 1 }, { id }]);
  });

  it("beside another one is refused, since the page answers without saying which; one is decided elsewhere", async () => {
    const [a, b] = [fresh(), fresh()];
    const { threadId, chat } = await held(`pay ${a} 1; pay ${b} 2`);
    quietly();
    await decide(chat, { type: "approve" });
    await chat.until(({ stream }) => String(stream.error).includes("2 holds wait"));
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[], []]);
    await decideElsewhere(at, threadId, a, { type: "reject" });
    await at.runtime.waitForThread("default", threadId);
    const again = open(threadId);
    await again.until(({ waits }) => waits.length === 1);
    await decide(again, { type: "approve" });
    await again.until(({ says }) => says.at(-1)?.includes(`pay ${b} done`) === true);
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[], [{ id: b, amount: 2 }]]);
  });

  it("is there after a reload, and can be decided there", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    chat.unmount();
    const again = open(threadId);
    await again.until(({ waits }) => requestIn(waits[0]?.value) !== null);
    await decide(again, { type: "approve" });
    await again.until(says(`Heard: pay ${id} done`));
    expect(doneWith(at, id)).toHaveLength(1);
  });

  it("is gone after a reload where somebody else decided", async () => {
    const id = fresh();
    const { threadId } = await held(`pay ${id} 1`);
    await decideElsewhere(at, threadId, id, { type: "approve" });
    await at.runtime.waitForThread("default", threadId);
    const again = open(threadId);
    await again.until(says(`Heard: pay ${id} done`));
    await again.until(({ waits }) => waits.length === 0);
    expect(again.now.waits).toEqual([]);
  });

  it("is not marked as resolved past a decision", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    quietly();
    await chat.now.stream.submit({}, { command: { goto: "__end__" } });
    await chat.until(({ stream }) => String(stream.error).includes("command.goto"));
    expect(await openReviews(at, threadId)).toHaveLength(1);
    expect(doneWith(at, id)).toEqual([]);
  });

  it("its page finds the server", async () => {
    expect((await request(`${at.url}/info`)).status).toBe(200);
  });
});
