// Every door of the server. The app mounts them, the OpenAPI file lists them.
import { z } from "zod";
import { assistantListSchema, assistantSchema, assistantSearchSchema } from "./assistant.js";
import { executionListSchema, executionQuerySchema } from "./execution.js";
import { decisionRequestSchema, reviewListSchema, reviewQuerySchema, reviewSchema } from "./review.js";
import { idSchema, type Route } from "./route.js";
import { runCreateSchema, runEventSchema, runResultSchema, runSchema } from "./run.js";
import { healthSchema, infoSchema, okSchema, openApiSchema } from "./server.js";
import { stateAtCheckpointSchema, stateAtQuerySchema, stateQuerySchema, threadCreateSchema, threadSchema, threadStateSchema } from "./thread.js";

const inThread = z.object({ thread_id: idSchema });
const ofReview = z.object({ id: idSchema });

export const routes = {
  ok: { method: "get", path: "/ok", group: "Server", summary: "Is the process there?", answer: okSchema, problems: [] },
  health: {
    method: "get",
    path: "/healthz",
    group: "Server",
    summary: "Ready: the database answers.",
    answer: healthSchema,
    problems: ["database_unavailable"],
  },
  info: { method: "get", path: "/info", group: "Server", summary: "What this server is.", answer: infoSchema, problems: [] },
  openApi: { method: "get", path: "/openapi.json", group: "Server", summary: "This contract.", answer: openApiSchema, problems: [] },

  listReviews: {
    method: "get",
    path: "/reviews",
    group: "Reviews",
    summary: "Reviews, oldest first.",
    query: reviewQuerySchema,
    answer: reviewListSchema,
    problems: [],
  },
  getReview: {
    method: "get",
    path: "/reviews/{id}",
    group: "Reviews",
    summary: "One review.",
    params: ofReview,
    answer: reviewSchema,
    problems: ["not_found"],
  },
  decide: {
    method: "post",
    path: "/reviews/{id}/decision",
    group: "Reviews",
    summary: "Decides a review, once. A repeat with the same Idempotency-Key gets the first answer again.",
    params: ofReview,
    headers: z.object({ "idempotency-key": z.string().min(1).max(255).optional() }),
    body: decisionRequestSchema,
    answer: reviewSchema,
    problems: [
      "not_found",
      "review_already_decided",
      "decision_stale",
      "decision_forbidden",
      "answer_not_allowed",
      "args_invalid",
      "args_not_json",
      "edit_refused",
    ],
  },
  listExecutions: {
    method: "get",
    path: "/executions",
    group: "Reviews",
    summary: "What ran, newest first.",
    query: executionQuerySchema,
    answer: executionListSchema,
    problems: [],
  },

  getAssistant: {
    method: "get",
    path: "/assistants/{assistant_id}",
    group: "LangGraph",
    summary: "The graph this server has.",
    params: z.object({ assistant_id: idSchema }),
    answer: assistantSchema,
    problems: ["not_found"],
  },
  searchAssistants: {
    method: "post",
    path: "/assistants/search",
    group: "LangGraph",
    summary: "Finds the graph this server has.",
    body: assistantSearchSchema,
    answer: assistantListSchema,
    problems: [],
  },

  createThread: {
    method: "post",
    path: "/threads",
    group: "LangGraph",
    summary: "Makes a thread.",
    body: threadCreateSchema,
    answer: threadSchema,
    problems: ["thread_exists", "not_found", "unsupported"],
  },
  getThread: {
    method: "get",
    path: "/threads/{thread_id}",
    group: "LangGraph",
    summary: "A thread, and what waits in it.",
    params: inThread,
    answer: threadSchema,
    problems: ["not_found"],
  },
  getState: {
    method: "get",
    path: "/threads/{thread_id}/state",
    group: "LangGraph",
    summary: "The state of a thread, now or at a checkpoint.",
    params: inThread,
    query: stateQuerySchema,
    answer: threadStateSchema,
    problems: ["not_found"],
  },
  getStateAt: {
    method: "get",
    path: "/threads/{thread_id}/state/{checkpoint_id}",
    group: "LangGraph",
    summary: "The state of a thread at a checkpoint.",
    params: z.object({ thread_id: idSchema, checkpoint_id: idSchema }),
    query: stateAtQuerySchema,
    answer: threadStateSchema,
    problems: ["not_found"],
  },
  postStateAt: {
    method: "post",
    path: "/threads/{thread_id}/state/checkpoint",
    group: "LangGraph",
    summary: "The same, for a checkpoint as an object.",
    params: inThread,
    body: stateAtCheckpointSchema,
    answer: threadStateSchema,
    problems: ["not_found"],
  },

  waitRun: {
    method: "post",
    path: "/threads/{thread_id}/runs/wait",
    group: "LangGraph",
    summary: "Runs the graph, or decides what it waits for, and answers when the thread rests.",
    params: inThread,
    body: runCreateSchema,
    answer: runResultSchema,
    problems: ["not_found", "unsupported", "input_invalid", "review_already_decided", "decision_stale", "decision_forbidden"],
  },
  streamRun: {
    method: "post",
    path: "/threads/{thread_id}/runs/stream",
    group: "LangGraph",
    summary: "The same, event by event.",
    params: inThread,
    body: runCreateSchema,
    answer: runEventSchema,
    streams: true,
    problems: ["not_found", "unsupported", "input_invalid", "review_already_decided", "decision_stale", "decision_forbidden"],
  },
  getRun: {
    method: "get",
    path: "/threads/{thread_id}/runs/{run_id}",
    group: "LangGraph",
    summary: "One run.",
    params: z.object({ thread_id: idSchema, run_id: idSchema }),
    answer: runSchema,
    problems: ["not_found"],
  },
  waitFresh: {
    method: "post",
    path: "/runs/wait",
    group: "LangGraph",
    summary: "Runs the graph on a fresh thread, which Content-Location names and which stays.",
    body: runCreateSchema,
    answer: runResultSchema,
    problems: ["not_found", "unsupported", "input_invalid"],
  },
  streamFresh: {
    method: "post",
    path: "/runs/stream",
    group: "LangGraph",
    summary: "The same, event by event.",
    body: runCreateSchema,
    answer: runEventSchema,
    streams: true,
    problems: ["not_found", "unsupported", "input_invalid"],
  },
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
