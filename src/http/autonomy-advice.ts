// What the advisor says of one kind of call, as it is told over HTTP.
import { labelOf } from "../learning/autonomy.js";
import type { DecidedCall } from "../learning/strata.js";
import { advise, type Estimate, type Outlook, type Proposal } from "../metrics/advisor.js";
import type { Routing } from "../policies/routing.js";
import type { Reversibility } from "../policies/words.js";
import type { AutonomyAdvice } from "./contract/autonomy.js";

export function adviceFor(
  routing: Routing | null,
  decided: readonly DecidedCall[],
  reversibility: Reversibility,
): AutonomyAdvice {
  const calls = decided.map((call) => ({ ...labelOf(call), reviewId: call.reviewId }));
  const advice = advise(calls, reversibility, routing);
  switch (advice.kind) {
    case "gated":
    case "unrouted":
    case "undecided":
      return advice;
    case "advised": {
      const { kind, labels, inForce, others, proposal } = advice;
      return {
        kind,
        labels,
        conversations: inForce.review.n,
        inForce: outlookToWire(inForce),
        others: others.map(outlookToWire),
        proposal: proposalToWire(proposal),
      };
    }
  }
}

type Advised = Extract<AutonomyAdvice, { kind: "advised" }>;

function proposalToWire(proposal: Proposal): Advised["proposal"] {
  switch (proposal.kind) {
    case "keep":
    case "decide":
    case "sample":
      return proposal;
    case "promise":
      return {
        kind: "promise",
        to: outlookToWire(proposal.to),
        changes: proposal.changes.map(({ unit, ...change }) => ({ ...change, threadId: unit })),
      };
  }
}

function outlookToWire({ review, missed, warnings, ...outlook }: Outlook): Advised["inForce"] {
  return {
    ...outlook,
    review: estimateToWire(review),
    missed: estimateToWire(missed),
    warnings: [...warnings],
  };
}

function estimateToWire({ n, ...estimate }: Estimate) {
  return { ...estimate, conversations: n };
}
