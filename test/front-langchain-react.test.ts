// `useStream` of @langchain/react, over LangGraph's streaming protocol: its page stays connected to a thread in which
// something is held, and is told of what others decide.
import { useStream } from "@langchain/react";
import { HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "./support/database.js";
import { argsIn, decideElsewhere, doneWith, fresh, shownFor } from "./support/fronts.js";
import { serve, type Served } from "./support/http.js";
import { mount, type Mounted } from "./support/react.js";

interface State extends Record<string, unknown> {
  messages: BaseMessage[];
}

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase());
});
afterAll(() => at.stop());

const useChat = (threadId: string) => {
  const page = useStream<State>({ apiUrl: at.url, assistantId: "support", threadId });
  return { page, says: page.messages.map(({ text }) => text), waits: page.interrupts };
};

type Chat = Mounted<ReturnType<typeof useChat>>;
const pages: Chat[] = [];
const open = (threadId: string): Chat => {
  const page = mount(() => useChat(threadId));
  pages.push(page);
  return page;
};
afterEach(() => pages.splice(0).forEach((page) => page.unmount()));

async function held(words: string, count = 1): Promise<{ threadId: string; chat: Chat }> {
  const threadId = randomUUID();
  const chat = open(threadId);
  await chat.until(({ page }) => !page.isThreadLoading);
  await chat.now.page.submit({ messages: [new HumanMessage(words)] });
  await chat.until(({ waits, page }) => waits.length === count && !page.isLoading);
  return { threadId, chat };
}

const says = (words: string) => (now: Chat["now"]) => !now.page.isLoading && now.says.at(-1) === words;

describe("a hold on a page with @langchain/react", () => {
  it("is shown, and runs once when it is approved", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    expect(chat.now.page.interrupt).toMatchObject({
      value: { actionRequests: [{ name: "pay", args: { id, amount: 420 } }], toolCallId: expect.any(String) },
    });
    expect(doneWith(at, id)).toEqual([]);
    await chat.now.page.respond({ decisions: [{ type: "approve" }] });
    await chat.until(says(`Heard: pay ${id} done`));
    await chat.until(({ waits }) => waits.length === 0);
    expect(doneWith(at, id)).toEqual([{ id, amount: 420 }]);
  });

  it("runs what it was edited to", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    const editedAction = { name: "pay", args: { id, amount: 42 } };
    await chat.now.page.respond({ decisions: [{ type: "edit", editedAction }] });
    await chat.until(({ says }) => says.at(-1)?.includes("A person changed") === true);
    expect(doneWith(at, id)).toEqual([{ id, amount: 42 }]);
  });

  it("does not run when it is rejected, and the agent is told why", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    await chat.now.page.respond({ decisions: [{ type: "reject", message: "Too much." }] });
    await chat.until(({ says }) => says.at(-1)?.includes("A person rejected this call: Too much.") === true);
    expect(doneWith(at, id)).toEqual([]);
  });

  it("is shown beside another one; each is answered by its id", async () => {
    const [a, b] = [fresh(), fresh()];
    const { chat } = await held(`pay ${a} 1; pay ${b} 2`, 2);
    const interruptId = shownFor(chat.now.waits, b).id;
    await chat.now.page.respond({ decisions: [{ type: "approve" }] }, { interruptId });
    await chat.until(({ waits, page }) => !page.isLoading && waits.length === 1);
    expect(argsIn(chat.now.waits[0]?.value)).toMatchObject({ id: a });
    await expect.poll(() => doneWith(at, b)).toEqual([{ id: b, amount: 2 }]);
    expect(doneWith(at, a)).toEqual([]);
    await chat.now.page.respond({ type: "approve" }, { interruptId: shownFor(chat.now.waits, a).id });
    await chat.until(says(`Heard: pay ${a} done | pay ${b} done`));
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[{ id: a, amount: 1 }], [{ id: b, amount: 2 }]]);
  });

  it("and both at once", async () => {
    const [a, b] = [fresh(), fresh()];
    const { chat } = await held(`pay ${a} 1; pay ${b} 2`, 2);
    await chat.now.page.respondAll({
      [shownFor(chat.now.waits, a).id]: { decisions: [{ type: "reject" }] },
      [shownFor(chat.now.waits, b).id]: { decisions: [{ type: "approve" }] },
    });
    await chat.until(({ says }) => says.at(-1)?.includes(`pay ${b} done`) === true);
    await chat.until(({ waits }) => waits.length === 0);
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[], [{ id: b, amount: 2 }]]);
  });

  it("stays while the user says something else, which is heard afterwards on the same page", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 1`);
    await chat.now.page.submit({ messages: [new HumanMessage(`read ${id}`)] });
    await chat.until(({ waits, page }) => !page.isLoading && waits.length === 1);
    const interruptId = shownFor(chat.now.waits, id).id;
    await chat.now.page.respond({ decisions: [{ type: "approve" }] }, { interruptId });
    await chat.until(says(`Heard: read ${id} done`));
    expect(doneWith(at, id)).toEqual([{ id, amount: 1 }, { id }]);
  });

  it("is there after a reload, and can be decided there", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    chat.unmount();
    const again = open(threadId);
    await again.until(({ waits }) => waits.length === 1);
    // By itself it finds an interrupt only once the stream has told it again.
    const interruptId = shownFor(again.now.waits, id).id;
    await again.now.page.respond({ decisions: [{ type: "approve" }] }, { interruptId });
    await again.until(says(`Heard: pay ${id} done`));
    expect(doneWith(at, id)).toHaveLength(1);
  });

  it("goes on before the eyes of its user where somebody else decides", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    await decideElsewhere(at, threadId, id, { type: "approve" });
    await chat.until(says(`Heard: pay ${id} done`));
    expect(doneWith(at, id)).toHaveLength(1);
  });

  it("goes on before the eyes of its user where somebody else decides two, one after the other", async () => {
    const [a, b] = [fresh(), fresh()];
    const { threadId, chat } = await held(`pay ${a} 1; pay ${b} 2`, 2);
    await decideElsewhere(at, threadId, b, { type: "approve" });
    await chat.until(({ page }) => page.messages.some(({ text }) => text === `pay ${b} done`));
    await decideElsewhere(at, threadId, a, { type: "reject" });
    await chat.until(({ says, page }) => !page.isLoading && says.at(-1)?.includes(`pay ${b} done`) === true);
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[], [{ id: b, amount: 2 }]]);
  });

  it("goes on where somebody else decides after a reload", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    chat.unmount();
    const again = open(threadId);
    await again.until(({ waits }) => waits.length === 1);
    await decideElsewhere(at, threadId, id, { type: "approve" });
    await again.until(says(`Heard: pay ${id} done`));
    expect(doneWith(at, id)).toHaveLength(1);
  });

  it("is known to be over, though the hook still lists it, by the answer to its call", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    await decideElsewhere(at, threadId, id, { type: "reject" });
    const { page } = await chat.until(({ says }) => says.at(-1)?.includes("rejected") === true);
    const answered = page.messages.filter((message) => ToolMessage.isInstance(message));
    expect(answered.map((message) => message.tool_call_id)).toEqual(
      chat.now.waits.map(({ value }) => Object(value)["toolCallId"] as string),
    );
    chat.unmount();
    const again = open(threadId);
    await again.until(({ page }) => !page.isThreadLoading);
    await again.until(({ waits }) => waits.length === 0);
  });
});
