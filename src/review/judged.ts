// What a call is judged by beside the policy and what came before it. It is kept with the call's row, so that another
// policy can judge the same call again, as of then.
import type { JsonObject } from "../kernel/json.js";
import type { Flag } from "../policies/assess.js";
import type { Evidence } from "../policies/evidence.js";
import type { Policy } from "../policies/policy.js";
import type { Gate } from "../policies/routing.js";
import type { DeclaredEffect } from "../policies/tool-policy.js";
import type { Reason, RiskAssessment } from "../policies/words.js";
import type { AskKind, HoldpointTool } from "../tools/tool.js";
import type { ToolSet } from "../tools/tool-set.js";
import { assessCall } from "./assess-call.js";
import { assessPlan, type JudgedStep } from "./assess-plan.js";
import { stepsIn, type StepCall } from "./parse-call.js";
import { unlessUnstaffed } from "./unstaffed.js";

export interface Judged {
  /** Null: there was no such tool. */
  declared: Declared | null;
  /** What was seen of the call from outside. */
  flags: readonly Flag[];
  /** Why it cannot run whatever anybody decides. */
  impossible: Reason | null;
  /** How many of the person's words were known; null: no rule reads them, so none was kept for it. */
  words: number | null;
  /** What its score is made of; null: the policy asked for none, or it was not known. */
  gate: Gate | null;
  /** Tiers where nobody could have released it; absent: none. */
  unstaffed?: readonly string[];
  /** Of a plan: what each of its steps is judged by. */
  steps?: readonly Judged[];
}

/** What the tool's author said of it. */
export interface Declared extends DeclaredEffect {
  asks: AskKind | null;
  /** The argument that carries words for people. */
  draft: string | null;
}

/** Which rows a judgement could see. */
export interface AsOf {
  /** By the database's clock; ISO 8601 with microseconds. */
  at: string;
  /** As Postgres writes it. */
  snapshot: string;
  /** The transaction that kept words for this judgement; null: none. */
  by: string | null;
}

export function declaredBy(tool: HoldpointTool): Declared {
  const { reversibility, effect, readOnly, asks = null, draft = null } = tool;
  return { reversibility, effect, readOnly, asks, draft };
}

export function assessJudged(
  policy: Policy,
  call: { tool: string; args: JsonObject; argsHash: string },
  { declared, flags, impossible, gate, steps, unstaffed = [] }: Omit<Judged, "words">,
  evidence: Evidence,
): RiskAssessment {
  if (impossible || !declared) {
    const reasons = impossible ? [impossible] : [];
    const { argsHash } = call;
    return { level: "low", route: "refuse", tier: null, reasons, policyVersion: policy.version, argsHash };
  }
  const { asks, draft } = declared;
  const tool = { ...(asks === null ? {} : { asks }), ...(draft === null ? {} : { draft }) };
  const assessment = assessCall(policy, tool, {
    ...call,
    declared,
    context: {},
    evidence,
    flags,
    ...(gate ? { gate } : {}),
  });
  if (!steps) return unlessUnstaffed(assessment, unstaffed);
  const judgedSteps = stepsOf(call, steps).map(
    (step): JudgedStep => ({
      call: step.call,
      assessment: assessJudged(policy, step.call, step.judged, evidence),
      flags: step.judged.flags,
    }),
  );
  return unlessUnstaffed(assessPlan(policy, assessment, judgedSteps), unstaffed);
}

/** The steps of a plan, each with what it is judged by. */
export function stepsOf(
  { args }: { args: JsonObject },
  steps: readonly Judged[] = [],
): { call: StepCall; judged: Judged }[] {
  return stepsIn(args).flatMap((call, index) => {
    const judged = steps[index];
    return judged ? [{ call, judged }] : [];
  });
}

/** What a plan's steps are judged by where nothing was seen of them. */
export function unseenSteps(tools: Pick<ToolSet, "get">, args: JsonObject): Judged[] {
  return stepsIn(args).map(({ tool: name }) => {
    const tool = tools.get(name);
    const impossible = tool ? null : { rule: "unknown-tool", text: `There is no tool named "${name}".` };
    return { declared: tool ? declaredBy(tool) : null, flags: [], impossible, words: null, gate: null };
  });
}
