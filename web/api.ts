// The server's own API, as the page speaks with it: what its parts know of it, and what only the page asks for.
import type {
  Activity,
  Assessment,
  AutonomyAdvice,
  Batch,
  BatchOutcomes,
  CommentRequest,
  DecidedCase,
  Deputy,
  DeputyRequest,
  HandOnRequest,
  KindOfCall,
  Me,
  PolicyInForce,
  PolicyVersion,
  QueueFilter,
  Review,
  ReviewEvent,
  ReviewList,
  SavedView,
  ShadowReport,
  StandingApproval,
  StandingRequest,
  Stop,
  StopRequest,
  Story,
} from "../src/http/contract.js";
import { holdpointClient } from "../react/client.js";
import { startOfToday } from "../react/today.js";
import { hearClock } from "./clock.js";
import { sessionIsOver } from "./session.js";

export type * from "../src/http/contract.js";
export { HoldpointProblem as Problem } from "../react/client.js";

export const client = holdpointClient({
  async fetch(address, init) {
    const response = await fetch(address, init);
    hearClock(response.headers.get("date"));
    if (response.status === 401) sessionIsOver();
    return response;
  },
});
const { ask } = client;

export const api = {
  me: client.me,
  signIn: (credential: string) => ask<Me>("/session", { method: "POST", body: { credential } }),
  signOut: () => ask<void>("/session", { method: "DELETE" }),
  /** What the reader decided and may still take back. */
  deciding: () => ask<ReviewList>("/reviews?deciding=mine&limit=20"),
  undo: (id: string) => ask<Review>(`/reviews/${encodeURIComponent(id)}/decision`, { method: "DELETE" }),
  claim: (id: string) => ask<Review>(`/reviews/${encodeURIComponent(id)}/claim`, { method: "POST" }),
  release: (id: string) => ask<Review>(`/reviews/${encodeURIComponent(id)}/release`, { method: "POST" }),
  extend: (id: string) => ask<Review>(`/reviews/${encodeURIComponent(id)}/extend`, { method: "POST" }),
  handOn: (id: string, on: HandOnRequest) =>
    ask<Review>(`/reviews/${encodeURIComponent(id)}/hand-on`, { method: "POST", body: on }),
  comment: (id: string, said: CommentRequest) =>
    ask<ReviewEvent>(`/reviews/${encodeURIComponent(id)}/comments`, { method: "POST", body: said }),
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
  figures: client.tally,
  board: () => new EventSource(`/board/events?since=${encodeURIComponent(startOfToday())}`),
  policies: () => ask<{ items: PolicyInForce[] }>("/policies/in-force"),
  policyVersions: () => ask<{ items: PolicyVersion[]; next: string | null }>("/policies?limit=20"),
  shadow: () => ask<ShadowReport | null>("/policies/shadow"),
  kinds: () => ask<{ items: KindOfCall[] }>("/autonomy"),
  decidedCases: (kind: string) =>
    ask<{ items: DecidedCase[] }>(`/autonomy/${encodeURIComponent(kind)}/cases`),
  advice: (kind: string) => ask<AutonomyAdvice>(`/autonomy/${encodeURIComponent(kind)}/advice`),
  /** @param before turns before this place; null: the newest. */
  story(threadId: string, before: number | null, limit: number) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (before !== null) query.set("before", String(before));
    return ask<Story>(`/threads/${encodeURIComponent(threadId)}/story?${query.toString()}`);
  },
  standing: () => ask<{ items: StandingApproval[] }>("/standing-approvals"),
  approveAhead: (asked: StandingRequest) =>
    ask<StandingApproval>("/standing-approvals", { method: "POST", body: asked }),
  signStanding: (id: string) =>
    ask<StandingApproval>(`/standing-approvals/${encodeURIComponent(id)}/sign`, { method: "POST" }),
  revoke: (id: string, reason: string) =>
    ask<StandingApproval>(`/standing-approvals/${encodeURIComponent(id)}/revoke`, {
      method: "POST",
      body: { reason },
    }),
  /** Those in force that the reader gave or is; to an operator, all. */
  deputies: () => ask<{ items: Deputy[] }>("/deputies"),
  giveDeputy: (asked: DeputyRequest) => ask<Deputy>("/deputies", { method: "POST", body: asked }),
  removeDeputy: (id: string) => ask<void>(`/deputies/${encodeURIComponent(id)}`, { method: "DELETE" }),
  /** What is stopped now. */
  stops: () => ask<{ items: Stop[] }>("/stops?status=standing"),
  stop: (what: Pick<StopRequest, "kind" | "name">, why: string) =>
    ask<Stop>("/stops", { method: "POST", body: { ...what, why } }),
  lift: (id: string, why: string) =>
    ask<Stop>(`/stops/${encodeURIComponent(id)}/lift`, { method: "POST", body: { why } }),
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
  complain: (executionId: string, text: string) =>
    ask<unknown>(`/executions/${encodeURIComponent(executionId)}/complaints`, {
      method: "POST",
      body: { text },
    }),
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
