// What somebody may do with a review, and why not: told before they try. Deciding asks all of it again.
import type { Principal } from "../kernel/principal.js";
import type { DecideDeps, Refused } from "./answer.js";
import { barOf, type Bar } from "./bars.js";
import { actingFor } from "./deputies.js";
import { mayHandle } from "./handling.js";
import { overLimitOf } from "./over-limit.js";
import { barred, beyond, overdue, tooLate } from "./refusals.js";
import { isToRelease, type Review } from "./types.js";

export interface MayDecide {
  /** Anything at all: a no at least. */
  may: boolean;
  /** Where the outcome of a call is not known: have it tried again. */
  mayRelease: boolean;
  /** What is short of deciding: whose it is next, more time, its words, its agent. */
  mayHandle: boolean;
  why: Bar["kind"] | "over" | "over_limit" | null;
  /** Why, in a sentence. */
  text: string | null;
  /** In whose stead it would be. */
  onBehalfOf: string | null;
}

export async function mayDecide(
  deps: Pick<DecideDeps, "agentOf" | "deputies">,
  caller: Principal,
  review: Review,
): Promise<MayDecide> {
  if (review.status !== "open" && review.status !== "claimed") return not("over", tooLate(review), false);
  if (review.isOverdue) return not("over", overdue(review), false);
  const by = await actingFor(deps.deputies ?? null, caller, review);
  const handles = mayHandle(caller, review) || mayHandle(by, review);
  const bar = barOf(by, review);
  if (bar) return not(bar.kind, barred(by, review, bar), handles);
  const able = { may: true, mayHandle: true, onBehalfOf: by.onBehalfOf?.id ?? null };
  const policy = deps.agentOf(review.graphId)?.policy();
  const over = policy && letsGo(review) ? overLimitOf(policy, by, review) : null;
  if (!policy || !over) return { ...able, mayRelease: true, why: null, text: null };
  const { error } = beyond(by, review, policy, over);
  return { ...able, mayRelease: false, why: "over_limit", text: error.message };
}

/** To try a call again is to let it go once more. */
function letsGo(review: Review): boolean {
  return isToRelease(review) || review.kind === "settle";
}

function not(why: MayDecide["why"], { error }: Refused, handles: boolean): MayDecide {
  return { may: false, mayRelease: false, mayHandle: handles, why, text: error.message, onBehalfOf: null };
}
