// The server's reviews, as the parts speak with it. The contract gives the shapes; nothing else of the server is known.
import { EventSource } from "eventsource";
import type {
  BlockChange,
  DecisionRequest,
  DraftChange,
  DraftEditor,
  Me,
  QueueFilter,
  Review,
  ReviewContext,
  ReviewList,
  ReviewTally,
} from "../src/http/contract.js";
import { hear, type Heard } from "./hear.js";
import { startOfToday } from "./today.js";

export type * from "../src/http/contract.js";

/** What the server refused, by its code, or that it was not reached (`code` is then `away`). */
export class HoldpointProblem extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = "HoldpointProblem";
  }
}

export interface ClientOptions {
  /** Where the server is; by default where the page comes from. */
  url?: string;
  /** Sent with everything, as `authorization`; read anew each time, because tokens are renewed. */
  headers?(): Record<string, string>;
  fetch?: typeof fetch;
}

export interface Asked {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** It is sent also when the page is left. */
  keepalive?: boolean;
}

export type HoldpointClient = ReturnType<typeof holdpointClient>;

export function holdpointClient({
  url = "",
  headers = () => ({}),
  fetch = globalThis.fetch,
}: ClientOptions = {}) {
  const base = url.replace(/\/$/, "");

  /** Throws a `HoldpointProblem`. */
  async function ask<Answer>(path: string, { method = "GET", body, headers: own = {}, ...more }: Asked = {}) {
    let response: Response;
    try {
      response = await fetch(base + path, {
        method,
        headers: {
          ...headers(),
          ...own,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...more,
      });
    } catch {
      throw new HoldpointProblem(
        "away",
        "The server does not answer. What you typed is kept; try again in a moment.",
      );
    }
    if (response.status === 204) return undefined as Answer;
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer as Answer;
    const {
      code = "away",
      detail = `The server answered with ${response.status}.`,
      ...details
    } = Object(answer) as { code?: string; detail?: string };
    throw new HoldpointProblem(code, detail, details);
  }

  const events = (path: string): EventSource =>
    new EventSource(new URL(base + path, globalThis.location?.href), {
      // The browser's own knows no headers.
      fetch: (address, init) => fetch(address, { ...init, headers: { ...init.headers, ...headers() } }),
    });

  const draft = (id: string): string => `${review(id)}/draft`;

  // A browser keeps few connections to one server: whoever looks at the queue shares one stream.
  const watching = new Set<Heard>();
  let last: string | null = null;
  let stop: (() => void) | null = null;

  return {
    ask,
    events,
    me: () => ask<Me>("/me"),
    /** @param after `next` of the page before. */
    queue(filter: QueueFilter, after: string | null, limit: number) {
      const query = new URLSearchParams({ status: "open", order: "risk", limit: String(limit) });
      for (const [name, value] of Object.entries({ ...filter, after }))
        if (value !== undefined && value !== null) query.set(name, String(value));
      return ask<ReviewList>(`/reviews?${query.toString()}`);
    },
    tally: () => ask<ReviewTally>(`/reviews/tally?since=${encodeURIComponent(startOfToday())}`),
    review: (id: string) => ask<Review>(review(id)),
    context: (id: string) => ask<ReviewContext>(`${review(id)}/context`),
    /** @param key makes a repeat of the same decision safe: an answer may be lost on its way. */
    decide: (id: string, body: DecisionRequest, key: string) =>
      ask<Review>(`${review(id)}/decision`, { method: "POST", body, headers: { "idempotency-key": key } }),

    changeDraft: (id: string, body: { blockId: string; revision: number; change: BlockChange }) =>
      ask<Review>(`${draft(id)}/changes`, { method: "POST", body }),
    draftChanges: (id: string) => ask<{ items: DraftChange[] }>(`${draft(id)}/changes`),
    proposeWords: (id: string, body: { blockId?: string; instruction?: string }) =>
      ask<Review>(`${draft(id)}/proposals`, { method: "POST", body }),
    dismissProposal: (id: string, proposalId: string) =>
      ask<Review>(`${draft(id)}/proposals/${encodeURIComponent(proposalId)}`, { method: "DELETE" }),
    enterDraft: (id: string, blockId: string | null) =>
      ask<{ items: DraftEditor[] }>(`${draft(id)}/editors`, { method: "POST", body: { blockId } }),
    leaveDraft: (id: string) => ask<void>(`${draft(id)}/editors`, { method: "DELETE", keepalive: true }),
    watchDraft: (id: string, heard: Heard) => hear(() => events(`${draft(id)}/events`), "draft", heard),

    /** Where the queue stands, at once and whenever it has changed. @returns what ends it. */
    watchQueue(heard: Heard): () => void {
      watching.add(heard);
      if (last !== null) heard.told(last);
      stop ??= hear(() => events(`/reviews/events?since=${encodeURIComponent(startOfToday())}`), "queue", {
        told(data) {
          last = data;
          for (const each of watching) each.told(data);
        },
        connected(isConnected) {
          for (const each of watching) each.connected(isConnected);
        },
      });
      return () => {
        watching.delete(heard);
        if (watching.size > 0) return;
        stop?.();
        stop = last = null;
      };
    },
  };
}

function review(id: string): string {
  return `/reviews/${encodeURIComponent(id)}`;
}
