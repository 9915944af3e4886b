// The server's own API, as the page speaks with it. The contract gives the shapes; nothing else of the server is known.
import type {
  Activity,
  Assessment,
  Batch,
  BatchOutcomes,
  BlockChange,
  DecisionRequest,
  HandOnRequest,
  Me,
  QueueFilter,
  Review,
  ReviewContext,
  ReviewEvent,
  ReviewList,
  ReviewTally,
  SavedView,
  Story,
} from "../src/http/contract.js";
import { hearClock } from "./clock.js";

export type * from "../src/http/contract.js";

/** What the server refused, or that it was not reached (`code` is then `away`). */
export class Problem extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

export const api = {
  me: () => ask<Me>("/me"),
  signIn: (credential: string) => ask<Me>("/session", { method: "POST", body: { credential } }),
  signOut: () => ask<void>("/session", { method: "DELETE" }),
  queue(filter: QueueFilter, after: string | null, limit: number) {
    const query = new URLSearchParams({ status: "open", order: "risk", limit: String(limit) });
    for (const [name, value] of Object.entries({ ...filter, after }))
      if (value !== undefined && value !== null) query.set(name, String(value));
    return ask<ReviewList>(`/reviews?${query.toString()}`);
  },
  review: (id: string) => ask<Review>(`/reviews/${encodeURIComponent(id)}`),
  context: (id: string) => ask<ReviewContext>(`/reviews/${encodeURIComponent(id)}/context`),
  /** @param key makes a repeat of the same decision safe: an answer may be lost on its way. */
  decide: (id: string, decision: DecisionRequest, key: string) =>
    ask<Review>(`/reviews/${encodeURIComponent(id)}/decision`, {
      method: "POST",
      body: decision,
      headers: { "idempotency-key": key },
    }),
  /** What the reader decided and may still take back. */
  deciding: () => ask<ReviewList>("/reviews?deciding=mine&limit=20"),
  undo: (id: string) => ask<Review>(`/reviews/${encodeURIComponent(id)}/decision`, { method: "DELETE" }),
  changeDraft: (id: string, body: { blockId: string; revision: number; change: BlockChange }) =>
    ask<Review>(`/reviews/${encodeURIComponent(id)}/draft/changes`, { method: "POST", body }),
  claim: (id: string) => ask<Review>(`/reviews/${encodeURIComponent(id)}/claim`, { method: "POST" }),
  release: (id: string) => ask<Review>(`/reviews/${encodeURIComponent(id)}/release`, { method: "POST" }),
  handOn: (id: string, on: HandOnRequest) =>
    ask<Review>(`/reviews/${encodeURIComponent(id)}/hand-on`, { method: "POST", body: on }),
  ask: (id: string, text: string) =>
    ask<ReviewEvent>(`/reviews/${encodeURIComponent(id)}/questions`, { method: "POST", body: { text } }),
  /** What changed arguments would lead to; nothing is written. */
  assess: (id: string, args: unknown) =>
    ask<Assessment>(`/reviews/${encodeURIComponent(id)}/assessment`, { method: "POST", body: { args } }),
  activity: () => ask<Activity>(`/activity?since=${encodeURIComponent(startOfToday())}`),
  /** Says something to an agent in a new thread, and waits for nothing. */
  async begin(assistantId: string, text: string): Promise<string> {
    const { thread_id: threadId } = await ask<{ thread_id: string }>("/threads", {
      method: "POST",
      body: {},
    });
    const input = { messages: [{ role: "user", content: text }] };
    await ask<unknown>(`/threads/${encodeURIComponent(threadId)}/runs`, {
      method: "POST",
      body: { assistant_id: assistantId, input },
    });
    return threadId;
  },
  figures: () => ask<ReviewTally>(`/reviews/tally?since=${encodeURIComponent(startOfToday())}`),
  tally: () => new EventSource(`/reviews/events?since=${encodeURIComponent(startOfToday())}`),
  board: () => new EventSource(`/board/events?since=${encodeURIComponent(startOfToday())}`),
  /** @param before turns before this place; null: the newest. */
  story(threadId: string, before: number | null, limit: number) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (before !== null) query.set("before", String(before));
    return ask<Story>(`/threads/${encodeURIComponent(threadId)}/story?${query.toString()}`);
  },
  views: () => ask<{ items: SavedView[] }>("/views"),
  saveView: (name: string, filter: QueueFilter) =>
    ask<SavedView>(`/views/${encodeURIComponent(name)}`, { method: "PUT", body: filter }),
  removeView: (name: string) => ask<void>(`/views/${encodeURIComponent(name)}`, { method: "DELETE" }),
  openBatch: (reviewId: string) => ask<Batch>("/batches", { method: "POST", body: { reviewId } }),
  batch: (id: string) => ask<Batch>(`/batches/${encodeURIComponent(id)}`),
  lookAt: (id: string, reviewId: string) =>
    ask<Batch>(`/batches/${encodeURIComponent(id)}/opened`, { method: "POST", body: { reviewId } }),
  objectTo: (id: string, reviewId: string) =>
    ask<Batch>(`/batches/${encodeURIComponent(id)}/objections`, { method: "POST", body: { reviewId } }),
  decideBatch: (id: string, type: "approve" | "reject", reason: string) =>
    ask<BatchOutcomes>(`/batches/${encodeURIComponent(id)}/decision`, {
      method: "POST",
      body: reason === "" ? { type } : { type, reason },
    }),
  /** @param from whom it is taken from, where somebody leads it. */
  takeOver: (threadId: string, from: string | null) =>
    ask<unknown>(`/threads/${encodeURIComponent(threadId)}/take-over`, {
      method: "POST",
      body: from === null ? {} : { from },
    }),
  /** @param id makes a repeat the same message: an answer may be lost on its way. */
  write: (threadId: string, text: string, id: string) =>
    ask<unknown>(`/threads/${encodeURIComponent(threadId)}/messages`, { method: "POST", body: { text, id } }),
  handBack: (threadId: string, note: string) =>
    ask<unknown>(`/threads/${encodeURIComponent(threadId)}/hand-back`, {
      method: "POST",
      body: note === "" ? {} : { note },
    }),
  storyMarks: (threadId: string) => new EventSource(`/threads/${encodeURIComponent(threadId)}/story/events`),
};

async function ask<Answer>(
  path: string,
  {
    method = "GET",
    body,
    headers = {},
  }: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Problem("away", "The server does not answer. What you typed is kept; try again in a moment.");
  }
  hearClock(response.headers.get("date"));
  if (response.status === 204) return undefined as Answer;
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as Answer;
  const {
    code = "away",
    detail = `The server answered with ${response.status}.`,
    ...details
  } = Object(answer) as {
    code?: string;
    detail?: string;
  };
  throw new Problem(code, detail, details);
}

/** Of the reader's own day. */
function startOfToday(): string {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString();
}
