// What the doors (HTTP, the library) speak with.
import type { ServedGraph } from "../graph/served-graph.js";
import type { Principal } from "../kernel/principal.js";
import type { Batches } from "../review/batches.js";
import type { Answer, DecideResult, Door, Judge } from "../review/decide.js";
import type { Deputies, RolesOfNow } from "../review/deputies.js";
import type { ReviewStore } from "../review/store.js";
import type { RunEvents } from "../runs/events.js";
import type { RunPayload } from "../runs/payload.js";
import type { TakingOver } from "../runs/taking-over.js";
import type { Waiting } from "../runs/waiting.js";
import type { Worker } from "../runs/worker.js";
import type { Database } from "../storage/database.js";
import type { Run, RunStore, Strategy } from "../storage/run-rows.js";
import type { Agent } from "./agent.js";
import type { Drafting } from "./drafting.js";
import type { Jobs } from "./jobs.js";
import type { Policies } from "./policies.js";
import type { PolicyChanges } from "./policy-changes.js";
import type { Shadow } from "./policy-shadow.js";
import type { StandingApprovals } from "./standing-approvals.js";
import type { Stops } from "./stops.js";
import type { Threads } from "./threads.js";
import type { Words } from "./words.js";

/** Everything that runs, for the doors (HTTP, the library) to speak with. Every call names who acts or for which tenant. */
export interface Runtime extends Words, Threads {
  /** All that is served, by the id that clients ask for; the first one is the default. */
  readonly graphs: ReadonlyMap<string, ServedGraph>;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly db: Database;
  readonly reviews: ReviewStore;
  readonly batches: Batches;
  readonly drafting: Drafting;
  readonly deputies: Deputies;
  /** From now on a deputy has no role that the giver has lost, where this port knows of it. */
  hearRoles(rolesOfNow: RolesOfNow): void;
  /** As that port says; null of everybody while there is none. */
  rolesOfNow: RolesOfNow;
  readonly policies: Policies;
  readonly changes: PolicyChanges;
  /** What judges the calls of an agent, or changes of its policy; null where this process does not serve it. */
  judgeOf(graphId: string): Judge | null;
  readonly shadow: Shadow;
  readonly standing: StandingApprovals;
  readonly stops: Stops;
  readonly runs: RunStore;
  readonly events: RunEvents;
  readonly takingOver: TakingOver;
  /** Writes a run of a graph; it begins when its turn comes. Throws `input_invalid` before anything is written. */
  submit(request: Submission): Promise<Run>;
  /** Writes a run that delivers what was decided, or joins it to the one that waits. Null for a host's thread. */
  deliver(request: Delivery): Promise<Run | null>;
  cancel: Worker["cancel"];
  /** Withdraws what waits for people in a thread, on the record; its agent is told so, and goes on. */
  withdrawHolds(principal: Principal, threadId: string): Promise<void>;
  waitForRun: Waiting["forRun"];
  waitForThread: Waiting["forThread"];
  decide(
    by: Principal,
    reviewId: string,
    answer: Answer,
    /** `thread`: of who reaches it, and will go on with it themselves. */
    door?: Door,
  ): Promise<DecideResult>;
  /** Does a job of a door's own again and again until the stop, which waits for it. */
  every: Jobs["every"];
  /** Nobody is waited for any more. */
  isStopping(): boolean;
  stop(): Promise<void>;
}

export interface Submission {
  principal: Principal;
  threadId: string;
  graphId: string;
  /** What the graph is given; left out where `payload.command` steers it. */
  input?: unknown;
  assistantId?: string;
  /** The cron that begins it. */
  cronId?: string;
  /** The caller's notes on the run; kept with it, and read by nothing here. */
  metadata?: Run["metadata"];
  payload?: Omit<RunPayload, "input">;
  strategy?: Strategy;
  runAfterMs?: number;
  /** Addresses that are told how it ends. */
  webhooks?: readonly string[];
}

export type Delivery = Pick<
  Submission,
  "principal" | "threadId" | "assistantId" | "metadata" | "payload" | "webhooks"
>;
