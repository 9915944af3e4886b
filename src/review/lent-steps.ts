// What the approval of a plan lets go: of its steps those that could be approved with it when it was shown, and still can
// by the policy in force.
import type { NewId } from "../kernel/ids.js";
import type { RiskAssessment } from "../policies/words.js";
import type { LentStep } from "./store.js";
import type { Review } from "./types.js";

export function lentBy(
  { newId }: { newId: NewId },
  { steps }: Pick<Review, "steps">,
  now: RiskAssessment,
): LentStep[] {
  return (steps ?? []).flatMap(({ tool, argsHash, passes }, index) => {
    const passesNow = now.steps?.[index]?.passes ?? "by-itself";
    if (passes !== "with-plan" || passesNow === "by-itself") return [];
    return [{ id: newId(), tool, argsHash, reason: `Step ${index + 1} of a plan that was approved.` }];
  });
}
