// A thread as people read it: the conversation, with every call and what people decided in its place.
import type { Principal } from "../kernel/principal.js";
import { writtenBy, type TakeOver } from "../review/taking-over.js";
import { callsOfMessages, callsOfThread, markOfStory, openReviewsOf } from "../storage/story-rows.js";
import type { Thread } from "../storage/thread-rows.js";
import type { Story, StoryTurn } from "./contract.js";
import type { storyRoutes } from "./contract/story-routes.js";
import type { HttpDeps } from "./deps.js";
import { isOurs, noSuchThread } from "./find-thread.js";
import { lookAgain } from "./look-again.js";
import type { HandlersOf } from "./mount.js";
import { eventStream } from "./sse.js";
import { holdToWire, momentsOf, recordedTurn, turnsIn, turnToWire } from "./wire/story.js";

/** What a run emits is told many times a second. */
const restMs = 200;

interface Page {
  before: number | null;
  limit: number;
}

export function storyHandlers(
  deps: HttpDeps,
): HandlersOf<Pick<typeof storyRoutes, "getStory" | "watchStory">> {
  const { runtime, heartbeatMs } = deps;

  const find = async ({ tenant }: Principal, threadId: string): Promise<Thread | null> => {
    const thread = await runtime.runs.findThread(tenant, threadId);
    if (thread) return isOurs(deps, thread) ? thread : null;
    const { total } = await callsOfThread(runtime.db, tenant, threadId, { before: 0, limit: 0 });
    if (total === 0) throw noSuchThread(threadId);
    return null;
  };

  return {
    async getStory({ principal, params: { thread_id: threadId }, query: { before = null, limit } }) {
      const thread = await find(principal, threadId);
      return thread
        ? keptHere(deps, principal, thread, { before, limit })
        : keptElsewhere(deps, principal, threadId, { before, limit });
    },

    async watchStory({ principal, params: { thread_id: threadId }, signal }) {
      await find(principal, threadId);
      const { tenant } = principal;
      const events = lookAgain({
        event: "story",
        async look() {
          const { mark, runId } = await markOfStory(runtime.db, tenant, threadId);
          return { mark, isAtWork: runId !== null };
        },
        changed: () => runtime.nextOfThread(tenant, threadId, signal),
        signal,
        restMs,
      });
      return eventStream(events, { headers: {}, heartbeatMs });
    },
  };
}

async function keptHere(
  { runtime }: HttpDeps,
  principal: Principal,
  thread: Thread,
  { before, limit }: Page,
): Promise<Story> {
  const { tenant } = principal;
  const { id: threadId, graphId } = thread;
  const served = runtime.graphs.get(graphId ?? "");
  const said =
    graphId !== null && served
      ? turnsIn(served.shown((await runtime.stateOf(principal, { threadId, graphId })).values))
      : [];
  const end = Math.min(before ?? said.length, said.length);
  const page = said.slice(Math.max(0, end - limit), end);
  const claimed = page.filter(({ message }) => writtenBy(message) !== null);
  const [takeOvers, authors, records, open] = await Promise.all([
    runtime.takingOver.ofThread(tenant, threadId),
    runtime.takingOver.authors(
      tenant,
      threadId,
      claimed.map(({ message }) => message.id ?? ""),
    ),
    callsOfMessages(
      runtime.db,
      tenant,
      threadId,
      page.map(({ message }) => message.id ?? ""),
    ),
    before === null ? openReviewsOf(runtime.db, tenant, threadId) : [],
  ]);
  const turns = page.map((turn) => turnToWire(turn, records, authors));
  const placed = new Set(holdsIn(turns));
  return {
    thread: {
      id: threadId,
      graphId,
      isKeptHere: true,
      createdAt: thread.createdAt.toISOString(),
      ledBy: ledBy(takeOvers),
      canBeLed: runtime.agents.has(graphId ?? ""),
    },
    total: said.length,
    turns,
    moments: takeOvers.flatMap(momentsOf),
    waiting: open.filter(({ id }) => !placed.has(id)).map(holdToWire),
  };
}

async function keptElsewhere(
  { runtime }: HttpDeps,
  { tenant }: Principal,
  threadId: string,
  page: Page,
): Promise<Story> {
  const { total, first, calls } = await callsOfThread(runtime.db, tenant, threadId, page);
  return {
    thread: {
      id: threadId,
      graphId: calls[0]?.graphId ?? null,
      isKeptHere: false,
      createdAt: null,
      ledBy: null,
      canBeLed: false,
    },
    total,
    moments: [],
    turns: calls.map((call, index) => recordedTurn(call, first + index)),
    waiting: [],
  };
}

function ledBy(takeOvers: readonly TakeOver[]): Story["thread"]["ledBy"] {
  const leading = takeOvers.find(({ back }) => back === null);
  return leading ? { id: leading.by.id, since: leading.at.toISOString() } : null;
}

function holdsIn(turns: readonly StoryTurn[]): string[] {
  return turns.flatMap(({ calls }) =>
    calls.flatMap(({ record }) => (record?.holds ?? []).map(({ id }) => id)),
  );
}
