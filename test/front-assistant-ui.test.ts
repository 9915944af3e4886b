// assistant-ui's runtime for LangGraph. It knows one interrupt at a time, and its command is text.
import { AssistantRuntimeProvider, useAui, useAuiState } from "@assistant-ui/react";
import {
  unstable_createLangGraphStream,
  useLangGraphInterruptState,
  useLangGraphRuntime,
  useLangGraphSendCommand,
  type LangChainMessage,
} from "@assistant-ui/react-langgraph";
import { createElement, type ReactNode } from "react";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "./support/database.js";
import { argsIn, decideElsewhere, doneWith, fresh, shownFor } from "./support/fronts.js";
import { serve, type Served } from "./support/http.js";
import { mount, type Mounted } from "./support/react.js";

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase());
});
afterAll(() => at.stop());

/** Its page on one thread, put together as its documentation does. */
function Page({ threadId, children }: { threadId: string; children?: ReactNode }): ReactNode {
  const runtime = useLangGraphRuntime({
    stream: unstable_createLangGraphStream({ client: at.client, assistantId: "support" }),
    async load(externalId) {
      const { values, tasks } = await at.client.threads.getState<{ messages?: LangChainMessage[] }>(
        externalId,
      );
      return { messages: values.messages ?? [], interrupts: [...(tasks[0]?.interrupts ?? [])] };
    },
    unstable_threadListAdapter: onlyThread(threadId),
    threadId,
    // Without one, each event it has no use for is told to the console.
    eventHandlers: { onCustomEvent: () => {} },
  });
  return createElement(AssistantRuntimeProvider, { runtime, children });
}

type ThreadList = NonNullable<Parameters<typeof useLangGraphRuntime>[0]["unstable_threadListAdapter"]>;

function onlyThread(threadId: string): ThreadList {
  const thread = { status: "regular" as const, remoteId: threadId, externalId: threadId };
  const nothing = () => Promise.resolve();
  return {
    list: () => Promise.resolve({ threads: [thread] }),
    initialize: () => Promise.resolve(thread),
    fetch: () => Promise.resolve(thread),
    rename: nothing,
    archive: nothing,
    unarchive: nothing,
    delete: nothing,
    generateTitle: () => Promise.resolve(new ReadableStream({ start: (stream) => stream.close() })),
  };
}

const useChat = () => {
  const { id, value } = (useLangGraphInterruptState() ?? {}) as { id?: string; value?: unknown };
  const aui = useAui();
  const isRunning = useAuiState((state) => state.thread.isRunning);
  const isLoading = useAuiState((state) => state.thread.isLoading);
  const messages = useAuiState((state) => state.thread.messages);
  return {
    waits: value === undefined ? null : { id: id ?? "", value },
    isResting: !isRunning && !isLoading,
    says: messages.flatMap(({ content }) =>
      content.flatMap((part) => (part.type === "text" ? [part.text] : [])),
    ),
    say: (text: string) => aui.thread.append({ role: "user", content: [{ type: "text", text }] }),
    command: useLangGraphSendCommand(),
    reload: () => aui.threads.reloadMainThread(),
  };
};

type Chat = Mounted<ReturnType<typeof useChat>>;
const pages: Chat[] = [];
const open = async (threadId: string): Promise<Chat> => {
  const page = mount(useChat, (children) => createElement(Page, { threadId }, children));
  pages.push(page);
  await page.until(({ isResting }) => isResting);
  return page;
};
afterEach(() => pages.splice(0).forEach((page) => page.unmount()));

async function held(words: string): Promise<{ threadId: string; chat: Chat }> {
  const { thread_id: threadId } = await at.client.threads.create();
  const chat = await open(threadId);
  chat.now.say(words);
  await chat.until(({ waits, isResting }) => waits !== null && isResting);
  return { threadId, chat };
}

const says = (words: string) => (now: Chat["now"]) => now.isResting && now.says.at(-1) === words;
/** Its type says that a command is text; it passes on what it is given. */
const resume = (chat: Chat, value: unknown) => chat.now.command({ resume: value as string });

describe("a hold on a page of assistant-ui", () => {
  it("is shown, and runs once when it is approved", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    expect(argsIn(chat.now.waits?.value)).toEqual({ id, amount: 420 });
    expect(doneWith(at, id)).toEqual([]);
    await resume(chat, JSON.stringify({ type: "approve" }));
    await chat.until(says(`Heard: pay ${id} done`));
    await chat.until(({ waits }) => waits === null);
    expect(doneWith(at, id)).toEqual([{ id, amount: 420 }]);
  });

  it("runs what it was edited to", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    const editedAction = { name: "pay", args: { id, amount: 42 } };
    await resume(chat, { decisions: [{ type: "edit", editedAction }] });
    await chat.until(({ says }) => says.at(-1)?.includes("A person changed") === true);
    expect(doneWith(at, id)).toEqual([{ id, amount: 42 }]);
  });

  it("does not run when it is rejected, and the agent is told why", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    await resume(chat, JSON.stringify({ decisions: [{ type: "reject", message: "Too much." }] }));
    await chat.until(({ says }) => says.at(-1)?.includes("A person rejected this call: Too much.") === true);
    expect(doneWith(at, id)).toEqual([]);
  });

  it("is not taken for approved by a word", async () => {
    const id = fresh();
    const { chat } = await held(`pay ${id} 420`);
    await expect(resume(chat, "yes")).rejects.toThrow("The resume value is no decision");
    expect(doneWith(at, id)).toEqual([]);
  });

  it("is one of two, and the other one is shown when it is answered by its id", async () => {
    const [a, b] = [fresh(), fresh()];
    const { chat } = await held(`pay ${a} 1; pay ${b} 2`);
    const first = chat.now.waits;
    await resume(chat, { [first?.id ?? ""]: { decisions: [{ type: "approve" }] } });
    await chat.until(({ waits, isResting }) => isResting && waits !== null && waits.id !== first?.id);
    await resume(chat, { [chat.now.waits?.id ?? ""]: { decisions: [{ type: "approve" }] } });
    await chat.until(({ waits, isResting }) => isResting && waits === null);
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[{ id: a, amount: 1 }], [{ id: b, amount: 2 }]]);
  });

  it("and both at once, where its page knows them", async () => {
    const [a, b] = [fresh(), fresh()];
    const { threadId, chat } = await held(`pay ${a} 1; pay ${b} 2`);
    const { tasks } = await at.client.threads.getState(threadId);
    const waiting = tasks.flatMap(({ interrupts }) => interrupts);
    await resume(chat, {
      [shownFor(waiting, a).id]: { decisions: [{ type: "approve" }] },
      [shownFor(waiting, b).id]: { decisions: [{ type: "reject" }] },
    });
    await chat.until(({ waits, isResting }) => isResting && waits === null);
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[{ id: a, amount: 1 }], []]);
  });

  it("stays while the user says something else, and is not cancelled by that", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    chat.now.say(`read ${id}`);
    await chat.until(({ says, isResting }) => isResting && says.includes(`read ${id}`));
    expect(doneWith(at, id)).toEqual([]);
    await decideElsewhere(at, threadId, id, { type: "approve" });
    await at.runtime.waitForThread("default", threadId);
    const again = await open(threadId);
    await again.until(says(`Heard: read ${id} done`));
    expect(again.now.says).toContain(`Heard: pay ${id} done`);
    expect(doneWith(at, id)).toEqual([{ id, amount: 1 }, { id }]);
  });

  it("is there after a reload, and can be decided there", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    chat.unmount();
    const again = await open(threadId);
    await again.until(({ waits }) => waits !== null);
    await resume(again, { decisions: [{ type: "approve" }] });
    await again.until(says(`Heard: pay ${id} done`));
    expect(doneWith(at, id)).toHaveLength(1);
  });

  it("is gone where somebody else decided, once the thread is fetched again", async () => {
    const id = fresh();
    const { threadId, chat } = await held(`pay ${id} 1`);
    await decideElsewhere(at, threadId, id, { type: "approve" });
    await at.runtime.waitForThread("default", threadId);
    await chat.now.reload();
    // What is new it puts in front of what it had; a page that is opened anew has it in order.
    await chat.until(({ says }) => says.includes(`Heard: pay ${id} done`));
    await chat.until(({ waits }) => waits === null);
    const again = await open(threadId);
    await again.until(says(`Heard: pay ${id} done`));
    await expect(resume(chat, { type: "reject" })).rejects.toThrow("local made the last one");
    expect(doneWith(at, id)).toHaveLength(1);
  });
});
