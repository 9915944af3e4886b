// An answer to a review, as it comes through a door, and what becomes of it.
import type { HoldpointError } from "../kernel/errors.js";
import type { NewId } from "../kernel/ids.js";
import type { Principal } from "../kernel/principal.js";
import type { Policy } from "../policies/policy.js";
import type { ToolSet } from "../tools/tool-set.js";
import type { Deputies } from "./deputies.js";
import type { Resumption } from "./resumption.js";
import type { ReviewStore } from "./store.js";
import type { DecisionType, Review } from "./types.js";

/** What a person answered. */
export interface Answer {
  type: DecisionType;
  /** The hash of the arguments that were before the reviewer. A decision on others is refused. */
  argsHash: string;
  /** With `edit`: the whole new arguments. */
  args?: unknown;
  reason?: string;
  /** With `respond`: what the agent is told. With `happened`: what came of it. */
  message?: string;
  /**
   * With `respond` to a graph's question: what its `interrupt()` returns. A message alone is taken for it. To an agent's:
   * the label of the option that is picked.
   */
  value?: unknown;
  /** With `approve` and `edit`: to each question of the rules that hold the call, by its words. */
  answers?: Readonly<Record<string, string>>;
  /** To have the time that the policy gives to take it back; nothing comes of it before. */
  undo?: boolean;
  /** A repeat with the same key gets the first answer back instead of "already decided". */
  idempotencyKey?: string;
}

/** An answer to a review as it stood when it was looked at. */
export interface Asked {
  by: Principal;
  review: Review;
  answer: Answer;
}

/** By which door an answer came: the review's own, or that of the thread it stands in, which its caller reaches. */
export type Door = "review" | "thread";

export type DecideResult = { ok: true; review: Review } | Refused;
/** `changed`: the review changed between the look and the statement, and may be looked at again. */
export type Attempt = DecideResult | "changed";
export interface Refused {
  ok: false;
  error: HoldpointError;
}

/** An agent, as far as releasing its calls asks for it. */
export interface Judge {
  tools: Pick<ToolSet, "get">;
  policy(): Policy;
  /** Tiers at which nobody of this tenant can release anything; absent: not known. */
  unstaffed?: (tenant: string) => readonly string[];
  /** Which answers it takes, where it does not take all that a review of its kind has. */
  answers?: readonly DecisionType[];
}

export interface DecideDeps {
  store: ReviewStore;
  newId: NewId;
  resumption: Resumption;
  /** What can judge the calls of an agent; null where this process does not serve it. */
  agentOf(graphId: string): Judge | null;
  /** Where people decide in each other's stead. */
  deputies?: Pick<Deputies, "to">;
}
