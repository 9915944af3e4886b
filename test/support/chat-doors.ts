// Every door that somebody who only chats may open, and all that comes through it: status, headers and bytes.
import { randomUUID } from "node:crypto";
import { streamModes } from "../../src/http/contract.js";
import { channels } from "../../src/http/contract/protocol.js";
import type { routes } from "../../src/http/contract.js";
import { say } from "./http.js";

export interface Chat {
  url: string;
  headers: Record<string, string>;
  /** Words that have the agent do once more what is looked for. */
  words: string;
}

/** A thread of the chat's, in which that was done. */
export interface Place {
  threadId: string;
  runId: string;
  checkpointId: string;
  interruptId: string;
  /** What a stream of it says last: it does not end by itself. */
  rests: RegExp;
}

type Door = (chat: Chat, place: Place) => Promise<string>;

/** By the name of its route, with what is asked of it. */
export const chatDoors: Record<string, Door> = {
  ok: get("/ok"),
  health: get("/healthz"),
  info: get("/info"),
  me: get("/me"),
  openApi: get("/openapi.json"),
  searchAssistants: post("/assistants/search", {}),
  countAssistants: post("/assistants/count", {}),
  getAssistant: get("/assistants/support"),
  listAssistantVersions: post("/assistants/support/versions", {}),
  getAssistantGraph: get("/assistants/support/graph?xray=true"),
  getAssistantSchemas: get("/assistants/support/schemas"),
  getAssistantSubgraphs: get("/assistants/support/subgraphs?recurse=true"),
  getAssistantSubgraph: get("/assistants/support/subgraphs/hold"),
  createThread: post("/threads", ({ threadId }) => ({ thread_id: threadId, if_exists: "do_nothing" })),
  searchThreads: post("/threads/search", { limit: 100 }),
  "searchThreads selected": post("/threads/search", {
    limit: 100,
    select: ["thread_id", "values", "interrupts", "metadata", "config", "error"],
  }),
  countThreads: post("/threads/count", {}),
  getThread: get("/threads/ID"),
  patchThread: post("/threads/ID", { metadata: { seen: true } }, "PATCH"),
  "deleteThread refused": get("/threads/ID?holds=refuse", "DELETE"),
  copyThread: async (chat, place) => {
    const copied = await post("/threads/ID/copy", undefined)(chat, place);
    const threadId = /"thread_id":"([^"]+)"/.exec(copied)?.[1] ?? "";
    return copied + (await get(`/threads/${threadId}/state`)(chat, place));
  },
  getState: get("/threads/ID/state"),
  "getState with subgraphs": get("/threads/ID/state?subgraphs=true"),
  updateState: post("/threads/ID/state", { values: { messages: [] }, as_node: "agent" }),
  getStateAt: get("/threads/ID/state/CHECKPOINT"),
  postStateAt: post("/threads/ID/state/checkpoint", ({ checkpointId }) => ({
    checkpoint: { checkpoint_id: checkpointId },
    subgraphs: true,
  })),
  getHistory: get("/threads/ID/history?limit=100"),
  postHistory: post("/threads/ID/history", { limit: 100 }),
  streamThread: (chat) =>
    watching(chat, (threadId) => get(`/threads/${threadId}/stream`), { stream_mode: [...streamModes] }),
  createRun: post("/threads/ID/runs", ({ threadId }) => asked(`read ${threadId}`)),
  waitRun: post("/threads/ID/runs/wait", ({ threadId }) => asked(`read ${threadId}`)),
  ...Object.fromEntries(
    [...streamModes, [...streamModes]].flatMap((mode): [string, Door][] => [
      [`streamRun ${String(mode)}`, inFresh(mode)],
      [`joinStream ${String(mode)}`, get(`/threads/ID/runs/RUN/stream?${asQuery(mode)}`)],
    ]),
  ),
  listRuns: get("/threads/ID/runs?limit=100"),
  getRun: get("/threads/ID/runs/RUN"),
  joinRun: get("/threads/ID/runs/RUN/join"),
  joinFresh: get("/runs/RUN/join"),
  joinFreshStream: get("/runs/RUN/stream"),
  cancelRun: post("/threads/ID/runs/RUN/cancel", undefined),
  cancelRuns: post("/runs/cancel", ({ threadId }) => ({ thread_id: threadId, status: "all" })),
  createFresh: async (chat, place) => {
    const begun = await post("/runs", asked(chat.words))(chat, place);
    const runId = /"run_id":"([^"]+)"/.exec(begun)?.[1] ?? "";
    return begun + (await get(`/runs/${runId}/join`)(chat, place));
  },
  createBatch: (chat, place) => post("/runs/batch", [asked(chat.words)])(chat, place),
  waitFresh: (chat, place) => post("/runs/wait", asked(chat.words))(chat, place),
  streamFresh: (chat, place) =>
    post("/runs/stream", { ...asked(chat.words), stream_mode: [...streamModes], stream_subgraphs: true })(
      chat,
      place,
    ),
  deleteRun: async (chat, place) => {
    const { threadId, runId } = await begunIn(chat, {});
    return get(`/threads/${threadId}/runs/${runId}`, "DELETE")(chat, place);
  },
  "waitRun with a decision": post("/threads/ID/runs/wait", {
    assistant_id: "support",
    command: { resume: { type: "approve" } },
  }),
  "waitRun with a decision by id": post("/threads/ID/runs/wait", ({ interruptId }) => ({
    assistant_id: "support",
    command: { resume: { [interruptId]: { type: "edit", args: {} } } },
  })),
  "waitRun with what is no decision": post("/threads/ID/runs/wait", {
    assistant_id: "support",
    command: { resume: true },
  }),
  "commandThread run.start": (chat, place) =>
    post(`/threads/${randomUUID()}/commands`, {
      id: 1,
      method: "run.start",
      params: asked(chat.words),
    })(chat, place),
  "commandThread input.respond": post("/threads/ID/commands", ({ interruptId }) => ({
    id: 1,
    method: "input.respond",
    params: { namespace: [], interrupt_id: interruptId, response: { type: "approve" } },
  })),
  "commandThread state.get": post("/threads/ID/commands", { id: 1, method: "state.get", params: {} }),
  subscribeThread: post("/threads/ID/stream/events", { channels: [...channels] }),
  "subscribeThread while it happens": (chat) =>
    watching(chat, (threadId) => post(`/threads/${threadId}/stream/events`, { channels: [...channels] }), {
      stream_mode: [...streamModes],
    }),
  subscribeBySocket: get("/threads/ID/stream/events"),
} satisfies Partial<Record<`${keyof typeof routes}${"" | ` ${string}`}`, Door>>;

const asked = (words: string): object => ({ assistant_id: "support", ...say(words) });

function get(path: string, method = "GET"): Door {
  return (chat, place) => through(chat, place, path, { method });
}

function post(path: string, body: object | ((of: Place) => object) | undefined, method = "POST"): Door {
  return (chat, place) => {
    const given = typeof body === "function" ? (body as (of: Place) => object)(place) : body;
    return through(chat, place, path, {
      method,
      ...(given === undefined ? {} : { body: JSON.stringify(given) }),
    });
  };
}

function asQuery(mode: string | readonly string[]): string {
  return [mode]
    .flat()
    .map((one) => `stream_mode=${one}`)
    .join("&");
}

/** What is streamed while the agent does it, in a thread of its own. */
function inFresh(mode: string | readonly string[]): Door {
  return async (chat, place) => {
    const threadId = await newThread(chat);
    const run = { ...asked(chat.words), stream_mode: mode, stream_subgraphs: true };
    return post(`/threads/${threadId}/runs/stream`, run)(chat, place);
  };
}

/** Of a stream that does not end by itself, what comes until the agent rests. */
async function watching(chat: Chat, at: (threadId: string) => Door, run: object): Promise<string> {
  const threadId = await newThread(chat);
  const place = {
    threadId,
    runId: "",
    checkpointId: "",
    interruptId: "",
    rests: /"event":"interrupted"|__interrupt__/,
  };
  const told = at(threadId)(chat, place);
  await begunIn(chat, run, threadId);
  return told;
}

async function begunIn(chat: Chat, run: object, threadId?: string) {
  const id = threadId ?? (await newThread(chat));
  const response = await fetch(`${chat.url}/threads/${id}/runs`, {
    method: "POST",
    headers: { "content-type": "application/json", ...chat.headers },
    body: JSON.stringify({ ...asked(chat.words), ...run }),
  });
  const { run_id: runId } = (await response.json()) as { run_id: string };
  return { threadId: id, runId };
}

async function newThread(chat: Chat): Promise<string> {
  const response = await fetch(`${chat.url}/threads`, {
    method: "POST",
    headers: { "content-type": "application/json", ...chat.headers },
    body: "{}",
  });
  return ((await response.json()) as { thread_id: string }).thread_id;
}

async function through(chat: Chat, place: Place, path: string, init: RequestInit): Promise<string> {
  const leaving = new AbortController();
  const url = path
    .replace("ID", place.threadId)
    .replace("RUN", place.runId)
    .replace("CHECKPOINT", place.checkpointId);
  const response = await fetch(`${chat.url}${url}`, {
    ...init,
    headers: { "content-type": "application/json", ...chat.headers },
    signal: leaving.signal,
  });
  const head = JSON.stringify([response.status, [...response.headers]]);
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (isEndless(path) && place.rests.test(text)) break;
  }
  leaving.abort();
  return head + text;
}

const isEndless = (path: string): boolean => /\/stream(\/events)?$/.test(path) && !path.includes("/runs");
