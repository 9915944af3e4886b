// Leading a conversation in its agent's place: take it over, write in it, hand it back.
import { HoldpointError } from "../kernel/errors.js";
import type { NewId } from "../kernel/ids.js";
import type { Principal } from "../kernel/principal.js";
import { letterOf, type Letter, type TakeOver } from "../review/taking-over.js";
import type { Authors, TakeOverStore } from "../storage/takeover-rows.js";
import type { NewRun, RunStore } from "../storage/run-rows.js";
import { threadTopic, type Topic } from "../storage/signals.js";
import { asPayload, payloadOf, type RunPayload } from "./payload.js";
import { deliveryIn } from "./delivery.js";
import type { Worker } from "./worker.js";

/** A thread of an agent, and the turn that stands last in it now. */
export interface LedThread {
  threadId: string;
  graphId: string;
  after: string | null;
  /** What its agent said last itself. */
  spoken: string | null;
}

export interface TakingOver {
  /** @param from whom it is taken from, where somebody leads it. Throws `thread_taken_over`, and `access_forbidden` for an agent. */
  begin(by: Principal, thread: LedThread, from: string | null): Promise<TakeOver>;
  /** Reaches who chats as a message of the assistant's; with the same id, it is the same one. Throws `thread_not_taken_over`. */
  write(by: Principal, thread: LedThread, letter: { id: string | null; text: string }): Promise<Letter>;
  /** The agent goes on, where it owes an answer. Throws `thread_not_taken_over`. */
  end(by: Principal, thread: LedThread, note: string | null): Promise<TakeOver>;
  leading(tenant: string, threadId: string): Promise<TakeOver | null>;
  authors(tenant: string, threadId: string, ids: readonly string[]): Promise<Authors>;
  ofThread(tenant: string, threadId: string): Promise<TakeOver[]>;
}

export function createTakingOver({
  takeOvers,
  runs,
  worker,
  newId,
  tell,
}: {
  takeOvers: TakeOverStore;
  runs: RunStore;
  worker: Worker;
  newId: NewId;
  tell(topic: Topic): void;
}): TakingOver {
  /** Streamed as the run before it was: whoever watches the thread sees both. */
  const runOf = async (
    { tenant }: Principal,
    { threadId, graphId }: LedThread,
    payload: RunPayload,
  ): Promise<NewRun> => {
    const before = await runs.listRuns(tenant, threadId, { limit: 50, offset: 0 });
    const stream = before.map((run) => payloadOf(run).stream).find((recorded) => recorded !== undefined);
    return {
      id: newId(),
      tenant,
      threadId,
      graphId,
      kind: "input",
      payload: asPayload({ ...payload, ...(stream ? { stream } : {}) }),
      // What the agent does next it does for who chats, and never in the name of who led.
      principal: (await runs.customerOf(tenant, threadId)) ?? deliveryIn(tenant),
    };
  };

  const notLeading = async ({ tenant, id }: Principal, threadId: string): Promise<HoldpointError> => {
    const leading = await takeOvers.leading(tenant, threadId);
    if (leading && leading.by.id !== id) return takenOver(threadId, leading);
    return new HoldpointError(
      "thread_not_taken_over",
      `Nobody has taken thread ${threadId} over: its agent leads the conversation. Take it over first.`,
      { details: { threadId } },
    );
  };

  return {
    async begin(by, { threadId, after }, asked) {
      if (by.kind === "agent") throw onlyPeople(by);
      // From oneself there is nothing to take.
      const from = asked === by.id ? null : asked;
      const begun = await takeOvers.begin(by.tenant, { id: newId(), threadId, by, after, from });
      if (begun) {
        tell(threadTopic(threadId));
        return begun;
      }
      const leading = await takeOvers.leading(by.tenant, threadId);
      if (leading?.by.id === by.id) return leading;
      throw leading ? takenOver(threadId, leading) : await notLeading(by, threadId);
    },

    async write(by, thread, { id, text }) {
      const letter = letterOf(id ?? newId(), text, by.id);
      if (!(await takeOvers.write(by.tenant, thread.threadId, by.id, letter)))
        throw await notLeading(by, thread.threadId);
      tell(threadTopic(thread.threadId));
      await worker.submit(await runOf(by, thread, { tells: [letter.id] }));
      return letter;
    },

    async end(by, thread, note) {
      const { threadId, after, spoken } = thread;
      const run = await runOf(by, thread, { handedBack: { note: note !== null, spoken } });
      const ended = await runs.handBack(run, by.id, { after, note });
      if (!ended) throw await notLeading(by, threadId);
      tell(threadTopic(threadId));
      tell("runs");
      return ended;
    },

    leading: (tenant, threadId) => takeOvers.leading(tenant, threadId),
    authors: (tenant, threadId, ids) => takeOvers.authors(tenant, threadId, ids),
    ofThread: (tenant, threadId) => takeOvers.ofThread(tenant, threadId),
  };
}

function onlyPeople({ id }: Principal): HoldpointError {
  return new HoldpointError(
    "access_forbidden",
    `${id} is an agent. Who chats is told that a person writes to them, so a person leads a conversation in its agent's place.`,
  );
}

function takenOver(threadId: string, { by, at }: TakeOver): HoldpointError {
  return new HoldpointError(
    "thread_taken_over",
    `${by.id} leads thread ${threadId} since ${at.toISOString()}. Two people would talk at cross purposes: wait until it ` +
      `is handed back, or take it from them with { "from": ${JSON.stringify(by.id)} }.`,
    { details: { threadId, takenBy: by.id, takenAt: at.toISOString() } },
  );
}
