// What the advisor says of one kind of call, as it is told over HTTP.
import { labelOf } from "../learning/autonomy.js";
import type { DecidedCall, KeptStratum } from "../learning/strata.js";
import { advise, type Estimate } from "../metrics/advisor.js";
import { neededFor } from "../policies/certify.js";
import type { Reversibility } from "../policies/words.js";
import type { AutonomyAdvice } from "./contract/autonomy.js";

/** Of one kind there is one class of calls, whatever it is called. */
const own = "this kind";

export function adviceFor(
  { certificate, target }: KeptStratum,
  decided: readonly DecidedCall[],
  reversibility: Reversibility,
): AutonomyAdvice {
  if (reversibility === "irreversible") return { kind: "gated" };
  const inForce = certificate.kind === "certified" ? certificate.threshold : null;
  const calls = decided.map((call) => ({
    ...labelOf(call),
    reviewId: call.reviewId,
    class: own,
    reversibility,
  }));
  const [advice] = advise(calls, new Map([[own, inForce]]), target);
  if (!advice) return { kind: "undecided", needed: neededFor(target) };
  switch (advice.kind) {
    case "gated":
      return { kind: "gated" };
    case "proposed":
      return {
        kind: "proposed",
        ...target,
        labels: advice.labels,
        conversations: advice.units,
        inForce: advice.inForce,
        proposed: advice.proposed,
        needed: advice.needed,
        review: toWire(advice.review),
        missed: toWire(advice.missed),
        changes: advice.changes.map(({ unit, ...change }) => ({ ...change, threadId: unit })),
        warnings: [...advice.warnings],
      };
  }
}

function toWire({ n, ...estimate }: Estimate) {
  return { ...estimate, conversations: n };
}
