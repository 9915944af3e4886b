// From a request to the run, or the decisions, it asks for. All that can be refused is refused here, before the
// answer has begun.
import { randomUUID } from "node:crypto";
import { HoldpointError } from "../kernel/errors.js";
import type { Principal } from "../kernel/principal.js";
import { pendingHolds } from "../runs/resume.js";
import type { WorkResult } from "../runs/work.js";
import type { Run } from "../storage/run-rows.js";
import { checkAssistant } from "./assistants.js";
import type { RunCreate } from "./contract.js";
import type { HttpDeps } from "./deps.js";
import { answersOf } from "./resume.js";
import { parseRunRequest, unsupported, type RunRequest } from "./run-request.js";
import { createThread, findThread } from "./threads.js";

/** A run that was written, or several that deliver decisions; not waited for yet. */
export interface Begun {
  principal: Principal;
  threadId: string;
  /** Their pieces, in this order, make the stream. */
  runIds: readonly string[];
  request: RunRequest;
  /** Resolves when all has been done that can be done now. */
  rest(): Promise<Rest>;
}

export interface Rest {
  error: Run["error"];
  /** It was not even begun: something is held, and it waits behind. */
  queued: boolean;
  /** What the last run left, where this process worked on it. */
  result: WorkResult | null;
}

interface Asked {
  principal: Principal;
  /** Null for a fresh one. */
  threadId: string | null;
  body: RunCreate;
  watched: boolean;
}

export async function begin(deps: HttpDeps, { principal, threadId, body, watched }: Asked): Promise<Begun> {
  checkAssistant(deps.runtime.name, body.assistant_id);
  const request = parseRunRequest(body, threadId);
  const to = {
    principal,
    threadId: await ensureThread(deps, principal, threadId, request),
    request,
    watched,
  };
  switch (request.asks.kind) {
    case "input":
      return submit(deps, to, request.asks.input);
    case "resume":
      return decideHolds(deps, to, request.asks.resume);
  }
}

async function ensureThread(
  deps: HttpDeps,
  principal: Principal,
  asked: string | null,
  request: RunRequest,
): Promise<string> {
  const threadId = asked ?? randomUUID();
  if (asked === null || request.createThread)
    await createThread(deps, principal, threadId, { if_exists: "do_nothing" });
  else await findThread(deps, principal, threadId);
  if (request.checkpointId !== null) await refuseFork(deps, principal, threadId, request.checkpointId);
  return threadId;
}

async function refuseFork(
  { runtime }: HttpDeps,
  principal: Principal,
  threadId: string,
  checkpointId: string,
): Promise<void> {
  const { config } = await runtime.stateOf(principal, threadId);
  if (config.configurable?.["checkpoint_id"] === checkpointId) return;
  throw unsupported("checkpoint", "Only the newest checkpoint of a thread can be gone on from.");
}

interface Target {
  principal: Principal;
  threadId: string;
  request: RunRequest;
  watched: boolean;
}

async function submit({ runtime }: HttpDeps, to: Target, input: unknown): Promise<Begun> {
  const { principal, threadId, request, watched } = to;
  const { configurable, metadata } = request;
  const run = await runtime.submit({ principal, threadId, input, configurable, metadata, watched });
  const rest = async (): Promise<Rest> => {
    const { run: ended, result = null } = await runtime.waitForRun(principal.tenant, run);
    return { error: ended.error, queued: ended.status === "pending", result };
  };
  return { principal, threadId, runIds: [run.id], request, rest };
}

async function decideHolds({ runtime }: HttpDeps, to: Target, resume: unknown): Promise<Begun> {
  const { principal, threadId, request, watched } = to;
  const answers = answersOf(resume, pendingHolds(await runtime.stateOf(principal, threadId)));
  const runIds = new Set<string>();
  const decided: string[] = [];
  for (const { interruptId, reviewId, answer } of answers) {
    const { result, runId } = await runtime.decideAndFollow(principal, reviewId, answer, watched);
    if (!result.ok) {
      const { code, message, details } = result.error;
      // The holds before this one were decided, and stay so.
      throw new HoldpointError(code, message, { details: { ...details, interruptId, decided } });
    }
    decided.push(reviewId);
    if (runId !== null) runIds.add(runId);
  }
  const rest = async (): Promise<Rest> => {
    const { activity, result = null } = await runtime.waitForThread(principal.tenant, threadId);
    return { error: activity.error, queued: false, result };
  };
  return { principal, threadId, runIds: [...runIds], request, rest };
}
