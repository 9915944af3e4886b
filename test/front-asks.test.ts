// What an agent asks, in the hook under Agent Chat UI and most chat pages: shown as its reader expects a request, and
// answered as its page answers one.
import type { Message } from "@langchain/langgraph-sdk";
import { useStream } from "@langchain/langgraph-sdk/react";
import { isToolMessage } from "@langchain/core/messages";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { scriptedModel, type Script } from "../src/index.js";
import { testDatabase } from "./support/database.js";
import { serve, type Served } from "./support/http.js";
import { mount, type Mounted } from "./support/react.js";

interface State extends Record<string, unknown> {
  messages: Message[];
}

const question = { question: "All or half?", options: [{ label: "All" }, { label: "Half" }] };
const asks: Script = (messages) => {
  const last = messages.at(-1);
  if (last && isToolMessage(last)) return { text: `Heard: ${last.text}` };
  return { text: "I ask.", calls: [{ tool: "ask_human", args: question }] };
};

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), {
    model: scriptedModel("asks", asks),
    builtIns: ["ask_human"],
  });
});
afterAll(() => at.stop());

const useChat = (threadId: string) => {
  const page = useStream<State>({
    apiUrl: at.url,
    assistantId: "support",
    threadId,
    fetchStateHistory: true,
  });
  return { page, says: page.messages.map(({ content }) => String(content)), waits: page.interrupts };
};
type Chat = Mounted<ReturnType<typeof useChat>>;
const pages: Chat[] = [];
afterEach(() => pages.splice(0).forEach((page) => page.unmount()));

async function asked(): Promise<Chat> {
  const { thread_id: threadId } = await at.client.threads.create();
  const chat = mount(() => useChat(threadId));
  pages.push(chat);
  await chat.now.page.submit({ messages: [{ type: "human", content: "Well?" }] });
  await chat.until(({ waits, page }) => waits.length > 0 && !page.isLoading);
  return chat;
}

interface Request {
  message: string;
  action_requests: { name: string; args: Record<string, unknown> }[];
  review_configs: { allowed_decisions: string[] }[];
}

/** What it waits with, as Agent Chat UI reads it (`src/lib/agent-inbox-interrupt.ts`). */
const requestIn = (chat: Chat) => Object(chat.now.waits[0]?.value) as Request;

describe("a question of the agent in a page on useStream", () => {
  it.each<[string, (id: string) => unknown]>([
    ["its text", () => "Half"],
    ["its text, by id", (id) => ({ [id]: "Half" })],
    ["the option", () => ({ type: "respond", value: "Half" })],
  ])("is shown in words, and answered by %s, as a graph's own question is", async (_, resume) => {
    const chat = await asked();
    expect(requestIn(chat).message).toBe("All or half?\n- All\n- Half");
    await chat.now.page.submit(undefined, { command: { resume: resume(chat.now.waits[0]?.id ?? "") } });
    await chat.until(({ says, page }) => !page.isLoading && says.at(-1) === "Heard: A person decided: Half");
    expect(chat.now.waits).toHaveLength(0);
  });

  it("is a form with one field to fill in, where the page knows requests only", async () => {
    const chat = await asked();
    const {
      action_requests: [request],
      review_configs: configs,
    } = requestIn(chat);
    expect(configs[0]?.allowed_decisions).toContain("edit");
    expect(request?.args).toMatchObject({ question: "All or half?", answer: "" });
    const edited = { name: request?.name, args: { ...request?.args, answer: "A third." } };
    await chat.now.page.submit(
      {},
      { command: { resume: { decisions: [{ type: "edit", edited_action: edited }] } } },
    );
    await chat.until(({ says }) => says.at(-1) === "Heard: A person answered: A third.");
  });
});
