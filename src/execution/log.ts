import type { Execution, TaskScope } from "../review/types.js";
import type { EffectClass } from "../policies/words.js";
import type { ToolContext } from "../tools/tool.js";
import type { Stop, Stopped } from "./stop.js";

/** What came of asking for the right to run an action. */
export type Claim =
  /** Ours: run it. `execution.args` are the released arguments. */
  | { kind: "claimed"; execution: Execution }
  /** It has run, or its outcome is unknown. */
  | { kind: "settled"; execution: Execution }
  /** A live process holds it: another one, or (`ours`) this one. */
  | { kind: "busy"; execution: Execution; ours: boolean }
  /** Nobody works on it: its tool had paused, or its process is gone, and then its effect class says what may be done. */
  | { kind: "abandoned"; execution: Execution }
  /** This process has lost its lease, and may claim nothing until it has renewed it. */
  | { kind: "lapsed" }
  /** It is released, and somebody stopped its agent or its tool: it waits until that is lifted. */
  | { kind: "stopped"; stop: Stop }
  /** No row and decision release it. */
  | { kind: "not-released" };

export type Settlement =
  | { state: "succeeded"; result: string }
  | { state: "failed"; error: string }
  | { state: "unknown"; error: string; askedOf: AskedOf };

/** Who is asked "did it happen?" where nobody had to release the call. */
export interface AskedOf {
  tier: string;
  roles: string[];
  title: string;
}

/** An action on the arguments that are to run. The log checks it against row and decision; it is a wish, not a right. */
export interface Release {
  actionId: string;
  argsHash: string;
}

/**
 * The record of attempts. Its statements carry the guards: `claim` inserts only what a row and a decision release, on
 * the hash decided on, and only once; `settle` needs the epoch of its own claim.
 */
export interface ExecutionLog {
  claim(scope: TaskScope, release: Release, effect: EffectClass): Promise<Claim>;
  /** Takes an abandoned claim over, or an unknown outcome that a person sent back to be tried again. Null: too late. */
  reclaim(scope: TaskScope, execution: Execution): Promise<Execution | Stopped | null>;
  /** Gives a claim back whose tool paused, for whoever comes next to call it again. */
  pause(scope: TaskScope, execution: Execution): Promise<void>;
  /** False where the claim has been taken over: the settlement is then kept as evidence and changes nothing. */
  settle(scope: TaskScope, execution: Execution, settlement: Settlement): Promise<boolean>;
  /** Settles in the transaction in which the tool makes its effect. Throws `claim_taken_over`, with nothing done. */
  runTransactionally(
    scope: TaskScope,
    execution: Execution,
    tool: (sql: NonNullable<ToolContext["sql"]>) => Promise<string>,
  ): Promise<string>;
}
