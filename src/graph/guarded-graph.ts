// The door of a compiled graph. Whoever calls it: durability is sync, and input is user messages only. With our own
// checkpointer, one run at a time holds the thread, and only a resume reaches a thread in which something is held.
// What releases an effect is not here but below, in the execution log.
import { isDeepStrictEqual } from "node:util";
import type { RunnableConfig } from "@langchain/core/runnables";
import { Command, CompiledStateGraph, isCommand, type StateSnapshot } from "@langchain/langgraph";
import { HoldpointError } from "../kernel/errors.js";
import { checkThreadId, newUuid } from "../kernel/ids.js";
import { leaseKey, leaseOf, type Lease, type Leases } from "../kernel/lease.js";
import { FencedSaver } from "../storage/fenced-saver.js";
import type { Letter } from "../review/taking-over.js";
import { parseInput } from "./input.js";
import type { AgentInput, AgentOutput, AgentState } from "./state.js";
import { withLetters } from "./with-letters.js";

type Base = CompiledStateGraph<
  typeof AgentState.State,
  typeof AgentState.Update,
  string,
  typeof AgentInput.spec,
  typeof AgentOutput.spec
>;

export class GuardedGraph extends CompiledStateGraph<
  typeof AgentState.State,
  typeof AgentState.Update,
  string,
  typeof AgentInput.spec,
  typeof AgentOutput.spec
> {
  /** The same graph behind this door. LangGraph's own `withConfig` copies a graph in this way. */
  static around(compiled: unknown): GuardedGraph {
    return new GuardedGraph({ ...(compiled as ConstructorParameters<typeof GuardedGraph>[0]) });
  }

  override async *_streamIterator(
    ...[input, options]: Parameters<Base["_streamIterator"]>
  ): ReturnType<Base["_streamIterator"]> {
    const { checkpointDuring: _, ...rest } = options ?? {};
    const safe = { ...rest, durability: "sync" as const };
    refuseUnsaved(leaseOf(options));
    if (leaseOf(options) || isNested(options)) return yield* super._streamIterator(input, safe);

    const checked = input === null || isCommand(input) ? input : parseInput(input, newUuid);
    const leases = this.#leases();
    if (!leases) {
      const due = await this.#stillDue(checked, options);
      if (due === "nothing") return;
      await this.#checkResume(due, options);
      return yield* super._streamIterator(due, withLease(safe, undefined));
    }
    const lease = await leases.take(threadOf(options), "run");
    yield* ahead(this.#underLease(lease, leases, checked, options, safe));
  }

  async *#underLease(
    lease: Lease,
    leases: Leases,
    input: Parameters<Base["_streamIterator"]>[0],
    options: Parameters<Base["_streamIterator"]>[1],
    safe: Parameters<Base["_streamIterator"]>[1],
  ): ReturnType<Base["_streamIterator"]> {
    let failure: unknown;
    try {
      const leased = withLease(safe ?? {}, lease);
      if ((await leases.openHolds(lease)) > 0) refuseAllButResume(input, options);
      await this.#checkResume(input, leased);
      return yield* super._streamIterator(input, leased);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      await leases.release(lease, failure);
    }
  }

  override async bulkUpdateState(
    ...[config, supersteps]: Parameters<Base["bulkUpdateState"]>
  ): Promise<RunnableConfig> {
    const leases = this.#leases();
    if (!leases || leaseOf(config) || isNested(config)) return super.bulkUpdateState(config, supersteps);
    const lease = await leases.take(threadOf(config), "update");
    try {
      if ((await leases.openHolds(lease)) > 0) throw heldThread(lease.threadId);
      return await super.bulkUpdateState(withLease(config, lease), supersteps);
    } finally {
      await leases.release(lease, undefined);
    }
  }

  override async getState(...[config, options]: Parameters<Base["getState"]>): Promise<StateSnapshot> {
    const state = await super.getState(config, options);
    return isHead(config) ? withLetters(state, await this.#letters(config)) : state;
  }

  override async *getStateHistory(
    ...[config, options]: Parameters<Base["getStateHistory"]>
  ): AsyncIterableIterator<StateSnapshot> {
    const isFromHead = isHead(config) && options?.before === undefined && options?.filter === undefined;
    let letters = isFromHead ? await this.#letters(config) : [];
    for await (const state of super.getStateHistory(config, options)) {
      yield withLetters(state, letters);
      letters = [];
    }
  }

  /** What was said while a person led the conversation, and may not stand in the state yet. */
  async #letters(config: RunnableConfig): Promise<Letter[]> {
    const saver = this.checkpointer;
    const threadId: unknown = config.configurable?.["thread_id"];
    if (!(saver instanceof FencedSaver) || !saver.letters || typeof threadId !== "string") return [];
    return (await saver.letters.due(saver.tenantOf(config), threadId)).letters;
  }

  /** None under a host, which has put its own checkpointer in the place of ours and queues runs itself. */
  #leases(): Leases | null {
    return this.checkpointer instanceof FencedSaver ? this.checkpointer.leases : null;
  }

  /** A host queues what wakes holds, and knows nothing of what the runs before it have woken: that is left out. */
  async #stillDue<Input>(
    input: Input,
    options: RunnableConfig | undefined,
  ): Promise<Input | Command | "nothing"> {
    const woken = wokenBy(input);
    if (woken.length === 0) return input;
    const pending = await this.#pendingIds(options);
    const due = woken.filter((id) => pending.includes(id));
    return due.length === 0
      ? "nothing"
      : new Command({ resume: Object.fromEntries(due.map((id) => [id, { wake: true }])) });
  }

  async #pendingIds(options: RunnableConfig | undefined): Promise<string[]> {
    return pendingIds(
      await this.getState({ configurable: { ...options?.configurable, checkpoint_id: undefined } }),
    );
  }

  /**
   * LangGraph takes a bare resume value for every interrupt that is pending, and one for an unknown interrupt for
   * none; it says so in neither case. No such resume could release anything here; refusing it tells its caller.
   */
  async #checkResume(input: unknown, options: RunnableConfig | undefined): Promise<void> {
    if (!isCommand(input) || input.resume === undefined) return;
    const { resume } = input;
    const pending = await this.#pendingIds(options);
    if (pending.length === 0)
      throw refused("Nothing of this thread is waiting, so there is nothing to resume.");
    if (typeof resume !== "object" || resume === null) {
      throw refused(
        "A resume value is an object. It only wakes the thread; decisions are made through decide() or POST /reviews/:id/decision.",
      );
    }
    const keys = Object.keys(resume);
    const named = keys.filter((key) => interruptId.test(key));
    if (named.length === 0 && pending.length > 1) {
      throw refused(
        `${pending.length} holds are waiting. Resume with { [interruptId]: value }, for one of: ${pending.join(", ")}.`,
      );
    }
    const unknown = named.filter((id) => !pending.includes(id));
    if (unknown.length > 0)
      throw refused(`No hold with id ${unknown.join(", ")} is waiting. Waiting: ${pending.join(", ")}.`);
  }
}

/**
 * Runs a generator to its end, whether or not anybody goes on reading: LangGraph does not tell a stream's source that
 * its reader has left, and the thread would be held as long as the process lives.
 */
async function* ahead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  const unread: T[] = [];
  let isOver = false;
  let wake = (): void => {};
  const reading = async (): Promise<void> => {
    try {
      for await (const item of source) {
        unread.push(item);
        wake();
      }
    } finally {
      isOver = true;
      wake();
    }
  };
  const ended = reading();
  // Thrown below, to whoever still reads.
  ended.catch(() => {});
  for (;;) {
    if (unread.length > 0) yield* unread.splice(0);
    else if (isOver) return await ended;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
}

const interruptId = /^[0-9a-f]{32}$/;

/** The holds that a delivery of our own wakes; none where it is anything else, of which its caller is told. */
function wokenBy(input: unknown): string[] {
  if (!isCommand(input) || !onlyResumes(input)) return [];
  const { resume } = input;
  if (typeof resume !== "object" || resume === null) return [];
  const isWake = ([key, value]: [string, unknown]): boolean =>
    interruptId.test(key) && isDeepStrictEqual(value, { wake: true });
  const entries = Object.entries(resume);
  return entries.every(isWake) ? entries.map(([key]) => key) : [];
}

export function pendingIds(state: StateSnapshot): string[] {
  return state.tasks.flatMap((task) => task.interrupts.flatMap(({ id }) => (id === undefined ? [] : [id])));
}

function isHead(config: RunnableConfig): boolean {
  const { checkpoint_id, checkpoint_ns } = config.configurable ?? {};
  return checkpoint_id === undefined && (checkpoint_ns === undefined || checkpoint_ns === "");
}

function refuseAllButResume(input: unknown, options: RunnableConfig | undefined): void {
  const atHead = options?.configurable?.["checkpoint_id"] === undefined;
  const onlyWakes = input === null || (isCommand(input) && onlyResumes(input));
  if (!atHead || !onlyWakes) throw heldThread(threadOf(options));
}

function onlyResumes({ update, goto }: Command): boolean {
  return update === undefined && (!Array.isArray(goto) ? goto === undefined : goto.length === 0);
}

/** As a node of a graph whose steps are not saved before the next, it would propose other calls after a crash. */
function refuseUnsaved(lease: Lease | undefined): void {
  const durability = lease?.durability ?? "sync";
  if (durability === "sync") return;
  throw new HoldpointError(
    "unsupported",
    `The graph has an agent as a node and runs with durability "${durability}". What an agent proposes has to be saved ` +
      "before it is done, or a crash in between lets it be proposed, and done, once more. Run it with durability sync.",
    { details: { field: "durability" } },
  );
}

function heldThread(threadId: string): HoldpointError {
  return new HoldpointError(
    "thread_has_open_holds",
    `Actions of thread ${threadId} wait for a decision. New input, goto, a state update or an older checkpoint would ` +
      "lose them. Decide them first, or send() the input: it is kept and delivered when the last one closes.",
    { details: { threadId } },
  );
}

function refused(why: string): HoldpointError {
  return new HoldpointError("request_invalid", why);
}

function threadOf(config: RunnableConfig | undefined): string {
  const threadId: unknown = config?.configurable?.["thread_id"];
  if (typeof threadId === "string" && threadId !== "") {
    checkThreadId(threadId);
    return threadId;
  }
  throw refused(
    'The config has no thread_id. A hold must outlive the process, so it needs a thread: { configurable: { thread_id: "…" } }.',
  );
}

function isNested(config: RunnableConfig | undefined): boolean {
  return config?.configurable?.["__pregel_read"] !== undefined;
}

/** Always set, so that nothing a caller put under the key stays. */
function withLease<Config extends RunnableConfig>(config: Config, lease: Lease | undefined): Config {
  return { ...config, configurable: { ...config.configurable, [leaseKey]: lease } };
}
