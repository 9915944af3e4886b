// What becomes of a call under a policy, and why.
import { aboutAnswers, replyName } from "../policies/about-answers.js";
import type { Evidence } from "../policies/evidence.js";
import { asked, knownTo, standingOf, type Asked, type Known, type Standing } from "../policies/explain.js";
import type { Policy } from "../policies/policy.js";
import type { RiskAssessment } from "../policies/words.js";
import type { JsonObject } from "../kernel/json.js";
import { assessJudged, type Declared, type Judged } from "./judged.js";

export interface Explanation {
  assessment: RiskAssessment;
  tool: { name: string; declared: Declared | null; stands: Standing | null };
  /** None where the call cannot run whatever a rule says. */
  asked: Asked[];
  /** Rules that were not asked, because they are not about answers of an agent. */
  notAsked: string[];
  /** What was seen of the call from outside. */
  seen: Judged["flags"];
  known: Known;
}

export function explainCall(
  policy: Policy,
  call: { tool: string; args: JsonObject; argsHash: string },
  judged: Judged,
  evidence: Evidence,
): Explanation {
  const { declared, flags, impossible } = judged;
  const asking = call.tool === replyName ? aboutAnswers(policy) : policy;
  const runs = declared !== null && impossible === null;
  return {
    assessment: assessJudged(policy, call, judged, evidence),
    tool: {
      name: call.tool,
      declared,
      stands: declared && standingOf(policy, call.tool, declared),
    },
    asked: runs ? asked(asking, { ...call, declared, context: {}, evidence, flags }) : [],
    notAsked: policy.rules.filter((rule) => !asking.rules.includes(rule)).map(({ id }) => id),
    seen: flags,
    known: knownTo(asking, evidence),
  };
}
