// The server's own API, as the page speaks with it. The contract gives the shapes; nothing else of the server is known.
import type {
  Board,
  BoardCard,
  BoardColumnName,
  DecisionRequest,
  Me,
  Review,
  ReviewContext,
  ReviewList,
  ReviewTally,
  Story,
  StoryCall,
  StoryHold,
  StoryMark,
  StoryMoment,
  StoryTurn,
} from "../src/http/contract.js";

export type { Board, BoardCard, BoardColumnName, DecisionRequest, Me, Review, ReviewContext, ReviewTally };
export type { Story, StoryCall, StoryHold, StoryMark, StoryMoment, StoryTurn };

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

export interface QueueFilter {
  level: string | null;
  tool: string | null;
  tier: string | null;
}

export const api = {
  me: () => ask<Me>("/me"),
  signIn: (credential: string) => ask<Me>("/session", { method: "POST", body: { credential } }),
  signOut: () => ask<void>("/session", { method: "DELETE" }),
  queue(filter: QueueFilter, after: string | null, limit: number) {
    const query = new URLSearchParams({ status: "open", order: "risk", limit: String(limit) });
    for (const [name, value] of Object.entries({ ...filter, after })) if (value) query.set(name, value);
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
  tally: () => new EventSource(`/reviews/events?since=${encodeURIComponent(startOfToday())}`),
  board: () => new EventSource(`/board/events?since=${encodeURIComponent(startOfToday())}`),
  /** @param before turns before this place; null: the newest. */
  story(threadId: string, before: number | null, limit: number) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (before !== null) query.set("before", String(before));
    return ask<Story>(`/threads/${encodeURIComponent(threadId)}/story?${query.toString()}`);
  },
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
