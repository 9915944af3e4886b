// The runs that crons begin: what POST /runs would do with the same words, at a time of the clock's choosing.
import { z } from "zod";
import { HoldpointError } from "../kernel/errors.js";
import { createCrons, runOf } from "../runs/crons.js";
import { createCronStore, type DueCron } from "../storage/cron-rows.js";
import { begin, findCheckpoint } from "./begin.js";
import type { HttpDeps } from "./deps.js";
import type { CronDeps } from "./crons.js";
import { runCreateSchema, type RunCreate } from "./contract.js";
import { graphOf } from "./find-assistant.js";
import { findThread } from "./find-thread.js";
import { parseRunRequest, unsupported } from "./run-request.js";

const lookEveryMs = 1_000;

/** Begins what is due for as long as the runtime works. */
export function startCrons(deps: HttpDeps): void {
  const { runtime, log } = deps;
  const crons = createCrons({
    rows: createCronStore(runtime.db),
    graphIds: [...runtime.graphs.keys()],
    now: () => new Date(),
    log,
    async start(cron: DueCron) {
      const { principal, threadId, onRunCompleted } = cron;
      const run = readRun({ ...runOf(cron), on_completion: threadId === null ? onRunCompleted : "keep" });
      await begin(deps, { principal, threadId, body: run, streams: false, cronId: cron.id });
    },
  });
  runtime.every(lookEveryMs, "start crons", () => crons.sweep());
}

/** Refuses, when a cron is made, what would be refused each time it is due. */
export function checkCronRun(deps: HttpDeps): CronDeps["checkRun"] {
  return (run, graphId, threadId) => {
    const served = graphOf(deps, graphId);
    const assistant = { assistantId: graphId, graphId, config: {}, context: {}, metadata: {} };
    const { webhookHosts } = deps;
    const to = { served, assistant, threadId, streams: false, webhookHosts };
    return parseRunRequest(readRun(run), to).payload.checkpoint ?? null;
  };
}

export function checkCronPlace(deps: HttpDeps): CronDeps["checkPlace"] {
  return async (principal, { graphId, threadId, checkpoint }) => {
    if (threadId !== null) await findThread(deps, principal, threadId, graphId);
    if (!checkpoint) return;
    if (threadId === null) throw unsupported("checkpoint", "Each run of this cron has a thread of its own.");
    await findCheckpoint(deps, principal, { graphId, threadId, checkpoint });
  };
}

function readRun(run: unknown): RunCreate {
  const parsed = runCreateSchema.safeParse(run);
  if (!parsed.success) {
    throw new HoldpointError(
      "request_invalid",
      `The run has the wrong shape. ${z.prettifyError(parsed.error)}`,
    );
  }
  const { resume } = parsed.data.command ?? {};
  if (resume === undefined || resume === null) return parsed.data;
  throw unsupported(
    "command.resume",
    "A decision is for somebody who looks at what waits, and not for a clock.",
  );
}
