import { createInterface, type Interface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { messageSchema, threadSchema, type Thread } from "../http/contract.js";
import { defineCommand, Refusal, UsageError } from "./command.js";
import { printable } from "./printable.js";
import { sdkFault } from "./sdk-fault.js";
import { credentialsOf, serverAt } from "./server.js";
import type { Terminal } from "./terminal.js";
import { createTranscript, textOf, type Transcript } from "./transcript.js";

/** How often a thread is looked at in which something is held: it is decided elsewhere. */
const pollMs = 500;

export const chatCommand = defineCommand({
  name: "chat",
  usage: "[--agent NAME] [--thread ID]",
  summary: "Talk with the agent of a running server; each line is a message.",
  details: `  --agent   talks with this one, where the server has several; else with its first
  --thread  goes on with this thread, or begins one of this id, a random UUID

What is held is shown with how to decide it; the chat goes on by itself when somebody has. At the end of its input it
waits for what is still held. Ctrl-C leaves, and the hold stays.`,
  options: { agent: { type: "string" }, thread: { type: "string" } },
  positionals: [],
  async run({ agent, thread }, terminal) {
    if (agent?.trim() === "") throw new UsageError("--agent is empty: it takes the name of an agent.");
    if (thread?.trim() === "") throw new UsageError("--thread is empty: it takes the id of a thread.");
    const server = serverAt(terminal);
    await server.reach();
    const chat = await openChat(server.url, { agent, thread }, terminal);
    const lines = createInterface({ input: terminal.input, crlfDelay: Infinity });
    try {
      await converse(chat, lines, terminal);
    } finally {
      // Left open, it would keep the process alive.
      lines.close();
      chat.end();
    }
    return chat.failed() ? 1 : 0;
  },
});

async function converse(chat: Chat, input: Interface, terminal: Terminal): Promise<void> {
  const lines = input[Symbol.asyncIterator]();
  const prompt = (): void => (terminal.input.isTTY ? terminal.out("> ") : undefined);

  prompt();
  let next: Promise<IteratorResult<string>> | null = lines.next();
  while (next !== null || chat.waits()) {
    const line = await Promise.race([
      ...(next ? [next] : []),
      ...(chat.waits() || next === null ? [delay(pollMs)] : []),
    ]);
    if (line === undefined) {
      await chat.look();
    } else if (line.done) {
      next = null;
      if (chat.waits())
        terminal.out("(The input has ended. Waiting for what is held; Ctrl-C leaves, and the hold stays.)\n");
    } else {
      if (line.value.trim() !== "") await chat.say(line.value);
      prompt();
      next = lines.next();
    }
  }
}

interface Chat {
  say(words: string): Promise<void>;
  /** Shows what has happened in the thread meanwhile. */
  look(): Promise<void>;
  /** Is something held, or at work? */
  waits(): boolean;
  /** Did the last turn end with an error? */
  failed(): boolean;
  /** Ends the line of an answer that broke off. */
  end(): void;
}

async function openChat(
  url: string,
  wanted: { agent: string | undefined; thread: string | undefined },
  terminal: Terminal,
): Promise<Chat> {
  // Imported here, so that the other commands need not wait for it.
  const { Client } = await import("@langchain/langgraph-sdk");
  // Null, or the SDK would send a key for another service along that it finds in the environment.
  const client = new Client({
    apiUrl: url,
    apiKey: null,
    defaultHeaders: credentialsOf(terminal),
    callerOptions: { maxRetries: 0 },
  });
  const transcript = createTranscript(terminal, url);
  const opening = <T>(ask: () => Promise<T>): Promise<T> => answered(url, null, ask);
  // Asked for, so that a name that is none is told before anything is said.
  const assistant = await opening(async () =>
    wanted.agent === undefined
      ? (await client.assistants.search({ limit: 1 }))[0]?.assistant_id
      : (await client.assistants.get(wanted.agent)).assistant_id,
  );
  if (assistant === undefined) throw new Refusal(`The server at ${url} has no agent.`);
  const { thread_id: threadId } = await opening(() =>
    client.threads.create({
      ifExists: "do_nothing",
      ...(wanted.thread === undefined ? {} : { threadId: wanted.thread }),
    }),
  );
  let thread: Thread = await read();
  terminal.out(`Thread ${printable(threadId)}\n`);
  transcript.skip(thread.values.messages ?? []);
  transcript.holds(interruptsOf(thread));

  async function read(): Promise<Thread> {
    const answer = await answered(url, threadId, () => client.threads.get(threadId));
    return threadSchema.parse(answer);
  }

  async function look(): Promise<void> {
    const before = thread;
    thread = await read();
    transcript.messages(thread.values.messages ?? []);
    transcript.holds(interruptsOf(thread));
    if (thread.error && thread.error.message !== before.error?.message) {
      terminal.err(`The agent failed: ${printable(thread.error.message)}\n`);
    }
  }

  return {
    look,
    waits: () => thread.status === "interrupted" || thread.status === "busy",
    failed: () => thread.status === "error",
    end: () => transcript.end(),
    async say(words) {
      if (thread.status === "interrupted")
        terminal.out("(Kept. It is delivered when nothing is held any more.)\n");
      const input = { messages: [{ role: "user", content: words }] };
      await answered(url, threadId, async () => {
        for await (const { event, data } of client.runs.stream(threadId, assistant, {
          input,
          streamMode: "messages-tuple",
        })) {
          if (event === "messages") showPiece(transcript, data);
        }
      });
      await look();
    },
  };
}

const piece = z.tuple([messageSchema], z.unknown());

function showPiece(transcript: Transcript, data: unknown): void {
  const message = piece.safeParse(data).data?.[0];
  // Answers of tools come by in this stream too.
  if (message && (message.type === "AIMessageChunk" || message.type === "ai"))
    transcript.piece(message.id ?? "", textOf(message.content));
}

function interruptsOf({ interrupts }: Thread) {
  return Object.values(interrupts).flat();
}

async function answered<T>(url: string, threadId: string | null, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw sdkFault(url, error, threadId);
  }
}
