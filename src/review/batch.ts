// Holds that are decided together: which may stand in one batch, and what has to be looked at first.
import { canonicalJson } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import { questionsFor } from "../policies/asks.js";
import type { Policy } from "../policies/policy.js";
import type { Review } from "./types.js";

export interface Batch {
  id: string;
  tenant: string;
  /** Who opened it: nobody else decides by it. */
  openedBy: Principal;
  openedAt: Date;
  /** Decided once, in one way; or taken apart by an objection. Null: it still waits. */
  ended: BatchEnd | null;
  members: BatchMember[];
}

export type BatchEnd = "approve" | "reject" | "split";

export interface BatchMember {
  reviewId: string;
  /** Of what stood before the reviewer when the batch was opened. */
  argsHash: string;
  /** It has to be opened before the batch is decided. */
  inSample: boolean;
  openedAt: Date | null;
}

export const mostInBatch = 100;

/**
 * Why a hold may not stand beside another one, or null where it may. They are of one agent, tool and tier, held by the
 * same rules of the same policy, equally grave; and where policy names arguments that have to be the same, they are.
 */
export function apart(policy: Policy, seed: Review, other: Review): string | null {
  if (other.status !== "open" && other.status !== "claimed") return "it waits no more";
  if (other.kind !== "review") return "it asks something else than whether a call may run";
  for (const key of ["graphId", "tool", "tier", "level"] as const)
    if (seed[key] !== other[key]) return `its ${words[key]} is ${other[key]}, not ${seed[key]}`;
  if (rulesOf(seed) !== rulesOf(other)) return "it is held by other rules";
  const batch = policy.tools.get(seed.tool)?.batch ?? null;
  const same = batch === null || batch === "never" ? [] : batch.same;
  const differing = same.find((name) => saidOf(seed, name) !== saidOf(other, name));
  return differing === undefined ? null : `policy wants "${differing}" to be the same in all of a batch`;
}

const words = { graphId: "agent", tool: "tool", tier: "tier", level: "level" } as const;

/** Why a hold is decided by itself, whatever stands beside it; or null. */
export function alone(policy: Policy, { kind, level, tool, reasons, draft }: Review): string | null {
  if (kind !== "review") return "Only calls that wait to be let through are decided together.";
  if (draft) return "What carries words for people is read one by one.";
  if (level === "critical") return "What is critical is decided one by one.";
  if (policy.tools.get(tool)?.batch === "never") return `Policy has calls of ${tool} decided one by one.`;
  if (questionsFor(policy, reasons).length > 0)
    return "The rules that hold it ask questions, which are answered for each call.";
  return null;
}

function rulesOf({ reasons }: Review): string {
  return canonicalJson(reasons.map(({ rule }) => rule).toSorted());
}

export function saidOf({ args }: Pick<Review, "args">, name: string): string | null {
  const value = args[name];
  return value === undefined ? null : canonicalJson(value);
}

/**
 * Which are looked at one by one, drawn without regard to anything about them: the square root of their number, so that
 * a larger batch asks for more, and never a fixed place in it.
 * @param random uniform in [0, 1).
 */
export function sampleOf(ids: readonly string[], random: () => number): Set<string> {
  const left = [...ids];
  const sample = new Set<string>();
  for (let wanted = Math.ceil(Math.sqrt(ids.length)); wanted > 0; wanted -= 1) {
    const [drawn] = left.splice(Math.floor(random() * left.length), 1);
    if (drawn !== undefined) sample.add(drawn);
  }
  return sample;
}
