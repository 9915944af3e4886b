// From the id a client names to the thread it means; or a new one.
import { HoldpointError } from "../kernel/errors.js";
import { isRandomUuid } from "../kernel/ids.js";
import type { JsonObject } from "../kernel/json.js";
import { isGuest, type Principal } from "../kernel/principal.js";
import type { WhyNot } from "../storage/thread-deletion.js";
import type { Thread } from "../storage/thread-rows.js";
import type { HttpDeps } from "./deps.js";

export async function findThread(
  deps: HttpDeps,
  principal: Principal,
  threadId: string,
  graphId?: string,
): Promise<Thread> {
  const thread = await deps.runtime.runs.findThread(principal.tenant, threadId);
  if (!thread || !isOurs(deps, thread) || !reaches(principal, thread)) throw noSuchThread(threadId);
  if (graphId === undefined || thread.graphId === null || thread.graphId === graphId) return thread;
  throw new HoldpointError(
    "request_invalid",
    `Thread ${threadId} belongs to the graph "${thread.graphId}"; another one cannot read its state. Make a thread of its own for "${graphId}".`,
    { details: { threadId, graphId: thread.graphId } },
  );
}

/** Servers of several agents may share a database; a thread of a graph that is not served here is not ours to touch. */
export function isOurs({ runtime }: HttpDeps, { graphId }: Thread): boolean {
  return graphId === null || runtime.graphs.has(graphId);
}

/** For what belongs to a thread, as a run does. */
export async function reachesThread(
  { runtime }: HttpDeps,
  principal: Principal,
  threadId: string,
): Promise<boolean> {
  if (!isGuest(principal)) return true;
  const thread = await runtime.runs.findThread(principal.tenant, threadId);
  return thread !== null && reaches(principal, thread);
}

/** Whoever has a role reaches what is their tenant's; a guest what they began. */
function reaches(principal: Principal, { owner }: Thread): boolean {
  return !isGuest(principal) || owner === principal.id;
}

/** Where one graph is served, a thread is for that one; else its first run says whose it is. */
export function onlyGraph({ runtime }: HttpDeps): string | null {
  const [only, ...others] = runtime.graphs.keys();
  return only === undefined || others.length > 0 ? null : only;
}

/**
 * Thread ids are unique across tenants, so whoever names one learns whether it is taken. That tells nothing as long as
 * nobody can guess one: a new thread has a random id, whoever made it up.
 */
export async function createThread(
  deps: HttpDeps,
  principal: Principal,
  {
    id,
    graphId,
    metadata = {},
    temporary = false,
    ttlMinutes = null,
    ifExists,
  }: {
    id: string;
    graphId: string | null;
    metadata?: JsonObject;
    temporary?: boolean;
    ttlMinutes?: number | null;
    ifExists: "raise" | "do_nothing";
  },
): Promise<Thread> {
  const { tenant } = principal;
  const named = graphId === null ? {} : { graph_id: graphId };
  const made = isRandomUuid(id)
    ? await deps.runtime.runs.createThread({
        id,
        tenant,
        graphId,
        owner: principal.id,
        metadata: { ...metadata, ...named },
        temporary,
        ttlMinutes,
      })
    : null;
  if (made) return made;
  const existing = ifExists === "do_nothing" ? await deps.runtime.runs.findThread(tenant, id) : null;
  if (existing && isOurs(deps, existing) && reaches(principal, existing))
    return findThread(deps, principal, id, graphId ?? undefined);
  if (!isRandomUuid(id)) throw notRandom(id);
  throw new HoldpointError(
    "thread_exists",
    `There is a thread ${id} already. Leave out thread_id to get a new one.`,
    { details: { threadId: id } },
  );
}

/** Said of taken ids and free ones alike. */
function notRandom(threadId: string): HoldpointError {
  return new HoldpointError(
    "request_invalid",
    `A new thread's id is a random UUID (version 4 or 7), so that nobody can guess it; "${threadId}" is none. ` +
      "Leave out thread_id to get one, and keep a name of your own in the thread's metadata.",
    { details: { threadId } },
  );
}

/** Why a thread was not deleted, or what is deleted with it was not. */
export function notDeleted(threadId: string, why: WhyNot): HoldpointError {
  const details = { details: { threadId } };
  switch (why) {
    case "absent":
      return noSuchThread(threadId);
    case "held":
      return new HoldpointError(
        "thread_has_open_holds",
        `Something waits for a decision in thread ${threadId}. Decide it first, or delete with ?holds=supersede, which withdraws it on the record.`,
        details,
      );
    case "busy":
      return new HoldpointError(
        "thread_busy",
        `A run of thread ${threadId} is at work or about to be. Cancel it first.`,
        details,
      );
  }
}

export function noSuchThread(threadId: string): HoldpointError {
  return new HoldpointError("not_found", `There is no thread ${threadId}.`, { details: { threadId } });
}
