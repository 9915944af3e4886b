// A call on record, judged by another policy with what could be known when it was proposed.
import type { JsonObject } from "../kernel/json.js";
import type { Evidence } from "../policies/evidence.js";
import { asked } from "../policies/explain.js";
import type { Policy } from "../policies/policy.js";
import type { RiskAssessment } from "../policies/words.js";
import { assessJudged, stepsOf, type Judged } from "./judged.js";
import type { DecisionType, ExecutionState } from "./types.js";

export interface JudgedCall {
  id: string;
  threadId: string;
  graphId: string;
  tool: string;
  args: JsonObject;
  argsHash: string;
  /** As it was judged then. */
  assessment: RiskAssessment;
  /** Null: it was proposed before this was kept. */
  judged: Judged | null;
  /** What could be seen then, of what the policy reads that is asked now. */
  evidence: Evidence;
  createdAt: Date;
  /** What a person decided of it; null where nobody did. */
  decision: DecisionType | null;
  execution: ExecutionState | null;
}

/**
 * Why a call cannot be judged again as of then. `not-kept`: it is older than the record of what it was judged by.
 * `words-unknown`: a rule wants what the person wrote, which was not kept then, or went with its thread.
 */
export const unknowables = ["not-kept", "words-unknown"] as const;
export type Unknowable = (typeof unknowables)[number];

export type JudgedAgain =
  | { kind: "judged"; assessment: RiskAssessment }
  | { kind: "unknowable"; why: Unknowable };

export function judgeAgain(policy: Policy, call: JudgedCall): JudgedAgain {
  const { judged } = call;
  if (!judged) return { kind: "unknowable", why: "not-kept" };
  if (lacksWords(policy, call, judged)) return { kind: "unknowable", why: "words-unknown" };
  return { kind: "judged", assessment: assessJudged(policy, call, judged, call.evidence) };
}

/** Would words that are not there any more have told? Where nothing reads them of this call, they are not missed. */
function lacksWords(
  policy: Policy,
  { tool, args, argsHash, evidence }: Pick<JudgedCall, "tool" | "args" | "argsHash" | "evidence">,
  { declared, flags, words, impossible, steps }: Judged,
): boolean {
  if (!policy.reads.words || !declared || impossible) return false;
  if (words !== null && words === (evidence.words?.length ?? 0)) return false;
  if (
    steps &&
    stepsOf({ args }, steps).some((step) => lacksWords(policy, { ...step.call, evidence }, step.judged))
  )
    return true;
  if (policy.validators.some(({ tools }) => tools.includes(tool))) return true;
  const without = {
    tool,
    args,
    argsHash,
    declared,
    context: {},
    flags,
    evidence: { ...evidence, words: null },
  };
  const readsWords = new Set(policy.rules.filter(({ when }) => when.uses.words).map(({ id }) => id));
  return asked(policy, without).some(({ id, said }) => said.kind === "undecided" && readsWords.has(id));
}
