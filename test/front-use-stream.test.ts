// `useStream` of @langchain/langgraph-sdk/react, the hook under Agent Chat UI and most chat pages.
import type { Message } from "@langchain/langgraph-sdk";
import { useStream } from "@langchain/langgraph-sdk/react";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { testDatabase } from "./support/database.js";
import { argsIn, decideElsewhere, doneWith, fresh, shownFor } from "./support/fronts.js";
import { serve, type Served } from "./support/http.js";
import { mount, type Mounted } from "./support/react.js";

interface State extends Record<string, unknown> {
  messages: Message[];
}

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase());
});
afterAll(() => at.stop());

const useChat = (threadId: string | null) => {
  const page = useStream<State>({
    apiUrl: at.url,
    assistantId: "support",
    threadId,
    fetchStateHistory: true,
    callerOptions: { maxRetries: 0 },
  });
  // Read while it is rendered: that is how it learns what to stream.
  return { page, says: page.messages.map(({ content }) => String(content)), waits: page.interrupts };
};

type Chat = Mounted<ReturnType<typeof useChat>>;
const pages: Chat[] = [];
const open = (threadId: string): Chat => {
  const page = mount(() => useChat(threadId));
  pages.push(page);
  return page;
};
afterEach(() => pages.splice(0).forEach((page) => page.unmount()));

/** It tells the console of each refusal. */
const quietly = () => vi.spyOn(console, "error").mockImplementation(() => {});
afterEach(() => vi.restoreAllMocks());

async function held(words: string, count = 1): Promise<{ threadId: string; chat: Chat }> {
  const { thread_id: threadId } = await at.client.threads.create();
  const chat = open(threadId);
  await chat.now.page.submit({ messages: [{ type: "human", content: words }] });
  await chat.until(({ waits, page }) => waits.length === count && !page.isLoading);
  return { threadId, chat };
}

const says = (words: string) => (now: Chat["now"]) => !now.page.isLoading && now.says.at(-1) === words;
const resume = (chat: Chat, value: unknown) =>
  chat.now.page.submit(undefined, { command: { resume: value } });

describe("a hold on a page with useStream", () => {
  it("is shown, and runs once when it is approved", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    expect(chat.now.page.interrupt).toMatchObject({
      value: { actionRequests: [{ name: "pay", args: { id, amount: 420 } }], toolCallId: expect.any(String) },
    });
    expect(doneWith(at, id)).toEqual([]);
    await resume(chat, { decisions: [{ type: "approve" }] });
    await chat.until(says(`Heard: pay ${id} done`));
    await chat.until(({ waits }) => waits.length === 0);
    expect(doneWith(at, id)).toEqual([{ id, amount: 420 }]);
  });

  it("runs what it was edited to", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    const editedAction = { name: "pay", args: { id, amount: 42 } };
    await resume(chat, { decisions: [{ type: "edit", editedAction }] });
    await chat.until(
      ({ says, page }) => !page.isLoading && says.at(-1)?.includes("A person changed") === true,
    );
    expect(doneWith(at, id)).toEqual([{ id, amount: 42 }]);
  });

  it("does not run when it is rejected, and the agent is told why", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    await resume(chat, { decisions: [{ type: "reject", message: "Too much." }] });
    await chat.until(({ says }) => says.at(-1)?.includes("A person rejected this call: Too much.") === true);
    expect(doneWith(at, id)).toEqual([]);
  });

  it("is shown beside another one; each is answered by its id", async () => {
    const [a, b] = [fresh(), fresh()];
    const { chat } = await held(`pay ${a} 1; pay ${b} 2`, 2);
    await resume(chat, { [shownFor(chat.now.waits, b).id]: { decisions: [{ type: "approve" }] } });
    await chat.until(({ waits, page }) => !page.isLoading && waits.length === 1);
    expect(argsIn(chat.now.waits[0]?.value)).toMatchObject({ id: a });
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[], [{ id: b, amount: 2 }]]);
    await resume(chat, { decisions: [{ type: "approve" }] });
    await chat.until(says(`Heard: pay ${a} done | pay ${b} done`));
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[{ id: a, amount: 1 }], [{ id: b, amount: 2 }]]);
  });

  it("and both at once", async () => {
    const [a, b] = [fresh(), fresh()];
    const { chat } = await held(`pay ${a} 1; pay ${b} 2`, 2);
    await resume(chat, {
      [shownFor(chat.now.waits, a).id]: { decisions: [{ type: "reject" }] },
      [shownFor(chat.now.waits, b).id]: { decisions: [{ type: "approve" }] },
    });
    await chat.until(({ waits, page }) => !page.isLoading && waits.length === 0);
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[], [{ id: b, amount: 2 }]]);
  });

  it("goes on waiting where an answer does not say which of two it means", async () => {
    const [a, b] = [fresh(), fresh()];
    const { threadId, chat } = await held(`pay ${a} 1; pay ${b} 2`, 2);
    quietly();
    await resume(chat, { decisions: [{ type: "approve" }, { type: "approve" }] });
    await chat.until(({ page }) => page.error !== undefined);
    expect(String(chat.now.page.error)).toContain("2 holds wait");
    const again = open(threadId);
    await again.until(({ waits }) => waits.length === 2);
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[], []]);
  });

  it("stays while the user says something else, which is heard afterwards", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    await chat.now.page.submit({ messages: [{ type: "human", content: `read ${id}` }] });
    await chat.until(({ waits, page }) => !page.isLoading && waits.length === 1);
    await resume(chat, { decisions: [{ type: "approve" }] });
    await at.runtime.waitForThread("default", threadId);
    const again = open(threadId);
    await again.until(says(`Heard: read ${id} done`));
    expect(doneWith(at, id)).toEqual([{ id, amount: 1 }, { id }]);
  });

  it("is there after a reload, and can be decided there", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    chat.unmount();
    const again = open(threadId);
    await again.until(({ waits }) => waits.length === 1);
    await resume(again, { decisions: [{ type: "approve" }] });
    await again.until(says(`Heard: pay ${id} done`));
    expect(doneWith(at, id)).toHaveLength(1);
  });

  it("is gone after a reload where somebody else decided, and told where the page answers late", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    await decideElsewhere(at, threadId, id, { type: "approve" });
    await at.runtime.waitForThread("default", threadId);
    const again = open(threadId);
    await again.until(says(`Heard: pay ${id} done`));
    await again.until(({ waits }) => waits.length === 0);
    quietly();
    await resume(chat, { decisions: [{ type: "reject" }] });
    await chat.until(({ page }) => page.error !== undefined);
    expect(String(chat.now.page.error)).toContain("local made the last one");
    expect(doneWith(at, id)).toHaveLength(1);
  });

  it("is gone without a reload where the page joins the run that goes on", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    await decideElsewhere(at, threadId, id, { type: "approve" });
    const [run] = await at.client.runs.list(threadId, { limit: 1 });
    await chat.now.page.joinStream(run?.run_id ?? "");
    await chat.until(says(`Heard: pay ${id} done`));
    await chat.until(({ waits }) => waits.length === 0);
    expect(doneWith(at, id)).toHaveLength(1);
  });
});
