// PostgresSaver with three differences: each write carries the run and epoch it belongs to and changes nothing once
// that run has been replaced; each step is one statement; and lists of messages are stored as chains.
// Tables and formats are the library's, but for the heads that `message-chain.ts` explains.
import type { RunnableConfig } from "@langchain/core/runnables";
import {
  WRITES_IDX_MAP,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointTuple,
  type PendingWrite,
} from "@langchain/langgraph-checkpoint";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { HoldpointError } from "../kernel/errors.js";
import { leaseOf, type Lease, type Leases } from "../kernel/lease.js";
import type { Letters } from "../review/taking-over.js";
import { deleteCheckpoints } from "./checkpoint-rows.js";
import {
  insertStep,
  insertWrites,
  selectAnswers,
  selectCheckpoint,
  type CheckpointRow,
  type WriteRow,
} from "./checkpoint-statements.js";
import type { Database, Flush } from "./database.js";
import { QuietPromise } from "./quiet-promise.js";
import { RecentMap } from "../kernel/recent-map.js";
import { StepWriter } from "./step-writer.js";
import {
  chainOf,
  followChain,
  headText,
  headType,
  isMessageList,
  type ChainItem,
  type StoredItems,
} from "./message-chain.js";

export class FencedSaver extends PostgresSaver {
  /** For callers that drive a graph of this checkpointer themselves; set by the composition root. */
  leases: Leases | null = null;
  /** Of an agent's threads, whose conversations people may lead; set by the composition root. */
  letters: Letters | null = null;
  readonly #db: Database;
  readonly #steps: StepWriter;
  readonly #homeTenant: string;
  readonly #unled = new RecentMap<string, boolean>(10_000);
  readonly #chance: () => number;
  /** An agent's own nodes change no message; those of other graphs may do as they like, and are dumped each time. */
  readonly #stored: StoredItems | undefined;
  /** Hash of the newest item known to be stored, per thread, namespace and channel: what follows it is new. */
  readonly #heads = new RecentMap<string, string>(2_000);
  /** Of which a step was lost. */
  readonly #broken = new WeakSet<Lease>();

  /**
   * @param homeTenant whose threads a caller without a lease may read.
   * @param flush `later` where nothing is done before a commit that is flushed: an agent's effects are claimed first.
   */
  constructor(db: Database, homeTenant: string, flush: Flush = "now", chance: () => number = Math.random) {
    super(db.pool, undefined, { schema: "holdpoint" });
    this.#chance = chance;
    this.#db = db;
    this.#steps = new StepWriter(db, flush);
    this.#stored = flush === "later" ? new WeakMap() : undefined;
    this.#homeTenant = homeTenant;
  }

  /**
   * A fork must share no version with the branch it left: values stand by channel and version, and the first one
   * stays. The library counts 1, 2, 3 on both sides, and a fork then reads the values of the branch.
   */
  override getNextVersion(current: number | undefined): number {
    return Math.floor(current ?? 0) + 1 + Math.floor(this.#chance() * 1e9) / 1e9;
  }

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const { thread_id, checkpoint_ns = "", checkpoint_id } = config.configurable ?? {};
    const lease = leaseOf(config);
    if (lease?.thread?.isBlank && lease.threadId === thread_id) return undefined;
    const [row] = await this.#db.once<CheckpointRow>(
      { tenant: this.tenantOf(config) },
      `/* checkpoint.get */ ${selectCheckpoint}
       where thread_id = $1 and checkpoint_ns = $2 ${checkpoint_id ? "and checkpoint_id = $3" : ""}
       order by checkpoint_id desc limit 1`,
      checkpoint_id ? [thread_id, checkpoint_ns, checkpoint_id] : [thread_id, checkpoint_ns],
    );
    if (!row && !checkpoint_id) this.#forget(thread_id as string, checkpoint_ns as string);
    return row && this.#toTuple(row);
  }

  /** Nothing of it is stored, whatever was: it was deleted, or a server that crashed had not written it down. */
  #forget(threadId: string, namespace: string): void {
    for (const key of this.#heads.keys())
      if (key.startsWith(`${threadId}\n${namespace}\n`)) this.#heads.delete(key);
  }

  override async *list(
    config: RunnableConfig,
    options?: CheckpointListOptions,
  ): AsyncGenerator<CheckpointTuple> {
    const [where, params] = this._searchWhere(config, options?.filter, options?.before);
    const limit = options?.limit === undefined ? "" : `limit ${Math.trunc(options.limit)}`;
    const rows = await this.#db.once<CheckpointRow>(
      { tenant: this.tenantOf(config) },
      `/* checkpoint.list */ ${selectCheckpoint} ${where} order by checkpoint_id desc ${limit}`,
      params,
    );
    for (const row of rows) yield this.#toTuple(row);
  }

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const { lease, run } = this.#writingLease(config);
    const { thread_id, checkpoint_ns = "", checkpoint_id } = config.configurable ?? {};
    const chains = await this.#chains(checkpoint.channel_values, newVersions);
    const values = Object.fromEntries(
      Object.entries(checkpoint.channel_values).filter(([name]) => !chains.has(name)),
    );
    const plain = Object.fromEntries(Object.entries(newVersions).filter(([name]) => !chains.has(name)));
    const blobs = await this._dumpBlobs(thread_id, checkpoint_ns, values, plain);
    for (const [channel, chain] of chains) {
      const head = Buffer.from(headText(chain.at(-1) as ChainItem));
      blobs.push([thread_id, checkpoint_ns, channel, String(newVersions[channel]), headType, head]);
    }
    const step = {
      thread: thread_id as string,
      ns: checkpoint_ns as string,
      id: checkpoint.id,
      parent: (checkpoint_id as string | undefined) ?? null,
      checkpoint: JSON.stringify(this._dumpCheckpoint(checkpoint)),
      // Tells a process that takes the run over that its input stands here already.
      metadata: JSON.stringify(
        await this._dumpMetadata({ ...metadata, run_id: run.id } as CheckpointMetadata),
      ),
      blobs,
    };
    await this.#keep(lease, () => this.#writeStep(lease, run, step, chains));
    return { configurable: { thread_id, checkpoint_ns, checkpoint_id: checkpoint.id } };
  }

  override putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    return QuietPromise.of(this.#putWrites(config, writes, taskId));
  }

  async #putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    const { lease, run } = this.#writingLease(config);
    const { thread_id, checkpoint_ns = "", checkpoint_id } = config.configurable ?? {};
    const replaces = writes.every(([channel]) => channel in WRITES_IDX_MAP);
    const kept = writesToKeep(writes);
    const dumped = await this._dumpWrites(thread_id, checkpoint_ns, checkpoint_id, taskId, kept);
    // A task that was resumed twice writes all its answers each time, in one place; the last has them all.
    const rows = [...new Map(dumped.map((row) => [row[4], row])).values()];
    await this.#keep(lease, async () => {
      const written = await this.#steps.write(lease, insertWrites(replaces), [
        run.id,
        run.epoch,
        thread_id,
        checkpoint_ns,
        checkpoint_id,
        taskId,
        rows.map((row) => row[4]),
        rows.map((row) => row[5]),
        rows.map((row) => row[6]),
        rows.map((row) => Buffer.from(row[7])),
      ]);
      if (written.length === 0 && rows.length > 0) throw fenced(lease);
    });
  }

  /**
   * A graph that goes on while its steps are saved looks at their promises when it ends. Until then one that is rejected
   * would be nobody's, and end the process; so the run is told instead. Nothing more of it is written: a later step
   * without this one would have a hole in it.
   */
  async #keep(lease: Lease, write: () => Promise<void>): Promise<void> {
    if (!lease.lost) return write();
    if (this.#broken.has(lease)) return;
    try {
      await write();
    } catch (error) {
      this.#broken.add(lease);
      lease.lost(error);
    }
  }

  /**
   * How many answers each interrupt's task has had, of tasks that wait at the head of a thread and of those of the graphs
   * within them. They stand beside the interrupt, in the namespace of the graph that was interrupted.
   */
  async answersBefore(
    config: RunnableConfig,
    tasks: readonly { name: string; id: string }[],
  ): Promise<Map<string, number>> {
    const rows = await this.#db.once<WriteRow>({ tenant: this.tenantOf(config) }, selectAnswers, [
      config.configurable?.["thread_id"],
      // Of a graph within a graph: that of its task; of one that keeps its state from run to run: its node's name.
      tasks.flatMap(({ name, id }) => [`${name}:${id}`, name]),
    ]);
    const answers = new Map<string, number>();
    const interrupted: { id: string; task: string }[] = [];
    for (const { checkpoint_ns, task_id, channel, type, blob } of rows) {
      const task = `${checkpoint_ns} ${task_id}`;
      const value: unknown = await this.serde.loadsTyped(type, blob);
      if (channel === "__resume__") answers.set(task, Array.isArray(value) ? value.length : 1);
      else interrupted.push({ id: (value as { id?: string }).id ?? "", task });
    }
    return new Map(interrupted.map(({ id, task }) => [id, answers.get(task) ?? 0]));
  }

  override async deleteThread(threadId: string): Promise<void> {
    await this.#db.transaction({ tenant: this.#homeTenant }, (sql) => deleteCheckpoints(sql, threadId));
  }

  async #writeStep(lease: Lease, run: RunStamp, step: Step, chains: Map<string, ChainItem[]>): Promise<void> {
    const key = (channel: string): string => `${step.thread}\n${step.ns}\n${channel}`;
    const items = [...chains].flatMap(([channel, chain]) => {
      // Before the first checkpoint of a thread nothing of it can be stored.
      const stored = step.parent === null ? undefined : this.#heads.get(key(channel));
      const known = chain.findLastIndex((item) => item.hash.toString("hex") === stored);
      return chain.slice(known + 1).map((item) => ({ channel, ...item }));
    });
    let written: { was_led?: boolean }[];
    try {
      written = await this.#steps.write(lease, insertStep, [
        run.id,
        run.epoch,
        step.thread,
        step.ns,
        step.id,
        step.parent,
        step.checkpoint,
        step.metadata,
        step.blobs.map((blob) => blob[2]),
        step.blobs.map((blob) => blob[3]),
        step.blobs.map((blob) => blob[4]),
        step.blobs.map((blob) => (blob[5] === undefined ? null : Buffer.from(blob[5]))),
        items.map((item) => item.channel),
        items.map((item) => item.depth),
        items.map((item) => item.hash),
        items.map((item) => item.parent),
        items.map((item) => item.type),
        items.map((item) => Buffer.from(item.blob)),
      ]);
    } catch (error) {
      const forgetful =
        isMissingParent(error) && [...chains.keys()].some((channel) => this.#heads.has(key(channel)));
      if (!forgetful) throw error;
      // The thread was deleted meanwhile, by another process: what this one knew to be stored is gone. Send it all.
      for (const channel of chains.keys()) this.#heads.delete(key(channel));
      return this.#writeStep(lease, run, step, chains);
    }
    if (written.length === 0) throw fenced(lease);
    this.#unled.set(keyOf(run), written[0]?.was_led === false);
    for (const [channel, chain] of chains)
      this.#heads.set(key(channel), (chain.at(-1) as ChainItem).hash.toString("hex"));
  }

  async #chains(
    values: Record<string, unknown>,
    versions: ChannelVersions,
  ): Promise<Map<string, ChainItem[]>> {
    const chains = new Map<string, ChainItem[]>();
    for (const channel of Object.keys(versions)) {
      const value = values[channel];
      if (isMessageList(value))
        chains.set(channel, await chainOf(value, (item) => this.serde.dumpsTyped(item), this.#stored));
    }
    return chains;
  }

  async #toTuple(row: CheckpointRow): Promise<CheckpointTuple> {
    const { thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id } = row;
    const values = (row.channel_values ?? []).filter(([, type]) => type.toString() !== headType);
    const checkpoint = await this._loadCheckpoint(row.checkpoint, values);
    for (const [name, type, blob] of row.channel_values ?? []) {
      if (type.toString() !== headType) continue;
      checkpoint.channel_values[name.toString()] = await this.#loadChain(
        row,
        name.toString(),
        blob.toString(),
      );
    }
    const at = (id: string) => ({ configurable: { thread_id, checkpoint_ns, checkpoint_id: id } });
    return {
      config: at(checkpoint_id),
      checkpoint,
      metadata: (await this._loadMetadata(row.metadata)) as CheckpointMetadata,
      ...(parent_checkpoint_id ? { parentConfig: at(parent_checkpoint_id) } : {}),
      pendingWrites: withoutClosedInterrupts(await this._loadWrites(row.pending_writes ?? [])),
    };
  }

  async #loadChain(row: CheckpointRow, channel: string, head: string): Promise<unknown[]> {
    const rows = (row.items ?? []).filter((item) => item[0].toString() === channel);
    const chain = followChain(
      head,
      rows.map((item) => ({ depth: 0, hash: item[1], type: item[3].toString(), blob: item[4] })),
      rows.map((item) => (item[2].length === 0 ? null : item[2])),
    );
    const key = `${row.thread_id}\n${row.checkpoint_ns}\n${channel}`;
    this.#heads.set(key, head.slice(head.indexOf(":") + 1));
    return Promise.all(
      chain.map(async ({ hash, type, blob }, index): Promise<object> => {
        const item = (await this.serde.loadsTyped(type, blob)) as object;
        this.#stored?.set(item, { hash, parent: chain[index - 1]?.hash ?? null, type, blob });
        return item;
      }),
    );
  }

  /** The last step of this run that was saved found nothing that people who led its thread have left for the agent. */
  foundNoLetters(run: RunStamp): boolean {
    return this.#unled.get(keyOf(run)) ?? false;
  }

  tenantOf(config: RunnableConfig): string {
    return leaseOf(config)?.tenant ?? this.#homeTenant;
  }

  #writingLease(config: RunnableConfig): { lease: Lease; run: RunStamp } {
    const lease = leaseOf(config);
    if (!lease?.run || lease.threadId !== config.configurable?.["thread_id"]) {
      throw new HoldpointError(
        "run_fenced",
        "A checkpoint was written outside a run. Only the run that holds a thread may write to it, or two of them " +
          "would overwrite each other: use send(), the server, or the graph that createHoldpoint returns.",
      );
    }
    if (lease.thread) lease.thread.isBlank = false;
    return { lease, run: lease.run };
  }
}

/**
 * A task that was resumed and is done keeps its interrupt beside its result until the whole step is. Clients would be
 * shown, and asked to answer, what was answered already.
 */
function withoutClosedInterrupts(writes: [string, string, unknown][]): [string, string, unknown][] {
  const done = new Set(writes.filter(([, channel]) => !(channel in WRITES_IDX_MAP)).map(([task]) => task));
  return writes.filter(([task, channel]) => channel !== "__interrupt__" || !done.has(task));
}

/**
 * A task that fails has used answers that it was given. LangGraph would keep them beside its error, and hand them to
 * whatever the task asks when it is tried again.
 */
function writesToKeep(writes: readonly PendingWrite[]): PendingWrite[] {
  const hasFailed = writes.some(([channel]) => channel === "__error__");
  return writes.filter(([channel]) => !hasFailed || channel !== "__resume__");
}

const keyOf = ({ id, epoch }: RunStamp): string => `${id} ${epoch}`;

type RunStamp = NonNullable<Lease["run"]>;

interface Step {
  thread: string;
  ns: string;
  id: string;
  parent: string | null;
  checkpoint: string;
  metadata: string;
  blobs: [string, string, string, string, string, Uint8Array | undefined][];
}

function fenced(lease: Lease): HoldpointError {
  return new HoldpointError(
    "run_fenced",
    `Run ${lease.run?.id} no longer holds thread ${lease.threadId}: another process took it over. ` +
      "What this one did since then is not recorded; the other goes on from the last checkpoint.",
    { details: { threadId: lease.threadId, runId: lease.run?.id } },
  );
}

function isMissingParent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "23503";
}
