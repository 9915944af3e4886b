// From a request to the run it asks for. All that can be refused is refused here, before the answer has begun.
import { randomUUID } from "node:crypto";
import type { ServedGraph } from "../graph/served-graph.js";
import { HoldpointError } from "../kernel/errors.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { RunPayload } from "../runs/payload.js";
import { questionsOf } from "../runs/questions.js";
import { pendingHolds } from "../runs/resume.js";
import type { Run } from "../storage/run-rows.js";
import { resolveAssistant } from "./assistants.js";
import { withoutEcho } from "./chat-input.js";
import type { RunCreate } from "./contract.js";
import type { HttpDeps } from "./deps.js";
import { answersOf, type HoldAnswer } from "./answers/answers-of.js";
import { shownHolds } from "./answers/shown-hold.js";
import { answersToQuestions, nothingWaits } from "./resume.js";
import { parseRunRequest, type RunRequest } from "./run-request.js";
import { createThread, findThread } from "./find-thread.js";

/** A run that was written; not waited for yet. */
export interface Begun {
  principal: Principal;
  run: Run;
  request: RunRequest;
}

interface Asked {
  principal: Principal;
  /** Null for a fresh one. */
  threadId: string | null;
  body: RunCreate;
  streams: boolean;
  /** The cron that asks. */
  cronId?: string;
  /** What is to be recorded, where the door knows that better than its caller. */
  records?: NonNullable<RunPayload["stream"]>;
}

export async function begin(deps: HttpDeps, asked: Asked): Promise<Begun> {
  const { write } = await prepare(deps, asked);
  return write();
}

/** Several, of which none is written where one of them is refused. */
export async function beginAll(deps: HttpDeps, asked: readonly Asked[]): Promise<Begun[]> {
  const prepared = await Promise.all(asked.map((one) => prepare(deps, one)));
  return Promise.all(prepared.map(({ write }) => write()));
}

async function prepare(deps: HttpDeps, asked: Asked): Promise<{ write: () => Promise<Begun> }> {
  const { principal, threadId, streams, records } = asked;
  const assistant = await resolveAssistant(deps, principal, asked.body.assistant_id);
  const { graphId } = assistant;
  const served = deps.runtime.graphs.get(graphId) as ServedGraph;
  const body = served.kind === "agent" ? await withoutEcho(deps, { ...asked, graphId }) : asked.body;
  const { webhookHosts } = deps;
  const parsed = parseRunRequest(body, { served, assistant, threadId, streams, webhookHosts });
  const request = records ? { ...parsed, payload: { ...parsed.payload, stream: records } } : parsed;
  if (threadId !== null && !request.createThread) await findThread(deps, principal, threadId, served.id);
  return {
    async write() {
      const to = {
        principal,
        served,
        assistantId: assistant.assistantId,
        threadId: await ensureThread(deps, principal, threadId, served.id, request),
        request,
        cronId: asked.cronId,
      };
      return { principal, request, run: await writeRun(deps, to) };
    },
  };
}

async function ensureThread(
  deps: HttpDeps,
  principal: Principal,
  asked: string | null,
  graphId: string,
  request: RunRequest,
): Promise<string> {
  if (asked !== null && !request.createThread) return asked;
  const id = asked ?? randomUUID();
  const temporary = asked === null && request.temporary;
  await createThread(deps, principal, { id, graphId, temporary, ifExists: "do_nothing" });
  return id;
}

interface Target {
  principal: Principal;
  served: ServedGraph;
  assistantId: string;
  threadId: string;
  request: RunRequest;
  cronId?: string | undefined;
}

async function writeRun(deps: HttpDeps, to: Target): Promise<Run> {
  switch (to.request.asks.kind) {
    case "input":
      return submit(deps, to, to.request.asks.input);
    case "command":
      return submit(deps, to, undefined);
    case "resume":
      return decideAll(deps, to, to.request.asks.resume);
  }
}

async function submit(deps: HttpDeps, to: Target, input: unknown): Promise<Run> {
  const { runtime } = deps;
  const { principal, served, assistantId, threadId, request, cronId } = to;
  const { payload, metadata, strategy, webhooks, runAfterMs } = request;
  const replaces = strategy === "interrupt" || strategy === "rollback";
  const { checkpoint, ...rest } = payload;
  const fork = checkpoint ? await forkAt(deps, to, checkpoint, replaces) : null;
  const run = await runtime.submit({
    principal,
    threadId,
    graphId: served.id,
    assistantId,
    metadata,
    strategy,
    webhooks,
    payload: fork ? { ...rest, checkpoint: fork } : rest,
    ...(input === undefined ? {} : { input }),
    ...(runAfterMs > 0 ? { runAfterMs } : {}),
    ...(cronId === undefined ? {} : { cronId }),
  });
  if (replaces) await makeWay(deps, to, run);
  return run;
}

/** What is before a run that would not wait: runs are cancelled, and what waits for people is withdrawn. */
async function makeWay(
  { runtime }: HttpDeps,
  { principal, threadId, request }: Target,
  run: Run,
): Promise<void> {
  if (run.status !== "pending") return;
  const how = request.strategy === "rollback" ? "rollback" : "interrupt";
  const cancelled = await runtime.cancel(principal.tenant, threadId, { before: run.id }, how);
  const working = cancelled.filter(({ status }) => status === "running");
  await Promise.all(working.map((one) => runtime.waitForRun(principal.tenant, one).catch(() => {})));
  await runtime.withdrawHolds(principal, threadId);
}

/** Null where the checkpoint is the newest one, which is where a run begins anyway. */
async function forkAt(
  deps: HttpDeps,
  { principal, served, threadId }: Target,
  checkpoint: JsonObject,
  replaces: boolean,
): Promise<JsonObject | null> {
  const { runtime } = deps;
  const at = { threadId, graphId: served.id };
  const { config } = await runtime.stateOf(principal, at);
  if (config.configurable?.["checkpoint_id"] === checkpoint["checkpoint_id"]) return null;
  if (!replaces && (await runtime.runs.openHolds(principal.tenant, threadId)) > 0) {
    throw new HoldpointError(
      "thread_has_open_holds",
      `Something waits for a decision in thread ${threadId}, and a run from an older checkpoint would lose it. ` +
        'Decide it first, or withdraw it with multitask_strategy "interrupt".',
      { details: { threadId } },
    );
  }
  await findCheckpoint(deps, principal, { ...at, checkpoint });
  return checkpoint;
}

/** Throws where there is none. */
export async function findCheckpoint(
  { runtime }: HttpDeps,
  principal: Principal,
  at: { threadId: string; graphId: string; checkpoint: JsonObject },
): Promise<void> {
  const { createdAt } = await runtime.stateOf(principal, at);
  if (createdAt !== undefined) return;
  throw new HoldpointError(
    "not_found",
    `Thread ${at.threadId} has no checkpoint ${JSON.stringify(at.checkpoint["checkpoint_id"])}.`,
  );
}

async function decideAll(deps: HttpDeps, to: Target, resume: unknown): Promise<Run> {
  const { runtime } = deps;
  const { principal, threadId, assistantId, request } = to;
  const { checkpoint, ...payload } = request.payload;
  const answers = await answersIn(deps, to, resume);
  if (checkpoint && (await forkAt(deps, to, checkpoint, true)) !== null) throw goneOn();
  const decided: string[] = [];
  try {
    for (const { interruptId, reviewId, answer } of answers) {
      const result = await runtime.decide(principal, reviewId, answer, "thread");
      if (!result.ok) {
        const { code, message, details } = result.error;
        // The holds before this one were decided, and stay so.
        throw new HoldpointError(code, message, { details: { ...details, interruptId, decided } });
      }
      decided.push(reviewId);
    }
  } catch (error) {
    if (decided.length > 0) await runtime.deliver({ principal, threadId });
    throw error;
  }
  const run = await runtime.deliver({
    principal,
    threadId,
    assistantId,
    metadata: request.metadata,
    webhooks: request.webhooks,
    payload,
  });
  if (run) return run;
  throw new HoldpointError("not_found", `Thread ${threadId} is run by another host.`);
}

/** A decision goes on from where its thread waits, and nowhere else. Clients name the checkpoint that they show. */
function goneOn(): HoldpointError {
  return new HoldpointError(
    "decision_stale",
    "The thread has gone on since the checkpoint that this answer names: what waits in it now was not shown there. " +
      "Look again, then decide.",
  );
}

async function answersIn({ runtime }: HttpDeps, to: Target, resume: unknown): Promise<HoldAnswer[]> {
  const { principal, threadId, served } = to;
  const { tenant } = principal;
  if (served.kind === "plain") {
    const questions = await questionsOf(runtime.reviews, tenant, threadId);
    if (questions.every(({ status }) => status === "decided"))
      throw await nothingWaits(runtime.reviews, tenant, threadId);
    return answersToQuestions(resume, questions);
  }
  const state = await runtime.stateOf(principal, { threadId, graphId: served.id });
  const holds = shownHolds(pendingHolds(state));
  if (holds.length === 0) throw await nothingWaits(runtime.reviews, tenant, threadId);
  return answersOf(resume, holds);
}
