// What would become of a call if its arguments were changed. Nothing is written.
import type { Principal } from "../kernel/principal.js";
import type { Reason, RiskLevel } from "../policies/words.js";
import { faultsOf, type Fault } from "../tools/faults.js";
import type { DecideDeps, Judge } from "./answer.js";
import { barOf } from "./bars.js";
import { actingFor } from "./deputies.js";
import { read, taken, type Read } from "./read.js";
import { notServed, refuse, tooLate, toolGone } from "./refusals.js";
import type { ReviewStore } from "./store.js";
import { judgedBy, termsFor } from "./terms.js";
import { isToRelease, type Review } from "./types.js";

export interface EditAssessment {
  level: RiskLevel;
  tier: string;
  roles: string[];
  title: string;
  reasons: Reason[];
  questions: string[];
  /** By policy: nobody may release it like that. */
  isForbidden: boolean;
  /** May who asks release it, on these arguments? */
  mayDecide: boolean;
  /** Where arguments cannot be taken, what is wrong with them; the rest is then said of those that wait. */
  faults: Fault[];
}

export async function assessEdit(
  { store, deputies }: { store: Pick<ReviewStore, "evidence"> } & Pick<DecideDeps, "deputies">,
  agent: Judge | null,
  by: Principal,
  review: Review,
  typed: unknown,
): Promise<Read<EditAssessment>> {
  if (review.status !== "open" && review.status !== "claimed") return tooLate(review);
  if (!isToRelease(review) || review.kind === "plan") {
    return refuse("answer_not_allowed", "Only what waits to be released has arguments that can be changed.");
  }
  if (!agent) return notServed(review);
  const tool = agent.tools.get(review.tool);
  if (!tool) return toolGone(review);
  const args = read(() => tool.parseArgs(typed));
  const faults = args.ok ? [] : faultsOf(args.error);
  const {
    assessment: _,
    rung,
    ...terms
  } = termsFor(await judgedBy(store, agent, review), review, tool, args.ok ? args.value : review.args);
  const then = { ...review, roles: rung.roles, panel: rung.panel };
  const mayRelease = barOf(await actingFor(deputies ?? null, by, then), then) === null;
  return taken({
    ...terms,
    tier: rung.tier,
    roles: rung.roles,
    mayDecide: args.ok && !terms.isForbidden && mayRelease,
    faults,
  });
}
