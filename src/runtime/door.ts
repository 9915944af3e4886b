// What the doors (HTTP, the library) speak with.
import type { ServedGraph } from "../graph/served-graph.js";
import type { Principal } from "../kernel/principal.js";
import type { Batches } from "../review/batches.js";
import type { Answer, DecideResult, Door, Judge } from "../review/decide.js";
import type { Deputies, RolesOfNow } from "../review/deputies.js";
import type { ReviewStore } from "../review/store.js";
import type { RunEvents } from "../runs/events.js";
import type { TakingOver } from "../runs/taking-over.js";
import type { Waiting } from "../runs/waiting.js";
import type { Database } from "../storage/database.js";
import type { RunStore } from "../storage/run-rows.js";
import type { Agent } from "./agent.js";
import type { Drafting } from "./drafting.js";
import type { Jobs } from "./jobs.js";
import type { Policies } from "./policies.js";
import type { PolicyChanges } from "./policy-changes.js";
import type { Shadow } from "./policy-shadow.js";
import type { StandingApprovals } from "./standing-approvals.js";
import type { Stops } from "./stops.js";
import type { Submitting } from "./submitting.js";
import type { Threads } from "./threads.js";
import type { Words } from "./words.js";

/** Everything that runs, for the doors (HTTP, the library) to speak with. Every call names who acts or for which tenant. */
export interface Runtime extends Words, Threads, Submitting {
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
