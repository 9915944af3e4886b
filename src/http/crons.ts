// LangGraph's crons over HTTP: written here, started by `runs/crons`.
import { randomUUID } from "node:crypto";
import { HoldpointError } from "../kernel/errors.js";
import { isUuid } from "../kernel/ids.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import { runOf } from "../runs/crons.js";
import { nextTime, type Schedule } from "../runs/schedule.js";
import { createCronStore, type CronContent, type CronFilter } from "../storage/cron-rows.js";
import { builtInId } from "./built-in-assistants.js";
import type { cronRoutes } from "./contract/cron-routes.js";
import type { CronCount, CronCreate } from "./contract/cron.js";
import { findBuiltIn, resolveAssistant, type AssistantDeps } from "./find-assistant.js";
import type { HandlersOf } from "./mount.js";
import { unsupported } from "./run-request.js";
import { cronToWire } from "./wire/crons.js";

export interface CronDeps extends AssistantDeps {
  /**
   * Refuses what POST /runs would refuse, now and not each time it is due. Gives the checkpoint that the run goes on from.
   * `threadId`: null for a fresh one.
   */
  checkRun(run: JsonObject, graphId: string, threadId: string | null): JsonObject | null;
  /** Throws where the thread is not for that graph, or has no such checkpoint. */
  checkPlace(
    principal: Principal,
    place: { graphId: string; threadId: string | null; checkpoint: JsonObject | null },
  ): Promise<void>;
  now: () => Date;
}

export function cronHandlers(deps: CronDeps): HandlersOf<typeof cronRoutes> {
  const { now, checkRun, checkPlace } = deps;
  const store = createCronStore(deps.runtime.db);

  const create = async (principal: Principal, threadId: string | null, body: CronCreate) => {
    const { assistant_id, schedule, timezone, end_time, on_run_completed, enabled, metadata, ...run } = body;
    if (threadId !== null && on_run_completed === "delete") throw threadStays();
    const { assistantId, graphId } = await resolveAssistant(deps, principal, assistant_id);
    const when = { schedule, timezone: timezone ?? null, endTime: timeOf(end_time) };
    const nextRun = nextTime(when, now());
    if (!nextRun) throw endedAlready();
    const cron = {
      ...when,
      id: randomUUID(),
      graphId,
      assistantId: assistantId === builtInId(graphId) ? null : assistantId,
      threadId,
      onRunCompleted: threadId === null ? (on_run_completed ?? "delete") : "keep",
      enabled: enabled ?? true,
      payload: withoutNulls(run),
      metadata: (metadata ?? {}) as JsonObject,
      principal,
      nextRun: enabled === false ? null : nextRun,
    } as const;
    const checkpoint = checkRun(runOf(cron), graphId, threadId);
    await checkPlace(principal, { graphId, threadId, checkpoint });
    const made = await store.create(principal.tenant, cron);
    if (made) return cronToWire(made);
    throw new HoldpointError("not_found", `There is no thread ${threadId}.`, { details: { threadId } });
  };

  /** Before the cron is locked, since it reads elsewhere; its thread and its graph are settled. */
  const checkChange = async (principal: Principal, id: string, run: JsonObject): Promise<void> => {
    const cron = await store.find(principal.tenant, id);
    if (!cron) throw noSuchCron(id);
    const changed = { ...cron, payload: { ...cron.payload, ...run } };
    const checkpoint = checkRun(runOf(changed), cron.graphId, cron.threadId);
    await checkPlace(principal, { ...cron, checkpoint });
  };

  return {
    createCron: ({ principal, body }) => create(principal, null, body),
    createThreadCron: ({ principal, params, body }) => create(principal, params.thread_id, body),

    async updateCron({ principal, params: { cron_id }, body }) {
      const { schedule, timezone, end_time, on_run_completed, enabled, metadata, ...run } = body;
      if (!isUuid(cron_id)) throw noSuchCron(cron_id);
      for (const fixed of ["assistant_id", "thread_id"])
        if (run[fixed] !== undefined) throw unsupported(fixed, "It is settled when a cron is made.");
      const newRun = withoutNulls(run);
      if (newRun["checkpoint"] ?? newRun["checkpoint_id"]) await checkChange(principal, cron_id, newRun);
      const changed = await store.change(principal.tenant, cron_id, (cron) => {
        if (cron.threadId !== null && on_run_completed === "delete") throw threadStays();
        const when: Schedule = {
          schedule: schedule ?? cron.schedule,
          timezone: timezone === undefined ? cron.timezone : timezone,
          endTime: end_time === undefined ? cron.endTime : timeOf(end_time),
        };
        const next: CronContent = {
          ...when,
          onRunCompleted: on_run_completed ?? cron.onRunCompleted,
          enabled: enabled ?? cron.enabled,
          payload: { ...cron.payload, ...newRun },
          metadata: { ...cron.metadata, ...(metadata as JsonObject | null | undefined) },
          principal,
          nextRun: cron.nextRun,
        };
        const isAboutTime = [schedule, timezone, end_time, enabled].some((given) => given !== undefined);
        if (isAboutTime) {
          const nextRun = nextTime(when, now());
          next.nextRun = next.enabled ? nextRun : null;
        }
        checkRun(runOf({ ...cron, ...next }), cron.graphId, cron.threadId);
        return next;
      });
      if (changed) return cronToWire(changed);
      throw noSuchCron(cron_id);
    },

    async deleteCron({ principal: { tenant }, params: { cron_id } }) {
      if (!isUuid(cron_id) || !(await store.remove(tenant, cron_id))) throw noSuchCron(cron_id);
    },

    async searchCrons({ principal: { tenant }, body }) {
      const filter = filterOf(deps, body);
      if (!filter) return [];
      const { sort_by, sort_order, limit, offset, select } = body;
      const found = await store.search(tenant, filter, {
        sortBy: sort_by ?? "created_at",
        sortOrder: sort_order ?? "desc",
        limit: limit ?? 10,
        offset: offset ?? 0,
      });
      return found.map((cron) => {
        const fields = Object.entries(cronToWire(cron));
        return Object.fromEntries(fields.filter(([name]) => !select || select.some((one) => one === name)));
      });
    },

    async countCrons({ principal: { tenant }, body }) {
      const filter = filterOf(deps, body);
      return filter ? store.count(tenant, filter) : 0;
    },
  };
}

/** Null where it asks for an assistant that cannot be. */
function filterOf(
  deps: AssistantDeps,
  { assistant_id, thread_id, enabled, metadata }: CronCount,
): CronFilter | null {
  const rest = {
    threadId: thread_id ?? null,
    enabled: enabled ?? null,
    metadata: (metadata ?? {}) as JsonObject,
  };
  if (assistant_id === undefined || assistant_id === null) return { ...rest, assistant: null };
  const builtIn = findBuiltIn(deps, assistant_id);
  if (builtIn) return { ...rest, assistant: { bornWith: builtIn.graphId } };
  return isUuid(assistant_id) ? { ...rest, assistant: { id: assistant_id } } : null;
}

/** A time without an offset is UTC, and not that of the place this server stands in. */
function timeOf(text: string | null | undefined): Date | null {
  if (text === undefined || text === null) return null;
  return new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
}

function withoutNulls(run: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(run).filter(([, value]) => value !== null)) as JsonObject;
}

function threadStays(): HoldpointError {
  return unsupported("on_run_completed", "A cron of a thread leaves the thread where it is: keep.");
}

function endedAlready(): HoldpointError {
  return new HoldpointError(
    "request_invalid",
    "The cron would never run: its end_time is before its first time.",
    {
      details: { errors: [{ path: "end_time", message: "is before the first time" }] },
    },
  );
}

function noSuchCron(cronId: string): HoldpointError {
  return new HoldpointError("not_found", `There is no cron ${cronId}.`, { details: { cronId } });
}
