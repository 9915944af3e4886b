// What would become of a call if its arguments were changed. Nothing is written.
import { holdsRole, type Principal } from "../kernel/principal.js";
import type { Reason, RiskLevel } from "../policies/words.js";
import { faultsOf, type Fault } from "../tools/faults.js";
import type { Judge } from "./answer.js";
import { read, taken, type Read } from "./read.js";
import { notServed, refuse, tooLate, toolGone } from "./refusals.js";
import { termsFor } from "./terms.js";
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

export function assessEdit(
  agent: Judge | null,
  by: Principal,
  review: Review,
  typed: unknown,
): Read<EditAssessment> {
  if (review.status !== "open" && review.status !== "claimed") return tooLate(review);
  if (!isToRelease(review)) {
    return refuse("answer_not_allowed", "Only what waits to be released has arguments that can be changed.");
  }
  if (!agent) return notServed(review);
  const tool = agent.tools.get(review.tool);
  if (!tool) return toolGone(review);
  const args = read(() => tool.parseArgs(typed));
  const faults = args.ok ? [] : faultsOf(args.error);
  const { assessment: _, ...terms } = termsFor(
    agent.policy(),
    review,
    tool,
    args.ok ? args.value : review.args,
  );
  const mayRelease = by.kind !== "agent" && holdsRole(by, terms.roles);
  return taken({ ...terms, mayDecide: args.ok && !terms.isForbidden && mayRelease, faults });
}
